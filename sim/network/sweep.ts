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

/** What decides at which rates a sweep measures. */
export interface SweepRange {
  /** Width of the bracket at which the bisection ends, flits per node and cycle; 0.005 by default, 1e-6 at least. */
  readonly resolution?: number
  /** Rate that stands for zero load; 0.005 by default. */
  readonly lowestRate?: number
}

export interface SweepOptions extends SweepRange {
  /** Called after each point, in the order in which they are asked for. */
  readonly onPoint?: (point: LoadPoint) => void
}

interface Bracket {
  readonly stable: number
  readonly saturated: number
}

const rounded = (rate: number): number => Math.round(rate * 1e6) / 1e6

/** Yields each rate that is to be measured, and is told whether the network saturates at it. */
function * rates({ resolution = 0.005, lowestRate = 0.005 }: SweepRange): Generator<number, Bracket, boolean> {
  const asked = [lowestRate]
  const saturatedAtOnce = yield lowestRate
  let stable = saturatedAtOnce ? 0 : lowestRate
  let saturated = saturatedAtOnce ? lowestRate : 1
  if (!saturatedAtOnce) {
    asked.push(1)
    if (!(yield 1)) stable = 1
  }
  while (stable < 1 && saturated - stable > resolution) {
    const middle = rounded((stable + saturated) / 2)
    if (middle === stable || middle === saturated) break
    asked.push(middle)
    if (yield middle) saturated = middle
    else stable = middle
  }
  for (let tenth = 1; tenth < 10; tenth++) {
    const rate = rounded((stable * tenth) / 10)
    if (rate <= lowestRate || asked.some((other) => Math.abs(other - rate) < stable / 40)) continue
    asked.push(rate)
    yield rate
  }
  return { stable, saturated }
}

/** How far a sweep comes with what is known. */
export interface SweepPath {
  /** The rates it asked for and got, in order. */
  readonly asked: readonly number[]
  /** The rate it asks for next; undefined at the end. */
  readonly next: number | undefined
  /** What it found; undefined before the end. */
  readonly bracket: Bracket | undefined
}

/** Follows a sweep as far as it is known whether its rates saturate. */
export function followSweep(range: SweepRange, isSaturated: (rate: number) => boolean | undefined): SweepPath {
  const steps = rates(range)
  const asked: number[] = []
  for (let step = steps.next(); ;) {
    if (step.done) return { asked, next: undefined, bracket: step.value }
    const verdict = isSaturated(step.value)
    if (verdict === undefined) return { asked, next: step.value, bracket: undefined }
    asked.push(step.value)
    step = steps.next(verdict)
  }
}

/** The result of a sweep that was followed to its end. */
export function sweepResult({ asked, bracket }: SweepPath, known: ReadonlyMap<number, Measurement>): Sweep {
  const { stable, saturated } = bracket!
  return {
    zeroLoadLatencyCycles: known.get(asked[0]!)!.latencyCycles.mean,
    lastStableRate: stable,
    firstSaturatedRate: stable === 1 ? null : saturated,
    points: asked.map((rate) => ({ rate, measurement: known.get(rate)! })).sort((a, b) => a.rate - b.rate),
  }
}

/**
 * Zero-load latency, and the saturation rate by bisection between the highest stable and the lowest saturated rate;
 * then a curve at tenths of the highest stable rate. Points come back in order of rate.
 * @throws InputError for traffic that cannot be
 */
export function sweep(options: Omit<MeasureOptions, 'rate'>, { onPoint, ...range }: SweepOptions = {}): Sweep {
  const known = new Map<number, Measurement>()
  for (;;) {
    const path = followSweep(range, (rate) => known.get(rate)?.saturated)
    if (path.next === undefined) return sweepResult(path, known)
    const measurement = measure({ ...options, rate: path.next })
    known.set(path.next, measurement)
    onPoint?.({ rate: path.next, measurement })
  }
}
