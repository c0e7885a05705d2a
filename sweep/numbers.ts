import { tokenLatencyCycles } from '../reports/view.js'
import type { RunResult } from '../sim/result/schema.js'
import type { Numbers } from './plan/goals.js'

/** What is known of a goal beside its value. */
interface Interval {
  readonly low: number
  readonly high: number
}

/** Figures of a text that were measured beside the run. */
export interface Quality {
  readonly perplexity: number | null
  readonly bitsPerByte: number | null
}

/** Of what takes no part in a point's identity: how long it took here, and how much memory. */
const OF_THE_HOST = new Set(['wallSeconds', 'peakMemoryBytes'])

/** Objects and scalars of a value; lists go, which grow with the chip and the prompt. */
function withoutLists(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value)
    .filter(([key, item]) => !Array.isArray(item) && !OF_THE_HOST.has(key))
    .map(([key, item]) => [key, withoutLists(item)]))
}

function isInterval(value: unknown): value is Interval {
  const { low, high } = (value ?? {}) as Partial<Interval>
  return typeof low === 'number' && typeof high === 'number'
}

/** The figures that sweeps are made for, in base units; what the result does not say is absent. */
function goalsOf(result: RunResult, quality: Quality | undefined): Record<string, unknown> {
  const { energy, chip, throughput } = result
  const { interval } = energy as unknown as { readonly interval?: unknown }
  const { totalMm2 } = ((result as unknown as { readonly area?: { readonly totalMm2?: unknown } }).area ?? {})
  // An interval is that of the run's energy; a token has its share.
  const share = energy.totalPj > 0 ? energy.perTokenPj / energy.totalPj * 1e-12 : 0
  return {
    joulesPerToken: energy.perTokenPj * 1e-12,
    ...(isInterval(interval) ? { joulesPerTokenInterval: { low: interval.low * share, high: interval.high * share } } : {}),
    secondsPerToken: tokenLatencyCycles(result) / (chip.spec.clockMHz * 1e6),
    tokensPerSecond: throughput.tokensPerSecond,
    ...(typeof totalMm2 === 'number' ? { areaMm2: totalMm2 } : {}),
    ...(typeof quality?.perplexity === 'number' ? { perplexity: quality.perplexity } : {}),
  }
}

/** A point's numbers: its result without what is long, and the goals by short names. Equal for equal runs. */
export function numbersOf(result: RunResult, quality?: Quality): Numbers {
  return { ...withoutLists(result) as object, ...(quality === undefined ? {} : { quality }), goals: goalsOf(result, quality) }
}

/** Numbers and words of nested data by dotted path. */
export function leavesOf(value: unknown, path = '', into = new Map<string, string | number | boolean>()): typeof into {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    for (const [key, item] of Object.entries(value)) leavesOf(item, path === '' ? key : `${path}.${key}`, into)
  } else if (typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean') into.set(path, value)
  return into
}
