import { InputError } from '../../sim/errors.js'

/** Deeper than any model file, and shallow enough for whatever walks through it by recursion. */
const MAX_DEPTH = 64

const QUOTE = 34
const BACKSLASH = 92
const isOpening = (code: number): boolean => code === 91 || code === 123
const isClosing = (code: number): boolean => code === 93 || code === 125

/** Index of the quote that ends the string which begins at `start`, or the text's length. */
function endOfString(text: string, start: number): number {
  let at = start + 1
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === BACKSLASH) at++
    else if (code === QUOTE) break
  }
  return at
}

/**
 * Refuses a text that nests deeper than `MAX_DEPTH`.
 * @throws InputError naming the place where it does
 */
export function checkNesting(text: string, where: string): void {
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) at = endOfString(text, at)
    else if (isOpening(code)) {
      if (++depth > MAX_DEPTH) {
        throw new InputError(`${where}: ${placeAt(text, at)}: nested more than ${MAX_DEPTH} deep`)
      }
    } else if (isClosing(code)) depth--
  }
}

/**
 * The first key that an object of a valid JSON text has twice, or undefined. JSON.parse takes the last, others
 * the first: who reads such a file does not know what is in it.
 */
export function duplicateKey(text: string): string | undefined {
  const open: (Set<string> | undefined)[] = []
  let last = ''
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) {
      const end = endOfString(text, at)
      last = text.slice(at, end + 1)
      at = end
    } else if (isOpening(code)) open.push(code === 123 ? new Set() : undefined)
    else if (isClosing(code)) open.pop()
    else if (text[at] === ':') {
      const key = JSON.parse(last) as string
      const keys = open.at(-1)
      if (keys?.has(key)) return key
      keys?.add(key)
    }
  }
  return undefined
}

/**
 * A JSON object from text.
 * @throws InputError naming the file, line and column of a syntax error or of nesting without reason
 */
export function parseJson(text: string, where: string): Record<string, unknown> {
  checkNesting(text, where)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new InputError(`${where}: not valid JSON: ${placeOf(error as Error, text)}`)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InputError(`${where}: expected a JSON object`)
  }
  return value as Record<string, unknown>
}

/** A value of a file for a message: short, and on one line. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'missing'
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}

function placeAt(text: string, offset: number): string {
  const before = text.slice(0, offset)
  const lineStart = before.lastIndexOf('\n') + 1
  return `line ${before.split('\n').length}, column ${offset - lineStart + 1}`
}

/** Node's messages give a character position, or none at the end of the input. */
function placeOf(error: Error, text: string): string {
  const match = /position (\d+)/.exec(error.message)
  const offset = match === null ? text.length : Number(match[1])
  const message = error.message.replace(/ in JSON at.*/s, '')
  return `${placeAt(text, offset)}: ${message.length > 120 ? `${message.slice(0, 117)}...` : message}`
}
