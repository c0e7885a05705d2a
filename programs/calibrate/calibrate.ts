import { expExact, logExact, powerExact } from '../../sim/numerics.js'
import type { LoadedModel } from '../models/types.js'
import { DEFAULT_QUANTIZE_OPTIONS, quantizeModel } from '../quantize/index.js'
import type { QuantizedModel, QuantizeOptions } from '../quantize/index.js'
import { evaluate, ReferenceInterpreter, totalSpikes } from '../reference/index.js'
import { applyCalibration, foldModel, refuseExperts } from './apply.js'
import { CALIBRATION_VERSION } from './file.js'
import type { CalibratedLayer, CalibrationFile } from './file.js'
import { gatherInputs } from './gather.js'
import type { LayerInputs } from './gather.js'
import { candidatesOf, chooseAt } from './search.js'
import type { LayerCandidates, SearchOptions } from './search.js'

export interface CalibrateOptions {
  readonly quantize: Partial<QuantizeOptions>
  readonly search: SearchOptions
  /** Seed of the rotation of the residual stream and the value heads; absent: not rotated. */
  readonly rotation?: number
  /** Exponent of the gamma in front of each layer, 0 to 1 (SmoothQuant's alpha); absent: none. */
  readonly smoothing?: number
  /**
   * Perplexity that may be lost on the calibration text for fewer additions, percent of the better of the uncalibrated
   * model's and the most exact encoding's. 0 takes the most exact encoding.
   */
  readonly budgetPercent: number
}

/** Quality and spikes on the calibration text. */
export interface Measured {
  readonly perplexity: number
  readonly spikesPerActivation: number
  readonly additionsPerMac: number
}

const BISECTIONS = 6
const PRICES = { least: 1e-4, most: 0.3 }

function measure(model: QuantizedModel, text: string): Measured {
  const interpreter = new ReferenceInterpreter(model)
  const { perplexity } = evaluate(interpreter, model.tokenizer, text)
  const { spikesPerActivation, additionsPerMac } = totalSpikes(interpreter.stats)
  return { perplexity, spikesPerActivation, additionsPerMac }
}

/** Inputs as the 8-bit model sees them: near the float model's, and through the machine's own arithmetic. */
function gather(model: LoadedModel, text: string): LayerInputs[] {
  return gatherInputs(new ReferenceInterpreter(quantizeModel(model, { weightBits: 8, activationBits: 8 })), model.tokenizer, text)
}

/**
 * Gammas that share the range between activations and weights: max|x|^alpha / max|w|^(1 - alpha) a channel, scaled
 * to a geometric mean of 1. Not for o, whose gammas several query heads would share.
 */
function gammasOf(rows: readonly LayerInputs[], alpha: number): Record<string, number[]> {
  return Object.fromEntries(rows.filter(({ operator }) => operator !== 'o').map(({ operator, layer, linear, channelMax }) => {
    const { inputs, outputs, q, scale } = linear
    const raw = Float64Array.from({ length: inputs }, (_, i) => {
      let weight = 1e-6
      for (let j = 0; j < outputs; j++) weight = Math.max(weight, Math.abs(q[i * outputs + j]! * scale[j]!))
      return powerExact(Math.max(channelMax[i]!, 1e-6), alpha) / powerExact(weight, 1 - alpha)
    })
    const mean = expExact(raw.reduce((sum, value) => sum + logExact(value), 0) / inputs)
    return [`${operator}/${layer}`, Array.from(raw, (value) => Math.fround(value / mean))]
  }))
}

function fileOf(
  model: LoadedModel, options: CalibrateOptions, fold: CalibrationFile['fold'], layers: readonly LayerCandidates[], price: number,
): CalibrationFile {
  const chosen = chooseAt(layers, price)
  return {
    calibrationVersion: CALIBRATION_VERSION, model: model.name,
    options: {
      weightBits: options.quantize.weightBits, activationBits: options.quantize.activationBits, kvBits: options.quantize.kvBits,
      rounding: options.quantize.rounding,
    },
    fold,
    layers: layers.map(({ operator, layer }, at): CalibratedLayer => {
      const { salient, ...rest } = chosen[at]!.input
      return { operator, layer, ...rest, ...(salient === undefined ? {} : { salient: { ...salient, channels: [...salient.channels] } }) }
    }),
  }
}

