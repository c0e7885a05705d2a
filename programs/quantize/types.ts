import type { ModelConfig, Tokenizer } from '../models/types.js'

/** How a model is brought to integers (docs/architecture.md, 'The arithmetic'). */
export interface QuantizeOptions {
  /** Bits of the linear layers' weights, symmetric, per output channel: 2 to 8. */
  readonly weightBits: number
  /** Bits of the activations that enter a linear layer, symmetric, per token: 2 to 8. */
  readonly activationBits: number
  /** Bits of the keys and values in the cache, per token and head: 2 to 8. */
  readonly kvBits: number
  /** Bits of the queries (signed) and of the attention weights (unsigned): 2 to 8. */
  readonly attentionBits: number
  /** Bits of the embedding, per output channel: 2 to 8. */
  readonly embeddingBits: number
  /** Membrane clip in (0, 1]: multiplies the largest activation before the scale is taken. */
  readonly clip: number
}

/** A linear layer in integers: y_j = f32(f32(sum_i x_i q_ij * s) * scale_j). */
export interface QuantizedLinear {
  readonly inputs: number
  readonly outputs: number
  readonly bits: number
  /** Input-major, because a spike on input i reads row i: q[i * outputs + j]. */
  readonly q: Int8Array
  /** Scale of each output channel. */
  readonly scale: Float32Array
}

export interface QuantizedLayer {
  readonly attnNorm: Float32Array
  /** Outputs [q | k | v]. */
  readonly qkv: QuantizedLinear
  /** Added to the dequantized outputs [q | k | v], y = f32(y + bias): Qwen2. Absent where there is none. */
  readonly qkvBias?: Float32Array
  readonly o: QuantizedLinear
  readonly ffnNorm: Float32Array
  /** Outputs [gate | up]. */
  readonly gateUp: QuantizedLinear
  readonly down: QuantizedLinear
}

export interface QuantizedModel {
  readonly name: string
  readonly config: ModelConfig
  readonly options: QuantizeOptions
  readonly tokenizer: Tokenizer
  /** Inputs are token ids, outputs the residual stream. */
  readonly embedding: QuantizedLinear
  readonly layers: readonly QuantizedLayer[]
  readonly finalNorm: Float32Array
  /** Outputs are the vocabulary. */
  readonly head: QuantizedLinear
}
