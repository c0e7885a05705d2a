import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Component } from '../../../isa/actions.js'
import { expExact, logExact, powerExact } from '../../../sim/numerics.js'
import { componentIntervals, type RangedPrice, ratioInterval, totalInterval } from '../../../sim/result/intervals.js'
import { sensitivity } from '../../../sim/result/sensitivity.js'

const price = (name: string, driver: string, energyPj: number, low = 0.5, high = 2, component: Component = 'adders'): RangedPrice => ({
  name, driver, component, value: 1, low, high, energyPj,
})

describe('the interval of a total', () => {
  it('of one price that may be half or twice is 0.5^0.9 to 2^0.9 of it: half of the draws on either side, even on a log scale', () => {
    const { low, high, level } = totalInterval([price('a', 'one', 100)])
    expect(level).toBe(0.9)
    expect(Math.abs(low / (100 * 0.5 ** 0.9) - 1)).toBeLessThan(0.03)
    expect(Math.abs(high / (100 * 2 ** 0.9) - 1)).toBeLessThan(0.03)
  })

  it('is as wide for two prices of one driver as for their sum in one, and narrower for two drivers', () => {
    const together = totalInterval([price('a', 'one', 50), price('b', 'one', 50)])
    const apart = totalInterval([price('a', 'one', 50), price('b', 'two', 50)])
    const one = totalInterval([price('c', 'one', 100)])
    expect(together.low).toBeCloseTo(one.low, 8)
    expect(together.high).toBeCloseTo(one.high, 8)
    expect(apart.high - apart.low).toBeLessThan(0.9 * (one.high - one.low))
  })

  it('holds the total, scales with it, is the same every time, and is a point without ranges', () => {
    const rows = fc.array(fc.record({
      name: fc.string(), driver: fc.constantFrom('p', 'q', 'r'), energyPj: fc.double({ min: 0, max: 1e9, noNaN: true }),
      low: fc.double({ min: 0.1, max: 1, noNaN: true }), high: fc.double({ min: 1, max: 9, noNaN: true }),
    }), { minLength: 1, maxLength: 8 })
    fc.assert(fc.property(rows, (drawn) => {
      const list = drawn.map(({ name, driver, energyPj, low, high }) => price(name, driver, energyPj, low, high))
      const total = list.reduce((sum, { energyPj }) => sum + energyPj, 0)
      const { low, high } = totalInterval(list)
      expect(low).toBeLessThanOrEqual(total * (1 + 1e-9))
      expect(high).toBeGreaterThanOrEqual(total * (1 - 1e-9))
      expect(totalInterval(list)).toEqual({ low, high, level: 0.9 })
      const twice = totalInterval(list.map((row) => ({ ...row, energyPj: 2 * row.energyPj })))
      expect(twice.high).toBeCloseTo(2 * high, 3)
      const points = totalInterval(list.map(({ low: _l, high: _h, ...row }) => row))
      expect(points.high - points.low).toBeLessThanOrEqual(1e-9 * total)
    }), { numRuns: 30 })
  })

  it('has one for each component, from its own prices', () => {
    const parts = componentIntervals([price('a', 'one', 10), price('b', 'two', 5, 0.1, 1, 'clock')])
    expect(parts.adders).toEqual({ low: totalInterval([price('a', 'one', 10)]).low, high: totalInterval([price('a', 'one', 10)]).high })
    expect(parts.clock.high).toBeLessThanOrEqual(5.0001)
    expect(parts.dram).toEqual({ low: 0, high: 0 })
  })
})

describe('the interval of a ratio', () => {
  it('is a point where both sides pay the same prices in the same parts, whatever their ranges', () => {
    const side = (scale: number) => ({ rows: [price('a', 'one', 10 * scale), price('b', 'two', 5 * scale)], per: 2 })
    const { value, low, high } = ratioInterval(side(3), side(1))
    expect(value).toBeCloseTo(3, 12)
    expect(high - low).toBeLessThan(1e-9)
  })

  it('is narrower with common draws than the totals\' own intervals would make it', () => {
    const a = { rows: [price('a', 'one', 10), price('b', 'two', 5)], per: 1 }
    const b = { rows: [price('a', 'one', 20), price('b', 'two', 5)], per: 1 }
    const { low, high } = ratioInterval(b, a)
    const [ia, ib] = [totalInterval(a.rows), totalInterval(b.rows)]
    expect(low).toBeGreaterThan(ib.low / ia.high)
    expect(high).toBeLessThan(ib.high / ia.low)
  })
})

describe('sensitivity', () => {
  it('ranks prices by what they do to a total, each alone at its ends', () => {
    const rows = [price('small', 'one', 1), price('large', 'two', 10), price('sure', 'three', 100, 1, 1)]
    const { of, value, swings } = sensitivity({ rows, tokens: 2 })
    expect({ of, value }).toEqual({ of: 'energy per token', value: 55.5 })
    expect(swings.map(({ name }) => name)).toEqual(['large', 'small'])
    expect(swings[0]).toEqual({ name: 'large', driver: 'two', atLow: 53, atHigh: 60.5, swing: 7.5 })
  })

  it('ranks them by what they do to a ratio, where what is common does nothing', () => {
    const first = { rows: [price('common', 'one', 10)], tokens: 1 }
    const second = { rows: [price('common', 'one', 10), price('own', 'two', 10)], tokens: 1 }
    const { of, value, swings } = sensitivity(first, second)
    expect({ of, value }).toEqual({ of: 'ratio', value: 2 })
    expect(swings.map(({ name, atLow, atHigh }) => ({ name, atLow, atHigh }))).toEqual([
      { name: 'common', atLow: 3, atHigh: 1.5 }, { name: 'own', atLow: 1.5, atHigh: 3 },
    ])
    expect(sensitivity(first, first).swings).toEqual([])
  })
})

describe('exact logarithms and powers', () => {
  it('agree with the host\'s to a few units of the last place', () => {
    fc.assert(fc.property(fc.double({ min: 1e-12, max: 1e12, noNaN: true }), fc.double({ min: -20, max: 20, noNaN: true }), (x, y) => {
      expect(Math.abs(logExact(x) - Math.log(x))).toBeLessThanOrEqual(2e-15 * Math.max(1, Math.abs(Math.log(x))))
      expect(Math.abs(expExact(y) / Math.exp(y) - 1)).toBeLessThan(2e-15)
      const power = Math.pow(x, y / 20)
      expect(Math.abs(powerExact(x, y / 20) / power - 1)).toBeLessThan(1e-13)
    }))
    expect(powerExact(2, 10)).toBeCloseTo(1024, 9)
    expect(logExact(1)).toBe(0)
    expect(expExact(0)).toBe(1)
  })
})
