import { type Measurement, measure, type MeasureOptions } from './measure.js'

export interface LoadPoint {
  readonly rate: number
  readonly measurement: Measurement
}

export interface Sweep {
  /** Mean latency at the lowest rate. */
  readonly zeroLoadLatencyCycles: number
  /** Highest rate found stable, and lowest rate found saturated (null when even rate 1 is stable). */
  readonly lastStableRate: number
  readonly firstSaturatedRate: number | null
  readonly points: readonly LoadPoint[]
}

export interface SweepOptions {
  /** Width of the bracket at which the bisection ends, flits per node and cycle; 0.005 by default. */
  readonly resolution?: number
  /** Rate that stands for zero load; 0.005 by default. */
  readonly lowestRate?: number
  /** Called after each point. */
  readonly onPoint?: (point: LoadPoint) => void
}

const rounded = (rate: number): number => Math.round(rate * 1e6) / 1e6

/**
 * Zero-load latency, and the saturation rate by bisection between the highest stable and the lowest saturated rate;
 * then a curve at tenths of the highest stable rate. Points come back in order of rate.
 */
export function sweep(options: Omit<MeasureOptions, 'rate'>, sweepOptions: SweepOptions = {}): Sweep {
  const { resolution = 0.005, lowestRate = 0.005, onPoint } = sweepOptions
  const points: LoadPoint[] = []
  const at = (rate: number): Measurement => {
    const point = { rate, measurement: measure({ ...options, rate }) }
    points.push(point)
    onPoint?.(point)
    return point.measurement
  }
  const zero = at(lowestRate)
  let stable = zero.saturated ? 0 : lowestRate
  let saturated = zero.saturated ? lowestRate : 1
  if (!zero.saturated && !at(1).saturated) stable = 1
  while (stable < 1 && saturated - stable > resolution) {
    const middle = rounded((stable + saturated) / 2)
    if (at(middle).saturated) saturated = middle
    else stable = middle
  }
  for (let tenth = 1; tenth < 10; tenth++) {
    const rate = rounded((stable * tenth) / 10)
    if (rate > lowestRate && !points.some((point) => Math.abs(point.rate - rate) < stable / 40)) at(rate)
  }
  points.sort((a, b) => a.rate - b.rate)
  return {
    zeroLoadLatencyCycles: zero.latencyCycles.mean,
    lastStableRate: stable,
    firstSaturatedRate: stable === 1 ? null : saturated,
    points,
  }
}
