import { readFileSync } from 'node:fs'

/** Lines of a block. A change is drawn if it lies in one block, so changes of whole long functions are never drawn. */
const BLOCK = 16

/** 0 to 1 from a text: FNV-1a, mixed once more. */
function hash(text) {
  let value = 0x811c9dc5
  for (const letter of text) value = Math.imul(value ^ letter.codePointAt(0), 0x01000193)
  value = Math.imul(value ^ (value >>> 15), 0x2c1b3c6d)
  return ((value ^ (value >>> 13)) >>> 0) / 2 ** 32
}

/** Patterns `file:first-last` of about `share` of the files' lines, the same ones for the same seed. */
export function sampledLines(files, share, seed) {
  return files.flatMap((file) => {
    const lines = readFileSync(file, 'utf8').split('\n').length
    const patterns = []
    for (let first = 1; first <= lines; first += BLOCK) {
      if (hash(`${seed} ${file} ${first}`) < share) patterns.push(`${file}:${first}-${Math.min(lines, first + BLOCK - 1)}`)
    }
    return patterns
  })
}
