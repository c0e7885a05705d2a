import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tensorShapes } from '../../programs/models/types.js'
import type { LoadedModel } from '../../programs/models/types.js'
import { elementBytes, halfBits, halfSplit, temporaryFolder } from './model-files.js'

/** Writes GGUF files, by the published layout and independently of the reader. */

type Value = number | boolean | string | readonly number[] | readonly string[]

const u32 = (value: number): Buffer => { const b = Buffer.alloc(4); b.writeUInt32LE(value); return b }
const u64 = (value: number): Buffer => { const b = Buffer.alloc(8); b.writeBigUInt64LE(BigInt(value)); return b }
const f32 = (value: number): Buffer => { const b = Buffer.alloc(4); b.writeFloatLE(value); return b }
const text = (value: string): Buffer => Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value)])

/** Keys that GGUF keeps as floats though their values may be whole. */
const FLOATS = /epsilon$|freq_base$|factor$|scores$/

function valueBytes(key: string, value: Value): Buffer {
  if (Array.isArray(value)) {
    const type = typeof value[0] === 'string' ? 8 : FLOATS.test(key) ? 6 : 5
    const one = (v: number | string): Buffer => (typeof v === 'string' ? text(v) : type === 6 ? f32(v) : u32(v))
    return Buffer.concat([u32(9), u32(type), u64(value.length), ...value.map(one)])
  }
  if (typeof value === 'string') return Buffer.concat([u32(8), text(value)])
  if (typeof value === 'boolean') return Buffer.concat([u32(7), Buffer.of(value ? 1 : 0)])
  return FLOATS.test(key)
    ? Buffer.concat([u32(6), f32(value as number)]) : Buffer.concat([u32(4), u32(value as number)])
}

const TYPE_NUMBERS: Record<string, number> = { F32: 0, F16: 1, Q4_0: 2, Q8_0: 8, Q2_K: 10, BF16: 30 }

/** Largest magnitude to the largest integer, to nearest; the scale as a 16-bit float, as ggml keeps it. */
function quantize(values: Float32Array, type: 'Q4_0' | 'Q8_0'): Buffer {
  const limit = type === 'Q4_0' ? 7 : 127
  const blocks: Buffer[] = []
  for (let start = 0; start < values.length; start += 32) {
    const block = values.subarray(start, start + 32)
    const max = block.reduce((m, v) => Math.max(m, Math.abs(v)), 0)
    // A power of two is a 16-bit float exactly, so that dequantizing by hand needs no half arithmetic.
    const scale = max === 0 ? 1 : 2 ** Math.ceil(Math.log2(max / limit))
    const head = Buffer.alloc(2)
    head.writeUInt16LE(halfBits(scale))
    const q = Array.from(block, (v) => Math.round(v / scale))
    blocks.push(head, type === 'Q8_0' ? Buffer.from(Int8Array.from(q).buffer)
      : Buffer.from(Array.from({ length: 16 }, (_, i) => (q[i]! + 8) | ((q[i + 16]! + 8) << 4))))
  }
  return Buffer.concat(blocks)
}

/** What `quantize` keeps of values. */
export function quantizedByHand(values: Float32Array, type: 'Q4_0' | 'Q8_0'): Float32Array {
  const limit = type === 'Q4_0' ? 7 : 127
  return values.map((value, i) => {
    const start = i - (i % 32)
    const max = values.subarray(start, start + 32).reduce((m, v) => Math.max(m, Math.abs(v)), 0)
    const scale = max === 0 ? 1 : 2 ** Math.ceil(Math.log2(max / limit))
    return Math.round(value / scale) * scale
  })
}

export type GgufType = 'F32' | 'F16' | 'BF16' | 'Q4_0' | 'Q8_0'

export interface GgufTensor {
  readonly name: string
  readonly dims: number[]
  readonly type: number
  readonly bytes: Buffer
}

const NAMES: Record<string, string> = {
  attnNorm: 'attn_norm.weight', q: 'attn_q.weight', k: 'attn_k.weight', v: 'attn_v.weight', qBias: 'attn_q.bias',
  kBias: 'attn_k.bias', vBias: 'attn_v.bias', o: 'attn_output.weight', ffnNorm: 'ffn_norm.weight',
  gate: 'ffn_gate.weight', up: 'ffn_up.weight', down: 'ffn_down.weight',
  embed: 'token_embd.weight', finalNorm: 'output_norm.weight', head: 'output.weight',
}

function ggufName(name: string): string {
  const [prefix, layer, tensor] = name.split('.')
  return tensor === undefined ? NAMES[prefix!]! : `blk.${layer}.${NAMES[tensor]}`
}

