import { InputError } from '../../sim/errors.js'

/** A JSON object from text. @throws InputError naming the file, line and column of a syntax error */
export function parseJson(text: string, where: string): Record<string, unknown> {
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

/** Node's messages give a character position, or none at the end of the input. */
function placeOf(error: Error, text: string): string {
  const match = /position (\d+)/.exec(error.message)
  const offset = match === null ? text.length : Number(match[1])
  const before = text.slice(0, offset).split('\n')
  return `line ${before.length}, column ${before.at(-1)!.length + 1}: ${error.message.replace(/ in JSON at.*/, '')}`
}
