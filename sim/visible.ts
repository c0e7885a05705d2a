/**
 * Characters that show nothing themselves but change how others are shown: controls (C0, DEL, C1), marks that turn the
 * direction of text, line separators, byte order marks, halves of surrogate pairs. A file can hold them; who reads its names
 * must see them.
 */
const BEYOND_ASCII = '\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069\\ufeff'
const HALVES = '[\\ud800-\\udbff](?![\\udc00-\\udfff])|(?<![\\ud800-\\udbff])[\\udc00-\\udfff]'
const HIDDEN = new RegExp(`[\\u0000-\\u001f${BEYOND_ASCII}]|${HALVES}`, 'g')
/** The same in text of several lines, which may break and be indented. */
const HIDDEN_IN_LINES = new RegExp(`[\\u0000-\\u0008\\u000b-\\u001f${BEYOND_ASCII}]|${HALVES}`, 'g')
/** What a terminal takes as a colour; in text that we coloured it stays. */
const COLOUR = '\\u001b\\[[0-9;]*m'
const HIDDEN_BUT_COLOURS = new RegExp(`(${COLOUR})|${HIDDEN_IN_LINES.source}`, 'g')

const NAMED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

function escaped(character: string): string {
  return NAMED[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** A name or a word of a file as it can be shown: hidden characters escaped as in JSON, such as `\u202e`. */
export function visible(text: string): string {
  return text.replace(HIDDEN, escaped)
}

/**
 * Text of several lines, or JSON, as it can be shown; line ends and tabs stay. JSON keeps its value: hidden characters
 * stand in its strings only.
 * @param coloured leave the escape sequences of colours as they are
 */
export function visibleLines(text: string, coloured = false): string {
  if (!coloured) return text.replace(HIDDEN_IN_LINES, escaped)
  return text.replace(HIDDEN_BUT_COLOURS, (found, colour?: string) => colour ?? escaped(found))
}
