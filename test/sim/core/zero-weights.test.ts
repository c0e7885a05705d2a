import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DEFAULT_QUANTIZE_OPTIONS, quantizeModel, zeroSharesOf } from '../../../programs/quantize/index.js'
import { histogramWithMean } from '../../../programs/shapes/histogram.js'
import { shapeModel } from '../../../programs/shapes/shape-model.js'
import { actionPrices } from '../../../sim/energy/action-prices.js'
import { completeChip } from '../../../sim/config/load-chip.js'
import { InputError } from '../../../sim/errors.js'
import { binomialMostMedian } from '../../../sim/numerics.js'
import { simulate } from '../../../simulate/simulate.js'
import { simulateStatistics } from '../../../simulate/statistics.js'
import { tinyModel } from '../../support/tiny-model.js'
import { countsOf, ints, machine, tile } from './machine.js'

type ZeroWeights = 'paid' | 'gated' | 'skipped'
const MODES = ['paid', 'gated', 'skipped'] as const
const CORE = { lanes: 8, weightBanks: 2, weightBankBits: 32 }

interface Case {
  readonly counts: readonly number[]
  readonly outputs: number
  readonly weight: (input: number, output: number) => number
}

function run({ counts, outputs, weight }: Case, core: { zeroWeights: ZeroWeights; weightReuse?: 'per-train' | 'per-spike'; kind?: 'mac-lanes' }) {
  const chip = machine([
    { program: `FIRE r1, 0, 0, ${counts.length}\nENDT r2, 0\nHALT`, data: [ints(0, ...counts)], routes: [{ destinations: [1] }] },
    { program: `CONSUME r1, 0, 1\nHALT`, axonTable: [tile(counts.length, outputs, weight)] },
  ], { grid: { columns: 2, rows: 1 }, core: { ...CORE, ...core } })
  chip.runPrograms()
  return chip
}

