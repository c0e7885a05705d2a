import { inputRule } from '../quantize/index.js'
import type { EncodedOperator, InputEncoding, QuantizeOptions } from '../quantize/index.js'
import { encodeInput } from '../reference/encode.js'
import type { LayerInputs } from './gather.js'

/** What a layer's inputs could be encoded with, and what each choice costs on the calibration text. */
export interface Candidate {
  readonly input: InputEncoding
  /** Squared error of the inputs, each weighted by its row of weights, over their squared sum. */
  readonly error: number
  /** Spikes an activation. */
  readonly spikes: number
}

export interface LayerCandidates {
  readonly operator: EncodedOperator
  readonly layer: number
  /** Additions that one spike an activation costs a token: inputs times outputs. */
  readonly macs: number
  readonly candidates: readonly Candidate[]
}

/** How the range of a layer's scale is found. */
export interface SearchOptions {
  /** A scale for each token, or one for all. */
  readonly scale: 'token' | 'tensor'
  /** Share of each layer's inputs that are salient: those of the largest activation. */
  readonly salientShare: number
  readonly salientSteps: number
  /** What the range is taken from; `search` tries shares of the largest activation. */
  readonly range: Range
}

export type Range = { readonly kind: 'search' } | { readonly kind: 'absmax' } | { readonly kind: 'quantile' | 'sigma'; readonly value: number }

const SEARCHED_CLIPS = [0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.15, 1.3, 1.5, 1.8, 2.2, 3]

/** Squared norm of each row of weights: what an error of that input does to the outputs. */
function rowNorms({ linear }: LayerInputs): Float64Array {
  const { inputs, outputs, q, scale } = linear
  const norms = new Float64Array(inputs)
  for (let i = 0; i < inputs; i++) {
    for (let j = 0; j < outputs; j++) norms[i]! += (q[i * outputs + j]! * scale[j]!) ** 2
  }
  return norms
}

function largest(x: Float32Array, skipped: ReadonlySet<number>): number {
  let max = 0
  for (let i = 0; i < x.length; i++) if (!skipped.has(i)) max = Math.max(max, Math.abs(x[i]!))
  return max
}

/** The value that a share `quantile` of the magnitudes does not exceed. */
function quantileOf(x: Float32Array, quantile: number): number {
  const sorted = x.map(Math.abs).sort()
  return sorted[Math.min(sorted.length - 1, Math.floor(quantile * sorted.length))]!
}

function deviation(x: Float32Array): number {
  return Math.sqrt(x.reduce((sum, v) => sum + v * v, 0) / x.length)
}

/** Range of a layer over its mean largest activation: the clip that stands for a quantile or k sigma of each token. */
function clipOf(row: LayerInputs, range: Range, skipped: ReadonlySet<number>): number {
  if (range.kind === 'search' || range.kind === 'absmax') return 1
  let wanted = 0
  let whole = 0
  for (const x of row.samples) {
    wanted += range.kind === 'quantile' ? quantileOf(x, range.value) : range.value * deviation(x)
    whole += largest(x, skipped)
  }
  return whole === 0 ? 1 : Math.min(4, Math.max(0.01, wanted / whole))
}

function salientChannels(row: LayerInputs, share: number): number[] {
  const count = Math.round(share * row.channelMax.length)
  return Array.from(row.channelMax, (max, channel) => ({ max, channel }))
    .sort((a, b) => b.max - a.max || a.channel - b.channel).slice(0, count).map(({ channel }) => channel).sort((a, b) => a - b)
}

/** Every encoding tried for one layer, with its error and spikes on the samples. */
export function candidatesOf(row: LayerInputs, options: QuantizeOptions, search: SearchOptions): LayerCandidates {
  const channels = salientChannels(row, search.salientShare)
  const salient = channels.length === 0 ? {} : { salient: { channels, timeSteps: search.salientSteps } }
  const skipped = new Set(channels)
  const norms = rowNorms(row)
  const limit = 2 ** (options.activationBits - 1) - 1
  const clips = search.range.kind === 'search' ? SEARCHED_CLIPS : [clipOf(row, search.range, skipped)]
  const meanLargest = row.samples.reduce((sum, x) => sum + largest(x, skipped), 0) / row.samples.length
  const counts = [...new Set([limit, Math.ceil(limit / 2), Math.ceil(limit / 4), 1])]
  const inputs = clips.flatMap((clip) => counts.map((maxCount): InputEncoding => ({
    ...salient,
    ...(search.scale === 'token' ? { clip } : { scale: Math.fround((meanLargest * clip) / limit) || 1 }),
    ...(maxCount === limit ? {} : { maxCount }),
  })))
  return {
    operator: row.operator, layer: row.layer, macs: row.linear.inputs * row.linear.outputs,
    candidates: inputs.map((input) => judge(row, options, input, norms)),
  }
}

function judge(row: LayerInputs, options: QuantizeOptions, input: InputEncoding, norms: Float64Array): Candidate {
  const rule = inputRule(options, { ...row.linear, input })
  let error = 0
  let power = 0
  let spikes = 0
  for (const x of row.samples) {
    const { q, scale } = encodeInput(x, rule)
    for (let i = 0; i < x.length; i++) {
      error += norms[i]! * (x[i]! - q[i]! * scale) ** 2
      power += norms[i]! * x[i]! ** 2
      spikes += Math.abs(q[i]!)
    }
  }
  return { input, error: power === 0 ? 0 : error / power, spikes: spikes / (row.samples.length * row.linear.inputs) }
}

/**
 * The choice of each layer at a price of spikes: least error plus price times additions, relative to a mean layer.
 * Price 0 is the most exact encoding.
 */
export function chooseAt(layers: readonly LayerCandidates[], price: number): Candidate[] {
  const meanMacs = layers.reduce((sum, { macs }) => sum + macs, 0) / layers.length
  return layers.map(({ candidates, macs }) => {
    const cost = ({ error, spikes }: Candidate): number => error + (price * spikes * macs) / meanMacs
    return candidates.reduce((best, candidate) => (cost(candidate) < cost(best) ? candidate : best))
  })
}
