import { join } from 'node:path'
import { readFileSync, readdirSync } from 'node:fs'
import { loadModel, readHuggingFaceConfig, tensorShapes } from '../../programs/models/index.js'
import type { LoadedModel, ModelConfig } from '../../programs/models/index.js'
import { ggufTokenizer } from '../../programs/models/gguf-tokenizer.js'
import { readGguf } from '../../programs/models/gguf-file.js'
import { loadJsonTokenizer } from '../../programs/models/json-tokenizer.js'
import { loadLlama2cTokenizer } from '../../programs/models/llama2c-tokenizer.js'
import { openSafetensors, safetensorsBytes } from '../../programs/models/safetensors.js'
import type { Tokenizer } from '../../programs/models/types.js'
import { readSpikeFile, SPIKE_FORMAT } from '../../programs/shapes/spike-file.js'
import type { Random } from '../../sim/random.js'
import { writeGguf } from '../support/gguf-files.js'
import { writeHuggingFace, writeLlama2c } from '../support/model-files.js'
import { tinyModel } from '../support/tiny-model.js'
import { jsonText, pick, spoilBytes, spoilJson, spoilText } from './mutate.js'
import { demand } from './target.js'
import type { Files, Target } from './target.js'

/** The readers of model files: safetensors and its index, config.json, tokenizers, GGUF, llama2.c. */

const SIZES = { vocabSize: 270, layers: 1, dim: 8, hiddenDim: 8, heads: 2, kvHeads: 1, headDim: 4 }
const model = (): LoadedModel => tinyModel(3, SIZES)

function readFolder(folder: string): Record<string, Buffer> {
  return Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))]))
}

let cached: Record<string, Record<string, Buffer>> | undefined

/** One right model in each format; the folder's tokenizer has merges, scores and a normalizer to spoil. */
function bases(): Record<string, Record<string, Buffer>> {
  cached ??= {
    folder: { ...readFolder(writeHuggingFace(model())), 'tokenizer.json': Buffer.from(JSON.stringify(richTokenizer())) },
    shards: readFolder(writeHuggingFace(model(), { shards: 2 })),
    gguf: { 'model.gguf': readFileSync(writeGguf(model())) },
    q8: { 'model.gguf': readFileSync(writeGguf(tinyModel(3, { ...SIZES, dim: 32, hiddenDim: 32, headDim: 16 }), { type: 'Q8_0' })) },
    merges: { 'model.gguf': readFileSync(writeGguf(model(), { metadata: mergesMetadata() })) },
    llama2c: llama2cFiles(),
    spikes: recording(),
  }
  return cached
}

function llama2cFiles(): Record<string, Buffer> {
  const file = writeLlama2c(model())
  return { 'model.bin': readFileSync(file), 'tok.bin': readFileSync(file.replace('written.bin', 'tok.bin')) }
}

/** The byte alphabet, a few merges, and steps of every kind that models have. */
function richTokenizer(): object {
  const folder = readFolder(writeHuggingFace(model()))
  const json = JSON.parse(folder['tokenizer.json']!.toString()) as { model: { vocab: Record<string, number>; merges: unknown[] } }
  const { vocab } = json.model
  vocab['in'] = 257
  vocab['he'] = 258
  json.model.merges = ['i n', ['h', 'e']]
  return {
    ...json, normalizer: { type: 'Sequence', normalizers: [{ type: 'NFC' }, { type: 'Replace', pattern: { Regex: ' +' }, content: ' ' }] },
    pre_tokenizer: { type: 'Sequence', pretokenizers: [
      { type: 'Split', pattern: { Regex: "'s| ?\\p{L}+|\\s+(?!\\S)|\\s+|[^\\s\\p{L}]+" }, behavior: 'Isolated', invert: false },
      { type: 'ByteLevel', add_prefix_space: false, use_regex: false },
    ] },
  }
}

function mergesMetadata(): Record<string, string | number[] | string[]> {
  const { vocab } = (richTokenizer() as { model: { vocab: Record<string, number> } }).model
  const tokens = Object.keys(vocab).sort((a, b) => vocab[a]! - vocab[b]!)
  while (tokens.length < SIZES.vocabSize) tokens.push(`filler${tokens.length}`)
  return {
    'tokenizer.ggml.model': 'gpt2', 'tokenizer.ggml.pre': 'llama-bpe', 'tokenizer.ggml.tokens': tokens,
    'tokenizer.ggml.merges': ['i n', 'h e'], 'tokenizer.ggml.token_type': tokens.map((_, id) => (id === 0 ? 3 : 1)),
  }
}

function checkConfigSane(config: ModelConfig): void {
  for (const [key, value] of Object.entries(config)) {
    if (typeof value === 'number') demand(Number.isFinite(value) && value > 0, `${key} is ${value}`)
  }
  demand(config.layers <= 4096 && config.vocabSize <= 2 ** 24, 'sizes out of bounds')
}

const TEXTS = ['in the beginning', 'he\'s 42, é中😀\uFEFF\n  x', '']

function checkTokenizerSane(tokenizer: Tokenizer): void {
  const isId = (id: number): boolean => Number.isInteger(id) && id >= 0 && id < tokenizer.vocabSize
  demand(isId(tokenizer.bosId) && isId(tokenizer.eosId), `bos ${tokenizer.bosId}, eos ${tokenizer.eosId}`)
  for (const text of TEXTS) {
    const ids = tokenizer.encode(text)
    demand(ids.every(isId), `ids ${ids.join(' ')} of a vocabulary of ${tokenizer.vocabSize}`)
    demand(typeof tokenizer.decode(ids) === 'string' && typeof tokenizer.decodeToken(ids[0] ?? 0) === 'string', 'text is no string')
  }
}

