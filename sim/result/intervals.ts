import { COMPONENTS, type Component } from '../../isa/actions.js'
import { expExact, logExact } from '../numerics.js'
import { Random } from '../random.js'

/**
 * How sure a total is: every price has a range, and what makes one wrong makes all of its driver wrong. A total's energy
 * is linear in its prices, so a result's own price rows are enough: nothing is simulated again. Draws depend on the
 * driver and on nothing else, so two results see the same draws, and what is common to both cancels in their ratio.
 */

/** Share of the samples that lie within an interval. */
export const INTERVAL_LEVEL = 0.9
const SAMPLES = 2000

/** What a price row has to say. Rows of results without ranges have none, and are taken as certain. */
export interface RangedPrice {
  readonly name: string
  readonly component: Component
  readonly value: number
  readonly low?: number | undefined
  readonly high?: number | undefined
  readonly driver?: string | undefined
  readonly energyPj: number
}

export interface Interval {
  readonly low: number
  readonly high: number
}

/** A seed from a name: FNV-1a, so that a driver's draws do not depend on which others there are. */
function seedOf(name: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193) >>> 0
  return hash
}

const drawsOf = new Map<string, Float64Array>()

/** The draws of a driver: where in its range it is, -1 at the low end, 0 at the value, 1 at the high end. */
function draws(driver: string): Float64Array {
  let places = drawsOf.get(driver)
  if (places !== undefined) return places
  const random = new Random(seedOf(driver))
  places = Float64Array.from({ length: SAMPLES }, () => 2 * random.uniform() - 1)
  drawsOf.set(driver, places)
  return places
}

/** What a price is at a place of its range, over its value: a power law on either side, so half of the draws lie below. */
function addSamples(row: RangedPrice, into: Float64Array): void {
  const { value, low = value, high = value, driver, energyPj } = row
  if (energyPj === 0) return
  if (driver === undefined || value <= 0 || low <= 0 || (low === value && high === value)) {
    for (let i = 0; i < SAMPLES; i++) into[i]! += energyPj
    return
  }
  const places = draws(driver)
  const down = logExact(value / low)
  const up = logExact(high / value)
  for (let i = 0; i < SAMPLES; i++) {
    const place = places[i]!
    into[i]! += energyPj * expExact(place < 0 ? place * down : place * up)
  }
}

/** A total at every draw, pJ. */
export function totalSamples(rows: readonly RangedPrice[]): Float64Array {
  const samples = new Float64Array(SAMPLES)
  for (const row of rows) addSamples(row, samples)
  return samples
}

/** The middle `INTERVAL_LEVEL` of samples, widened, if need be, to hold the value itself. */
export function intervalOf(samples: Float64Array, value: number): Interval {
  const sorted = samples.slice().sort()
  const tail = (1 - INTERVAL_LEVEL) / 2
  const at = (share: number): number => sorted[Math.min(SAMPLES - 1, Math.round(share * (SAMPLES - 1)))]!
  return { low: Math.min(value, at(tail)), high: Math.max(value, at(1 - tail)) }
}

/** The interval of a total, pJ. */
export function totalInterval(rows: readonly RangedPrice[]): Interval & { level: number } {
  const value = rows.reduce((sum, { energyPj }) => sum + energyPj, 0)
  return { ...intervalOf(totalSamples(rows), value), level: INTERVAL_LEVEL }
}

/** The interval of every component, pJ. */
export function componentIntervals(rows: readonly RangedPrice[]): Record<Component, Interval> {
  return Object.fromEntries(COMPONENTS.map((component) => {
    const { low, high } = totalInterval(rows.filter((row) => row.component === component))
    return [component, { low, high }]
  })) as Record<Component, Interval>
}

/** A side of a ratio: its price rows, and what its energy is divided by. */
export interface RatioSide {
  readonly rows: readonly RangedPrice[]
  readonly per: number
}

/** The ratio of two energies, `over` / `under`, with its interval under common draws. */
export function ratioInterval(over: RatioSide, under: RatioSide): Interval & { value: number } {
  const sum = (side: RatioSide): number => side.rows.reduce((total, { energyPj }) => total + energyPj, 0) / side.per
  const value = sum(over) / sum(under)
  const top = totalSamples(over.rows)
  const bottom = totalSamples(under.rows)
  const samples = top.map((energy, at) => (energy / over.per) / (bottom[at]! / under.per))
  return { value, ...intervalOf(samples, value) }
}
