import type { TaskKind, TaskPool } from '../simulate/threads/kind.js'
import { fitnessOf } from './fitness.js'
import type { Numbers } from './plan/goals.js'
import { planToJson } from './plan/parse.js'
import type { Settings } from './plan/types.js'
import { baselinesOf, pointAt, pointsOf } from './points.js'
import type { Point, PointTask, Workbench } from './points.js'
import { searchOf } from './search/index.js'
import type { Fitness } from './search/types.js'
import type { DesignRow, FinishedPoint, Store } from './store/store.js'

/** What comes back from a point. */
export interface PointOutcome {
  readonly numbers: Numbers
  /** The whole result, gzipped JSON, if it was wanted. */
  readonly gzip: Uint8Array | null
  readonly wallSeconds: number
  readonly peakMemoryBytes: number
}

export interface SweepOptions {
  readonly bench: Workbench
  readonly store: Store
  readonly pool: TaskPool
  readonly kind: TaskKind<PointTask, PointOutcome>
  /** Part `index` of `of`, from 0: only every `of`-th point is run. */
  readonly shard?: { readonly index: number; readonly of: number }
  /** Who computes, for the row. */
  readonly worker: string
  readonly onProgress?: (finished: number, failed: number) => void
  /** Asked before each point: true ends the sweep when what is under way is done. */
  readonly isStopped?: () => boolean
}

/** How often to look again at points that another process is computing. */
const LOOK_AGAIN_MS = 300
/** How often to say that one's points are still being computed. */
const RENEW_MS = 20_000

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Runs points side by side, as many as the pool can use, and writes each down as it ends. */
class Evaluator {
  private readonly options: SweepOptions
  private readonly underWay = new Set<Promise<void>>()
  private finished = 0
  private failed = 0

  constructor(options: SweepOptions) {
    this.options = options
  }

  get isStopped(): boolean {
    return this.options.isStopped?.() === true
  }

  /** Runs the places that are not finished; returns when all are, whoever ran them, or when stopped. */
  async runAll(places: Iterable<DesignRow>): Promise<void> {
    let rest = await this.runFree(places)
    while (rest.length > 0 && !this.isStopped) {
      await wait(LOOK_AGAIN_MS)
      rest = await this.runFree(rest)
    }
  }

  /** @returns the places that another process is computing */
  private async runFree(places: Iterable<DesignRow>): Promise<DesignRow[]> {
    const { store, pool, bench, shard } = this.options
    const taken: DesignRow[] = []
    for (const place of places) {
      if (shard !== undefined && place.position % shard.of !== shard.index) continue
      // Twice the workers, so that the next task is there when one is done, and no more, so that others find work too.
      while (this.underWay.size >= 2 * pool.workers) await Promise.race(this.underWay)
      if (this.isStopped) break
      const state = place.state ?? store.stateOf(place.key)
      const claim = state === undefined ? store.claim(place.key) : 'done'
      if (claim === 'taken') taken.push(place)
      else if (claim === 'done') this.count(state ?? store.stateOf(place.key)!)
      else this.start(pointAt(bench, { ...place, repeat: place.position % bench.plan.repeats }, JSON.parse(place.settings) as Settings))
    }
    await Promise.all(this.underWay)
    return taken
  }

  private start(point: Point): void {
    const run = this.run(point).then((row) => {
      this.options.store.record(row)
      this.count(row.state)
    })
    const tracked = run.finally(() => this.underWay.delete(tracked))
    // Whoever waits for all of them hears of it; until then it is not forgotten.
    tracked.catch(() => undefined)
    this.underWay.add(tracked)
  }

  private async run(point: Point): Promise<FinishedPoint> {
    const startedAt = performance.now()
    const { pool, kind, worker, bench } = this.options
    const common = { key: point.key, settings: JSON.stringify(point.settings), seed: point.seed, version: bench.version, worker }
    const finishedAt = (): string => new Date().toISOString()
    try {
      if (point.task === undefined) throw new Error(point.error)
      const { numbers, gzip, wallSeconds } = await pool.run(kind, point.task)
      return { ...common, state: 'done', numbers: JSON.stringify(numbers), error: null, gzip, finishedAt: finishedAt(), wallSeconds }
    } catch (error) {
      // A pool that was closed says nothing of the point.
      if (this.isStopped) throw error
      const wallSeconds = (performance.now() - startedAt) / 1000
      return {
        ...common, state: 'failed', numbers: null, error: (error as Error).message, gzip: null, finishedAt: finishedAt(), wallSeconds,
      }
    }
  }

  private count(state: 'done' | 'failed'): void {
    this.finished++
    if (state === 'failed') this.failed++
    this.options.onProgress?.(this.finished, this.failed)
  }
}

/** How the designs of a batch did, in their order. */
function fitnessOfBatch({ store, bench }: SweepOptions, from: number, before: number): Fitness[] {
  const { repeats } = bench.plan
  const runs: (Numbers | undefined)[] = []
  for (const { numbers } of store.design(from, before)) runs.push(numbers === null ? undefined : JSON.parse(numbers) as Numbers)
  return Array.from({ length: runs.length / repeats }, (_, at) => fitnessOf(runs.slice(at * repeats, (at + 1) * repeats), bench.plan))
}

/**
 * Runs a plan: each point once, whoever runs it, and however often the sweep was begun. What is in the store is not run
 * again. The rows, times aside, depend on the plan alone.
 */
export async function sweep(options: SweepOptions): Promise<void> {
  const { store, bench } = options
  const renewing = setInterval(() => store.renew(), RENEW_MS)
  const evaluator = new Evaluator(options)
  try {
    let from = 0
    const runBatch = async (points: Iterable<Point>): Promise<number> => {
      const begun = from
      from += store.setDesign(points)
      await evaluator.runAll(store.design(begun, from))
      return begun
    }
    store.begin(planToJson(bench.plan))
    await runBatch(baselinesOf(bench))
    const search = searchOf(bench.plan)
    for (let step = search.next(); !step.done && !evaluator.isStopped;) {
      const begun = await runBatch(pointsOf(bench, step.value, from))
      if (evaluator.isStopped) break
      step = search.next(bench.plan.search === 'pareto' ? fitnessOfBatch(options, begun, from) : [])
    }
  } finally {
    clearInterval(renewing)
    store.release()
  }
}
