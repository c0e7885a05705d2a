import { basename } from 'node:path'
import { InputError, didYouMean } from '../../sim/errors.js'
import { readGguf } from './gguf-file.js'
import type { GgufFile } from './gguf-file.js'
import { ggufTokenizer } from './gguf-tokenizer.js'
import { shown } from './json.js'
import { adjacentPairs, ropeDivisors } from './rotary.js'
import { TensorStore } from './tensor-store.js'
import { checkConfig, tensorShapes, unknownTensor } from './types.js'
import type { BiasTensor, LayerTensor, LoadedModel, ModelConfig } from './types.js'

/** Architectures, and whether q and k lie in adjacent pairs already: the llama converter reorders them. */
const ARCHITECTURES: Readonly<Record<string, { adjacent: boolean }>> = {
  llama: { adjacent: true },
  qwen2: { adjacent: false },
}

const LAYER_NAMES: Record<LayerTensor | BiasTensor, string> = {
  attnNorm: 'attn_norm.weight',
  q: 'attn_q.weight',
  k: 'attn_k.weight',
  v: 'attn_v.weight',
  qBias: 'attn_q.bias',
  kBias: 'attn_k.bias',
  vBias: 'attn_v.bias',
  o: 'attn_output.weight',
  ffnNorm: 'ffn_norm.weight',
  gate: 'ffn_gate.weight',
  up: 'ffn_up.weight',
  down: 'ffn_down.weight',
}

/** Divisors of the rotary frequencies, which Llama 3.1's files carry. */
const ROPE_TENSOR = 'rope_freqs.weight'

function storedName(name: string, config: ModelConfig): string {
  if (name === 'embed' || (name === 'head' && config.tiedEmbeddings)) return 'token_embd.weight'
  if (name === 'head') return 'output.weight'
  if (name === 'finalNorm') return 'output_norm.weight'
  const [, layer, tensor] = name.split('.')
  return `blk.${layer}.${LAYER_NAMES[tensor as LayerTensor]}`
}

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
    for (const [key, harmless] of [[`${architecture}.expert_count`, 0], ['split.count', 1]] as const) {
      const value = values.get(key) ?? harmless
      if (value === harmless || value === 0) continue
      throw new InputError(`${file}: ${key} is ${String(value)}, which is not supported`)
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

  /** GGUF's rope settings in the words of a config.json. */
  ropeSettings(): Record<string, unknown> {
    const type = this.values.get(`${this.architecture}.rope.scaling.type`) ?? 'none'
    return { type: type === 'none' ? 'default' : type, factor: this.optional('rope.scaling.factor') }
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
  if (rotated !== headDim) {
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
    ...(store.has('blk.0.attn_q.bias') ? { qkvBias: true } : {}),
  }
  checkConfig(config, file)
  const ropeScale = readRopeScale(metadata, store, config)
  if (ropeScale === undefined) return config
  const scaled = { ...config, ropeDivisors: ropeScale }
  checkConfig(scaled, file)
  return scaled
}

/** Divisors of the rotary frequencies, from the tensor that has them or from the settings. */
function readRopeScale(metadata: Metadata, store: TensorStore, { headDim, ropeBase }: ModelConfig): number[] | undefined {
  if (store.has(ROPE_TENSOR)) {
    store.check(ROPE_TENSOR, [headDim / 2, 1], 'the head width')
    return Array.from(store.read(ROPE_TENSOR))
  }
  const where = `${metadata.file}: ${metadata.architecture}.rope.scaling`
  return ropeDivisors(metadata.ropeSettings(), ropeBase, headDim, where)
}

/**
 * Opens a GGUF file of a LLaMA or Qwen2 model, with the tokenizer in it. The header is read and every tensor's
 * place checked at once; values are read, and dequantized, when asked for.
 * @throws InputError naming the file, and the key or tensor at fault
 */
export function loadGguf(file: string): LoadedModel {
  const gguf = readGguf(file)
  const metadata = new Metadata(file, gguf.metadata)
  const store = new TensorStore(file, gguf.tensors)
  const tokenizer = ggufTokenizer(file, gguf)
  const config = readConfig(metadata, store, metadata.number('vocab_size', tokenizer.vocabSize))
  if (tokenizer.vocabSize > config.vocabSize) {
    throw new InputError(`${file}: the tokenizer has ${tokenizer.vocabSize} tokens, the embedding ${config.vocabSize}`)
  }
  const shapes = tensorShapes(config)
  for (const [tensor, shape] of shapes) store.check(storedName(tensor, config), shape, 'the metadata')
  const name = basename(file, '.gguf')
  const { adjacent } = ARCHITECTURES[metadata.architecture]!
  return {
    name,
    config,
    tokenizer,
    tensor(tensorName) {
      const shape = shapes.get(tensorName)
      if (shape === undefined) throw unknownTensor(name, tensorName, config)
      const values = store.read(storedName(tensorName, config))
      return !adjacent && /\.[qk](Bias)?$/.test(tensorName) ? adjacentPairs(values, shape[1], config.headDim) : values
    },
  }
}
