import type { LoadedModel } from '../programs/models/types.js'
import { quantizeLinear } from '../programs/quantize/weights.js'
import { evaluate, FloatModel } from '../programs/reference/index.js'
import { dequantize } from './rivals/quantizers.js'
import type { Quantized, Quantizer } from './rivals/quantizers.js'

/**
 * Perplexity and events of a rival on a model that has weights: its own rule for activations and the same weights for all
 * (symmetric, per output channel), everything else in 64-bit floats. So rivals differ by their activations alone;
 * what a rival's own weight rounding, smoothing or rotation would add is not in it, and is said where the figures stand.
 */
export interface Quality {
  readonly quantizer: string
  readonly perplexity: number
  readonly bitsPerByte: number
  readonly tokens: number
  /** Events an activation, over all linear inputs. */
  readonly eventsPerActivation: number
  /** Share of activations that send any. */
  readonly active: number
  readonly meanTimeSteps: number
  readonly byOperator: Readonly<Record<string, { readonly eventsPerActivation: number; readonly active: number }>>
}

const LINEAR = /^(q|k|v|o|gate|up|down)$/

/** The same model with weights rounded to `bits` bits, symmetric, per output channel; the embedding to 8. */
export function withRoundedWeights(model: LoadedModel, bits: number): LoadedModel {
  return {
    ...model,
    tensor: (name) => {
      const values = model.tensor(name)
      const kind = name.split('.').at(-1)!
      const isHead = name === 'head' || (name === 'embed' && model.config.tiedEmbeddings)
      if (!LINEAR.test(kind) && !isHead) return values
      const inputs = inputsOf(model, kind)
      const { q, scale } = quantizeLinear([values], inputs, isHead && name === 'embed' ? 8 : bits)
      const outputs = values.length / inputs
      // The quantizer's matrix has a row an input, the model's a row an output.
      return Float32Array.from(values, (_, at) => q[(at % inputs) * outputs + Math.floor(at / inputs)]! * scale[Math.floor(at / inputs)]!)
    },
  }
}

function inputsOf({ config }: LoadedModel, kind: string): number {
  if (kind === 'o') return config.heads * config.headDim
  return kind === 'down' ? config.hiddenDim : config.dim
}

/**
 * SpikeLLM's saliency of input channels: the mean over calibration tokens of x * ((x W^T) W), signed, by operator and layer.
 * @param share of channels, those of the largest mean
 */
export function salientChannels(model: LoadedModel, text: string, share: number): Map<string, Uint8Array> {
  const sums = new Map<string, Float64Array>()
  const float = new FloatModel(model)
  float.onLinearInput = (x, operator, layer) => {
    const key = `${operator}/${layer}`
    const sum = sums.get(key) ?? new Float64Array(x.length)
    sums.set(key, sum)
    for (const tensor of tensorsOf(operator, layer, model)) addSaliency(sum, x, model.tensor(tensor))
    return x
  }
  evaluate(float, model.tokenizer, text)
  return new Map([...sums].map(([key, sum]) => {
    const order = Array.from(sum.keys()).sort((a, b) => sum[b]! - sum[a]!)
    const salient = new Uint8Array(sum.length)
    for (const channel of order.slice(0, Math.floor(share * sum.length))) salient[channel] = 1
    return [key, salient]
  }))
}

function tensorsOf(operator: string, layer: number, { config }: LoadedModel): string[] {
  if (operator === 'head') return [config.tiedEmbeddings ? 'embed' : 'head']
  const kinds = operator === 'qkv' ? ['q', 'k', 'v'] : operator === 'gateUp' ? ['gate', 'up'] : [operator]
  return kinds.map((kind) => `layers.${layer}.${kind}`)
}

/** Adds x * ((x W^T) W) of one token; W row-major [outputs, inputs]. */
function addSaliency(sum: Float64Array, x: Float64Array, weights: Float32Array): void {
  const inputs = x.length
  const back = new Float64Array(inputs)
  for (let row = 0; row < weights.length; row += inputs) {
    let y = 0
    for (let i = 0; i < inputs; i++) y += weights[row + i]! * x[i]!
    for (let i = 0; i < inputs; i++) back[i]! += y * weights[row + i]!
  }
  for (let i = 0; i < inputs; i++) sum[i]! += x[i]! * back[i]!
}

/**
 * Evaluates a rival on a text.
 * @param model with rounded weights
 * @param salient by `operator/layer`, for rules that ask for it
 * @param onTrain sees every train
 */
export function qualityOf(
  model: LoadedModel, text: string, quantizer: Quantizer, salient: ReadonlyMap<string, Uint8Array> = new Map(),
  onTrain: (operator: string, quantized: Quantized) => void = () => undefined,
): Quality {
  const sums: Record<string, { activations: number; events: number; active: number }> = {}
  let steps = 0
  let trains = 0
  const float = new FloatModel(model)
  float.onLinearInput = (x, operator, layer) => {
    const quantized = quantizer.quantize(x, salient.get(`${operator}/${layer}`))
    const sum = (sums[operator] ??= { activations: 0, events: 0, active: 0 })
    sum.activations += x.length
    for (const events of quantized.events) {
      sum.events += events
      if (events > 0) sum.active++
    }
    steps += quantized.timeSteps
    trains++
    onTrain(operator, quantized)
    return dequantize(quantized)
  }
  const { perplexity, bitsPerByte, tokens } = evaluate(float, model.tokenizer, text)
  const all = Object.values(sums)
  const total = (key: 'activations' | 'events' | 'active'): number => all.reduce((sum, row) => sum + row[key], 0)
  return {
    quantizer: quantizer.name, perplexity, bitsPerByte, tokens, meanTimeSteps: steps / trains,
    eventsPerActivation: total('events') / total('activations'), active: total('active') / total('activations'),
    byOperator: Object.fromEntries(Object.entries(sums).map(([operator, { activations, events, active }]) => (
      [operator, { eventsPerActivation: events / activations, active: active / activations }]
    ))),
  }
}
