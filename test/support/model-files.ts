import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tensorShapes } from '../../programs/models/types.js'
import type { LoadedModel } from '../../programs/models/types.js'

/** Writes a model's weights in the formats the loaders read, so that one set of weights can be read back from each. */

type Dtype = 'F32' | 'F16' | 'BF16'

/** A 32-bit float as the bits of a 16-bit one; only for values that a 16-bit float holds exactly. */
export function halfBits(value: number): number {
  if (value === 0) return Object.is(value, -0) ? 0x8000 : 0
  const exponent = Math.floor(Math.log2(Math.abs(value)))
  const fraction = Math.abs(value) / 2 ** exponent - 1
  return (value < 0 ? 0x8000 : 0) | ((exponent + 15) << 10) | Math.round(fraction * 1024)
}

export function elementBytes(values: Float32Array, dtype: Dtype): Buffer {
  if (dtype === 'F32') return Buffer.from(values.buffer, values.byteOffset, values.byteLength)
  const bytes = Buffer.alloc(values.length * 2)
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length)
  values.forEach((value, i) => bytes.writeUInt16LE(dtype === 'F16' ? halfBits(value) : bits[i]! >>> 16, i * 2))
  return bytes
}

interface Stored { readonly name: string; readonly dtype: string; readonly shape: number[]; readonly bytes: Buffer }

function safetensors(tensors: readonly Stored[]): Buffer {
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } }
  let offset = 0
  for (const { name, dtype, shape, bytes } of tensors) {
    header[name] = { dtype, shape, data_offsets: [offset, offset + bytes.length] }
    offset += bytes.length
  }
  const text = Buffer.from(JSON.stringify(header))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(text.length))
  return Buffer.concat([length, text, ...tensors.map((tensor) => tensor.bytes)])
}

const HF_NAMES: Record<string, string> = {
  attnNorm: 'input_layernorm.weight', q: 'self_attn.q_proj.weight', k: 'self_attn.k_proj.weight',
  v: 'self_attn.v_proj.weight', qBias: 'self_attn.q_proj.bias', kBias: 'self_attn.k_proj.bias',
  vBias: 'self_attn.v_proj.bias', o: 'self_attn.o_proj.weight', ffnNorm: 'post_attention_layernorm.weight',
  gate: 'mlp.gate_proj.weight', up: 'mlp.up_proj.weight', down: 'mlp.down_proj.weight',
}

export function hfName(name: string): string {
  if (name === 'embed') return 'model.embed_tokens.weight'
  if (name === 'head') return 'lm_head.weight'
  if (name === 'finalNorm') return 'model.norm.weight'
  const [, layer, tensor] = name.split('.')
  return `model.layers.${layer}.${HF_NAMES[tensor!]}`
}

/** Rows of each head from adjacent pairs (2i, 2i + 1) to half-split pairs (i, i + headDim / 2). */
export function halfSplit(matrix: Float32Array, columns: number, headDim: number): Float32Array {
  const result = new Float32Array(matrix.length)
  for (let row = 0; row * columns < matrix.length; row++) {
    const head = Math.floor(row / headDim) * headDim
    const within = row % headDim
    const target = head + (within % 2 === 0 ? within / 2 : headDim / 2 + (within - 1) / 2)
    result.set(matrix.subarray(row * columns, (row + 1) * columns), target * columns)
  }
  return result
}

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'spikeloom-test-'))
}

