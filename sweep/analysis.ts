import { fitnessOf, objectiveValues } from './fitness.js'
import type { Numbers } from './plan/goals.js'
import { valueAt } from './plan/goals.js'
import type { Objective, Plan, Settings } from './plan/types.js'
import type { Role } from './points.js'
import { paretoFront } from './search/front.js'
import type { Fitness } from './search/types.js'
import type { DesignRow, Store } from './store/store.js'

/** What a figure may lie between; undefined where nothing is known but the figure. */
export interface Span {
  readonly low: number
  readonly high: number
}

/** A design with all its repeats. */
export interface DesignSummary {
  /** Of its first run; the key is that run's. */
  readonly position: number
  readonly key: string
  readonly role: Role
  readonly name: string
  readonly settings: Settings
  readonly state: 'done' | 'failed' | 'pending'
  readonly error: string | null
  /** Means over the repeats, one an objective. */
  readonly values: readonly (number | undefined)[]
  readonly spans: readonly (Span | undefined)[]
  /** Whether it meets all conditions. */
  readonly isFeasible: boolean
  /** Whether no swept design beats it. Baselines stand beside the front, not on it. */
  readonly isOnFront: boolean
}

/**
 * What an objective lies between over the repeats: from the lowest to the highest of their figures, or of the intervals that
 * their results state.
 */
function spanOf(runs: readonly (Numbers | undefined)[], { path }: Objective): Span | undefined {
  const lows: number[] = []
  const highs: number[] = []
  for (const numbers of runs) {
    const value = valueAt(numbers, path)
    const [low, high] = [valueAt(numbers, `${path}Interval.low`) ?? value, valueAt(numbers, `${path}Interval.high`) ?? value]
    if (typeof low !== 'number' || typeof high !== 'number') return undefined
    lows.push(low)
    highs.push(high)
  }
  const span = { low: Math.min(...lows), high: Math.max(...highs) }
  return span.high > span.low ? span : undefined
}

function stateOf(rows: readonly DesignRow[]): DesignSummary['state'] {
  if (rows.some(({ state }) => state === 'failed')) return 'failed'
  return rows.every(({ state }) => state === 'done') ? 'done' : 'pending'
}

function summaryOf(rows: readonly DesignRow[], plan: Plan): { summary: Omit<DesignSummary, 'isOnFront'>; fitness: Fitness } {
  const { position, key, role, name, settings } = rows[0]!
  const runs = rows.map(({ numbers }) => (numbers === null ? undefined : JSON.parse(numbers) as Numbers))
  const fitness = fitnessOf(runs, plan)
  const rowsOfValues = runs.map((numbers) => objectiveValues(numbers, plan))
  const summary = {
    position, key, role, name, settings: JSON.parse(settings) as Settings, state: stateOf(rows),
    error: rows.find(({ error }) => error !== null)?.error ?? null,
    values: plan.objectives.map((_, at) => {
      const known = rowsOfValues.map((row) => row[at]).filter((value) => value !== undefined)
      return known.length === rows.length ? known.reduce((sum, value) => sum + value, 0) / known.length : undefined
    }),
    spans: plan.objectives.map((objective) => spanOf(runs, objective)),
    isFeasible: fitness.violation === 0,
  }
  return { summary, fitness }
}

/** All designs of a plan in order, as far as they are finished, and which of them are on the front. */
export function summarise(store: Pick<Store, 'design'>, plan: Plan): DesignSummary[] {
  const summaries: Omit<DesignSummary, 'isOnFront'>[] = []
  const swept: { readonly at: number; readonly fitness: Fitness }[] = []
  let rows: DesignRow[] = []
  for (const row of store.design()) {
    rows.push(row)
    if (rows.length < plan.repeats) continue
    const { summary, fitness } = summaryOf(rows, plan)
    if (summary.role === 'point') swept.push({ at: summaries.length, fitness })
    summaries.push(summary)
    rows = []
  }
  const front = new Set(paretoFront(swept.map(({ fitness }) => fitness)).map((at) => swept[at]!.at))
  return summaries.map((summary, at) => ({ ...summary, isOnFront: front.has(at) }))
}

/** The front in the order of its first objective, best first. */
export function frontOf(summaries: readonly DesignSummary[], { objectives }: Pick<Plan, 'objectives'>): DesignSummary[] {
  const sign = objectives[0]?.direction === 'maximise' ? -1 : 1
  return summaries.filter(({ isOnFront }) => isOnFront).sort((a, b) => sign * (a.values[0]! - b.values[0]!) || a.position - b.position)
}
