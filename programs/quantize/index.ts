import { InputError, didYouMean } from '../../sim/errors.js'
import { encodingByName } from '../encodings/encodings.js'
import { graphOf } from '../graph/model.js'
import { isExpertPort, vectorWeightsOf } from '../graph/operators.js'
import type { ExpertPort, LayerPort } from '../graph/operators.js'
import { expertTensor } from '../models/tensors.js'
import { expertsOf } from '../models/experts.js'
import type { LoadedModel } from '../models/types.js'
import { DEFAULT_QUANTIZE_OPTIONS } from './defaults.js'
import type { InputEncoding, QuantizedLayer, QuantizedLinear, QuantizedModel, QuantizeOptions } from './types.js'
import { constantly, factorsOf, scaled, times } from './factors.js'
import { quantizeEmbedding, quantizeLinear } from './weights.js'

export type { InputEncoding, QuantizedLayer, QuantizedLinear, QuantizedModel, QuantizeOptions, ZeroShares } from './types.js'
export { DEFAULT_QUANTIZE_OPTIONS } from './defaults.js'
export { quantizeLinearGptq, secondMoments } from './gptq.js'
export { inputRule } from './input.js'
export type { InputRule } from './input.js'
export { quantizeEmbedding, quantizeLinear, signedLimit } from './weights.js'
export { zeroSharesOf } from './zeros.js'

/** Refuses quantization options out of range. @throws InputError naming the option, its value and the limit */
export function checkOptions(options: QuantizeOptions): void {
  for (const [key, value] of Object.entries(options) as [keyof QuantizeOptions, unknown][]) {
    if (!(key in DEFAULT_QUANTIZE_OPTIONS)) {
      const hint = didYouMean(key, Object.keys(DEFAULT_QUANTIZE_OPTIONS))
      throw new InputError(`quantization: unknown option '${key}'.${hint}`)
    }
    if (key === 'clip') {
      if (!(Number(value) > 0 && Number(value) <= 4)) {
        throw new InputError(`quantization: clip is ${String(value)}, expected (0, 4]`)
      }
    } else if (key === 'maxCount') {
      if (!Number.isInteger(value) || Number(value) < 0 || Number(value) > 127) {
        throw new InputError(`quantization: maxCount is ${String(value)}, expected an integer from 1 to 127, or 0 for no limit of its own`)
      }
    } else if (key === 'weightGroup') {
      if (!Number.isInteger(value) || Number(value) < 0 || Number(value) === 1) {
        throw new InputError(`quantization: weightGroup is ${String(value)}, expected a whole number of at least 2, or 0 for no groups`)
      }
    } else if (key === 'encoding') {
      encodingByName(String(value))
    } else if (key === 'rounding') {
      if (value !== 'nearest' && value !== 'floor') {
        throw new InputError(`quantization: rounding is '${String(value)}', expected 'nearest' or 'floor'`)
      }
    } else if (!Number.isInteger(value) || Number(value) < 2 || Number(value) > 8) {
      throw new InputError(`quantization: ${key} is ${String(value)}, expected an integer from 2 to 8`)
    }
  }
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const result = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0))
  let offset = 0
  for (const part of parts) {
    result.set(part, offset)
    offset += part.length
  }
  return result
}

/** The linear layers whose inputs are encoded; with a layer, or -1 for the head, they name one of them. */
export const ENCODED_OPERATORS = ['qkv', 'o', 'gateUp', 'down', 'head', 'router', 'expertGateUp', 'expertDown'] as const satisfies readonly (LayerPort | 'head')[]
export type EncodedOperator = (typeof ENCODED_OPERATORS)[number]

/** What calibration settled, layer by layer; absent answers leave the defaults. */
export interface LayerChoices {
  readonly input?: (operator: EncodedOperator, layer: number) => InputEncoding | undefined
  /** Rounds the weights of a layer to integers; by default to nearest. Arguments as `quantizeLinear`. */
  readonly weights?: (
    operator: EncodedOperator, layer: number, matrices: readonly Float32Array[], inputs: number, bits: number,
  ) => QuantizedLinear
}

/** Bits of a router's weights: it is small, and what it gets wrong no other layer puts right. */
const ROUTER_BITS = 8

/** Bits of a layer's weights. */
export function portBits(port: string, weightBits: number): number {
  return port === 'router' ? ROUTER_BITS : weightBits
}

type Linear = (operator: EncodedOperator, layer: number, names: readonly string[], inputs: number) => QuantizedLinear

function linearQuantizer(model: LoadedModel, bits: number, group: number, choices: LayerChoices): Linear {
  return (operator, layer, names, inputs) => {
    const matrices = names.map((name) => model.tensor(name))
    const linear = choices.weights?.(operator, layer, matrices, inputs, bits) ?? quantizeLinear(matrices, inputs, portBits(operator, bits), group)
    const input = choices.input?.(operator, layer)
    return input === undefined ? linear : { ...linear, input }
  }
}

function quantizeLayer(model: LoadedModel, layer: number, linear: Linear): QuantizedLayer {
  const { operators } = graphOf(model.config).layers[layer]!
  const name = (tensor: string): string => `layers.${layer}.${tensor}`
  const factors = factorsOf(model.config, layer)
  const linears: Partial<Record<LayerPort, QuantizedLinear>> = {}
  const vectors: Record<string, Float32Array> = {}
  const count = expertsOf(model.config, layer)?.count ?? 0
  const experts = Array.from({ length: count }, (): Partial<Record<ExpertPort, QuantizedLinear>> => ({}))
  for (const operator of operators) {
    if (operator.kind === 'linear') {
      const port = operator.port as LayerPort
      const made = (tensors: readonly string[]): QuantizedLinear => scaled(linear(port, layer, tensors.map(name), operator.inputs), factors[port])
      if (isExpertPort(port)) experts.forEach((expert, e) => { expert[port] = made(operator.tensors.map((tensor) => expertTensor(e, tensor))) })
      else linears[port] = made(operator.tensors)
    }
    for (const weights of vectorWeightsOf(operator)) {
      vectors[weights.name] = times(joined(weights.tensors.map((tensor) => model.tensor(name(tensor)))), factors[weights.name])
    }
  }
  const whole = { linears: linears as QuantizedLayer['linears'], vectors }
  return count === 0 ? whole : { ...whole, experts: experts as NonNullable<QuantizedLayer['experts']> }
}

/**
 * A model in integers: weights symmetric per output channel, layers that share an input fused.
 * @param choices of calibration, layer by layer
 * @throws InputError for an option out of range
 */
export function quantizeModel(
  model: LoadedModel, options: Partial<QuantizeOptions> = {}, choices: LayerChoices = {},
): QuantizedModel {
  const full = { ...DEFAULT_QUANTIZE_OPTIONS, ...options }
  checkOptions(full)
  if (full.weightGroup > 0 && choices.weights !== undefined) {
    throw new InputError('quantization: weightGroup and weights rounded by GPTQ exclude each other: GPTQ here has one scale an output channel')
  }
  const { dim, layers } = model.config
  const linear = linearQuantizer(model, full.weightBits, full.weightGroup, choices)
  return {
    name: model.name,
    config: model.config,
    options: full,
    tokenizer: model.tokenizer,
    embedding: scaled(quantizeEmbedding(model.tensor('embed'), dim, full.embeddingBits), constantly(model.config.embedScale)),
    layers: Array.from({ length: layers }, (_, layer) => quantizeLayer(model, layer, linear)),
    finalNorm: model.tensor('finalNorm'),
    head: scaled(linear('head', -1, ['head'], dim), constantly(1 / (model.config.logitDivisor ?? 1))),
  }
}
