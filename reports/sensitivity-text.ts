import type { Sensitivity } from '../sim/result/sensitivity.js'
import { energy, ratio } from './format.js'

const SHOWN = 15
const BAR = 30

/** A number of the ranking: energy, or a ratio. */
export function swingText(of: Sensitivity['of'], value: number): string {
  return of === 'ratio' ? ratio(value) : energy(value)
}

/** The ranking for the terminal: each price's ends, and a bar for their distance. */
export function sensitivityText({ of, value, swings }: Sensitivity): string {
  const largest = swings[0]?.swing ?? 1
  const shown = swings.slice(0, SHOWN)
  const rows = shown.map(({ name, driver, atLow, atHigh, swing }) => [
    name, `${swingText(of, atLow)} .. ${swingText(of, atHigh)}`, '█'.repeat(Math.max(1, Math.round((swing / largest) * BAR))), driver,
  ] as const)
  const width = (column: 0 | 1): number => Math.max(...rows.map((row) => row[column].length), 0)
  const rest = swings.length - shown.length
  return [
    '',
    `  ${of}: ${swingText(of, value)}; with one price at a time at its low and its high end`,
    '',
    ...rows.map(([name, ends, bar, driver]) => `  ${name.padEnd(width(0))}  ${ends.padStart(width(1))}  ${bar.padEnd(BAR)}  ${driver}`.trimEnd()),
    ...(rest > 0 ? [`  and ${rest} more that do less`] : []),
    ...(swings.length === 0 ? ['  No price moves it.'] : []),
    '',
  ].join('\n').replaceAll('\u00a0', ' ')
}
