/**
 * Widths of text in DejaVu Sans, the font of the charts, so that labels can be placed without a browser. Pages show them in
 * the reader's own sans serif, which is narrower.
 */

/** Advance widths of the printable ASCII characters, thousandths of the size; from DejaVu Sans 2.37. */
const REGULAR = [
  318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337, 636, 636, 636, 636, 636, 636, 636, 636, 636,
  636, 337, 337, 838, 838, 838, 531, 1000, 684, 686, 698, 770, 632, 575, 775, 752, 295, 295, 656, 557, 863, 748, 787, 603, 787,
  695, 635, 611, 732, 684, 989, 685, 611, 685, 390, 337, 390, 838, 500, 500, 613, 635, 550, 635, 615, 352, 635, 634, 278, 278,
  579, 278, 974, 634, 612, 635, 635, 411, 521, 392, 634, 592, 818, 592, 592, 525, 636, 337, 636, 838,
]
/** Bold letters are wider by this much, on average over English text. */
const BOLD = 1.12
/** Of what is not ASCII: a wide letter. */
const OTHER = 838
const NO_BREAK_SPACE = 0xa0

/** Width of one line of text in drawing units. */
export function textWidth(text: string, size = 12, bold = false): number {
  let sum = 0
  for (const character of text) {
    const code = character.codePointAt(0)!
    sum += code === NO_BREAK_SPACE ? REGULAR[0]! : REGULAR[code - 32] ?? OTHER
  }
  return (sum * size * (bold ? BOLD : 1)) / 1000
}

/** The text, or its beginning and … so that it takes no more than `width`. */
export function fitText(text: string, width: number, size = 12): string {
  if (textWidth(text, size) <= width) return text
  const characters = [...text]
  while (characters.length > 0 && textWidth(`${characters.join('')}…`, size) > width) characters.pop()
  return characters.length === 0 ? '' : `${characters.join('').trimEnd()}…`
}
