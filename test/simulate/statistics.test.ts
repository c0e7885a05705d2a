import { describe, expect, it } from 'vitest'
import { loadModel } from '../../programs/models/index.js'
import { DEFAULT_QUANTIZE_OPTIONS, quantizeModel } from '../../programs/quantize/index.js'
import { ReferenceInterpreter } from '../../programs/reference/interpreter.js'
import { histogramOf, histogramWithMean, meanSpikes } from '../../programs/shapes/histogram.js'
import type { SpikeHistogram } from '../../programs/shapes/histogram.js'
import { MODEL_SHAPES } from '../../programs/shapes/presets.js'
import { shapeModel } from '../../programs/shapes/shape-model.js'
import { readSpikeStatistics } from '../../programs/shapes/statistics-file.js'
import { simulateStatistics } from '../../simulate/statistics.js'
import { simulate } from '../../simulate/simulate.js'
import { InputError } from '../../sim/errors.js'
import { serializeResult } from '../../sim/result/parse.js'
import { completeChip } from '../../sim/config/load-chip.js'
import { tinyModel } from '../support/tiny-model.js'

const tiny = tinyModel(5)
const shape = shapeModel('tiny', tiny.config, DEFAULT_QUANTIZE_OPTIONS)
const statistics = { histograms: { '*': histogramWithMean(0.862, 7, 'laplace') }, source: 'laplace' }

describe('spike histograms', () => {
  for (const distribution of ['laplace', 'gaussian'] as const) {
    it(`${distribution}: sums to 1 and has the asked mean`, () => {
      for (const mean of [0.05, 0.5, 0.862, 1.46, 3]) {
        const histogram = histogramWithMean(mean, 7, distribution)
        expect(histogram.probability.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 6)
        expect(meanSpikes(histogram)).toBeCloseTo(mean, 5)
        expect(histogram.probability.every((p) => p >= 0)).toBe(true)
      }
    })
  }

  it('refuses a mean that no threshold gives', () => {
    expect(() => histogramWithMean(7, 7, 'laplace')).toThrow(InputError)
    expect(() => histogramWithMean(0, 7, 'laplace')).toThrow(/more than 0/)
  })

  it('reads measured histograms, and says what a file lacks', () => {
    const row = { operator: 'o', layer: 0, histogram: [6, 3, 1] }
    const { histograms } = readSpikeStatistics({ byOperator: [row, { ...row, layer: 1, histogram: [4, 5, 1] }] }, 'x.json')
    expect([...histograms['o/0']!.probability]).toEqual([0.6, 0.3, 0.1])
    expect([...histograms['o']!.probability]).toEqual([0.5, 0.4, 0.1])
    expect(() => readSpikeStatistics({ rows: [] }, 'x.json')).toThrow(/x\.json: expected the output of spikeloom eval --json.*'byOperator' is missing/s)
  })
})

describe('statistics mode', () => {
  it('draws what it was asked for, verifies nothing and says so', async () => {
    const result = await simulateStatistics({ model: shape, chip: completeChip({}), statistics, context: 20, tokens: 8 })
    expect(result.weights).toBe('statistical')
    expect(result.verification).toEqual({ bitExact: false, logitsCompared: 0, firstMismatch: null })
    expect(result.fidelity.statement).toMatch(/drawn \(laplace\)/)
    expect(Math.abs(result.activity.spikesPerActivation - 0.862)).toBeLessThan(0.05)
    expect(result.latency.timeline.map(({ position }) => position)).toEqual([20, 21, 22, 23, 24, 25, 26, 27])
  })

  it('is the same for one worker and for two', async () => {
    const run = async (workers: number) => serializeResult({
      ...await simulateStatistics({ model: shape, chip: completeChip({}), statistics, promptTokens: 3, tokens: 4, workers, seed: 9 }), wallSeconds: 0,
    })
    expect(await run(2)).toBe(await run(1))
  })

  it('errors of a worker reach the caller', async () => {
    const run = simulateStatistics({
      model: shape, chip: completeChip({}), statistics: { histograms: { o: statistics.histograms['*'] }, source: 'partial' }, tokens: 3, workers: 2,
    })
    await expect(run).rejects.toThrow(/spike statistics: none for qkv, layer 0/)
    await expect(run).rejects.toBeInstanceOf(InputError)
  })

  it('refuses a sequence longer than the context, a bad count of workers, unknown operators', async () => {
    const options = { model: shape, chip: completeChip({}), statistics }
    await expect(simulateStatistics({ ...options, context: 64 })).rejects.toThrow(/context of 64 tokens/)
    await expect(simulateStatistics({ ...options, workers: 0 })).rejects.toThrow(/workers: 0/)
    await expect(simulateStatistics({ ...options, promptTokens: 0 })).rejects.toThrow(/prompt tokens: 0/)
  })

  it('prefill is pipelined through the layers: more tokens a second than one token at a time', async () => {
    const run = (promptTokens: number) => simulateStatistics({ model: shape, chip: completeChip({}), statistics, promptTokens })
    const [one, many] = [await run(1), await run(12)]
    expect(many.throughput.tokensPerSecond).toBeGreaterThan(1.3 * one.throughput.tokensPerSecond)
  })
})

