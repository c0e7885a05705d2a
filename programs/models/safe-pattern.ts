import { createContext, Script } from 'node:vm'
import { InputError } from '../../sim/errors.js'

/**
 * Regular expressions from files. One that repeats what can match in several ways takes time exponential in the text,
 * so those are refused when a file is opened; whatever is left is cut off when it takes too long.
 */

/** More repetitions than any tokenizer asks for; a nested count multiplies. */
const MAX_REPEAT = 1000
const MAX_LENGTH = 1 << 14

interface Group { ambiguous: boolean }
interface Quantifier { readonly least: number; readonly most: number; readonly length: number }

/** Index of the bracket that closes a class; classes nest in the `v` dialect and in Oniguruma. */
function endOfClass(pattern: string, start: number): number {
  let depth = 0
  for (let at = start; at < pattern.length; at++) {
    if (pattern[at] === '\\') at++
    else if (pattern[at] === '[') depth++
    else if (pattern[at] === ']' && --depth === 0) return at
  }
  return pattern.length
}

function quantifierAt(pattern: string, at: number): Quantifier | undefined {
  const simple = { '*': [0, Infinity], '+': [1, Infinity], '?': [0, 1] }[pattern[at] ?? '']
  if (simple !== undefined) return { least: simple[0]!, most: simple[1]!, length: 1 }
  const counted = /^\{(\d*)(,?)(\d*)\}/.exec(pattern.slice(at, at + 24))
  if (counted === null || counted[0] === '{}' || counted[0] === '{,}') return undefined
  const least = Number(counted[1])
  const most = counted[2] === '' ? least : counted[3] === '' ? Infinity : Number(counted[3])
  return { least, most, length: counted[0].length }
}

/** Why a pattern is not run, or undefined. */
export function dangerOf(pattern: string): string | undefined {
  if (pattern.length > MAX_LENGTH) return `it has ${pattern.length} characters, the limit is ${MAX_LENGTH}`
  const open: Group[] = [{ ambiguous: false }]
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at]!
    let closed: Group | undefined
    if (character === '\\') at++
    else if (character === '[') at = endOfClass(pattern, at)
    else if (character === '(') {
      open.push({ ambiguous: false })
      // A '?' behind a bracket says what kind of group it is, and is no quantifier.
      if (pattern[at + 1] === '?') at++
      continue
    } else if (character === '|') {
      open.at(-1)!.ambiguous = true
      continue
    } else if (character === ')') {
      closed = open.length > 1 ? open.pop() : undefined
      if (closed?.ambiguous) open.at(-1)!.ambiguous = true
    }
    const quantifier = quantifierAt(pattern, at + 1)
    if (quantifier === undefined) continue
    const { least, most, length } = quantifier
    if (Math.max(least, most === Infinity ? 0 : most) > MAX_REPEAT) return `it repeats more than ${MAX_REPEAT} times`
    if (closed?.ambiguous && most > 1) return 'it repeats a group that itself repeats or has alternatives'
    if (least !== most) open.at(-1)!.ambiguous = true
    at += length
  }
  return undefined
}

/** Milliseconds that work on a text of so many characters may take: some hundred times what known patterns take. */
const allowedMs = (characters: number): number => 1000 + 0.1 * characters

const box = createContext({ work: undefined as (() => unknown) | undefined })
const call = new Script('work()')

/**
 * Runs `work`, and stops it, a regular expression in it too, when it takes too long for its text.
 * @param where the file it came from, for the message
 * @throws InputError when it was stopped
 */
export function withinTime<T>(where: string, characters: number, work: () => T): T {
  box['work'] = work
  try {
    return call.runInContext(box, { timeout: Math.ceil(allowedMs(characters)) }) as T
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error
    throw new InputError(`${where}: a regular expression of the tokenizer did not come to an end on a text of ` +
      `${characters} characters in ${(allowedMs(characters) / 1000).toFixed(1)} s`)
  } finally {
    box['work'] = undefined
  }
}
