import type { ExpertPort, LayerPort } from '../graph/operators.js'
import type { EncodingName } from '../encodings/types.js'
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
  /** In (0, 4]: multiplies the largest activation before the scale is taken. Below 1 clips it, above 1 fires less. */
  readonly clip: number
  /** Membrane clip at a fixed threshold: counts never exceed it. 0: the limit of `activationBits`. */
  readonly maxCount: number
  /** Whether membranes start charged to half a threshold, so that counts round, or empty, so that they round down. */
  readonly rounding: 'nearest' | 'floor'
  /** How counts become events: costs differ, sums do not. */
  readonly encoding: EncodingName
  /** Inputs that share a weight scale in each output channel; 0: all of them (per output channel). */
  readonly weightGroup: number
}

/** How the activations that enter one linear layer become counts; what is absent is the model's. */
export interface InputEncoding {
  /** Bits of this layer's activations: 2 to 8. */
  readonly activationBits?: number
  readonly clip?: number
  readonly maxCount?: number
  /** A scale fixed by calibration, the same for every token (per tensor). Absent: from each token's largest activation. */
  readonly scale?: number
  /**
   * SpikeLLM's salient channels: inputs whose counts may reach `timeSteps` times the limit. The scale is taken from the
   * largest activation of the other channels.
   */
  readonly salient?: { readonly channels: readonly number[]; readonly timeSteps: number }
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
  /** Of a shape, whose `q` is empty: the share of its weights that is zero. Default 0. */
  readonly zeroShare?: number
  /** How its inputs are encoded, where that differs from the model's options. */
  readonly input?: InputEncoding
  /**
   * Scales per group of `size` inputs, [groups, outputs]; `scale` then has no part. Each group has an integer sum of its
   * own, and their reals are added in order: y_j = f32(y_j + f32(f32(sum_g * s) * scale_gj)). Not on the chip: its
   * partial sums meet as integers.
   */
  readonly groups?: { readonly size: number; readonly scale: Float32Array }
}

/** The weights of a layer, by the names that its operators have in the graph (programs/graph). */
export interface QuantizedLayer {
  readonly linears: Readonly<Record<Exclude<LayerPort, ExpertPort>, QuantizedLinear>>
  /** Of each expert; absent in a dense layer. */
  readonly experts?: readonly Readonly<Record<ExpertPort, QuantizedLinear>>[]
  /** Gains of norms, biases: 32-bit floats. */
  readonly vectors: Readonly<Record<string, Float32Array>>
}

/** Share of the weights that quantize to zero, by the linear layer they are in, or of all (`*`). */
export type ZeroShares = Readonly<Partial<Record<'embedding' | LayerPort | 'head' | '*', number>>>

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
  /** Of a shape: what is known of its weights. */
  readonly zeroShares?: ZeroShares
}
