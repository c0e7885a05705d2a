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
  /** A list of one entry a layer. */
  list(key: string): readonly unknown[] | undefined
  /** A list of numbers of any length; absent: none. */
  numbers(key: string): readonly number[]
  /** Refuses a key whose value would be ignored. */
  refuse(key: string, why: string): never
}

/** What a family adds to the sizes that every model has. */
export type Features = Partial<Omit<ModelConfig, 'dim' | 'hiddenDim' | 'layers' | 'heads' | 'kvHeads' | 'vocabSize'>>

export interface Family {
  /** Class name and model_type of Hugging Face. */
  readonly name: string
  readonly type: string
  /** Values of keys that are missing: those of its class in Transformers, where they are not those of `DEFAULTS`. */
  readonly defaults?: Readonly<Record<string, unknown>>
  /** Keys that later versions save under another name: the new name, and that which the row reads. */
  readonly renamed?: Readonly<Record<string, string>>
  /** Class name of a model that has this one as its `text_config`. */
  readonly outer?: string
  /** Keys of `REQUIRED` that its row reads itself. */
  readonly reads?: readonly string[]
  /** Keys that must have one value, beside those of every family. */
  readonly required?: readonly Required[]
  readonly features?: (keys: Keys, sizes: Sizes) => Features
  readonly tensors?: TensorNames
  /** Other names of kinds of rotary scaling. */
  readonly ropeAliases?: Readonly<Record<string, string>>
  /** Added to the gains of all norms by its checkpoints' convention. */
  readonly gainOffset?: number
}

/** A key, the value it must have (absent is that, too), and why. */
export type Required = readonly [key: string, value: unknown, why: string]

export interface Sizes {
  readonly dim: number
  readonly hiddenDim: number
  readonly layers: number
  readonly heads: number
  readonly headDim: number
}

/** Class defaults that most families share (Transformers, configuration_*.py); a key that is null is not missing. */
export const DEFAULTS: Readonly<Record<string, unknown>> = { max_position_embeddings: 2048, rms_norm_eps: 1e-6, rope_theta: 10000 }

/** Classes that are refused although near, and what is missing. None of them is another one with a key changed. */
export const MISSING: Readonly<Record<string, string>> = {
  GptOssForCausalLM: 'attention sinks, clamped gates and biases of experts and router are missing',
  DeepseekV2ForCausalLM: 'latent attention and shared experts are missing',
  DeepseekV3ForCausalLM: 'latent attention, shared experts and routing by sigmoid and groups are missing',
  Gemma2ForCausalLM: 'soft caps of scores and logits are missing',
  Ministral3ForCausalLM: 'queries scaled by position are missing',
  GraniteMoeForCausalLM: 'its joined expert tensors are missing',
}

/** Settings that would change the result if ignored. */
export const REQUIRED: readonly Required[] = [
  ['hidden_act', 'silu', 'expected "silu"'],
  ['attention_bias', false, 'a bias on the output projection is not supported'],
  ['mlp_bias', false, 'biases of the feed-forward block are not supported'],
]

/** Layers of Qwen3-MoE with experts: every so many, but for those that are said to be dense. */
function qwenExperts(keys: Keys, { layers }: Sizes): Features {
  const step = keys.number('decoder_sparse_step')
  const dense = new Set(keys.numbers('mlp_only_layers'))
  const count = keys.number('num_experts')
  const has = Array.from({ length: layers }, (_, n) => !dense.has(n) && count > 0 && (n + 1) % step === 0)
  if (!has.includes(true)) return {}
  return {
    experts: {
      count, chosen: keys.number('num_experts_per_tok'), hiddenDim: keys.number('moe_intermediate_size'),
      normalised: keys.flag('norm_topk_prob'), ...(has.includes(false) ? { layers: has } : {}),
    },
  }
}

