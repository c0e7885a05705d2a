import type { DesignSummary } from '../analysis.js'
import { leavesOf } from '../numbers.js'
import { sizeOf } from '../plan/dimensions.js'
import { unitOf } from '../plan/goals.js'
import type { Plan, Value } from '../plan/types.js'

/** What the page knows: columns, because a page of ten thousand points should stay small. */
export interface PageData {
  readonly title: string
  readonly version: string
  readonly plan: { readonly base: string; readonly search: string; readonly points: number; readonly repeats: number; readonly where: readonly string[] }
  readonly counts: { readonly points: number; readonly done: number; readonly failed: number }
  readonly keys: readonly PageColumn[]
  readonly objectives: readonly PageObjective[]
  /** Figures of the result beside the objectives. */
  readonly figures: readonly PageColumn[]
  readonly ids: readonly string[]
  readonly names: readonly string[]
  /** One letter a point: f on the front, d done, c breaks a condition, b baseline, x failed. */
  readonly states: string
  readonly errors: Readonly<Record<number, string>>
  /** Points that have a report, `reports/KEY.html`: all where a server makes them, else those of these keys. */
  readonly reports: 'all' | readonly string[]
  /** Points left out, because a page with more would not be fluid. */
  readonly leftOut: number
}

export interface PageColumn {
  readonly name: string
  readonly values: readonly (Value | null)[]
}

export interface PageObjective extends PageColumn {
  readonly direction: 'minimise' | 'maximise'
  readonly unit: string
  readonly low: readonly (number | null)[]
  readonly high: readonly (number | null)[]
}

/** Points that a page shows: the front and baselines first, then the others in order. */
const MOST_POINTS = 20_000

/** Figures that every result has, and that say why a point is where it is. */
const FIGURES = [
  'energy.staticPj', 'energy.dynamicPj', 'energy.byComponent', 'latency.cycles', 'latency.cyclesPerToken', 'throughput.tokensPerSecond',
  'activity.spikesPerActivation', 'activity.synapticAdditions', 'activity.flitHops', 'mapping.coresUsed', 'mapping.timeMultiplexed',
  'area.totalMm2', 'power.averageW', 'quality.perplexity',
]

function stateOf({ state, role, isFeasible, isOnFront }: DesignSummary): string {
  if (state === 'failed') return 'x'
  if (role === 'baseline') return 'b'
  return isOnFront ? 'f' : isFeasible ? 'd' : 'c'
}

function shownOf(summaries: readonly DesignSummary[]): DesignSummary[] {
  const finished = summaries.filter(({ state }) => state !== 'pending')
  if (finished.length <= MOST_POINTS) return finished
  const first = finished.filter(({ isOnFront, role }) => isOnFront || role === 'baseline')
  const rest = finished.filter(({ isOnFront, role }) => !isOnFront && role === 'point')
  const stride = rest.length / (MOST_POINTS - first.length)
  const kept = new Set([...first, ...Array.from({ length: MOST_POINTS - first.length }, (_, at) => rest[Math.floor(at * stride)]!)])
  return finished.filter((summary) => kept.has(summary))
}

/** Five digits: what a reader sees, and a third of the bytes. */
function short(value: number | undefined): number | null {
  return value === undefined || !Number.isFinite(value) ? null : Number(value.toPrecision(5))
}

function figureColumns(shown: readonly DesignSummary[], numbersAt: (position: number) => string | null): PageColumn[] {
  const columns = new Map<string, (Value | null)[]>()
  shown.forEach(({ position }, at) => {
    const numbers = numbersAt(position)
    if (numbers === null) return
    for (const [path, value] of leavesOf(JSON.parse(numbers))) {
      if (!FIGURES.some((figure) => path === figure || path.startsWith(`${figure}.`))) continue
      const column = columns.get(path) ?? Array.from({ length: shown.length }, () => null)
      column[at] = typeof value === 'number' ? short(value) : value
      columns.set(path, column)
    }
  })
  // A component that nobody pays is no figure.
  return [...columns].filter(([, values]) => values.some((value) => value !== null && value !== 0)).map(([name, values]) => ({ name, values }))
}

/** Keys that baselines alone set, or that have one value: facts of a point, but no axis. */
function otherSettings(plan: Plan, shown: readonly DesignSummary[], axes: readonly PageColumn[]): PageColumn[] {
  const names = [...plan.keys.keys()].filter((name) => axes.every((axis) => axis.name !== name))
  return names.map((name) => ({ name, values: shown.map(({ settings }) => settings[name] ?? null) }))
}

function keyColumns(plan: Plan, shown: readonly DesignSummary[]): PageColumn[] {
  const varied = plan.dimensions.filter((dimension) => sizeOf(dimension) > 1).map(({ key }) => key.name)
  return varied.map((name) => ({ name, values: shown.map(({ settings }) => settings[name] ?? null) }))
}

/**
 * What the page shows of a sweep.
 * @param numbersAt a finished run's numbers as JSON, by its position
 */
export function pageData(
  plan: Plan, summaries: readonly DesignSummary[], numbersAt: (position: number) => string | null,
  more: Pick<PageData, 'title' | 'version' | 'counts' | 'reports'>,
): PageData {
  const shown = shownOf(summaries)
  const keys = keyColumns(plan, shown)
  const errors = Object.fromEntries(shown.flatMap(({ error }, at) => (error === null ? [] : [[at, error] as const])))
  return {
    ...more,
    plan: { base: plan.base, search: plan.search, points: plan.points, repeats: plan.repeats, where: plan.constraints.map(({ text }) => text) },
    keys,
    objectives: plan.objectives.map(({ name, direction }, at) => ({
      name, direction, unit: unitOf(name), values: shown.map(({ values }) => short(values[at])),
      low: shown.map(({ spans }) => short(spans[at]?.low)), high: shown.map(({ spans }) => short(spans[at]?.high)),
    })),
    figures: [...otherSettings(plan, shown, keys), ...figureColumns(shown, numbersAt)],
    ids: shown.map(({ key }) => key), names: shown.map(({ name }) => name), states: shown.map(stateOf).join(''), errors,
    leftOut: summaries.filter(({ state }) => state !== 'pending').length - shown.length,
  }
}
