import { basename, join, resolve } from 'node:path'
import { frontOf } from '../sweep/analysis.js'
import type { DesignSummary } from '../sweep/analysis.js'
import { gunzipSync } from 'node:zlib'
import { parseResult } from '../sim/result/parse.js'
import type { RunResult } from '../sim/result/schema.js'
import { sweepFigures } from '../sweep/page/figures.js'
import type { PageData } from '../sweep/page/data.js'
import { pageData } from '../sweep/page/data.js'
import { sweepPage } from '../sweep/page/page.js'
import type { Plan } from '../sweep/plan/types.js'
import type { Store } from '../sweep/store/store.js'
import { columnsOf, csvLines, tableRows } from '../sweep/table.js'
import { writeAtomically } from './write.js'
import { SPIKELOOM_VERSION } from '../version.js'
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

/** Reports that are made beside the page: more would take longer than anybody looks. */
const MOST_REPORTS = 30

/** A point's whole result, if the store keeps it. */
export function resultOf(store: Store, key: string): RunResult | undefined {
  const gzip = store.result(key)
  return gzip === undefined ? undefined : parseResult(JSON.parse(gunzipSync(gzip).toString('utf8')), `point ${key}`)
}

/** Writes the page of a sweep, figures for papers, and reports of the points on the front. @returns the files written */
export async function writePages(store: Store, plan: Plan, summaries: readonly DesignSummary[], folder: string): Promise<string[]> {
  const reported: string[] = []
  for (const { key } of frontOf(summaries, plan).slice(0, MOST_REPORTS)) {
    const result = resultOf(store, key)
    if (result === undefined) continue
    const { htmlReport } = await import('../reports/html.js')
    await writeAtomically(join(folder, 'reports', `${key}.html`), await htmlReport(result))
    reported.push(key)
  }
  const file = join(folder, 'index.html')
  await writeAtomically(file, pageOf(store, plan, summaries, folder, reported))
  const figures = sweepFigures(plan, summaries).map(({ name, svg }) => ({ path: join(folder, 'figures', `${name}.svg`), svg }))
  for (const { path, svg } of figures) await writeAtomically(path, svg)
  return [file, ...figures.map(({ path }) => path)]
}

/** The page of a sweep as it is now. @param reports points that have a report beside it */
export function pageOf(store: Store, plan: Plan, summaries: readonly DesignSummary[], folder: string, reports: PageData['reports']): string {
  const numbersAt = (position: number): string | null => [...store.design(position, position + 1)][0]?.numbers ?? null
  return sweepPage(pageData(plan, summaries, numbersAt, {
    title: basename(resolve(folder)), version: SPIKELOOM_VERSION, counts: store.counts(), reports,
  }))
}