/** Qwen's window: only with its switch, and only from a layer on. */
function switchedWindow(keys: Keys, { layers }: Sizes): Features {
  if (!keys.flag('use_sliding_window')) return {}
  const window = keys.optional('sliding_window')
  if (window === undefined) return {}
  const first = keys.number('max_window_layers')
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

const QWEN = { num_key_value_heads: 32, max_position_embeddings: 32768, sliding_window: 4096, max_window_layers: 28 }

export const FAMILIES: readonly Family[] = [
  {
    name: 'LlamaForCausalLM', type: 'llama', reads: ['attention_bias'], required: [['use_sliding_window', false, 'LLaMA has no sliding window']],
    features: (keys) => (keys.flag('attention_bias') ? { qkvBias: true, oBias: true } : {}),
  },
  // A config.json without the key has a window, one with null has none.
  {
    name: 'MistralForCausalLM', type: 'mistral', defaults: { num_key_value_heads: 8, max_position_embeddings: 131072, sliding_window: 4096 },
    features: plainWindow,
  },
  {
    name: 'Qwen2ForCausalLM', type: 'qwen2', defaults: QWEN,
    features: (keys, sizes) => ({ qkvBias: true, ...switchedWindow(keys, sizes) }),
  },
  {
    name: 'Qwen3ForCausalLM', type: 'qwen3', defaults: { ...QWEN, head_dim: 128 },
    features: (keys, sizes) => ({ qkNorm: 'head', ...switchedWindow(keys, sizes) }),
  },
  {
    name: 'MixtralForCausalLM', type: 'mixtral',
    defaults: {
      num_key_value_heads: 8, max_position_embeddings: 131072, rms_norm_eps: 1e-5, rope_theta: 1e6, num_local_experts: 8, num_experts_per_tok: 2,
    },
    features: (keys, { hiddenDim }) => ({
      ...plainWindow(keys),
      experts: { count: keys.number('num_local_experts'), chosen: keys.number('num_experts_per_tok'), hiddenDim, normalised: true },
    }),
    tensors: () => ({
      router: { name: 'block_sparse_moe.gate.weight' }, expertGate: { name: 'block_sparse_moe.experts.{E}.w1.weight' },
      expertUp: { name: 'block_sparse_moe.experts.{E}.w3.weight' }, expertDown: { name: 'block_sparse_moe.experts.{E}.w2.weight' },
    }),
  },
  {
    name: 'Qwen3MoeForCausalLM', type: 'qwen3_moe',
    defaults: {
      num_attention_heads: 32, num_key_value_heads: 4, max_position_embeddings: 32768, sliding_window: 4096, decoder_sparse_step: 1,
      moe_intermediate_size: 768, num_experts_per_tok: 8, num_experts: 128, max_window_layers: 0,
    },
    renamed: { num_local_experts: 'num_experts' },
    features: (keys, sizes) => ({ qkNorm: 'head', ...switchedWindow(keys, sizes), ...qwenExperts(keys, sizes) }),
  },
  {
    name: 'Phi3ForCausalLM', type: 'phi3',
    ropeAliases: { su: 'longrope', yarn: 'longrope' },
    defaults: { max_position_embeddings: 4096, original_max_position_embeddings: 4096, rms_norm_eps: 1e-5 },
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
    name: 'SmolLM3ForCausalLM', type: 'smollm3',
    defaults: { num_key_value_heads: 4, max_position_embeddings: 32768, rope_theta: 2e6, no_rope_layer_interval: 4, tie_word_embeddings: true },
    features: (keys, sizes) => {
      const interval = keys.number('no_rope_layer_interval')
      const rotated = keys.list('no_rope_layers')
      const noRope = Array.from({ length: sizes.layers }, (_, n) => (rotated === undefined ? (n + 1) % interval === 0 : rotated[n] === 0))
      // Without `layer_types` a window is that of the layers without rotation.
      const window = keys.flag('use_sliding_window') ? plainWindow(keys) : {}
      return { noRope, ...(window.window === undefined ? {} : { windowLayers: noRope, ...window }) }
    },
  },
  {
    name: 'GraniteForCausalLM', type: 'granite',
    features: (keys) => ({
      embedScale: keys.number('embedding_multiplier', 1), residualScale: keys.number('residual_multiplier', 1),
      attentionScale: keys.number('attention_multiplier', 1), logitDivisor: keys.number('logits_scaling', 1),
    }),
  },
  {
    name: 'Gemma3ForCausalLM', type: 'gemma3_text', outer: 'Gemma3ForConditionalGeneration',
    defaults: {
      vocab_size: 262208, num_attention_heads: 8, num_key_value_heads: 4, head_dim: 256, max_position_embeddings: 131072, rope_theta: 1e6,
      rope_local_base_freq: 1e4, query_pre_attn_scalar: 256, sliding_window: 4096, sliding_window_pattern: 6, tie_word_embeddings: true,
    },
    reads: ['hidden_act'],
    required: [
      ['hidden_activation', 'gelu_pytorch_tanh', 'expected "gelu_pytorch_tanh"'], ['attention_bias', false, 'Gemma 3 has no biases'],
      ['attn_logit_softcapping', null, 'soft caps of the scores (Gemma 2) are not supported'],
      ['final_logit_softcapping', null, 'soft caps of the logits (Gemma 2) are not supported'],
      ['use_bidirectional_attention', false, 'attention to later tokens is not supported'],
    ],
    gainOffset: 1,
    features: (keys, { dim, layers }) => {
      const pattern = keys.number('sliding_window_pattern')
      const windowLayers = Array.from({ length: layers }, (_, n) => (n + 1) % pattern !== 0)
      return {
        qkNorm: 'head', postNorm: true, activation: 'gelu', embedScale: Math.sqrt(dim),
        attentionScale: 1 / Math.sqrt(keys.number('query_pre_attn_scalar')), windowLayers, ...plainWindow(keys),
        windowRopeBase: keys.number('rope_local_base_freq'),
      }
    },
    tensors: () => ({ ffnNorm: { name: 'pre_feedforward_layernorm.weight' } }),
  },
  {
    name: 'Olmo2ForCausalLM', type: 'olmo2', defaults: { rms_norm_eps: 1e-5 },
    features: () => ({ qkNorm: 'whole', preNorm: false, postNorm: true }),
  },
]