function useModel(path: string): void {
  const loaded = loadModel(path)
  checkConfigSane(loaded.config)
  for (const [name, [rows, columns]] of tensorShapes(loaded.config)) {
    const values = loaded.tensor(name)
    demand(values.length === rows * columns && values.every(Number.isFinite), `tensor ${name}`)
  }
  checkTokenizerSane(loaded.tokenizer)
}

const beside = (base: Base) => (): Files => bases()[base]!

type Base = 'folder' | 'shards' | 'gguf' | 'q8' | 'merges' | 'llama2c' | 'spikes'

function spoiltFile(base: Base | readonly Base[], file: string, spoil: (random: Random, bytes: Buffer) => Buffer): (random: Random) => Files {
  return (random) => {
    const files = bases()[typeof base === 'string' ? base : pick(random, base)]!
    return random.below(200) === 0 ? files : { ...files, [file]: spoil(random, files[file]!) }
  }
}

const asJson = (random: Random, bytes: Buffer): Buffer => {
  if (random.below(10) === 0) return Buffer.from(spoilText(random, bytes.toString()))
  return Buffer.from(jsonText(random, spoilJson(random, JSON.parse(bytes.toString()))))
}

/** Spoils the header's JSON and keeps its length right, or spoils bytes. */
function spoilSafetensors(random: Random, bytes: Buffer): Buffer {
  if (random.below(3) === 0) return spoilBytes(random, bytes, 2000)
  const length = Number(bytes.readBigUInt64LE(0))
  const header = asJson(random, bytes.subarray(8, 8 + length))
  const prefix = Buffer.alloc(8)
  prefix.writeBigUInt64LE(BigInt(header.length))
  return Buffer.concat([prefix, header, bytes.subarray(8 + length)])
}

const GGUF_HEAD = 9000

/** A recording of two tokens of a model of one layer. */
function recording(): Record<string, Buffer> {
  const counts = (name: string, inputs: number): { name: string; dtype: string; shape: number[]; bytes: Buffer } =>
    ({ name, dtype: 'I8', shape: [2, inputs], bytes: Buffer.alloc(2 * inputs, 3) })
  const tokens = { name: 'tokens', dtype: 'I32', shape: [2], bytes: Buffer.from(Int32Array.of(1, 5).buffer) }
  const tensors = [tokens, counts('qkv.0', 8), counts('o.0', 8), counts('gateUp.0', 8), counts('down.0', 8), counts('head', 8)]
  return { 'spikes.safetensors': Buffer.from(safetensorsBytes(tensors, { format: SPIKE_FORMAT, limit: '7', promptTokens: '1', model: 'm' })) }
}

export const MODEL_TARGETS: Readonly<Record<string, Target>> = {
  safetensors: {
    onDisk: true, beside: beside('folder'), make: spoiltFile('folder', 'model.safetensors', spoilSafetensors),
    parse: (_, folder) => {
      const store = openSafetensors(folder)
      for (const name of ['model.embed_tokens.weight', 'model.norm.weight']) {
        if (store.has(name)) demand(store.read(name).every(Number.isFinite), name)
      }
    },
  },
  spikes: {
    onDisk: true, make: spoiltFile('spikes', 'spikes.safetensors', spoilSafetensors),
    parse: (_, folder) => {
      const { counts, limit, length, tokens, promptTokens } = readSpikeFile(join(folder, 'spikes.safetensors'))
      demand(promptTokens >= 1 && promptTokens <= length && tokens.length >= length, `prompt of ${promptTokens}, ${length} tokens`)
      for (const { values } of counts.values()) demand(values.every((count) => Math.abs(count) <= limit), 'a count above the limit')
    },
  },
  index: {
    onDisk: true, beside: beside('shards'), make: spoiltFile('shards', 'model.safetensors.index.json', asJson),
    parse: (_, folder) => useModel(folder),
  },
  config: {
    onDisk: true, beside: beside('folder'), make: spoiltFile('folder', 'config.json', asJson),
    parse: (_, folder) => {
      checkConfigSane(readHuggingFaceConfig(join(folder, 'config.json')))
      useModel(folder)
    },
  },
  tokenizer: {
    onDisk: true, beside: beside('folder'), make: spoiltFile('folder', 'tokenizer.json', asJson),
    parse: (_, folder) => checkTokenizerSane(loadJsonTokenizer(folder, SIZES.vocabSize)),
  },
  gguf: {
    onDisk: true, make: spoiltFile(['gguf', 'q8'], 'model.gguf', (random, bytes) => spoilBytes(random, bytes, GGUF_HEAD)),
    parse: (_, folder) => useModel(join(folder, 'model.gguf')),
  },
  'gguf-tokenizer': {
    onDisk: true, make: spoiltFile(['merges', 'gguf'], 'model.gguf', (random, bytes) => spoilBytes(random, bytes, GGUF_HEAD)),
    parse: (_, folder) => {
      const file = join(folder, 'model.gguf')
      checkTokenizerSane(ggufTokenizer(file, readGguf(file)))
    },
  },
  llama2c: {
    onDisk: true, beside: beside('llama2c'), make: spoiltFile('llama2c', 'model.bin', (random, bytes) => spoilBytes(random, bytes, 28)),
    parse: (_, folder) => useModel(join(folder, 'model.bin')),
  },
  'llama2c-tokenizer': {
    onDisk: true, beside: beside('llama2c'), make: spoiltFile('llama2c', 'tok.bin', (random, bytes) => spoilBytes(random, bytes)),
    parse: (_, folder) => checkTokenizerSane(loadLlama2cTokenizer(join(folder, 'tok.bin'), SIZES.vocabSize)),
  },
}
