import { randomBytes } from 'node:crypto'
import { close, mkdirSync, openSync, readdirSync, rmSync, statSync, writeFile } from 'node:fs'
import { rename } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { checkNesting } from '../programs/models/json.js'
import { readRegularFile } from '../programs/models/regular-file.js'
import { didYouMean, InputError } from '../sim/errors.js'
import { jsonErrorOffset, lineAndColumn } from './positions.js'

/** Temporary files of writes under way, removed when a signal ends the process. */
const unfinished = new Set<string>()

// Installed only while a file is being written: a handler that stayed would make Ctrl-C wait for the simulation
// loop, which does not return to the event loop for seconds. Without one the signal ends the process at once.
function stopOnSignal(signal: NodeJS.Signals): void {
  for (const path of unfinished) rmSync(path, { force: true })
  process.exit(signal === 'SIGINT' ? 130 : 143)
}

function guard(path: string): void {
  if (unfinished.size === 0) {
    process.on('SIGINT', stopOnSignal)
    process.on('SIGTERM', stopOnSignal)
  }
  unfinished.add(path)
}

function release(path: string): void {
  unfinished.delete(path)
  if (unfinished.size > 0) return
  process.off('SIGINT', stopOnSignal)
  process.off('SIGTERM', stopOnSignal)
}

/** A file's contents; an iterable is for contents longer than the longest string. */
export type FileData = string | Uint8Array | Iterable<string>

const CHUNK_CHARACTERS = 1 << 20

function * inChunks(pieces: Iterable<string>): Generator<string> {
  let chunk: string[] = []
  let characters = 0
  for (const piece of pieces) {
    chunk.push(piece)
    characters += piece.length
    if (characters < CHUNK_CHARACTERS) continue
    yield chunk.join('')
    chunk = []
    characters = 0
  }
  yield chunk.join('')
}

/**
 * Creates the file at once and fills it in the background: were it created in the background too, that could happen
 * after the clean-up of a signal.
 */
async function fill(path: string, data: FileData): Promise<void> {
  const file = openSync(path, 'wx')
  try {
    if (typeof data === 'string' || data instanceof Uint8Array) await promisify(writeFile)(file, data)
    else for (const piece of inChunks(data)) await promisify(writeFile)(file, piece)
  } finally {
    await promisify(close)(file)
  }
}

/**
 * Writes a file so that nobody ever sees half of it: into a temporary file beside the target, then renamed.
 * Makes missing folders. The temporary file is gone after a failure, SIGINT or SIGTERM.
 * @throws InputError when the target cannot be written (no permission, a folder in its place, disk full).
 */
export async function writeAtomically(path: string, data: FileData): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`)
  guard(temporary)
  try {
    mkdirSync(dirname(path), { recursive: true })
    await fill(temporary, data)
    await rename(temporary, path)
  } catch (error) {
    removeQuietly(temporary)
    throw new InputError(`cannot write '${path}': ${reasonOf(error)}`)
  } finally {
    // A signal that came meanwhile is read at the next turn of the event loop; without a handler then, it would be lost.
    await new Promise((done) => setImmediate(done))
    release(temporary)
  }
}

function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true })
  } catch {
    // The failure that led here is the one to report.
  }
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  switch (code) {
    case 'EISDIR': return 'it is a folder'
    case 'ENOTDIR':
    case 'EEXIST': return 'a file stands where a folder is needed'
    case 'EACCES':
    case 'EPERM':
    case 'EROFS': return 'no permission'
    case 'ENOSPC': return 'the disk is full'
    default: return message
  }
}

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

/**
 * Reads a whole file.
 * @param what what the file is to the user, for messages: 'chip file', 'result file'
 * @param limits refused above `maxBytes`, before anything is read; `firstBytes` are enough
 * @throws InputError when it is missing (names the nearest file beside it), no regular file, too large, or not readable.
 */
export function readBytes(path: string, what: string, limits: { maxBytes?: number; firstBytes?: number } = {}): Uint8Array {
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
export function readText(path: string, what: string): string {
  return new TextDecoder('utf-8').decode(readBytes(path, what))
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