/**
 * Picks the encoding of every layer's inputs on a text: the fewest additions whose perplexity stays within the
 * budget, by bisection over the price of an addition; the most exact encoding if none does.
 * @param onTrial called after each trial with a line that says what it gave
 */
export function calibrate(
  model: LoadedModel, text: string, options: CalibrateOptions, onTrial: (line: string) => void = () => undefined,
): CalibrationFile {
  refuseExperts(model)
  const full = { ...DEFAULT_QUANTIZE_OPTIONS, ...options.quantize }
  const plain = measure(quantizeModel(model, options.quantize), text)
  onTrial(`uncalibrated: ${lineOf(plain)}`)
  const rotated = options.rotation === undefined ? {} : { rotation: options.rotation, valueRotation: options.rotation }
  let fold: CalibrationFile['fold'] = rotated
  let rows = gather(foldModel(model, fold), text)
  if (options.smoothing !== undefined) {
    fold = { ...rotated, gamma: gammasOf(rows, options.smoothing) }
    rows = gather(foldModel(model, fold), text)
  }
  const all = rows.map((row) => candidatesOf(row, full, options.search))
  const trial = (layers: readonly LayerCandidates[]) => (price: number): { file: CalibrationFile; measured: Measured } => {
    const file = fileOf(model, options, fold, layers, price)
    const measured = measure(applyCalibration(model, file), text)
    onTrial(`price ${price.toPrecision(3)}: ${lineOf(measured)}`)
    return { file, measured }
  }
  const families = familiesOf(all, options.search).map((layers) => ({ layers, exact: trial(layers)(0) }))
  const { layers, exact } = families.reduce((best, next) => (
    next.exact.measured.perplexity < best.exact.measured.perplexity ? next : best
  ))
  const allowed = Math.min(plain.perplexity, exact.measured.perplexity) * (1 + options.budgetPercent / 100)
  const best = options.budgetPercent === 0 ? exact : bisect(trial(layers), exact, allowed)
  return { ...best.file, measured: { uncalibrated: plain, calibrated: best.measured, budgetPercent: options.budgetPercent } }
}

/**
 * Two families where clips are searched: all of them, and those that fire no more than the largest activation asks for.
 * A model trained with its scale at the largest activation is at its best there, though the error of a smaller clip is less.
 */
function familiesOf(layers: readonly LayerCandidates[], search: SearchOptions): (readonly LayerCandidates[])[] {
  if (search.range.kind !== 'search' || search.scale !== 'token') return [layers]
  const sparse = layers.map((row) => ({ ...row, candidates: row.candidates.filter(({ input }) => input.clip! >= 1) }))
  return [layers, sparse]
}

/** @param exact the trial at price 0 */
function bisect<T extends { measured: Measured }>(trial: (price: number) => T, exact: T, allowed: number): T {
  let best = exact
  let low = logExact(PRICES.least)
  let high = logExact(PRICES.most)
  for (let n = 0; n < BISECTIONS; n++) {
    const middle = (low + high) / 2
    const next = trial(expExact(middle))
    if (next.measured.perplexity <= allowed) {
      low = middle
      if (next.measured.additionsPerMac < best.measured.additionsPerMac) best = next
    } else high = middle
  }
  return best
}

function lineOf({ perplexity, spikesPerActivation, additionsPerMac }: Measured): string {
  return `perplexity ${perplexity.toFixed(3)}, ${spikesPerActivation.toFixed(3)} spikes an activation, ${additionsPerMac.toFixed(3)} additions a MAC`
}