describe('zero weights', () => {
  it('a network of 2 neurons that feed 3 through 5 synapses counts 5 additions; 6 where the absent one is paid', () => {
    const network = { counts: [1, 1], outputs: 3, weight: (i: number, j: number) => (i === 1 && j === 2 ? 0 : 1) }
    const additions = (zeroWeights: ZeroWeights) => countsOf(run(network, { zeroWeights }), 1).synapticAdd
    expect(MODES.map(additions)).toEqual([6, 5, 5])
  })

  it('counts and cycles follow the weights that are not zero, whatever they are; sums do not change', () => {
    const anyCase = fc.record({
      counts: fc.array(fc.integer({ min: -7, max: 7 }), { minLength: 1, maxLength: 12 }), outputs: fc.integer({ min: 1, max: 40 }),
      seed: fc.nat(1000), zeros: fc.integer({ min: 0, max: 10 }), weightReuse: fc.constantFrom('per-train' as const, 'per-spike' as const),
    })
    fc.assert(fc.property(anyCase, ({ counts, outputs, seed, zeros, weightReuse }) => {
      const weight = (i: number, j: number): number => {
        const hash = (i * 7919 + j * 104729 + seed * 31) % 1009
        return hash % 10 < zeros ? 0 : (hash % 7) + 1
      }
      const chips = Object.fromEntries(MODES.map((zeroWeights) => [zeroWeights, run({ counts, outputs, weight }, { zeroWeights, weightReuse })]))
      const [additions, reads, words, busy] = [{ all: 0, kept: 0 }, { all: 0, kept: 0, rows: 0 }, { all: 0, kept: 0 }, { all: 0, kept: 0 }]
      counts.forEach((count, i) => {
        if (count === 0) return
        const size = Math.abs(count)
        const row = Array.from({ length: outputs }, (_, j) => weight(i, j))
        const kept = row.filter((w) => w !== 0).length
        const fullest = Math.max(...Array.from({ length: CORE.lanes }, (_, lane) => row.filter((w, j) => w !== 0 && j % CORE.lanes === lane).length))
        const times = weightReuse === 'per-spike' ? size : 1
        additions.all += size * outputs
        additions.kept += size * kept
        reads.rows += times
        reads.all += times * outputs
        reads.kept += times * kept
        const wordsAll = Math.ceil((4 * outputs) / CORE.weightBankBits)
        const wordsKept = Math.ceil((outputs + 4 * kept) / CORE.weightBankBits)
        words.all += times * wordsAll
        words.kept += times * wordsKept
        const cycles = (rowWords: number, passes: number): number => (
          times * Math.max(1, Math.ceil(rowWords / CORE.weightBanks), (size / times) * passes))
        busy.all += cycles(wordsAll, Math.ceil(outputs / CORE.lanes))
        busy.kept += cycles(wordsKept, fullest)
      })
      const booked = (mode: ZeroWeights): Record<string, number> => {
        const { synapticAdd = 0, weightWordRead = 0, accumulatorRead = 0, accumulatorWrite = 0, weightTest = 0, weightFind = 0 } = countsOf(chips[mode]!, 1)
        const { adders } = chips[mode]!.cores[1]!
        const cycles = counts.reduce((sum, count, i) => sum + (count === 0 ? 0 : adders.eventCycles(0, i, Math.abs(count))), 0)
        return { synapticAdd, weightWordRead, accumulatorRead, accumulatorWrite, weightTest, weightFind, cycles }
      }
      const one = { synapticAdd: additions.all, weightWordRead: words.all, accumulatorRead: reads.all, accumulatorWrite: reads.all, weightTest: 0, weightFind: 0 }
      expect(booked('paid')).toEqual({ ...one, cycles: busy.all })
      const spared = { ...one, synapticAdd: additions.kept, accumulatorRead: reads.kept, accumulatorWrite: reads.kept }
      expect(booked('gated')).toEqual({ ...spared, weightTest: reads.all, cycles: busy.all })
      expect(booked('skipped')).toEqual({ ...spared, weightWordRead: words.kept, weightFind: reads.kept, cycles: busy.kept })
      const sums = MODES.map((mode) => [...chips[mode]!.cores[1]!.adders.accumulators])
      expect(sums[1]).toEqual(sums[0])
      expect(sums[2]).toEqual(sums[0])
    }), { numRuns: 40, seed: 20261128 })
  })

  it('the array is busy for as many cycles less as rows have passes less', () => {
    // 16 outputs in 8 lanes: of the two weights of each lane one is zero.
    const network = { counts: Array.from({ length: 10 }, () => 7), outputs: 16, weight: (_: number, j: number) => (j < 8 ? 1 : 0) }
    const busy = (zeroWeights: ZeroWeights) => run(network, { zeroWeights }).components[1]!.report(1e6)!.core!.busyCycles.adders
    expect(busy('gated')).toBe(busy('paid'))
    expect(busy('paid') - busy('skipped')).toBe(10 * 7 * (2 - 1))
  })

  it('lanes that multiply gate them too, and cannot skip them', () => {
    const network = { counts: [3, 1], outputs: 3, weight: (i: number, j: number) => (i === 1 && j === 2 ? 0 : 1) }
    expect(countsOf(run(network, { zeroWeights: 'gated', kind: 'mac-lanes' }), 1)).toMatchObject({ laneMac: 5, weightTest: 6 })
    expect(() => completeChip({ core: { kind: 'mac-lanes', zeroWeights: 'skipped' } })).toThrow(/cores of kind mac-lanes .* which take: paid, gated/)
    expect(() => completeChip({ core: { zeroWeights: 'skipped' }, cores: [{ kind: 'mac-lanes', columns: [0, 0], rows: [0, 0] }] })).toThrow(InputError)
  })
})

