import { closeSync, openSync, readdirSync, readFileSync, rmdirSync, rmSync, statSync, writeSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { InputError } from '../sim/errors.js'
import { makeFolder, reasonOf } from './file-system.js'
import { removeAtEnd, removeNow, temporaryName, Writing } from './write.js'
import type { FileData } from './write.js'

/**
 * Where a command will write, looked at before it begins: a run of hours must not end in 'no permission'.
 */

const LOCK = '.spikeloom.lock'
const OURS = /^\..*\.(\d+)-[0-9a-f]{12}\.tmp$/
/** As version 0.1 named them, without a process. */
const NAMELESS = /^\..*\.[0-9a-f]{12}\.tmp$/
const HOUR_MS = 3_600_000

function isAlive(pid: number): boolean {
  if (pid === process.pid) return true
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Removes temporary files that processes left in a folder when they were killed. */
export function removeOfTheDead(folder: string): void {
  for (const name of readdirSync(folder)) {
    const pid = OURS.exec(name)?.[1]
    const path = join(folder, name)
    const dead = pid !== undefined ? !isAlive(Number(pid))
      : NAMELESS.test(name) && Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Infinity) > HOUR_MS
    if (dead) rmSync(path, { force: true })
  }
}

/** Refuses a target that is there and no regular file: a folder, or a device, which a rename would replace. */
function checkTarget(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found === undefined || found.isFile()) return
  throw new InputError(`cannot write '${path}': it is ${found.isDirectory() ? 'a folder' : 'no regular file'}.`)
}

/** Finds out by doing it whether a file can be written beside the target. */
function tryToWrite(path: string): void {
  const probe = temporaryName(path)
  try {
    const file = openSync(probe, 'wx')
    try {
      writeSync(file, 'x')
    } finally {
      closeSync(file)
      rmSync(probe, { force: true })
    }
  } catch (error) {
    throw new InputError(`cannot write '${path}': ${reasonOf(error)}`)
  }
}

/**
 * Checks files that will be written, each by itself, and makes their folders.
 * @throws InputError naming the first that cannot be, or that is named twice
 */
export function checkFiles(paths: readonly (string | undefined)[]): void {
  const named = paths.filter((path) => path !== undefined)
  const twice = named.find((path, at) => named.slice(0, at).some((other) => resolve(other) === resolve(path)))
  if (twice !== undefined) throw new InputError(`'${twice}' is named as the file of two outputs.`)
  for (const path of named) {
    if (path === '' || /[/\\]$/.test(path)) throw new InputError(`'${path}' names no file to write.`)
    checkTarget(path)
    makeFolder(dirname(path))
    removeOfTheDead(dirname(path))
    tryToWrite(path)
  }
}

/** A folder that this process alone writes to, and whose files appear together. */
export class OutputFolder {
  readonly path: string
  private readonly writing = new Writing()
  private readonly lock: string
  private readonly made: readonly string[]

  private constructor(path: string, lock: string, made: readonly string[]) {
    this.path = path
    this.lock = lock
    this.made = made
  }

  /**
   * Makes and locks a folder, finds out whether it can be written to, and removes what dead runs left there.
   * @param names files that will be written, relative to it; folders end in a slash
   * @throws InputError when it is a file, takes no file, is being written to by another run, or a name is that of a folder
   */
  static open(path: string, names: readonly string[]): OutputFolder {
    if (path === '') throw new InputError('the folder to write to has an empty name.')
    const made = makeFolder(path)
    for (const name of names) {
      if (!name.endsWith('/')) checkTarget(join(path, name))
      else if (statSync(join(path, name.slice(0, -1)), { throwIfNoEntry: false })?.isDirectory() === false) {
        throw new InputError(`cannot write into '${join(path, name.slice(0, -1))}': it is a file, and must be a folder.`)
      }
    }
    removeOfTheDead(path)
    const folder = new OutputFolder(path, takeLock(path), made)
    tryToWrite(join(path, names[0] ?? 'output'))
    return folder
  }

  async write(name: string, data: FileData): Promise<string> {
    const path = join(this.path, name)
    await this.writing.add(path, data)
    return path
  }

  /** Puts all that was written in place. */
  commit(): Promise<void> {
    return this.writing.commit()
  }

  /** Lets others write here; what was not put in place is gone, and so are folders made in vain. */
  close(): void {
    this.writing.drop()
    removeNow(this.lock)
    for (const folder of [...this.made].reverse()) {
      try {
        rmdirSync(folder)
      } catch {
        // It holds something.
        return
      }
    }
  }
}

/** Runs work that writes to a folder: what it wrote appears when it is done, and nothing of it when it fails. */
export async function withOutputs<T>(
  path: string | undefined, names: readonly string[], work: (folder: OutputFolder | undefined) => Promise<T>,
): Promise<T> {
  if (path === undefined) return work(undefined)
  const folder = OutputFolder.open(path, names)
  try {
    const result = await work(folder)
    await folder.commit()
    return result
  } finally {
    folder.close()
  }
}

function takeLock(folder: string): string {
  const lock = join(folder, LOCK)
  for (let attempt = 0; ; attempt++) {
    try {
      const file = openSync(lock, 'wx')
      writeSync(file, `${process.pid}\n`)
      closeSync(file)
      removeAtEnd(lock)
      return lock
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || attempt === 3) {
        throw new InputError(`cannot write to the folder '${folder}': ${reasonOf(error)}`)
      }
    }
    const holder = holderOf(lock)
    if (holder !== undefined) {
      throw new InputError(`another run${holder} is writing to '${folder}': wait for it, or name another folder with --out.`)
    }
    rmSync(lock, { force: true })
  }
}

/** A lock is made, then filled: one that is empty and this young is being filled. */
const FILLING_MS = 5000

/** Who holds a lock, as `, process 12,`; undefined if nobody does any more. */
function holderOf(lock: string): string | undefined {
  try {
    const text = readFileSync(lock, 'utf8').trim()
    if (text === '') return Date.now() - statSync(lock).mtimeMs < FILLING_MS ? '' : undefined
    const pid = Number(text)
    return Number.isInteger(pid) && pid > 0 && isAlive(pid) ? `, process ${pid},` : undefined
  } catch {
    return undefined
  }
}
