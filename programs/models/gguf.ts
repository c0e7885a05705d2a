import { logExact } from '../../sim/numerics.js'
import { InputError, didYouMean } from '../../sim/errors.js'
import type { GgufFile } from './gguf-file.js'
import { ggufName, readGgufParts } from './gguf-split.js'
import { ggufTokenizer } from './gguf-tokenizer.js'
import { shown } from './json.js'
import type { Features } from './families.js'
import { adjacentPairs, isRotated, readRope } from './rotary.js'
import type { RopeFeatures } from './rotary.js'
import { TensorStore, checkStored, readStored } from './tensor-store.js'
import { storedTensor } from './tensors.js'
import type { StoredTensor, TensorNames } from './tensors.js'
import { checkConfig, tensorShapes, unknownTensor } from './types.js'
import type { LoadedModel, ModelConfig } from './types.js'

interface Architecture {
  /** Whether q and k lie in adjacent pairs already: the converters of some architectures reorder them. */
  readonly adjacent: boolean
  /** Whether a part of a head may be rotated, and the rest not. */
  readonly partial?: boolean
  readonly features?: (keys: Metadata, has: (tensor: string) => boolean) => Features
  readonly tensors?: TensorNames
}

const biased = (_: Metadata, has: (tensor: string) => boolean): Features => ({
  ...(has('blk.0.attn_q.bias') ? { qkvBias: true } : {}), ...(has('blk.0.attn_output.bias') ? { oBias: true } : {}),
})

/** A window of all layers; 0 stands for none. */
function plainWindow(keys: Metadata): Features {
  const window = keys.optional('attention.sliding_window') ?? 0
  return window > 0 ? { window } : {}
}

/** @param normalised what the architecture's reader does unless a key says otherwise */
function ggufExperts(keys: Metadata, normalised: boolean): Features {
  const count = keys.optional('expert_count') ?? 0
  if (count === 0) return {}
  return {
    experts: {
      count, chosen: keys.number('expert_used_count'), normalised: keys.flag('expert_weights_norm', normalised),
      hiddenDim: keys.number('expert_feed_forward_length', keys.number('feed_forward_length')),
    },
  }
}

const ARCHITECTURES: Readonly<Record<string, Architecture>> = {
  // Mixtral's files are of this architecture, too: llama.cpp normalises the weights of its experts.
  llama: { adjacent: true, features: (keys, has) => ({ ...biased(keys, has), ...plainWindow(keys), ...ggufExperts(keys, true) }) },
  qwen2: { adjacent: false, features: biased },
  qwen3: { adjacent: false, features: () => ({ qkNorm: 'head' }) },
  qwen3moe: { adjacent: false, features: (keys) => ({ qkNorm: 'head', ...ggufExperts(keys, true) }) },
  phi3: {
    adjacent: false, partial: true, features: plainWindow,
    tensors: ({ heads, kvHeads, headDim, hiddenDim }) => {
      const qkv = { name: 'attn_qkv.weight', rows: (heads + 2 * kvHeads) * headDim }
      const gateUp = { name: 'ffn_up.weight', rows: 2 * hiddenDim }
      return {
        q: { ...qkv, firstRow: 0 }, k: { ...qkv, firstRow: heads * headDim }, v: { ...qkv, firstRow: (heads + kvHeads) * headDim },
        gate: { ...gateUp, firstRow: 0 }, up: { ...gateUp, firstRow: hiddenDim },
      }
    },
  },
  gemma3: {
    adjacent: false,
    // The local base, the local layers and the scale are built into llama.cpp's reader (conversion/gemma.py, llama-model.cpp);
    // its converter adds the 1 to the gains. The 27B, of 62 layers, divides its scores by the square root of dim / heads.
    features: (keys) => {
      const [layers, dim, heads] = [keys.number('block_count'), keys.number('embedding_length'), keys.number('attention.head_count')]
      const pattern = keys.number('attention.sliding_window_pattern', 6)
      return {
        qkNorm: 'head', postNorm: true, activation: 'gelu', embedScale: Math.sqrt(dim), ...plainWindow(keys), windowRopeBase: 10000,
        windowLayers: Array.from({ length: layers }, (_, n) => (n + 1) % pattern !== 0),
        ...(layers === 62 ? { attentionScale: 1 / Math.sqrt(dim / heads) } : {}),
      }
    },
  },
  olmo2: { adjacent: false, features: () => ({ qkNorm: 'whole', preNorm: false, postNorm: true }) },
  granite: {
    adjacent: true,
    features: (keys) => ({
      embedScale: keys.decimal('embedding_scale', 1), residualScale: keys.decimal('residual_scale', 1),
      ...(keys.optional('attention.scale') === undefined ? {} : { attentionScale: keys.decimal('attention.scale') }),
      logitDivisor: keys.decimal('logit_scale', 1),
    }),
  },
}

