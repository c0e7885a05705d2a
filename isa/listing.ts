import type { Assembly } from './assembler.js'
import { hexWord } from './decode.js'

/** The program beside its source: index, word and source line, one row a word. */
export function formatListing(assembly: Assembly, source: string): string {
  const lines = source.split(/\r\n|\r|\n/)
  const width = Math.max(4, String(assembly.words.length).length)
  const rows = Array.from(assembly.words, (word, index) => {
    const text = lines[assembly.lines[index]! - 1] ?? ''
    return `${String(index).padStart(width)}  ${hexWord(word)}  ${text}`.trimEnd()
  })
  return rows.map((row) => row + '\n').join('')
}