/** A SentencePiece vocabulary: <unk>, <s>, </s>, the bytes, and a few pieces. */
export function ggufVocabulary(vocabSize: number): Record<string, Value> {
  const bytes = Array.from({ length: 256 }, (_, b) => `<0x${b.toString(16).toUpperCase().padStart(2, '0')}>`)
  const all = ['<unk>', '<s>', '</s>', ...bytes, '▁', 'a', 'b', 'ab', '▁a', '▁ab']
  while (all.length < vocabSize) all.push(`filler${all.length}`)
  const tokens = all.slice(0, vocabSize)
  return {
    'tokenizer.ggml.model': 'llama', 'tokenizer.ggml.tokens': tokens,
    'tokenizer.ggml.scores': tokens.map((piece, id) => (piece === '▁a' ? -5 : -id / 1000)),
    'tokenizer.ggml.token_type': tokens.map((_, id) => (id === 0 ? 2 : id < 3 ? 3 : id < 259 ? 6 : 1)),
    'tokenizer.ggml.bos_token_id': 1, 'tokenizer.ggml.eos_token_id': 2,
  }
}

export interface GgufChanges {
  /** Of the matrices; vectors stay 32-bit floats, as converters keep them. */
  readonly type?: GgufType
  readonly version?: number
  readonly metadata?: Record<string, Value | undefined>
  readonly alter?: (tensors: GgufTensor[]) => GgufTensor[]
}

function tensorsOf(model: LoadedModel, type: GgufType): GgufTensor[] {
  const { config } = model
  const tensors: GgufTensor[] = []
  for (const [name, [rows, columns]] of tensorShapes(config)) {
    if (name === 'head' && config.tiedEmbeddings) continue
    const values = model.tensor(name)
    // The converter leaves Qwen2's rows in half-split order and brings LLaMA's to adjacent pairs.
    const stored = config.qkvBias && /\.[qk](Bias)?$/.test(name) ? halfSplit(values, columns, config.headDim) : values
    const kept = columns === 1 ? 'F32' : type
    const bytes = kept === 'Q4_0' || kept === 'Q8_0' ? quantize(stored, kept) : elementBytes(stored, kept)
    tensors.push({ name: ggufName(name), dims: columns === 1 ? [rows] : [columns, rows], type: TYPE_NUMBERS[kept]!,
      bytes })
  }
  return tensors
}

/** Writes a GGUF in parts, each with its tensors in turn, and returns the path of the first. */
export function writeSplitGguf(model: LoadedModel, parts: number): string {
  const folder = temporaryFolder()
  const total = tensorsOf(model, 'F32').length
  for (let n = 0; n < parts; n++) {
    const file = writeGguf(model, {
      metadata: { 'split.no': n, 'split.count': parts, 'split.tensors.count': total },
      alter: (all) => all.filter((_, at) => at % parts === n),
    })
    renameSync(file, join(folder, `split-0000${n + 1}-of-0000${parts}.gguf`))
  }
  return join(folder, `split-00001-of-0000${parts}.gguf`)
}

/** Writes a GGUF file and returns its path. */
export function writeGguf(model: LoadedModel, changes: GgufChanges = {}): string {
  const { config } = model
  const arch = config.qkvBias ? 'qwen2' : 'llama'
  const metadata: Record<string, Value | undefined> = {
    'general.architecture': arch, [`${arch}.embedding_length`]: config.dim, [`${arch}.block_count`]: config.layers,
    [`${arch}.feed_forward_length`]: config.hiddenDim, [`${arch}.attention.head_count`]: config.heads,
    [`${arch}.attention.head_count_kv`]: config.kvHeads, [`${arch}.context_length`]: config.contextLength,
    [`${arch}.attention.layer_norm_rms_epsilon`]: config.normEps, [`${arch}.rope.freq_base`]: config.ropeBase,
    [`${arch}.rope.dimension_count`]: config.headDim, ...ggufVocabulary(config.vocabSize), ...changes.metadata,
  }
  const tensors = changes.alter?.(tensorsOf(model, changes.type ?? 'F32')) ?? tensorsOf(model, changes.type ?? 'F32')
  const keys = Object.entries(metadata).filter((entry): entry is [string, Value] => entry[1] !== undefined)
  const parts = [Buffer.from('GGUF'), u32(changes.version ?? 3), u64(tensors.length), u64(keys.length)]
  for (const [key, value] of keys) parts.push(text(key), valueBytes(key, value))
  let offset = 0
  for (const { name, dims, type, bytes } of tensors) {
    parts.push(text(name), u32(dims.length), ...dims.map(u64), u32(type), u64(offset))
    offset += Math.ceil(bytes.length / 32) * 32
  }
  const header = Buffer.concat(parts)
  const pad = (buffer: Buffer): Buffer => Buffer.concat([buffer, Buffer.alloc((32 - (buffer.length % 32)) % 32)])
  const file = join(temporaryFolder(), 'written.gguf')
  writeFileSync(file, Buffer.concat([pad(header), ...tensors.map(({ bytes }) => pad(bytes))]))
  return file
}