/** Divisors of the rotary frequencies, which Llama 3.1's files carry. */
const ROPE_TENSOR = 'rope_freqs.weight'
/** Those of longrope, for sequences beyond the original context and up to it. */
const [LONG_TENSOR, SHORT_TENSOR] = ['rope_factors_long.weight', 'rope_factors_short.weight']

/** Read with the settings, or tables that are computed anyway. */
const HARMLESS = /^rope_freqs\.weight$|^rope_factors_(long|short)\.weight$|rope_freqs$|rotary_emb\.inv_freq$/

/** Architectures that may have experts. */
const EXPERTS = ['llama', 'qwen3moe']

/** Typed access to one file's metadata. */
class Metadata {
  readonly file: string
  readonly architecture: string
  private readonly values: GgufFile['metadata']

  constructor(file: string, values: GgufFile['metadata']) {
    this.file = file
    this.values = values
    const architecture = values.get('general.architecture')
    if (typeof architecture !== 'string' || !Object.hasOwn(ARCHITECTURES, architecture)) {
      const known = Object.keys(ARCHITECTURES)
      throw new InputError(`${file}: general.architecture is ${shown(architecture)}; ` +
        `supported: ${known.join(', ')}.${typeof architecture === 'string' ? didYouMean(architecture, known) : ''}`)
    }
    this.architecture = architecture
    // What would be computed wrongly if it were ignored.
    for (const [key, usual] of [['expert_shared_count', 0], ['expert_gating_func', 1], ['expert_weights_scale', 1], ['leading_dense_block_count', 0]] as const) {
      const value = values.get(`${architecture}.${key}`) ?? usual
      if (value !== usual && value !== 0) throw new InputError(`${file}: ${architecture}.${key} is ${shown(value)}, which is not supported`)
    }
    if ((values.get(`${architecture}.expert_count`) ?? 0) !== 0 && !EXPERTS.includes(architecture)) {
      throw new InputError(`${file}: ${architecture}.expert_count is set; experts are supported in ${EXPERTS.join(' and ')}`)
    }
  }

  optional(key: string): number | undefined {
    const name = `${this.architecture}.${key}`
    const value = this.values.get(name)
    if (value !== undefined && typeof value !== 'number') {
      throw new InputError(`${this.file}: ${name} is ${shown(value)}, expected a number`)
    }
    return value
  }

  number(key: string, fallback?: number): number {
    const value = this.optional(key) ?? fallback
    if (value === undefined) throw new InputError(`${this.file}: metadata key ${this.architecture}.${key} is missing`)
    return value
  }

  flag(key: string, fallback: boolean): boolean {
    return (this.values.get(`${this.architecture}.${key}`) ?? fallback) === true
  }

  /** As `number`, for one that was a decimal where it was trained. */
  decimal(key: string, fallback?: number): number {
    return shortestDecimal(this.number(key, fallback))
  }

  /** GGUF's rope settings in the words of a config.json. */
  ropeSettings(): Record<string, unknown> {
    const type = this.values.get(`${this.architecture}.rope.scaling.type`) ?? 'none'
    const factor = this.optional('rope.scaling.factor')
    const settings = { type: type === 'none' ? 'default' : type, factor, original_max_position_embeddings: this.optional('rope.scaling.original_context_length') }
    if (type !== 'yarn') return settings
    this.number('rope.scaling.factor')
    for (const [key, usual] of [['yarn_log_multiplier', 0], ['yarn_ext_factor', 1]] as const) {
      const value = this.optional(`rope.scaling.${key}`) ?? usual
      if (value !== usual) throw new InputError(`${this.file}: ${this.architecture}.rope.scaling.${key} is ${value}; expected ${usual}`)
    }
    const [fast, slow] = [this.optional('rope.scaling.yarn_beta_fast'), this.optional('rope.scaling.yarn_beta_slow')]
    const attention = this.optional('rope.scaling.attn_factor')
    return {
      ...settings, ...(fast === undefined ? {} : { beta_fast: fast }), ...(slow === undefined ? {} : { beta_slow: slow }),
      // llama.cpp multiplies its own factor by the file's.
      ...(attention === undefined ? {} : { attention_factor: shortestDecimal(attention) * (1 + 0.1 * logExact(Math.max(1, factor ?? 1))) }),
    }
  }
}

/**
 * The shortest decimal that a 32-bit float stands for: 1e-5, not 9.999999747e-6. GGUF keeps config.json's numbers as
 * 32-bit floats; this brings back what the model was trained with.
 */
