import type { ChartTable } from '../../reports/csv.js'
import { energyRatio, milliJoules } from './numbers.js'
import type { Bounded, Done, Findings } from './numbers.js'
import { RIVAL } from './studies.js'

/** The numbers of the findings as a table for programs: what the page's tables are rounded from. */

export const RECORD_COLUMNS = [
  'study', 'model', 'workload', 'system', 'variant', 'rival', 'mJ', 'mJ_low', 'mJ_high', 'ratio', 'ratio_low', 'ratio_high', 'ms', 'sampling',
] as const

const digits = (value: number): number => Number(value.toPrecision(6))

/** The run of SDLLM's trains that a run is compared with: of its own study where there is one. */
function baseOf(findings: Findings, { study, model, workload, system, variant }: Done): Done['result'] {
  const rival = RIVAL.ternary
  return findings.cell(study, { model, workload, system, variant, rival }) ?? findings.cell('main', { model, workload, system, rival })
}

export function recordOf(findings: Findings, studies: readonly Done['study'][]): ChartTable {
  const rows = studies.flatMap((study) => findings.done(study)).flatMap((one) => {
    const { result } = one
    if (result === undefined) return []
    const base = baseOf(findings, one)
    const energy = milliJoules(result)
    const ratio: Bounded | undefined = base === undefined ? undefined : energyRatio(result, base)
    return [[
      one.study, one.model, one.workload, one.system, one.variant, one.rival, ...[energy.value, energy.low, energy.high].map(digits),
      ...(ratio === undefined ? [null, null, null] : [ratio.value, ratio.low, ratio.high].map(digits)),
      digits((1e3 * result.seconds) / result.tokens), digits(result.noise),
    ]]
  })
  return { columns: RECORD_COLUMNS, rows }
}

/** A row of the record, as text. */
type Row = Readonly<Record<(typeof RECORD_COLUMNS)[number], string>>

/** Rows of a record that was written; no cell of it holds a quote. */
export function parseRecord(text: string): Row[] {
  const [head, ...lines] = text.trim().split('\n')
  const columns = head!.split(',')
  return lines.map((line) => {
    const cells = splitLine(line)
    return Object.fromEntries(columns.map((column, at) => [column, cells[at] ?? ''])) as Row
  })
}

/** Cells of a line, commas inside quotes kept. */
function splitLine(line: string): string[] {
  return (line.match(/("[^"]*"|[^,]*)(,|$)/g) ?? []).map((cell) => cell.replace(/,$/, '').replaceAll('"', ''))
}

export interface Moved {
  /** Numbers outside the committed bounds. */
  readonly failures: readonly string[]
  /** Numbers within them that are not the committed ones, to three digits. */
  readonly notes: readonly string[]
}

/** Fresh numbers held to committed ones: energy and ratio must lie within their committed bounds. */
export function heldTo(committed: readonly Row[], fresh: ChartTable): Moved {
  const failures: string[] = []
  const notes: string[] = []
  const key = (row: readonly unknown[]): string => row.slice(0, 6).join(' / ')
  const known = new Map(committed.map((row) => [key(RECORD_COLUMNS.map((column) => row[column])), row]))
  for (const row of fresh.rows) {
    const before = known.get(key(row))
    if (before === undefined) {
      failures.push(`${key(row)}: not in the committed record`)
      continue
    }
    for (const what of ['mJ', 'ratio'] as const) {
      const at = RECORD_COLUMNS.indexOf(what)
      const value = row[at]
      if (typeof value !== 'number') continue
      const [low, was, high] = [before[`${what}_low`], before[what], before[`${what}_high`]].map(Number) as [number, number, number]
      const said = `${key(row)}: ${what} is ${value}, committed ${was} (${low} .. ${high})`
      // Bounds of a ratio of a run to itself are 1 to 1: six digits are as good as they are written.
      if (value < low * (1 - 1e-5) || value > high * (1 + 1e-5)) failures.push(said)
      else if (Math.abs(value / was - 1) > 5e-4) notes.push(said)
    }
  }
  return { failures, notes }
}
