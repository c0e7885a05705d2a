import { randomBytes } from 'node:crypto'
import { close, openSync, rmSync, writeFile } from 'node:fs'
import { rename } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { InputError } from '../sim/errors.js'
import { makeFolder, reasonOf } from './file-system.js'

/** Files that must not outlive this process: temporary ones of writes under way, and locks. */
const unfinished = new Set<string>()
let guards = 0

const SIGNALS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const

// Installed only while files are being written: a handler that stayed would make Ctrl-C wait for the simulation loop,
// which does not return to the event loop for seconds. Without one the signal ends the process at once.
function stopOnSignal(signal: NodeJS.Signals): void {
  for (const path of unfinished) removeQuietly(path)
  process.exit(SIGNALS[signal as keyof typeof SIGNALS])
}

function listen(): void {
  if (guards++ > 0) return
  for (const signal of Object.keys(SIGNALS)) process.on(signal, stopOnSignal)
}

async function stopListening(): Promise<void> {
  // A signal that came meanwhile is read at the next turn of the event loop; without a handler then, it would be lost.
  await new Promise((done) => setImmediate(done))
  if (--guards > 0) return
  for (const signal of Object.keys(SIGNALS)) process.off(signal, stopOnSignal)
}

/** Removes the file if this process is ended by a signal while it writes. */
export function removeAtEnd(path: string): void {
  unfinished.add(path)
}

/** Removes it now, if it is there. */
export function removeNow(path: string): void {
  removeQuietly(path)
  unfinished.delete(path)
}

function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true })
  } catch {
    // The failure that led here is the one to report.
  }
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

/** A name beside the target that says whose it is, so that what a dead process left is known as such. */
export function temporaryName(path: string): string {
  return join(dirname(path), `.${basename(path)}.${process.pid}-${randomBytes(6).toString('hex')}.tmp`)
}

/** Files that are written beside their targets first, and put in place together. */
export class Writing {
  private readonly renames: [from: string, to: string][] = []

  /** Writes what will be the file `path`; makes missing folders. @throws InputError when that cannot be */
  async add(path: string, data: FileData): Promise<void> {
    const temporary = temporaryName(path)
    removeAtEnd(temporary)
    listen()
    try {
      makeFolder(dirname(path))
      await fill(temporary, data)
      this.renames.push([temporary, path])
    } catch (error) {
      this.drop()
      removeNow(temporary)
      throw error instanceof InputError ? error : new InputError(`cannot write '${path}': ${reasonOf(error)}`)
    } finally {
      await stopListening()
    }
  }

  /** Puts all files in place. @throws InputError when one cannot be */
  async commit(): Promise<void> {
    listen()
    try {
      for (const [from, to] of this.renames) {
        try {
          await rename(from, to)
        } catch (error) {
          throw new InputError(`cannot write '${to}': ${reasonOf(error)}`)
        }
        unfinished.delete(from)
      }
    } finally {
      this.drop()
      await stopListening()
    }
  }

  /** Removes what is not in place. */
  drop(): void {
    for (const [from] of this.renames.splice(0)) if (unfinished.has(from)) removeNow(from)
  }
}

/**
 * Writes a file so that nobody ever sees half of it: into a temporary file beside the target, then renamed.
 * Makes missing folders. The temporary file is gone after a failure or a signal.
 * @throws InputError when the target cannot be written (no permission, a folder in its place, disk full).
 */
export async function writeAtomically(path: string, data: FileData): Promise<void> {
  const writing = new Writing()
  await writing.add(path, data)
  await writing.commit()
}
