import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { InputError } from '../../sim/errors.js'

/** Opens a file for the time of `use`. @throws InputError when it cannot be opened */
function withFile<T>(file: string, use: (descriptor: number, size: number) => T): T {
  let descriptor: number
  try {
    descriptor = openSync(file, 'r')
  } catch (error) {
    throw new InputError(`${file}: cannot be opened (${(error as NodeJS.ErrnoException).code ?? String(error)})`)
  }
  try {
    return use(descriptor, fstatSync(descriptor).size)
  } finally {
    closeSync(descriptor)
  }
}

/** Reads `length` bytes at `offset` of a file. @throws InputError when the file is absent or ends before. */
export function readBytes(file: string, offset: number, length: number, what: string): Uint8Array<ArrayBuffer> {
  return withFile(file, (descriptor, size) => {
    if (offset + length > size) {
      throw new InputError(`${file}: truncated: ${what} needs bytes up to ${offset + length}, the file has ${size}`)
    }
    const bytes = new Uint8Array(length)
    for (let done = 0; done < length;) {
      const count = readSync(descriptor, bytes, done, Math.min(length - done, 1 << 30), offset + done)
      if (count === 0) throw new InputError(`${file}: truncated while reading ${what}: ${done} of ${length} bytes`)
      done += count
    }
    return bytes
  })
}

/** Size of a file in bytes. @throws InputError when it is absent */
export function fileSize(file: string): number {
  return withFile(file, (_, size) => size)
}

/** A whole file as UTF-8 text. @throws InputError when it is absent */
export function readText(file: string): string {
  return new TextDecoder().decode(readBytes(file, 0, fileSize(file), 'the text'))
}