describe('runs on chips that spare zero weights', () => {
  const model = quantizeModel(tinyModel(5, { dim: 24, hiddenDim: 48 }))
  const zeros = (q: Int8Array): number => q.filter((w) => w === 0).length / q.length

  it.each(['ternary', 'bitwise', 'graded', 'latency'] as const)('%s: bit-exact, and the additions that are missing are those said to be', (encoding) => {
    const encoded = quantizeModel(tinyModel(5, { dim: 24, hiddenDim: 48 }), { encoding })
    const results = MODES.map((zeroWeights) => (
      simulate({ model: encoded, chip: completeChip({ core: { zeroWeights } }), prompt: 'a', tokens: 2 })))
    for (const { verification } of results) expect(verification.bitExact).toBe(true)
    const operations = results.map(({ constants }) => constants.filter(({ name }) => name === 'synapticAdd' || name === 'mac').reduce((sum, { count }) => sum + count, 0))
    const spared = results.map(({ activity }) => activity.sparedOperations ?? 0)
    expect(spared[0]).toBe(0)
    expect(spared[1]).toBeGreaterThan(0)
    expect([operations[1]! + spared[1]!, operations[2]! + spared[2]!]).toEqual([operations[0], operations[0]])
    // What the literature would print does not depend on the chip.
    expect(results.map(({ energy }) => energy.paper.totalPj)).toEqual([0, 1, 2].map(() => results[0]!.energy.paper.totalPj))
  })

  it('the same counts and cycles from plain kernels', () => {
    const chip = completeChip({ core: { zeroWeights: 'skipped', lanes: 4 } })
    const [simd, plain] = (['simd', 'plain'] as const).map((kernels) => simulate({ model, chip, prompt: 'ab', tokens: 2, kernels }))
    expect({ ...plain, wallSeconds: 0 }).toEqual({ ...simd, wallSeconds: 0 })
  })

  it('a shape has the share that is stated, spread so that the sum is right; without one it is refused', async () => {
    const statistics = { histograms: { '*': histogramWithMean(0.862, 7, 'laplace') }, source: 'laplace' }
    const additions = async (zeroWeights: ZeroWeights, shares?: { '*': number }): Promise<number> => (await simulateStatistics({
      model: shapeModel('tiny', model.config, DEFAULT_QUANTIZE_OPTIONS, shares), chip: completeChip({ core: { zeroWeights } }), statistics, tokens: 3,
    })).activity.synapticAdditions
    const all = await additions('paid')
    for (const share of [0, 0.25, 1]) expect((await additions('gated', { '*': share })) / all).toBeCloseTo(1 - share, 1)
    expect(await additions('gated', { '*': 0 })).toBe(all)
    expect(await additions('gated', { '*': 1 })).toBe(0)
    await expect(additions('gated')).rejects.toThrow(/does not say how many of its weights are zero\. Give --zero-weights SHARE/)
    await expect(additions('gated', { '*': 1.5 })).rejects.toThrow(/expected a share from 0 to 1/)
  })

  it('the zeros of a model are counted by layer', () => {
    const shares = zeroSharesOf(model)
    expect(shares.head).toBe(zeros(model.head.q))
    expect(shares.qkv).toBeCloseTo(model.layers.reduce((sum, { linears }) => sum + zeros(linears.qkv.q), 0) / model.layers.length, 12)
  })
})

describe('what zero weights cost', () => {
  it('the median of the fullest of some binomial draws, by hand', () => {
    // Of two trials of 1/2: at most 0 with 1/4, at most 1 with 3/4; 3/4 of three draws together are 27/64.
    expect([1, 2, 3].map((draws) => binomialMostMedian(2, 0.5, draws))).toEqual([1, 1, 2])
    expect([binomialMostMedian(5, 1, 3), binomialMostMedian(5, 0, 3)]).toEqual([5, 0])
  })

  it('a test for zero is a few gates of an adder: 3 of 7 of one of its bits, for 4-bit weights', () => {
    const widths = { weightBits: 4, activationBits: 4, attentionBits: 8, kvCacheBits: 8 }
    const { weightTest, membraneAdd, weightFind, nonzeroFind } = actionPrices(completeChip({ core: { accumulatorBits: 24 } }), widths)
    expect(weightTest.value).toBeCloseTo(membraneAdd.value * (3 / (24 * 7)), 12)
    expect(weightFind.value).toBe(nonzeroFind.value)
  })
})