/** A byte-level tokenizer.json of the 256 bytes without merges; id 0 ends a text. */
function byteTokenizer(): string {
  const printable = (byte: number): boolean =>
    (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174
  let extra = 256
  const vocab: Record<string, number> = { '<|endoftext|>': 0 }
  for (let byte = 0; byte < 256; byte++) vocab[String.fromCodePoint(printable(byte) ? byte : extra++)] = byte + 1
  return JSON.stringify({
    added_tokens: [{ id: 0, content: '<|endoftext|>', special: true }],
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, use_regex: true },
    post_processor: {
      type: 'TemplateProcessing',
      single: [{ SpecialToken: { id: '<|endoftext|>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
      special_tokens: { '<|endoftext|>': { id: '<|endoftext|>', ids: [0], tokens: ['<|endoftext|>'] } },
    },
    decoder: { type: 'ByteLevel', add_prefix_space: false, use_regex: true },
    model: { type: 'BPE', vocab, merges: [] },
  })
}

export function writeByteTokenizer(folder: string): void {
  writeFileSync(join(folder, 'tokenizer.json'), byteTokenizer())
}

/** What a test may change to make a folder that must be refused, or one in shards. */
export interface FolderChanges {
  readonly dtype?: Dtype
  readonly shards?: number
  readonly config?: Record<string, unknown>
  readonly alter?: (tensors: Stored[]) => Stored[]
}

/** Writes a Hugging Face folder and returns its path. */
export function writeHuggingFace(model: LoadedModel, changes: FolderChanges = {}): string {
  const { config } = model
  const folder = join(temporaryFolder(), 'written-model')
  mkdirSync(folder)
  writeFileSync(join(folder, 'config.json'), JSON.stringify({
    architectures: [config.qkvBias ? 'Qwen2ForCausalLM' : 'LlamaForCausalLM'],
    hidden_size: config.dim, intermediate_size: config.hiddenDim,
    num_hidden_layers: config.layers, num_attention_heads: config.heads, num_key_value_heads: config.kvHeads,
    head_dim: config.headDim, vocab_size: config.vocabSize, max_position_embeddings: config.contextLength,
    rms_norm_eps: config.normEps, rope_theta: config.ropeBase, tie_word_embeddings: config.tiedEmbeddings,
    bos_token_id: 0, eos_token_id: 0, ...changes.config,
  }))
  writeByteTokenizer(folder)
  const dtype = changes.dtype ?? 'F32'
  let tensors: Stored[] = []
  for (const [name, [rows, columns]] of tensorShapes(config)) {
    if (name === 'head' && config.tiedEmbeddings) continue
    const values = model.tensor(name)
    const stored = /\.[qk](Bias)?$/.test(name) ? halfSplit(values, columns, config.headDim) : values
    const shape = columns === 1 ? [rows] : [rows, columns]
    tensors.push({ name: hfName(name), dtype, shape, bytes: elementBytes(stored, dtype) })
  }
  tensors = changes.alter?.(tensors) ?? tensors
  writeShards(folder, tensors, changes.shards ?? 1)
  return folder
}

function writeShards(folder: string, tensors: readonly Stored[], shards: number): void {
  if (shards === 1) return writeFileSync(join(folder, 'model.safetensors'), safetensors(tensors))
  const weightMap: Record<string, string> = {}
  for (let shard = 0; shard < shards; shard++) {
    const file = `model-0000${shard + 1}-of-0000${shards}.safetensors`
    const part = tensors.filter((_, i) => i % shards === shard)
    for (const { name } of part) weightMap[name] = file
    writeFileSync(join(folder, file), safetensors(part))
  }
  writeFileSync(join(folder, 'model.safetensors.index.json'), JSON.stringify({ weight_map: weightMap }))
}

/** Writes a llama2.c model and a tokenizer of its vocabulary, and returns the model's path. */
export function writeLlama2c(model: LoadedModel): string {
  const { config } = model
  const file = join(temporaryFolder(), 'written.bin')
  const header = Buffer.alloc(28)
  const vocab = config.tiedEmbeddings ? config.vocabSize : -config.vocabSize
  const sizes = [config.dim, config.hiddenDim, config.layers, config.heads, config.kvHeads, vocab, config.contextLength]
  sizes.forEach((value, i) => header.writeInt32LE(value, i * 4))
  const parts = [header, elementBytes(model.tensor('embed'), 'F32')]
  for (const name of ['attnNorm', 'q', 'k', 'v', 'o', 'ffnNorm', 'gate', 'down', 'up']) {
    for (let n = 0; n < config.layers; n++) parts.push(elementBytes(model.tensor(`layers.${n}.${name}`), 'F32'))
  }
  parts.push(elementBytes(model.tensor('finalNorm'), 'F32'))
  parts.push(Buffer.alloc(config.contextLength * config.headDim * 4))
  if (!config.tiedEmbeddings) parts.push(elementBytes(model.tensor('head'), 'F32'))
  writeFileSync(file, Buffer.concat(parts))
  writeFileSync(file.replace('written.bin', 'tok.bin'), llama2cTokenizer(config.vocabSize))
  return file
}

/** Tokens <unk>, <s>, </s>, 256 bytes, then 'a', 'b', 'ab' and fillers. */
function llama2cTokenizer(vocabSize: number): Buffer {
  const bytes = Array.from({ length: 256 }, (_, b) => `<0x${b.toString(16).toUpperCase().padStart(2, '0')}>`)
  const pieces = ['<unk>', '\n<s>\n', '\n</s>\n', ...bytes, ' ', 'a', 'b', 'ab', ' a', ' ab']
  while (pieces.length < vocabSize) pieces.push(`filler${pieces.length}`)
  const head = Buffer.alloc(4)
  head.writeInt32LE(9)
  const tokens = pieces.slice(0, vocabSize).map((piece, id) => {
    const text = Buffer.from(piece)
    const token = Buffer.alloc(8)
    token.writeFloatLE(piece === ' a' ? -5 : -id / 1000, 0)
    token.writeInt32LE(text.length, 4)
    return Buffer.concat([token, text])
  })
  return Buffer.concat([head, ...tokens])
}
