import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cosSinExact, expExact, expm1Exact, log1pExact, logExact, tanhExact } from '../../sim/numerics.js'

const off = (value: number, host: number): number => (value === host ? 0 : Math.abs(value - host) / Math.max(Math.abs(host), 1e-300))

describe('functions that are the same bits on every machine', () => {
  it('agree with the host\'s to some units of the last place, near 0 too', () => {
    const small = fc.oneof(fc.double({ min: -0.99, max: 20, noNaN: true }), fc.double({ min: -1e-6, max: 1e-6, noNaN: true }))
    fc.assert(fc.property(small, (x) => {
      expect(off(log1pExact(x), Math.log1p(x))).toBeLessThan(4e-15)
      expect(off(expm1Exact(x), Math.expm1(x))).toBeLessThan(4e-15)
      expect(off(tanhExact(x), Math.tanh(x))).toBeLessThan(4e-15)
    }), { seed: 20261128 })
    const turn = new Float64Array(2)
    fc.assert(fc.property(fc.double({ min: -8, max: 8, noNaN: true }), (turns) => {
      cosSinExact(turns, turn)
      expect(Math.abs(turn[0]! - Math.cos(2 * Math.PI * turns))).toBeLessThan(1e-14)
      expect(Math.abs(turn[1]! - Math.sin(2 * Math.PI * turns))).toBeLessThan(1e-14)
    }), { seed: 20261128 })
  })

  it('end where the real ones do: no argument is without an answer', () => {
    expect([logExact(0), logExact(-1), logExact(Infinity), log1pExact(-1)]).toEqual([-Infinity, NaN, Infinity, -Infinity])
    expect([expExact(-1e4), expExact(1e4), expExact(-Infinity), expExact(NaN)]).toEqual([0, Infinity, 0, NaN])
    expect([tanhExact(1e4), tanhExact(-1e4), tanhExact(0)]).toEqual([1, -1, 0])
    const turn = new Float64Array(2)
    const quarters = [0, 0.25, 0.5, 0.75, -0.25].map((turns) => { cosSinExact(turns, turn); return [turn[0]! + 0, turn[1]! + 0] })
    expect(quarters).toEqual([[1, 0], [0, 1], [-1, 0], [0, -1], [0, -1]])
  })
})
