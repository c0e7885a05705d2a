/** Line and column (both from 1) of a character offset; an offset past the end counts as the end. */
export function lineAndColumn(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset)
  const lineStart = before.lastIndexOf('\n') + 1
  return { line: before.split('\n').length, column: before.length - lineStart + 1 }
}

/** Whether parsing fails at a character of `text`, rather than because the text ends too early. */
function failsInside(text: string): boolean {
  try {
    JSON.parse(text)
    return false
  } catch (error) {
    const { message } = error as Error
    if (message.includes('end of JSON input')) return false
    const position = /position (\d+)/.exec(message)?.[1]
    return position === undefined || Number(position) < text.length
  }
}

/**
 * Offset of the first character at which `text` stops being JSON; its length when it merely ends too early.
 * Node 20 leaves the position out of most of its messages, so this bisects over prefixes.
 */
export function jsonErrorOffset(text: string): number {
  if (!failsInside(text)) return text.length
  let good = 0
  let bad = text.length
  while (bad - good > 1) {
    const middle = (good + bad) >> 1
    if (failsInside(text.slice(0, middle))) bad = middle
    else good = middle
  }
  return bad - 1
}
