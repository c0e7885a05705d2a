import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Measurement } from '../../../sim/network/measure.js'
import { likelyRates } from '../../../sim/network/speculate.js'
import { followSweep } from '../../../sim/network/sweep.js'

/** A network that saturates above a rate, and accepts that much when it does. */
const network = (limit: number) => (rate: number): boolean => rate > limit

describe('the path of a sweep', () => {
  it('bisects, then takes tenths that lie apart from what is known', () => {
    const { asked, next, bracket } = followSweep({ resolution: 0.1, lowestRate: 0.1 }, network(0.4))
    // 0.55 and 0.325 halve [0.1, 1] and [0.1, 0.55]; 0.4375 and 0.38125 follow; a tenth is 0.038125, less than 0.1 twice.
    expect(asked).toEqual([0.1, 1, 0.55, 0.325, 0.4375, 0.38125, 0.114375, 0.1525, 0.190625, 0.22875, 0.266875, 0.305, 0.343125])
    expect(next).toBeUndefined()
    expect(bracket).toEqual({ stable: 0.38125, saturated: 0.4375 })
  })

  it('stops where a rate is not known', () => {
    expect(followSweep({}, (rate) => (rate < 1 ? false : undefined))).toEqual({ asked: [0.005], next: 1, bracket: undefined })
  })

  it.each([[0, 0, 0.005], [1, 1, 1]])('knows a network that saturates above %d', (limit, stable, saturated) => {
    expect(followSweep({}, network(limit)).bracket).toEqual({ stable, saturated: limit === 0 ? expect.closeTo(saturated, 2) : saturated })
  })

  it('ends at any resolution, with the limit in its bracket', () => {
    fc.assert(fc.property(fc.double({ min: 0.006, max: 0.99, noNaN: true }), fc.constantFrom(0, 1e-9, 1e-6, 1e-3, 0.05), (limit, resolution) => {
      const { bracket } = followSweep({ resolution }, network(limit))
      expect(bracket!.stable).toBeLessThanOrEqual(limit)
      expect(bracket!.saturated).toBeGreaterThan(limit)
      expect(bracket!.saturated - bracket!.stable).toBeLessThanOrEqual(Math.max(resolution, 1.000001e-6))
    }))
  })
})

describe('rates that are likely to be asked for', () => {
  /** What the guesses look at. */
  const measurementOf = (limit: number, rate: number): Measurement =>
    ({ offeredRate: rate, acceptedRate: Math.min(rate, limit), saturated: network(limit)(rate) }) as Measurement

  it('begin with the next one, are new, and hold both middles that may follow', () => {
    fc.assert(fc.property(fc.double({ min: 0.006, max: 0.99, noNaN: true }), fc.integer({ min: 1, max: 12 }), (limit, count) => {
      const known = new Map<number, Measurement>()
      for (;;) {
        const { next } = followSweep({}, (rate) => known.get(rate)?.saturated)
        const likely = likelyRates({}, known, count)
        expect(likely[0]).toBe(next)
        if (next === undefined) return
        expect(new Set(likely).size).toBe(likely.length)
        expect(likely.length).toBeLessThanOrEqual(count)
        expect(likely.some((rate) => known.has(rate))).toBe(false)
        if (count === 12 && known.size === 2) {
          for (const verdict of [true, false]) {
            expect(likely).toContain(followSweep({}, (rate) => known.get(rate)?.saturated ?? (rate === next ? verdict : undefined)).next)
          }
        }
        known.set(next, measurementOf(limit, next))
      }
    }), { numRuns: 30 })
  })

  it('are all the tenths once the bracket is known', () => {
    const path = followSweep({}, network(0.4))
    const tenths = path.asked.filter((rate) => rate < 0.24)
    const known = new Map(path.asked.filter((rate) => rate >= 0.24 || rate === 0.005).map((rate) => [rate, measurementOf(0.4, rate)]))
    expect(likelyRates({}, known, 20)).toEqual(tenths.filter((rate) => rate !== 0.005))
  })
})
