import type { TensorNames } from './tensors.js'
import type { ModelConfig } from './types.js'

/**
 * The families that are understood: one row each, with what it has beyond LLaMA. A row reads keys by a `Keys`, so that
 * the same row serves config.json in both spellings and, where the words agree, a GGUF file's metadata.
 */

/** Typed access to a configuration; absent and null are the same. Every method throws an InputError naming the key. */
export interface Keys {
  number(key: string, fallback?: number): number
  optional(key: string): number | undefined
  flag(key: string): boolean
  /** Whether a key is not there at all: null is there. */
  missing(key: string): boolean
  /** A list of one entry a layer. */
  list(key: string): readonly unknown[] | undefined
  /** Refuses a key whose value would be ignored. */
  refuse(key: string, why: string): never
}

/** What a family adds to the sizes that every model has. */
export type Features = Partial<Omit<ModelConfig, 'dim' | 'hiddenDim' | 'layers' | 'heads' | 'kvHeads' | 'vocabSize'>>

export interface Family {
  /** Class name and model_type of Hugging Face. */
  readonly name: string
  readonly type: string
  /** Default of tie_word_embeddings. */
  readonly tied?: boolean
  /** Keys of `REQUIRED` that its row reads itself. */
  readonly reads?: readonly string[]
  /** Keys that must have one value, beside those of every family. */
  readonly required?: readonly Required[]
  readonly features?: (keys: Keys, sizes: Sizes) => Features
  readonly tensors?: TensorNames
  /** Added to the gains of all norms by its checkpoints' convention. */
  readonly gainOffset?: number
}

/** A key, the value it must have (absent is that, too), and why. */
export type Required = readonly [key: string, value: unknown, why: string]

export interface Sizes {
  readonly dim: number
  readonly layers: number
  readonly heads: number
  readonly headDim: number
}

/** Settings that would change the result if ignored. */
export const REQUIRED: readonly Required[] = [
  ['hidden_act', 'silu', 'expected "silu"'],
  ['attention_bias', false, 'a bias on the output projection is not supported'],
  ['mlp_bias', false, 'biases of the feed-forward block are not supported'],
]

/** Qwen's window: only with its switch, and only from a layer on. */
function switchedWindow(keys: Keys, { layers }: Sizes): Features {
  if (!keys.flag('use_sliding_window')) return {}
  const window = keys.optional('sliding_window')
  if (window === undefined) return {}
  const first = keys.number('max_window_layers', layers)
  const types = keys.list('layer_types')
  const windowLayers = Array.from({ length: layers }, (_, n) => (types === undefined ? n >= first : types[n] === 'sliding_attention'))
  return windowLayers.some((has) => has) ? { window, windowLayers } : {}
}

/** A window of all layers, or of those that `layer_types` names. */
function plainWindow(keys: Keys): Features {
  const window = keys.optional('sliding_window')
  if (window === undefined) return {}
  const types = keys.list('layer_types')
  return { window, ...(types === undefined ? {} : { windowLayers: types.map((type) => type === 'sliding_attention') }) }
}

export const FAMILIES: readonly Family[] = [
  {
    name: 'LlamaForCausalLM', type: 'llama', reads: ['attention_bias'], required: [['use_sliding_window', false, 'LLaMA has no sliding window']],
    features: (keys) => (keys.flag('attention_bias') ? { qkvBias: true, oBias: true } : {}),
  },
  // Transformers' class default: a config.json without the key has a window, one with null has none.
  { name: 'MistralForCausalLM', type: 'mistral', features: (keys) => (keys.missing('sliding_window') ? { window: 4096 } : plainWindow(keys)) },
  { name: 'Qwen2ForCausalLM', type: 'qwen2', features: (keys, sizes) => ({ qkvBias: true, ...switchedWindow(keys, sizes) }) },
  { name: 'Qwen3ForCausalLM', type: 'qwen3', features: (keys, sizes) => ({ qkNorm: 'head', ...switchedWindow(keys, sizes) }) },
  {
    name: 'Phi3ForCausalLM', type: 'phi3',
    features: (keys, { headDim }) => {
      const share = keys.number('partial_rotary_factor', 1)
      return { ...plainWindow(keys), ...(share === 1 ? {} : { rotaryDims: Math.trunc(headDim * share) }) }
    },
    tensors: ({ heads, kvHeads, headDim, hiddenDim }) => {
      const qkv = { name: 'self_attn.qkv_proj.weight', rows: (heads + 2 * kvHeads) * headDim }
      const gateUp = { name: 'mlp.gate_up_proj.weight', rows: 2 * hiddenDim }
      return {
        q: { ...qkv, firstRow: 0 }, k: { ...qkv, firstRow: heads * headDim }, v: { ...qkv, firstRow: (heads + kvHeads) * headDim },
        gate: { ...gateUp, firstRow: 0 }, up: { ...gateUp, firstRow: hiddenDim },
      }
    },
  },
  {
    name: 'SmolLM3ForCausalLM', type: 'smollm3', tied: true,
    features: (keys, sizes) => {
      const interval = keys.number('no_rope_layer_interval', 4)
      const rotated = keys.list('no_rope_layers')
      const noRope = Array.from({ length: sizes.layers }, (_, n) => (rotated === undefined ? (n + 1) % interval === 0 : rotated[n] === 0))
      return { noRope, ...switchedWindow(keys, sizes) }
    },
  },
  {
    name: 'GraniteForCausalLM', type: 'granite',
    features: (keys) => ({
      embedScale: keys.number('embedding_multiplier', 1), residualScale: keys.number('residual_multiplier', 1),
      attentionScale: keys.number('attention_multiplier', 1), logitDivisor: keys.number('logits_scaling', 1),
    }),
  },
]
