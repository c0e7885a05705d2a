import { join } from 'node:path'
import { frontOf } from '../sweep/analysis.js'
import type { DesignSummary } from '../sweep/analysis.js'
import type { Plan } from '../sweep/plan/types.js'
import type { Store } from '../sweep/store/store.js'
import { columnsOf, csvLines, tableRows } from '../sweep/table.js'
import { writeAtomically } from './write.js'
import { table } from './output.js'

/** What `sweep --json` prints. */
export interface SweepReport {
  readonly points: number
  readonly done: number
  readonly failed: number
  readonly front: readonly FrontEntry[]
}

interface FrontEntry {
  readonly key: string
  readonly position: number
  readonly settings: Readonly<Record<string, unknown>>
  readonly objectives: Readonly<Record<string, number | undefined>>
  readonly intervals: Readonly<Record<string, { readonly low: number; readonly high: number }>>
}

function entryOf({ key, position, settings, values, spans }: DesignSummary, { objectives }: Plan): FrontEntry {
  const known = objectives.map(({ name }, at) => [name, spans[at]] as const).filter(([, span]) => span !== undefined)
  return {
    key, position, settings, objectives: Object.fromEntries(objectives.map(({ name }, at) => [name, values[at]])),
    intervals: Object.fromEntries(known) as FrontEntry['intervals'],
  }
}

export function sweepReport(store: Store, plan: Plan, summaries: readonly DesignSummary[]): SweepReport {
  return { ...store.counts(), front: frontOf(summaries, plan).map((summary) => entryOf(summary, plan)) }
}

/** Rows of the front that people are shown. */
const ROWS_SHOWN = 20

function figure(value: number | undefined): string {
  return value === undefined ? '' : String(Number(value.toPrecision(4)))
}

/** The report for people: how it went, and the front. */
export function sweepText(report: SweepReport, plan: Plan): string {
  const { points, done, failed, front } = report
  const names = plan.dimensions.map(({ key }) => key.name)
  const goals = plan.objectives.map(({ name }) => name)
  const head = `${points} points: ${done} done, ${failed} failed, ${points - done - failed} to come; ${front.length} on the front`
  if (front.length === 0) return `${head}\n`
  const rows = front.slice(0, ROWS_SHOWN).map(({ settings, objectives }) => (
    [...names.map((name) => String(settings[name] ?? '')), ...goals.map((goal) => figure(objectives[goal]))]
  ))
  const more = front.length > ROWS_SHOWN ? `\n... and ${front.length - ROWS_SHOWN} more, in front.csv` : ''
  return `${head}\n\n${table([[...names, ...goals], ...rows])}${more}`
}

function * frontLines(summaries: readonly DesignSummary[], plan: Plan): Generator<string> {
  const goals = plan.objectives.map(({ name }) => name)
  const names = plan.dimensions.map(({ key }) => key.name)
  const columns = ['position', ...names, ...goals.flatMap((goal) => [goal, `${goal} low`, `${goal} high`]), 'key']
  const rows = frontOf(summaries, plan).map(({ position, settings, values, spans, key }) => ({
    cells: new Map([
      ['position', position], ['key', key], ...Object.entries(settings),
      ...goals.flatMap((goal, at) => [[goal, values[at]], [`${goal} low`, spans[at]?.low], [`${goal} high`, spans[at]?.high]] as const),
    ]),
  }))
  yield * csvLines(columns, rows)
}

/** Writes the tables of a sweep into its folder. @returns the files written */
export async function writeTables(store: Store, plan: Plan, summaries: readonly DesignSummary[], folder: string): Promise<string[]> {
  const files = [join(folder, 'points.csv'), join(folder, 'front.csv')]
  await writeAtomically(files[0]!, csvLines(columnsOf(store, plan), tableRows(store, plan, summaries)))
  await writeAtomically(files[1]!, frontLines(summaries, plan))
  return files
}

