import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { didYouMean, InputError } from '../sim/errors.js'
import { reasonOf } from './file-system.js'
import { jsonErrorOffset, lineAndColumn } from './positions.js'

/** ` Did you mean 'x'?` from the files beside a missing one, or what to check instead. */
function missingFileHint(path: string): string {
  const folder = dirname(path)
  let names: string[]
  try {
    names = readdirSync(folder)
  } catch {
    return ` There is no folder '${folder}' either.`
  }
  return didYouMean(basename(path), names)
}

const MIB = 1024 * 1024
/** More than any file of ours has, and less than the longest string. */
const MOST_BYTES = 256 * MIB

export interface ReadLimits {
  /** Bytes above which the file is refused, unread. Default 256 MiB. */
  readonly mostBytes?: number
  /** Read no further than this; a longer file is no error. */
  readonly firstBytes?: number
}

function size(bytes: number): string {
  return bytes >= MIB ? `${Math.ceil(bytes / MIB)} MiB` : `${bytes} bytes`
}

/** Bytes of the file that may be read. @throws InputError for what is no regular file, or too long */
function checkedSize(path: string, what: string, { mostBytes = MOST_BYTES, firstBytes }: ReadLimits): number {
  const found = statSync(path)
  if (found.isDirectory()) throw new InputError(`${what} '${path}' is a folder, not a file.`)
  // A pipe may never end, and a device never does.
  if (!found.isFile()) throw new InputError(`${what} '${path}' is no regular file. Write its contents into one first.`)
  if (firstBytes !== undefined && firstBytes < found.size) return firstBytes
  if (found.size <= mostBytes) return found.size
  throw new InputError(`${what} '${path}' has ${size(found.size)}, above the most that is read, ${size(mostBytes)}. Is it the right file?`)
}

function readStart(path: string, bytes: number): Uint8Array {
  const file = openSync(path, 'r')
  try {
    const data = new Uint8Array(bytes)
    let filled = 0
    for (let got = 1; filled < bytes && got > 0; filled += got) got = readSync(file, data, filled, bytes - filled, filled)
    return data.subarray(0, filled)
  } finally {
    closeSync(file)
  }
}

/**
 * Reads a file, or its start.
 * @param what what the file is to the user, for messages: 'chip file', 'result file'
 * @throws InputError when it is missing (names the nearest file beside it), a folder, no regular file, too long, or not
 *   readable.
 */
export function readBytes(path: string, what: string, limits: ReadLimits = {}): Uint8Array {
  try {
    const bytes = checkedSize(path, what, limits)
    return limits.firstBytes === undefined ? readFileSync(path) : readStart(path, bytes)
  } catch (error) {
    if (error instanceof InputError) throw error
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new InputError(`${what} '${path}' does not exist.${missingFileHint(path)}`)
    }
    throw new InputError(`cannot read ${what} '${path}': ${reasonOf(error)}`)
  }
}

/** Reads a UTF-8 text file; a byte order mark is dropped. Errors as `readBytes`. */
export function readText(path: string, what: string, limits?: ReadLimits): string {
  return new TextDecoder('utf-8').decode(readBytes(path, what, limits))
}

/**
 * Reads and parses a JSON file. The value is `unknown`: check it with a schema.
 * @throws InputError as `readBytes`, and for bad JSON with file, line and column.
 */
export function readJson(path: string, what: string): unknown {
  const text = readText(path, what)
  try {
    return JSON.parse(text)
  } catch {
    const offset = jsonErrorOffset(text)
    const { line, column } = lineAndColumn(text, offset)
    const found = offset < text.length ? `unexpected ${JSON.stringify(text[offset])}` : 'the text ends too early'
    throw new InputError(`${path}:${line}:${column}: ${what} is not valid JSON: ${found}.`)
  }
}
