import { readdirSync, statSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { checkNesting } from '../programs/models/json.js'
import { readRegularFile } from '../programs/models/regular-file.js'
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

export interface ReadLimits {
  /** Bytes above which the file is refused, unread. Default 256 MiB. */
  readonly maxBytes?: number
  /** Read no further than this; a longer file is no error. */
  readonly firstBytes?: number
}

/**
 * Reads a whole file, or its start.
 * @param what what the file is to the user, for messages: 'chip file', 'result file'
 * @param limits refused above `maxBytes`, before anything is read; `firstBytes` are enough
 * @throws InputError when it is missing (names the nearest file beside it), no regular file, too large, or not readable.
 */
export function readBytes(path: string, what: string, limits: ReadLimits = {}): Uint8Array {
  try {
    if (statSync(path).isDirectory()) throw new InputError(`${what} '${path}' is a folder, not a file.`)
    return readRegularFile(path, limits.maxBytes, limits.firstBytes)
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
  checkNesting(text, path)
  try {
    return JSON.parse(text)
  } catch {
    const offset = jsonErrorOffset(text)
    const { line, column } = lineAndColumn(text, offset)
    const found = offset < text.length ? `unexpected ${JSON.stringify(text[offset])}` : 'the text ends too early'
    throw new InputError(`${path}:${line}:${column}: ${what} is not valid JSON: ${found}.`)
  }
}
