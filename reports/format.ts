/** Numbers and texts for people. Pure: the same input gives the same string on every machine and locale. */

const NO_BREAK = '\u00a0'

/** Three significant digits, thousands grouped: 1,230; 12.3; 0.00123. */
export function number3(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return String(value)
  const magnitude = Math.abs(value)
  if (magnitude >= 100) return grouped(Math.round(value))
  if (magnitude < 1e-4) return value.toExponential(2)
  return String(Number(value.toPrecision(3)))
}

/** An integer with thousands grouped by commas. */
export function grouped(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+(?!\d))/g, ',')
}

function scaled(value: number, steps: readonly (readonly [number, string])[]): string {
  const magnitude = Math.abs(value)
  const [size, unit] = steps.find(([step]) => magnitude >= step * 0.9995) ?? steps[steps.length - 1]!
  const digits = value === 0 ? '0' : String(Number((value / size).toPrecision(3)))
  return unit === '' ? digits : `${digits}${NO_BREAK}${unit}`
}

/** A constant as its source writes it, up to five digits: 0.1125. */
export function constant(value: number): string {
  return String(Number(value.toPrecision(5)))
}

/** Energy in the unit that fits, from picojoules: 4.2 µJ. */
export function energy(pj: number): string {
  if (pj === 0) return '0'
  return scaled(pj, [[1e15, 'kJ'], [1e12, 'J'], [1e9, 'mJ'], [1e6, 'µJ'], [1e3, 'nJ'], [1, 'pJ'], [1e-3, 'fJ']])
}

/** Two energies in the unit that fits the larger: 1.9 .. 4.1 µJ. */
export function energyRange(lowPj: number, highPj: number): string {
  const [, unit] = energy(highPj).split(NO_BREAK)
  const [number, lowUnit] = energy(lowPj).split(NO_BREAK)
  return lowUnit === unit ? `${number!} .. ${energy(highPj)}` : `${energy(lowPj)} .. ${energy(highPj)}`
}

/** Time in the unit that fits, from seconds. */
export function duration(seconds: number): string {
  return scaled(seconds, [[1, 's'], [1e-3, 'ms'], [1e-6, 'µs'], [1e-9, 'ns']])
}

/** Power in the unit that fits, from watts. */
export function power(watts: number): string {
  if (watts === 0) return '0 W'
  return scaled(watts, [[1e3, 'kW'], [1, 'W'], [1e-3, 'mW'], [1e-6, 'µW'], [1e-9, 'nW']])
}

/** A count in short: 1.23 M. */
export function short(value: number): string {
  return scaled(value, [[1e12, 'T'], [1e9, 'G'], [1e6, 'M'], [1e3, 'k'], [1, '']])
}

/** A ratio: 38×, 1.42×, 0.031×. */
export function ratio(value: number): string {
  return Number.isFinite(value) ? `${number3(value)}×` : '–'
}

/** A share as a percentage with one digit: 38.1 %. */
export function percent(share: number): string {
  return `${(share * 100).toFixed(1)}${NO_BREAK}%`
}

/** `count` and its noun, in the plural where needed. */
export function plural(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`
}

/** What a reader must not be shown as it is: controls, what turns or hides text, what is no character. */
// eslint-disable-next-line no-control-regex -- these are what is looked for
const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff]/g
const HALF = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g

/**
 * Text for terminals, pages and pictures: control and bidirectional characters, and halves of characters, are shown by
 * their numbers, as \u{202e}, so that no text can pass for another. Tabs and line feeds stay.
 */
export function printable(text: string): string {
  const escaped = (character: string): string => `\\u{${character.charCodeAt(0).toString(16)}}`
  return text.replace(HIDDEN, escaped).replace(HALF, escaped)
}

/** A token's text with its blanks made visible, cut to `limit` characters. */
export function visibleToken(text: string, limit = 14): string {
  const shown = printable(text.replace(/\r?\n/g, '↵')).replace(/ /g, '␣').replace(/\t/g, '⇥')
  const characters = [...shown]
  return characters.length > limit ? `${characters.slice(0, limit - 1).join('')}…` : shown
}
