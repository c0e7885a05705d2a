import { createHash } from 'node:crypto'
import { closeSync, existsSync, openSync, readdirSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Bytes from each end of a large file that stand for it: weights of gigabytes are not read whole to name a point. */
const END_BYTES = 1 << 20

function fileHash(path: string): string {
  const { size } = statSync(path)
  const hash = createHash('sha256').update(`${size}\n`)
  const file = openSync(path, 'r')
  try {
    const buffer = Buffer.alloc(Math.min(size, 2 * END_BYTES))
    const first = Math.min(size, END_BYTES)
    readSync(file, buffer, 0, first, 0)
    if (size > first) readSync(file, buffer, first, buffer.length - first, size - (buffer.length - first))
    return hash.update(buffer).digest('hex').slice(0, 16)
  } finally {
    closeSync(file)
  }
}

const known = new Map<string, string | undefined>()

/**
 * A short name of what a file or folder holds: its size and its first and last mebibyte, of a folder all its files'.
 * Undefined where there is none. Read once a process.
 */
export function contentHash(path: string): string | undefined {
  if (!known.has(path)) known.set(path, existsSync(path) ? hashOf(path) : undefined)
  return known.get(path)
}

function hashOf(path: string): string {
  if (!statSync(path).isDirectory()) return fileHash(path)
  const files = readdirSync(path).sort().map((name) => join(path, name)).filter((file) => statSync(file).isFile())
  return createHash('sha256').update(files.map(fileHash).join('\n')).digest('hex').slice(0, 16)
}
