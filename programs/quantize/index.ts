import { InputError, didYouMean } from '../../sim/errors.js'
import type { LoadedModel } from '../models/types.js'
import type { QuantizedLayer, QuantizedModel, QuantizeOptions } from './types.js'
import { quantizeEmbedding, quantizeLinear } from './weights.js'

export type { QuantizedLayer, QuantizedLinear, QuantizedModel, QuantizeOptions } from './types.js'
export { quantizeEmbedding, quantizeLinear, signedLimit } from './weights.js'

/** W4A4 with an 8-bit KV cache, as SDLLM is evaluated (arXiv 2604.16475); nothing clipped. */
export const DEFAULT_QUANTIZE_OPTIONS: QuantizeOptions = {
  weightBits: 4, activationBits: 4, kvBits: 8, attentionBits: 8, embeddingBits: 8, clip: 1,
}

function checkOptions(options: QuantizeOptions): void {
  for (const [key, value] of Object.entries(options) as [keyof QuantizeOptions, number][]) {
    if (!(key in DEFAULT_QUANTIZE_OPTIONS)) {
      const hint = didYouMean(key, Object.keys(DEFAULT_QUANTIZE_OPTIONS))
      throw new InputError(`quantization: unknown option '${key}'.${hint}`)
    }
    if (key === 'clip') {
      if (!(value > 0 && value <= 1)) throw new InputError(`quantization: clip is ${value}, expected (0, 1]`)
    } else if (!Number.isInteger(value) || value < 2 || value > 8) {
      throw new InputError(`quantization: ${key} is ${value}, expected an integer from 2 to 8`)
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

function quantizeLayer(model: LoadedModel, layer: number, bits: number): QuantizedLayer {
  const { dim, hiddenDim, heads, headDim } = model.config
  const tensor = (name: string): Float32Array => model.tensor(`layers.${layer}.${name}`)
  return {
    attnNorm: tensor('attnNorm'),
    qkv: quantizeLinear([tensor('q'), tensor('k'), tensor('v')], dim, bits),
    ...(model.config.qkvBias ? { qkvBias: joined([tensor('qBias'), tensor('kBias'), tensor('vBias')]) } : {}),
    o: quantizeLinear([tensor('o')], heads * headDim, bits),
    ffnNorm: tensor('ffnNorm'),
    gateUp: quantizeLinear([tensor('gate'), tensor('up')], dim, bits),
    down: quantizeLinear([tensor('down')], hiddenDim, bits),
  }
}

/**
 * A model in integers: weights symmetric per output channel, layers that share an input fused.
 * @throws InputError for an option out of range
 */
export function quantizeModel(model: LoadedModel, options: Partial<QuantizeOptions> = {}): QuantizedModel {
  const full = { ...DEFAULT_QUANTIZE_OPTIONS, ...options }
  checkOptions(full)
  const { dim, layers } = model.config
  return {
    name: model.name,
    config: model.config,
    options: full,
    tokenizer: model.tokenizer,
    embedding: quantizeEmbedding(model.tensor('embed'), dim, full.embeddingBits),
    layers: Array.from({ length: layers }, (_, layer) => quantizeLayer(model, layer, full.weightBits)),
    finalNorm: model.tensor('finalNorm'),
    head: quantizeLinear([model.tensor('head')], dim, full.weightBits),
  }
}
