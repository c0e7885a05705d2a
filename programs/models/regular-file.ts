import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import type { Stats } from 'node:fs'
import { InputError } from '../../sim/errors.js'

/**
 * The one way files are opened for reading. Only regular files are: a FIFO never ends, a device may have no end, and a
 * folder has no bytes. The size is looked at before anything is allocated for it.
 */

/** A text longer than this is no JSON, chip or calibration that anybody wrote. V8's strings end at 512 MiB. */
export const MAX_TEXT_BYTES = 256 * 2 ** 20

const MEBIBYTE = 2 ** 20

function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return 'a folder'
  if (stats.isFIFO()) return 'a FIFO'
  if (stats.isSocket()) return 'a socket'
  return stats.isCharacterDevice() || stats.isBlockDevice() ? 'a device' : 'no regular file'
}

/**
 * Opens a regular file for the time of `use`; never waits, not even at a FIFO.
 * @throws InputError for anything that is no regular file; the system's own error when it cannot be opened
 */
export function withRegularFile<T>(path: string, use: (descriptor: number, size: number) => T): T {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const stats = fstatSync(descriptor)
    if (!stats.isFile()) throw new InputError(`${path}: is ${kindOf(stats)}, expected a regular file`)
    return use(descriptor, stats.size)
  } finally {
    closeSync(descriptor)
  }
}

/** Fills `bytes` from `offset` on; returns how many bytes there were. */
export function readAt(descriptor: number, bytes: Uint8Array, offset: number): number {
  let done = 0
  while (done < bytes.length) {
    const count = readSync(descriptor, bytes, done, Math.min(bytes.length - done, 1 << 30), offset + done)
    if (count === 0) break
    done += count
  }
  return done
}

/**
 * The bytes of a regular file, or its first ones.
 * @param maxBytes refused above it, before anything is read
 * @param firstBytes how many are wanted at most; the file may then be of any size
 * @throws InputError for no regular file, or one that is too large; the system's own error when it cannot be opened
 */
export function readRegularFile(path: string, maxBytes = MAX_TEXT_BYTES, firstBytes?: number): Uint8Array<ArrayBuffer> {
  return withRegularFile(path, (descriptor, size) => {
    const wanted = Math.min(size, firstBytes ?? size)
    if (wanted > maxBytes) {
      throw new InputError(`${path}: has ${(wanted / MEBIBYTE).toFixed(1)} MiB, the limit for such a file is ` +
        `${maxBytes / MEBIBYTE} MiB`)
    }
    const bytes = new Uint8Array(wanted)
    const done = readAt(descriptor, bytes, 0)
    return done === wanted ? bytes : bytes.slice(0, done)
  })
}

/**
 * UTF-8 as text, every character kept (a byte order mark too).
 * @param cut whether the bytes may end within a character, which is then left out
 * @throws InputError naming the first byte that is no UTF-8
 */
export function decodeText(bytes: Uint8Array, where: string, cut = false): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, { stream: cut })
  } catch {
    const at = firstInvalid(bytes)
    throw new InputError(`${where}: byte ${at} (0x${(bytes[at] ?? 0).toString(16).padStart(2, '0')}) is no UTF-8; ` +
      'save the text as UTF-8')
  }
}

/** Offset of the first byte that is no part of a whole UTF-8 character, by halving the longest valid start. */
function firstInvalid(bytes: Uint8Array): number {
  let valid = 0
  let bad = bytes.length
  const isValid = (end: number): boolean => {
    try {
      new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes.subarray(0, end), { stream: true })
      return true
    } catch {
      return false
    }
  }
  while (bad - valid > 1) {
    const middle = (valid + bad) >> 1
    if (isValid(middle)) valid = middle
    else bad = middle
  }
  return isValid(bad) ? bytes.length - 1 : valid
}
