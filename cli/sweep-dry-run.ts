import { Pool } from '../simulate/threads/pool.js'
import type { Point, Workbench } from '../sweep/points.js'
import type { PointOutcome } from '../sweep/sweep.js'
import { print, printJson } from './output.js'
import { firstPoints } from './sweep-bench.js'
import { SWEEP_POINT } from './sweep-point.js'

/** Points that a dry run runs: the first, one in the middle, the last. */
const SAMPLES = 3

/** What `sweep --dry-run --json` prints. */
interface Estimate {
  /** Runs of the whole plan: designs and baselines, each with its repeats. */
  readonly points: number
  /** Of the designs that are known now, those whose chip cannot be. */
  readonly impossible: number
  readonly sampled: readonly { readonly settings: unknown; readonly seconds: number | null; readonly error: string | null }[]
  readonly secondsPerPoint: number | null
  readonly seconds: number | null
  readonly peakMemoryBytes: number | null
  readonly workers: number
}

/** The points known now in number, and a few of them that can be run. */
function look(bench: Workbench): { known: number; impossible: number; samples: Point[] } {
  const samples: Point[] = []
  let known = 0
  let impossible = 0
  const count = [...positionsOf(bench)]
  const wanted = new Set(Array.from({ length: SAMPLES }, (_, at) => count[Math.round(at * (count.length - 1) / (SAMPLES - 1))]))
  for (const point of firstPoints(bench)) {
    known++
    if (point.task === undefined) impossible++
    else if (wanted.has(point.position)) samples.push(point)
  }
  return { known, impossible, samples }
}

function * positionsOf(bench: Workbench): Generator<number> {
  for (const { position, task } of firstPoints(bench)) if (task !== undefined) yield position
}

async function runSamples(samples: readonly Point[], workers: number): Promise<(PointOutcome | Error)[]> {
  const pool = new Pool(Math.min(workers, Math.max(1, samples.length)), true)
  try {
    return await Promise.all(samples.map(({ task }) => pool.run(SWEEP_POINT, task!).catch((error: unknown) => error as Error)))
  } finally {
    await pool.close()
  }
}

function spoken(seconds: number): string {
  if (seconds < 120) return `${Number(seconds.toPrecision(2))} s`
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Number((seconds / 3600).toPrecision(3))} h`
}

function textOf({ points, impossible, sampled, secondsPerPoint, seconds, peakMemoryBytes, workers }: Estimate): string {
  const failed = sampled.filter(({ error }) => error !== null)
  return [
    `${points} points${impossible > 0 ? `, at least ${impossible} of them chips that cannot be` : ''}`,
    secondsPerPoint === null ? 'no sample ran to its end'
      : `about ${spoken(seconds!)} on ${workers} worker(s), from ${sampled.length - failed.length} points of ${spoken(secondsPerPoint)} each`,
    ...(peakMemoryBytes === null ? [] : [`about ${Math.round(peakMemoryBytes / 2 ** 20)} MiB of memory`]),
    ...failed.map(({ settings, error }) => `${JSON.stringify(settings)} failed: ${error!}`),
  ].join('\n')
}

/** Counts the points of a plan, and says from a few of them how long all would take. Writes nothing. */
export async function dryRun(bench: Workbench, { workers, json }: { readonly workers: number; readonly json: boolean }): Promise<void> {
  const { plan } = bench
  const { impossible, samples } = look(bench)
  const outcomes = await runSamples(samples, workers)
  const ran = outcomes.filter((outcome) => !(outcome instanceof Error)) as PointOutcome[]
  const secondsPerPoint = ran.length === 0 ? null : ran.reduce((sum, { wallSeconds }) => sum + wallSeconds, 0) / ran.length
  const points = (plan.points + plan.baselines.length) * plan.repeats
  const estimate: Estimate = {
    points, impossible, workers, secondsPerPoint,
    sampled: outcomes.map((outcome, at) => ({
      settings: samples[at]!.settings,
      ...(outcome instanceof Error ? { seconds: null, error: outcome.message } : { seconds: outcome.wallSeconds, error: null }),
    })),
    seconds: secondsPerPoint === null ? null : secondsPerPoint * (points - impossible) / workers,
    peakMemoryBytes: ran.length === 0 ? null : Math.max(...ran.map(({ peakMemoryBytes }) => peakMemoryBytes)),
  }
  if (json) printJson(estimate)
  else print(textOf(estimate))
}
