import { COMPONENTS } from '../../isa/actions.js'
import { ratioInterval, totalInterval } from '../../sim/result/intervals.js'
import type { CellResult } from './cells.js'

/** Tables of the findings, in Markdown: every number with its 90 % interval over the ranges of prices. */

/** Three significant digits. */
export function short(value: number): string {
  if (value === 0) return '0'
  const text = value.toPrecision(3)
  return text.includes('e') ? String(Number(text)) : text
}

function mJ({ energyPj, tokens }: CellResult): number {
  return energyPj / tokens / 1e9
}

/** Energy of a token with its interval. */
export function energyCell(cell: CellResult): string {
  const { low, high } = totalInterval(cell.rows)
  const scale = 1 / cell.tokens / 1e9
  return `${short(mJ(cell))} (${short(low * scale)} .. ${short(high * scale)})`
}

/** A ratio of energies a token under common draws; undecided where the interval holds 1. */
export function ratioCell(over: CellResult, under: CellResult): string {
  const { value, low, high } = ratioInterval({ rows: over.rows, per: over.tokens }, { rows: under.rows, per: under.tokens })
  const text = `${value.toFixed(2)} (${low.toFixed(2)} .. ${high.toFixed(2)})`
  return low < 1 && high > 1 ? `${text}, undecided` : text
}

export function milliseconds({ seconds, tokens }: CellResult): string {
  return short((1e3 * seconds) / tokens)
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}

/** A table with its head; all columns but the first to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [row(head), `|---|${'---:|'.repeat(head.length - 1)}`, ...rows.map(row)].join('\n')
}

/** Where the energy of some cells goes, millijoules a token. */
export function componentTable(columns: readonly (readonly [string, CellResult])[]): string {
  const rows = COMPONENTS.map((component) => (
    [component, ...columns.map(([, cell]) => short(cell.byComponent[component] / cell.tokens / 1e9))]
  ))
  return table(['mJ a token', ...columns.map(([name]) => name)], [
    ...rows,
    ['**whole system**', ...columns.map(([, cell]) => `**${energyCell(cell)}**`)],
    ['operations alone, as the literature counts', ...columns.map(([, cell]) => short(cell.operationsPj / cell.tokens / 1e9))],
    ['whole system over operations', ...columns.map(([, cell]) => `${Math.round(cell.energyPj / cell.operationsPj)}x`)],
    ['ms a token', ...columns.map(([, cell]) => milliseconds(cell))],
    ['mm2', ...columns.map(([, cell]) => short(cell.areaMm2))],
  ])
}