describe('measured histograms stand in for the weights', () => {
  const model = quantizeModel(loadModel('models/kjv-1m'))
  const measured = (tokens: readonly number[]): Record<string, SpikeHistogram> => {
    const reference = new ReferenceInterpreter(model)
    for (const id of tokens) reference.forward(id)
    const encoded = reference.stats.filter(({ operator }) => operator !== 'embedding')
    return Object.fromEntries(encoded.map(({ operator, layer, counts }) => [`${operator}/${layer}`, histogramOf(counts)]))
  }
  const kjv = shapeModel('kjv-1m', model.config, model.options)

  it('energy within 3 % and cycles within 5 % of the functional run', async () => {
    const functional = simulate({ model, chip: completeChip({}), prompt: 'And the LORD said unto', tokens: 16 })
    const histograms = measured([...model.tokenizer.encode('And the LORD said unto'), ...functional.tokenIds.slice(0, -1)])
    const drawn = await simulateStatistics({
      model: kjv, chip: completeChip({}), statistics: { histograms, source: 'measured' }, promptTokens: functional.prompt.tokens, tokens: 16,
    })
    expect(Math.abs(drawn.energy.totalPj / functional.energy.totalPj - 1)).toBeLessThan(0.03)
    expect(Math.abs(drawn.latency.cycles / functional.latency.cycles - 1)).toBeLessThan(0.05)
    expect(Math.abs(drawn.activity.spikes / functional.activity.spikes - 1)).toBeLessThan(0.03)
    expect(Math.abs(drawn.energy.dynamicPj / functional.energy.dynamicPj - 1)).toBeLessThan(0.03)
  })

  // Which rows a batch needs depends on more than the histogram: tokens whose inputs fire more than others' together need
  // more rows than equal ones. Whole tiles know nothing of that.
  for (const [streaming, tolerance] of [['row', 0.05], ['tile', 0.01]] as const) {
    it(`batches, ${streaming} streaming: energy within ${tolerance * 100} % of the functional run`, async () => {
      const prompt = 'And the LORD said unto Moses, Go in unto Pharaoh, and say'
      const chip = completeChip({
        grid: { columns: 4, rows: 4 }, core: { weightSramKiB: 16 }, dram: { kind: 'lpddr5', gigabytesPerSecond: 25.6, streaming },
      })
      const functional = simulate({ model, chip, prompt, tokens: 1 })
      expect(functional.mapping.batch).toBe(16)
      const drawn = await simulateStatistics({
        model: kjv, chip, statistics: { histograms: measured(model.tokenizer.encode(prompt)), source: 'measured' },
        promptTokens: functional.prompt.tokens, tokens: 1,
      })
      expect(Math.abs(drawn.energy.totalPj / functional.energy.totalPj - 1)).toBeLessThan(tolerance)
      expect(Math.abs(drawn.latency.cycles / functional.latency.cycles - 1)).toBeLessThan(0.05)
    })
  }
})

describe('sequences', () => {
  const chip = completeChip({
    grid: { columns: 4, rows: 4 }, core: { weightSramKiB: 2, dataSramKiB: 64 }, dram: { kind: 'lpddr5', gigabytesPerSecond: 1, streaming: 'tile' },
  })
  const large = shapeModel('large', tinyModel(5, { dim: 128, hiddenDim: 512 }).config, DEFAULT_QUANTIZE_OPTIONS)
  const run = (sequences: number, more: object = {}) => (
    simulateStatistics({ model: large, chip, statistics, context: 10, tokens: 2, sequences, ...more })
  )

  it('share weights: each token costs less, leaves later, and has its place in the sequence it belongs to', async () => {
    const [one, four] = [await run(1), await run(4)]
    expect(four.energy.perTokenPj).toBeLessThan(0.7 * one.energy.perTokenPj)
    expect(four.latency.timeline[0]!.endCycle).toBeGreaterThan(one.latency.timeline[0]!.endCycle)
    expect(four.throughput.tokensPerSecond).toBeGreaterThan(one.throughput.tokensPerSecond)
    expect(four.prompt).toEqual({ text: '', tokens: 4, sequences: 4 })
    expect(four.latency.timeline.map(({ sequence, position, phase }) => [sequence, position, phase])).toEqual(
      [10, 11].flatMap((position) => [0, 1, 2, 3].map((sequence) => [sequence, position, position === 10 ? 'prefill' : 'decode'])))
  })

  it('read prompts of several tokens each, in batches that hold less than all', async () => {
    const result = await run(3, { promptTokens: 5, batch: 4 })
    expect(result.mapping.batch).toBe(4)
    expect(result.latency.timeline).toHaveLength(3 * 5 + 3)
  })

  it('the same bytes for one worker and two; no sequences where no weight is fetched', async () => {
    const [one, two] = [await run(2, { workers: 1 }), await run(2, { workers: 2 })]
    expect(serializeResult({ ...two, wallSeconds: 0 })).toBe(serializeResult({ ...one, wallSeconds: 0 }))
    await expect(run(2, { chip: completeChip({}) })).rejects.toThrow(/every weight stays/)
    await expect(run(0)).rejects.toThrow(/sequences: 0, expected/)
  })
})

describe('shapes', () => {
  it('have the parameters their names say', () => {
    const billions = (name: string): number => {
      const { dim, hiddenDim, layers, heads, kvHeads, headDim, vocabSize } = MODEL_SHAPES[name]!
      const layer = dim * headDim * (2 * heads + 2 * kvHeads) + 3 * dim * hiddenDim
      return (layers * layer + 2 * vocabSize * dim) / 1e9
    }
    expect(billions('llama-2-7b')).toBeCloseTo(6.74, 2)
    expect(billions('llama-2-13b')).toBeCloseTo(13.02, 2)
    expect(billions('llama-2-70b')).toBeCloseTo(68.98, 1)
    expect(billions('llama-3-8b')).toBeCloseTo(8.03, 2)
    expect(billions('qwen2.5-14b')).toBeCloseTo(14.77, 1)
  })
})
