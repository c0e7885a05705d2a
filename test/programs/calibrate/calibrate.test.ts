import { describe, expect, it } from 'vitest'
import { applyCalibration, calibrate, parseCalibration } from '../../../programs/calibrate/index.js'
import type { CalibrationFile } from '../../../programs/calibrate/index.js'
import { candidatesOf, chooseAt } from '../../../programs/calibrate/search.js'
import { gatherInputs } from '../../../programs/calibrate/gather.js'
import { DEFAULT_QUANTIZE_OPTIONS, quantizeModel } from '../../../programs/quantize/index.js'
import { evaluate, FloatModel, ReferenceInterpreter, totalSpikes } from '../../../programs/reference/index.js'
import { completeChip } from '../../../sim/config/load-chip.js'
import { simulate } from '../../../simulate/simulate.js'
import { tinyModel } from '../../support/tiny-model.js'

const model = tinyModel(9)
const TEXT = 'a spike is a spike, and a train of spikes is a number <|endoftext|> nothing else'
const search = { scale: 'token' as const, range: { kind: 'search' as const }, salientShare: 0, salientSteps: 2 }
const empty: CalibrationFile = { calibrationVersion: 1, model: model.name, options: {}, fold: {}, layers: [] }

describe('calibrate', () => {
  const lines: string[] = []
  const file = calibrate(model, TEXT, { quantize: {}, search, budgetPercent: 5 }, (line) => lines.push(line))

  it('stays within its budget and fires less than the uncalibrated model', () => {
    const { uncalibrated, calibrated } = file.measured as Record<string, { perplexity: number; additionsPerMac: number }>
    expect(calibrated!.perplexity).toBeLessThanOrEqual(uncalibrated!.perplexity * 1.05)
    expect(calibrated!.additionsPerMac).toBeLessThan(uncalibrated!.additionsPerMac)
    expect(lines).toHaveLength(9)
  })

  it('writes what it measured: the file gives the model it was measured on', () => {
    const again = parseCalibration(JSON.parse(JSON.stringify(file)), 'file')
    const interpreter = new ReferenceInterpreter(applyCalibration(model, again))
    const { calibrated } = file.measured as Record<string, { perplexity: number; additionsPerMac: number }>
    expect(evaluate(interpreter, model.tokenizer, TEXT).perplexity).toBe(calibrated!.perplexity)
    expect(totalSpikes(interpreter.stats).additionsPerMac).toBe(calibrated!.additionsPerMac)
  })

  it('covers every layer, and runs on the chip bit for bit', () => {
    expect(file.layers.map(({ operator, layer }) => `${operator} ${layer}`)).toEqual(
      ['qkv 0', 'o 0', 'gateUp 0', 'down 0', 'qkv 1', 'o 1', 'gateUp 1', 'down 1', 'head -1'])
    const result = simulate({ model: applyCalibration(model, file), chip: completeChip({}), prompt: 'spike', tokens: 3 })
    expect(result.verification.bitExact).toBe(true)
  })

  it('with rotation, gammas, salient channels and one scale for all tokens', () => {
    const options = {
      quantize: { rounding: 'floor' as const }, budgetPercent: 1, rotation: 4, smoothing: 0.5,
      search: { scale: 'tensor' as const, range: { kind: 'quantile' as const, value: 0.99 }, salientShare: 0.1, salientSteps: 3 },
    }
    const full = calibrate(model, TEXT, options)
    expect(full.layers.every(({ scale, salient }) => scale! > 0 && salient!.channels.length >= 3)).toBe(true)
    const result = simulate({ model: applyCalibration(model, full, { encoding: 'graded' }), chip: completeChip({}), prompt: 'ab', tokens: 3 })
    expect(result.verification.bitExact).toBe(true)
  })
})

describe('the choice of a layer', () => {
  const [row] = gatherInputs(new ReferenceInterpreter(quantizeModel(model, { activationBits: 8 })), model.tokenizer, TEXT)
  const layers = [candidatesOf(row!, DEFAULT_QUANTIZE_OPTIONS, search)]
  it('is the most exact at price 0, and spends no more spikes the dearer they are', () => {
    const chosen = [0, 0.001, 0.01, 0.1, 1].map((price) => chooseAt(layers, price)[0]!)
    expect(chosen[0]!.error).toBe(Math.min(...layers[0]!.candidates.map(({ error }) => error)))
    for (let n = 1; n < chosen.length; n++) {
      expect(chosen[n]!.spikes).toBeLessThanOrEqual(chosen[n - 1]!.spikes)
      expect(chosen[n]!.error).toBeGreaterThanOrEqual(chosen[n - 1]!.error)
    }
    expect(chosen.at(-1)!.spikes).toBeLessThan(chosen[0]!.spikes)
  })
  it('reaches to k sigma or a quantile of the samples', () => {
    const clip = (range: Parameters<typeof candidatesOf>[2]['range']): number => (
      candidatesOf(row!, DEFAULT_QUANTIZE_OPTIONS, { ...search, range }).candidates[0]!.input.clip!
    )
    expect(clip({ kind: 'sigma', value: 2 })).toBeCloseTo(2 * clip({ kind: 'sigma', value: 1 }), 6)
    expect(clip({ kind: 'quantile', value: 1 })).toBeCloseTo(1, 6)
    expect(clip({ kind: 'quantile', value: 0.5 })).toBeLessThan(0.5)
  })
})

describe('a calibration file', () => {
  it('folds leave an 8-bit model close to the float model', () => {
    const options = { weightBits: 8, activationBits: 8 }
    const float = evaluate(new FloatModel(model), model.tokenizer, TEXT).perplexity
    const folded = applyCalibration(model, { ...empty, fold: { rotation: 1, valueRotation: 2 } }, options)
    expect(evaluate(new ReferenceInterpreter(folded), model.tokenizer, TEXT).perplexity / float).toBeCloseTo(1, 1)
  })
  it('is outranked by what is asked for on the command line', () => {
    const file: CalibrationFile = { ...empty, options: { weightBits: 3 }, layers: [{ operator: 'o', layer: 1, clip: 0.5 }] }
    expect(applyCalibration(model, file).layers[1]!.linears.o).toMatchObject({ bits: 3, input: { clip: 0.5 } })
    expect(applyCalibration(model, file, { weightBits: 5, clip: 0.7 }).layers[1]!.linears.o).toMatchObject({ bits: 5, input: { clip: 0.7 } })
  })
  it('is refused by what is wrong', () => {
    expect(() => parseCalibration({ ...empty, layers: [{ operator: 'q', layer: 0 }] }, 'c.json')).toThrow(/c\.json: expected a file of spikeloom calibrate:\n +.layers\[0\]\.operator. is .q./)
    expect(() => applyCalibration(model, { ...empty, model: 'other' })).toThrow(/for model 'other'/)
    expect(() => applyCalibration(model, { ...empty, layers: [{ operator: 'o', layer: 2 }] })).toThrow(/layers 0\.\.1/)
    expect(() => applyCalibration(model, {
      ...empty, layers: [{ operator: 'o', layer: 0, salient: { channels: [32], timeSteps: 2 } }],
    })).toThrow(/salient channel 32 of o in layer 0, but it has inputs 0\.\.31/)
  })
})
