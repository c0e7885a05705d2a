import { InputError } from '../../sim/errors.js'
import { decodeText, MAX_TEXT_BYTES, readAt, readRegularFile, withRegularFile } from './regular-file.js'

/** Opens a file for the time of `use`. @throws InputError when it cannot be opened, or is no regular file */
function withFile<T>(file: string, use: (descriptor: number, size: number) => T): T {
  try {
    return withRegularFile(file, use)
  } catch (error) {
    throw asInputError(file, error)
  }
}

function asInputError(file: string, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException
  return code === undefined ? error : new InputError(`${file}: cannot be opened (${code})`)
}

/** Reads `length` bytes at `offset` of a file. @throws InputError when the file is absent or ends before. */
export function readBytes(file: string, offset: number, length: number, what: string): Uint8Array<ArrayBuffer> {
  return withFile(file, (descriptor, size) => {
    if (offset + length > size) {
      throw new InputError(`${file}: truncated: ${what} needs bytes up to ${offset + length}, the file has ${size}`)
    }
    const bytes = new Uint8Array(length)
    const done = readAt(descriptor, bytes, offset)
    if (done < length) throw new InputError(`${file}: truncated while reading ${what}: ${done} of ${length} bytes`)
    return bytes
  })
}

/** Size of a file in bytes. @throws InputError when it is absent */
export function fileSize(file: string): number {
  return withFile(file, (_, size) => size)
}

/**
 * A whole file as UTF-8 text, without a byte order mark.
 * @param maxBytes refused above it
 * @throws InputError when it is absent, no regular file, too large or no UTF-8
 */
export function readText(file: string, maxBytes = MAX_TEXT_BYTES): string {
  try {
    return decodeText(readRegularFile(file, maxBytes), file).replace(/^\uFEFF/, '')
  } catch (error) {
    throw asInputError(file, error)
  }
}
