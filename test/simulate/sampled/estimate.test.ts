import { describe, expect, it } from 'vitest'
import { Random } from '../../../sim/random.js'
import type { Sample, Stratum } from '../../../simulate/sampled/estimate.js'
import { allocate, estimateTotal } from '../../../simulate/sampled/estimate.js'

/** A population whose values follow the control, with noise of their own. */
function population(random: Random, units: number, base: number, slope: number, noise: number): Sample[] {
  const uniform = (): number => random.uint32() / 2 ** 32
  const normal = (): number => Array.from({ length: 12 }, uniform).reduce((sum, value) => sum + value, -6)
  return Array.from({ length: units }, () => {
    const control = 100 + 30 * uniform()
    return { control, value: base + slope * control + noise * normal() }
  })
}

function draw(random: Random, units: readonly Sample[], count: number): Sample[] {
  const rest = [...units]
  return Array.from({ length: count }, () => rest.splice(Math.floor((random.uint32() / 2 ** 32) * rest.length), 1)[0]!)
}

const controlMean = (units: readonly Sample[]): number => units.reduce((sum, { control }) => sum + control, 0) / units.length
const total = (units: readonly Sample[]): number => units.reduce((sum, { value }) => sum + value, 0)

function stratum(name: string, units: readonly Sample[], samples: readonly Sample[]): Stratum {
  return { name, units: units.length, controlMean: controlMean(units), samples }
}

describe('a sample\'s estimate', () => {
  it('holds the truth in about 95 of 100 intervals', () => {
    let held = 0
    const tries = 400
    for (let seed = 1; seed <= tries; seed++) {
      const random = new Random(seed)
      const populations = [population(random, 60, 500, 3, 5), population(random, 200, 50, 8, 20)]
      const truth = populations.reduce((sum, units) => sum + total(units), 0)
      const counts = [5, 8]
      const { low, high } = estimateTotal(populations.map((units, h) => stratum(`${h}`, units, draw(random, units, counts[h]!))))
      if (truth >= low && truth <= high) held++
    }
    // Binomial(400, 0.95) lies between 366 and 392 in all but 1 in 1,000 cases.
    expect(held).toBeGreaterThanOrEqual(366)
    expect(held).toBeLessThanOrEqual(392)
  })

  it('is exact, with no spread, where every unit was simulated', () => {
    const units = population(new Random(3), 7, 10, 2, 4)
    const estimate = estimateTotal([stratum('all', units, units)])
    expect(estimate.total).toBeCloseTo(total(units), 9)
    expect(estimate.high - estimate.low).toBe(0)
  })

  it('needs a tenth of the width once the control explains the values', () => {
    const random = new Random(5)
    const units = population(random, 400, 100, 50, 1)
    const samples = draw(random, units, 12)
    const withControl = estimateTotal([stratum('a', units, samples)])
    const without = estimateTotal([{ name: 'a', units: 400, controlMean: 0, samples: samples.map(({ value }) => ({ control: 0, value })) }])
    expect(withControl.high - withControl.low).toBeLessThan(0.1 * (without.high - without.low))
  })

  it('refuses a stratum with one sample of many units', () => {
    expect(() => estimateTotal([{ name: 'lonely', units: 9, controlMean: 1, samples: [{ control: 1, value: 1 }] }]))
      .toThrow(/stratum lonely: 1 samples of 9 units/)
  })
})

describe('allocation', () => {
  it('follows units times deviation over the root of the cost', () => {
    const counts = allocate([{ units: 1000, deviation: 1, cost: 1 }, { units: 1000, deviation: 4, cost: 4 }], 900)
    // Weights 1 and 2: n and 2n, at costs 1 and 4: 9n = 900.
    expect(counts).toEqual([100, 200])
  })

  it('takes at least two of each and never more than there are', () => {
    expect(allocate([{ units: 3, deviation: 100, cost: 1 }, { units: 50, deviation: 0.0001, cost: 1 }], 20)).toEqual([3, 2])
    expect(allocate([{ units: 1, deviation: 1, cost: 1 }], 20)).toEqual([1])
  })
})
