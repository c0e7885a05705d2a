import type { QuantizeOptions } from './types.js'

/** W4A4 with an 8-bit KV cache, as SDLLM is evaluated (arXiv 2604.16475); nothing clipped. */
export const DEFAULT_QUANTIZE_OPTIONS: QuantizeOptions = {
  weightBits: 4, activationBits: 4, kvBits: 8, attentionBits: 8, embeddingBits: 8, clip: 1, maxCount: 0,
  rounding: 'nearest', encoding: 'ternary', weightGroup: 0,
}
