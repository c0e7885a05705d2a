import { measure } from '../sim/network/measure.js'
import type { Measurement, MeasureOptions } from '../sim/network/measure.js'
import { likelyRates } from '../sim/network/speculate.js'
import { followSweep, sweep, sweepResult } from '../sim/network/sweep.js'
import type { Sweep, SweepOptions } from '../sim/network/sweep.js'
import type { TaskKind, TaskPool } from './threads/kind.js'
import { withPool } from './threads/pool.js'

type Network = Omit<MeasureOptions, 'rate'>

export function measureRate(task: MeasureOptions): Measurement {
  return measure(task)
}

export const RATE: TaskKind<MeasureOptions, Measurement> = { module: import.meta.url, name: 'measureRate', run: measureRate }

/**
 * `sweep` on several threads. A bisection is sequential, but a point depends on its rate alone: threads that the next
 * rate leaves idle measure rates that are likely to be asked for after it. What is reported is what one thread reports;
 * points nobody asked for in the end are dropped, their errors too.
 * @throws InputError for traffic, or a number of workers, that cannot be
 */
export function parallelSweep(network: Network, options: SweepOptions & { readonly workers?: number } = {}): Promise<Sweep> {
  const { workers = 1, ...rest } = options
  return withPool(workers, (pool) => parallelSweepOn(pool, network, rest))
}

/** The same on a pool that is open. */
export async function parallelSweepOn(pool: TaskPool, network: Network, options: SweepOptions = {}): Promise<Sweep> {
  return pool.workers === 1 ? sweep(network, options) : speculate(pool, network, options)
}

/** Rates measured at once: beyond these, hardly any is asked for in the end. */
const MOST_AT_ONCE = 16

async function speculate(pool: TaskPool, network: Network, { onPoint, ...range }: SweepOptions): Promise<Sweep> {
  const workers = Math.min(pool.workers, MOST_AT_ONCE)
  const known = new Map<number, Measurement>()
  const failed = new Map<number, unknown>()
  const running = new Map<number, Promise<void>>()
  const start = async (rate: number): Promise<void> => {
    try {
      known.set(rate, await pool.run(RATE, { ...network, rate }))
    } catch (error) {
      failed.set(rate, error)
    }
    running.delete(rate)
  }
  for (let told = 0; ;) {
    const path = followSweep(range, (rate) => known.get(rate)?.saturated)
    for (; told < path.asked.length; told++) onPoint?.({ rate: path.asked[told]!, measurement: known.get(path.asked[told]!)! })
    if (path.next === undefined) return sweepResult(path, known)
    if (failed.has(path.next)) throw failed.get(path.next)
    // Some of the likeliest are running already; so many that every idle thread finds one that is not.
    for (const rate of likelyRates(range, known, workers + running.size + failed.size)) {
      if (running.size < workers && !running.has(rate) && !failed.has(rate)) running.set(rate, start(rate))
    }
    await Promise.race(running.values())
  }
}
