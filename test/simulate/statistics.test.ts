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
import { completeChip } from '../../sim/spec/load-chip.js'
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
    expect(() => readSpikeStatistics({ rows: [] }, 'x.json')).toThrow(/x\.json: byOperator.*spikeloom eval --json/)
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
  const functional = simulate({ model, chip: completeChip({}), prompt: 'And the LORD said unto', tokens: 16 })

  it('energy within 3 % and cycles within 5 % of the functional run', async () => {
    const reference = new ReferenceInterpreter(model)
    for (const id of [...model.tokenizer.encode('And the LORD said unto'), ...functional.tokenIds.slice(0, -1)]) reference.forward(id)
    const histograms: Record<string, SpikeHistogram> = {}
    for (const { operator, layer, counts } of reference.stats) {
      if (operator !== 'embedding') histograms[`${operator}/${layer}`] = histogramOf(counts)
    }
    const drawn = await simulateStatistics({
      model: shapeModel('kjv-1m', model.config, model.options), chip: completeChip({}), statistics: { histograms, source: 'measured' },
      promptTokens: functional.prompt.tokens, tokens: 16,
    })
    expect(Math.abs(drawn.energy.totalPj / functional.energy.totalPj - 1)).toBeLessThan(0.03)
    expect(Math.abs(drawn.latency.cycles / functional.latency.cycles - 1)).toBeLessThan(0.05)
    expect(Math.abs(drawn.activity.spikes / functional.activity.spikes - 1)).toBeLessThan(0.03)
    expect(Math.abs(drawn.energy.dynamicPj / functional.energy.dynamicPj - 1)).toBeLessThan(0.03)
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