function shortestDecimal(value: number): number {
  for (let digits = 1; digits < 9; digits++) {
    const shorter = Number(value.toPrecision(digits))
    if (Math.fround(shorter) === Math.fround(value)) return shorter
  }
  return value
}

function readConfig(metadata: Metadata, store: TensorStore, vocabSize: number): ModelConfig {
  const { file, architecture } = metadata
  const dim = metadata.number('embedding_length')
  const heads = metadata.number('attention.head_count')
  const headDim = metadata.number('attention.key_length', dim / heads)
  const rotated = metadata.number('rope.dimension_count', headDim)
  if (rotated !== headDim && ARCHITECTURES[architecture]!.partial !== true) {
    throw new InputError(`${file}: ${architecture}.rope.dimension_count is ${rotated}, ` +
      `expected the head's width, ${headDim}`)
  }
  const ropeBase = shortestDecimal(metadata.number('rope.freq_base', 10000))
  const config: ModelConfig = {
    dim,
    hiddenDim: metadata.number('feed_forward_length'),
    layers: metadata.number('block_count'),
    heads,
    kvHeads: metadata.number('attention.head_count_kv', heads),
    headDim,
    vocabSize,
    contextLength: metadata.number('context_length'),
    normEps: shortestDecimal(metadata.number('attention.layer_norm_rms_epsilon')),
    ropeBase,
    tiedEmbeddings: !store.has('output.weight'),
    ...(rotated === headDim ? {} : { rotaryDims: rotated }),
    ...ARCHITECTURES[architecture]!.features?.(metadata, (tensor) => store.has(tensor)),
  }
  checkConfig(config, file)
  const scaled = { ...config, ...readRopeScale(metadata, store, config) }
  checkConfig(scaled, file)
  return scaled
}

/** What the rotary frequencies are scaled by: from tensors that have it, or from the settings. */
function readRopeScale(metadata: Metadata, store: TensorStore, config: ModelConfig): RopeFeatures {
  const pairs = (config.rotaryDims ?? config.headDim) / 2
  const read = (tensor: string): number[] => {
    store.check(tensor, [pairs, 1], 'the head width')
    return Array.from(store.read(tensor))
  }
  if (store.has(ROPE_TENSOR)) return { ropeDivisors: read(ROPE_TENSOR) }
  const where = `${metadata.file}: ${metadata.architecture}.rope.scaling`
  if (!store.has(LONG_TENSOR)) return readRope(metadata.ropeSettings(), config, {}, where)
  const settings = {
    ...metadata.ropeSettings(), type: 'longrope', factor: undefined, long_factor: read(LONG_TENSOR).map(shortestDecimal),
    short_factor: read(SHORT_TENSOR).map(shortestDecimal),
  }
  const rope = readRope(settings, config, {}, where)
  // The file's factor is the rounded one of the contexts, unless somebody set another.
  const stated = metadata.optional('rope.scaling.attn_factor')
  return stated === undefined || Math.fround(rope.ropeFactor!) === stated ? rope : { ...rope, ropeFactor: shortestDecimal(stated) }
}

/**
 * Opens a GGUF file of an architecture that is understood, with the tokenizer in it. The header is read and every tensor's
 * place checked at once; values are read, and dequantized, when asked for.
 * @throws InputError naming the file, and the key or tensor at fault
 */
export function loadGguf(file: string): LoadedModel {
  const gguf = readGgufParts(file)
  const metadata = new Metadata(file, gguf.metadata)
  const store = new TensorStore(file, gguf.tensors)
  const tokenizer = ggufTokenizer(file, gguf)
  const config = readConfig(metadata, store, metadata.number('vocab_size', tokenizer.vocabSize))
  if (tokenizer.vocabSize > config.vocabSize) {
    throw new InputError(`${file}: the tokenizer has ${tokenizer.vocabSize} tokens, the embedding ${config.vocabSize}`)
  }
  const shapes = tensorShapes(config)
  const { adjacent, tensors } = ARCHITECTURES[metadata.architecture]!
  const stored = (tensor: string): StoredTensor => storedTensor(tensor, config, 'gguf', tensors)
  for (const [tensor, shape] of shapes) checkStored(store, stored(tensor), shape, 'the metadata')
  store.refuseUnread([...shapes.keys()].map((tensor) => stored(tensor).name), HARMLESS)
  const name = ggufName(file)
  return {
    name,
    config,
    tokenizer,
    tensor(tensorName) {
      const shape = shapes.get(tensorName)
      if (shape === undefined) throw unknownTensor(name, tensorName, config)
      const values = readStored(store, stored(tensorName), shape)
      return !adjacent && isRotated(tensorName) ? adjacentPairs(values, shape[1], config.headDim, config.rotaryDims) : values
    },
  }
}
