import type { DesignSummary } from './analysis.js'
import { leavesOf } from './numbers.js'
import type { Plan, Settings } from './plan/types.js'
import type { DesignRow, Store } from './store/store.js'

/** What a table holds; undefined where a row has no such key. */
export type Cell = string | number | boolean | undefined

/** One run of a sweep as a row of a table. */
export interface TableRow {
  readonly cells: ReadonlyMap<string, Cell>
}

/** Columns before the numbers, in this order; times are not among them, so that two sweeps of one plan give one table. */
const FIRST = ['position', 'role', 'name', 'state', 'feasible', 'front'] as const

/** What of the numbers is no figure of the point: it is the same for all, or long. */
const LEFT_OUT = /^(schemaVersion$|kind$|fidelity\.|text$|prompt\.text$|chip\.spec\.(name|description)$)/

/** Every path that some point's numbers have, in the order in which they first appear. */
function numberColumns(store: Pick<Store, 'design'>): string[] {
  const columns = new Set<string>()
  for (const { numbers } of store.design()) {
    if (numbers === null) continue
    for (const path of leavesOf(JSON.parse(numbers)).keys()) if (!LEFT_OUT.test(path)) columns.add(path)
  }
  return [...columns]
}

/** The columns of a sweep's table: what a run is, what it sets, the goals, everything its result counts, its error. */
export function columnsOf(store: Pick<Store, 'design'>, plan: Plan): string[] {
  const numbers = numberColumns(store)
  const taken = new Set<string>([...FIRST, ...plan.keys.keys(), 'seed'])
  return [...taken, ...numbers.filter((path) => !taken.has(path)), 'error', 'key']
}

/** The runs of a plan in its order, one at a time. */
export function * tableRows(store: Pick<Store, 'design'>, plan: Plan, summaries: readonly DesignSummary[]): Generator<TableRow> {
  for (const row of store.design()) yield { cells: cellsOf(row, summaries[Math.floor(row.position / plan.repeats)]!) }
}

function cellsOf(row: DesignRow, { isFeasible, isOnFront }: DesignSummary): Map<string, Cell> {
  const settings = JSON.parse(row.settings) as Settings
  return new Map<string, Cell>([
    ...(row.numbers === null ? [] : leavesOf(JSON.parse(row.numbers))),
    ...Object.entries(settings),
    ['position', row.position], ['role', row.role], ['name', row.name], ['state', row.state ?? 'pending'], ['feasible', isFeasible],
    ['front', isOnFront], ['seed', row.seed], ['error', row.error ?? undefined], ['key', row.key],
  ])
}

function csvCell(cell: Cell): string {
  const text = cell === undefined ? '' : String(cell)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** A table as CSV (RFC 4180, lines ending in a line feed), a line at a time. */
export function * csvLines(columns: readonly string[], rows: Iterable<TableRow>): Generator<string> {
  yield `${columns.map(csvCell).join(',')}\n`
  for (const { cells } of rows) yield `${columns.map((column) => csvCell(cells.get(column))).join(',')}\n`
}
