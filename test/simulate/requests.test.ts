import { describe, expect, it } from 'vitest'
import { histogramWithMean } from '../../programs/shapes/histogram.js'
import { DEFAULT_QUANTIZE_OPTIONS, quantizeModel } from '../../programs/quantize/index.js'
import { shapeModel } from '../../programs/shapes/shape-model.js'
import { completeChip } from '../../sim/config/load-chip.js'
import { InputError, SimulationError } from '../../sim/errors.js'
import { checkLength, limitOf, promptIds, simulate } from '../../simulate/simulate.js'
import { simulateStatistics } from '../../simulate/statistics.js'
import { revivedError, sentError } from '../../simulate/threads/sent-error.js'
import { tinyModel } from '../support/tiny-model.js'

const tiny = tinyModel(5)
const model = quantizeModel(tiny)
const shape = shapeModel('tiny', tiny.config, DEFAULT_QUANTIZE_OPTIONS)
const { contextLength } = tiny.config

describe('the length of a run', () => {
  it('is a whole number of tokens that the context takes; the last one needs no place', () => {
    expect(() => checkLength(model, contextLength, 1)).not.toThrow()
    expect(() => checkLength(model, contextLength - 3, 4)).not.toThrow()
    expect(() => checkLength(model, contextLength - 3, 5)).toThrow(/At most 4 can be generated after this prompt\.$/)
    expect(() => checkLength(model, contextLength, 2)).toThrow(/At most 1 can be generated/)
    expect(() => checkLength(model, contextLength + 1, 1)).toThrow(/Shorten the prompt\.$/)
    for (const tokens of [0, -1, 1.5, NaN]) expect(() => checkLength(model, 1, tokens)).toThrow(`tokens: ${tokens}, expected a whole number of at least 1`)
  })

  it('has a limit of cycles only where one is given', () => {
    expect(limitOf({})).toEqual({})
    expect(limitOf({ cycleLimit: 0 })).toEqual({ cycleLimit: 0 })
  })

  it('begins with a prompt', () => {
    const silent = { ...model, tokenizer: { ...model.tokenizer, encode: () => [] } } as unknown as typeof model
    expect(() => promptIds(silent, '')).toThrow(/the prompt is empty/)
    expect(promptIds(model, 'ab')).toEqual(model.tokenizer.encode('ab'))
  })
})

describe('a run on statistics', () => {
  const at = (more: object) => simulateStatistics({
    model: shape, chip: completeChip({}), statistics: { histograms: { '*': histogramWithMean(0.8, 7, 'laplace') }, source: 'laplace' }, ...more,
  })
  it.each([
    [{ context: -1 }, 'context: -1, expected a whole number of at least 0'], [{ context: 0.5 }, 'context: 0.5'],
    [{ promptTokens: 0 }, 'prompt tokens: 0, expected a whole number of at least 1'], [{ promptTokens: 1.5 }, 'prompt tokens: 1.5'],
    [{ sequences: 0 }, 'sequences: 0, expected a whole number of at least 1'], [{ tokens: 0 }, 'tokens: 0'],
    [{ context: contextLength, promptTokens: 1 }, 'Shorten the prompt'], [{ context: contextLength - 2, promptTokens: 2, tokens: 2 }, 'At most 1'],
    [{ statistics: { histograms: { q: histogramWithMean(0.8, 7, 'laplace') }, source: 'x' } }, /spike statistics: none for \w+, layer 0; there are q/],
  ])('refuses %j', async (more, message) => {
    await expect(at(more)).rejects.toThrow(InputError)
    await expect(at(more)).rejects.toThrow(message)
  })

  it('takes a histogram of operator and layer before one of the operator, and that before one of all', async () => {
    const silent = { probability: [1] }
    const one = { probability: [0, 1] }
    const two = { probability: [0, 0, 1] }
    const { activity } = await at({ statistics: { histograms: { '*': silent, o: one, 'o/1': two }, source: 'x' } })
    const spikes = (operator: string, layer: number) => (
      activity.byOperator.filter((row) => row.operator === operator && row.layer === layer).map((row) => row.spikesPerActivation)
    )
    expect(spikes('o', 0)).toEqual([1])
    expect(spikes('o', 1)).toEqual([2])
    expect(spikes('down', 0).every((mean) => mean === 0)).toBe(true)
  })
})

describe('an error between threads', () => {
  it('keeps its class, its message and its stack', () => {
    for (const [error, kind] of [[new InputError('a'), InputError], [new SimulationError('b'), SimulationError], [new RangeError('c'), Error]] as const) {
      const revived = revivedError(sentError(error))
      expect(revived).toBeInstanceOf(kind)
      expect([revived.name, revived.message, revived.stack]).toEqual([error.name, error.message, error.stack])
    }
    expect(revivedError(sentError(new InputError('a')))).not.toBeInstanceOf(SimulationError)
    expect(revivedError(sentError('text')).message).toBe('text')
    expect(revivedError({ kind: 'other', name: 'X', message: 'y', stack: undefined })).toMatchObject({ name: 'X', message: 'y' })
  })
})

describe('a run of a model', () => {
  it('tells of each token as it comes, and gives as many as were asked for', () => {
    const told: [string, number][] = []
    const result = simulate({ model, chip: completeChip({}), prompt: 'ab', tokens: 2, onToken: (text, count) => told.push([text, count]) })
    expect(told).toEqual(result.tokenIds.map((id, at) => [model.tokenizer.decodeToken(id), at + 1]))
    expect(result.tokenIds).toHaveLength(2)
    expect(result.prompt).toMatchObject({ text: 'ab', tokens: model.tokenizer.encode('ab').length })
    expect(result.wallSeconds).toBeGreaterThan(0)
    expect(result.seed).toBe(1)
  })
})
