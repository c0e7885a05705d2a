import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AdderArray } from '../../../sim/core/adders.js'
import { completeChip } from '../../../sim/config/load-chip.js'
import type { ChipSpecInput } from '../../../sim/config/chip-spec.js'
import { ints, machine, tile } from './machine.js'

const array = (core: NonNullable<ChipSpecInput['core']>, outputs: number, weight: (i: number, j: number) => number, bits = 4) => (
  new AdderArray(completeChip({ core }).core, [tile(4, outputs, weight, { bits })])
)

describe('the width of an accumulator', () => {
  it.each([8, 16, 24, 31])('%i bits trap one past the largest and smallest value, not at it', (accumulatorBits) => {
    const largest = 2 ** (accumulatorBits - 1) - 1
    for (const sign of [1, -1]) {
      const limit = sign > 0 ? largest : largest + 1
      // weight 1 on axon 0, weight 127 on axon 1: the boundary is reached by large steps, then by ones
      const adders = array({ accumulatorBits, overflow: 'trap' }, 1, (axon) => (axon === 0 ? 1 : 127), 8)
      const steps = Math.floor(limit / 127)
      for (let left = steps; left > 0; left -= Math.min(left, 1e6)) expect(adders.add(0, 1, sign * Math.min(left, 1e6))).toBe(true)
      for (let left = limit - 127 * steps; left > 0; left--) expect(adders.add(0, 0, sign)).toBe(true)
      expect(adders.accumulators[0]).toBe(sign * limit)
      expect(adders.add(0, 0, sign)).toBe(false)
      expect(adders.overflowed).toBe(0)
    }
  })

  it('saturates at both ends when a train is over, counts it, and comes back from there', () => {
    const adders = array({ accumulatorBits: 8, overflow: 'saturate' }, 2, (_, j) => (j === 0 ? 7 : -8))
    for (let n = 0; n < 20; n++) expect(adders.add(0, 0, 3)).toBe(true)
    expect(adders.settle(0)).toBe(true)
    expect([...adders.accumulators.subarray(0, 2)]).toEqual([127, -128])
    expect(adders.saturations).toBe(2)
    adders.add(0, 0, -1)
    adders.settle(0)
    expect([...adders.accumulators.subarray(0, 2)]).toEqual([120, -120])
    expect(adders.saturations).toBe(2)
  })

  it('saturates the same sum whatever the order of events: a train that comes back within the width is exact', () => {
    const lengths = [60, -60, 30, -25, 5]
    const result = (order: readonly number[]): number => {
      const adders = array({ accumulatorBits: 8, overflow: 'saturate' }, 1, () => 5)
      for (const length of order) adders.add(0, 0, length)
      adders.settle(0)
      return adders.accumulators[0]!
    }
    expect([result(lengths), result([...lengths].reverse()), result([...lengths].sort((a, b) => a - b))]).toEqual([50, 50, 50])
  })

  it('a preload past the width traps when the train is over, without events too', () => {
    const adders = array({ accumulatorBits: 8 }, 1, () => 1)
    adders.preload(0, Int32Array.of(200))
    expect(adders.settle(0)).toBe(false)
    expect(adders.overflowed).toBe(0)
  })

  it('never misses an overflow for not looking: equal to an array that checks every addition', () => {
    const event = fc.record({ axon: fc.integer({ min: 0, max: 3 }), length: fc.integer({ min: -7, max: 7 }).filter((n) => n !== 0) })
    const cleared = fc.record({ first: fc.integer({ min: 0, max: 4 }), length: fc.integer({ min: 1, max: 5 }) })
    fc.assert(fc.property(
      fc.array(fc.oneof({ weight: 20, arbitrary: event }, { weight: 1, arbitrary: cleared }), { maxLength: 300 }),
      fc.array(fc.integer({ min: -8, max: 7 }), { minLength: 20, maxLength: 20 }),
      fc.integer({ min: 8, max: 11 }), fc.constantFrom('trap' as const, 'saturate' as const),
      (steps, weights, accumulatorBits, overflow) => {
        const adders = array({ accumulatorBits, overflow }, 5, (i, j) => weights[5 * i + j]!)
        const model = [0, 0, 0, 0, 0]
        const [min, max] = [-(2 ** (accumulatorBits - 1)), 2 ** (accumulatorBits - 1) - 1]
        for (const step of steps) {
          if ('first' in step) {
            adders.clear(step.first, Math.min(step.length, 5 - step.first))
            model.fill(0, step.first, step.first + step.length)
            continue
          }
          let overflowed = false
          for (let n = 0; n < Math.abs(step.length); n++) {
            for (let j = 0; j < 5; j++) {
              model[j]! += Math.sign(step.length) * weights[5 * step.axon + j]!
              if (model[j]! > max || model[j]! < min) overflowed = true
            }
          }
          const fine = adders.add(0, step.axon, step.length)
          expect(fine).toBe(overflow === 'saturate' || !overflowed)
          if (!fine) return
          if (overflow === 'saturate' && step.axon === 0) {
            adders.settle(0)
            for (let j = 0; j < 5; j++) model[j] = Math.max(min, Math.min(max, model[j]!))
          }
          expect([...adders.accumulators.subarray(0, 5)]).toEqual(model)
        }
      },
    ))
  })

  it('a trap names core, instruction, operator, accumulator and both remedies', () => {
    const chip = machine([
      { program: 'FIRE r1, 0, 0, 1\nENDT r1, 0\nHALT', routes: [{ destinations: [1] }], data: [ints(0, 100)] },
      { program: 'CLRA 0, 4\nCONSUME r1, 0, 1\nHALT', axonTable: [tile(1, 4, () => -7)] },
    ], { core: { accumulatorBits: 8 } })
    expect(() => chip.runPrograms()).toThrow(
      /^core 1, instruction 1 'CONSUME r1, 0, 1' of work of core 1 of layer 0, cycle \d+: accumulator 0 holds -700, past its 8 bits \(-128\.\.127\).*accumulatorBits.*saturate/,
    )
  })
})
