import type { Measurement } from './measure.js'
import { followSweep } from './sweep.js'
import type { SweepRange } from './sweep.js'

/** A way on from what is known, if some rates saturate or not as it assumes. */
interface Guess {
  readonly assumed: ReadonlyMap<number, boolean>
  readonly chance: number
}

/** How often the accepted rate past saturation tells on which side of it a rate lies; a guess, only speed depends on it. */
const TRUST = 0.8

/** Chance that the network saturates at a rate. */
function saturationChance(rate: number, known: ReadonlyMap<number, Measurement>, assumed: ReadonlyMap<number, boolean>): number {
  let lowest: Measurement | undefined
  for (const [other, measurement] of known) {
    if (!measurement.saturated && other >= rate) return 0
    if (measurement.saturated && (lowest === undefined || other < lowest.offeredRate)) lowest = measurement
  }
  for (const [other, saturated] of assumed) if (!saturated && other >= rate) return 0
  if (known.size + assumed.size === 0) return 1 - 0.99
  if (rate === 1) return 0.99
  // What a saturated network still accepts is near what it can carry.
  return lowest === undefined ? 0.5 : rate > lowest.acceptedRate ? TRUST : 1 - TRUST
}

/**
 * The rates that a sweep asks for next, likeliest first: the next one for certain, then the middles it may come to, then
 * the tenths of its curve.
 * @returns at most `count` rates, none of them known
 */
export function likelyRates(range: SweepRange, known: ReadonlyMap<number, Measurement>, count: number): number[] {
  const found: number[] = []
  const guesses: Guess[] = [{ assumed: new Map(), chance: 1 }]
  while (found.length < count && guesses.length > 0) {
    guesses.sort((a, b) => a.chance - b.chance)
    const { assumed, chance } = guesses.pop()!
    const { next } = followSweep(range, (rate) => known.get(rate)?.saturated ?? assumed.get(rate))
    if (next === undefined) continue
    if (!found.includes(next)) found.push(next)
    const saturates = saturationChance(next, known, assumed)
    for (const [verdict, share] of [[false, 1 - saturates], [true, saturates]] as const) {
      if (share > 0) guesses.push({ assumed: new Map(assumed).set(next, verdict), chance: chance * share })
    }
  }
  return found
}
