import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadModel, readHuggingFaceConfig, tensorShapes } from '../../../programs/models/index.js'
import type { LoadedModel } from '../../../programs/models/index.js'
import { quantizeModel } from '../../../programs/quantize/index.js'
import { completeChip } from '../../../sim/config/load-chip.js'
import { simulate } from '../../../simulate/simulate.js'
import { writeGguf } from '../../support/gguf-files.js'
import type { GgufChanges } from '../../support/gguf-files.js'
import { expectRefusal, writeSparse } from '../../support/hostile.js'
import { writeHuggingFace, writeLlama2c } from '../../support/model-files.js'
import { tinyModel } from '../../support/tiny-model.js'

/** Files made to break a reader, one row of docs/reliability.md each: the ids in the names are the table's. */

const model = tinyModel(2, { vocabSize: 257, layers: 1 })

/** Reads every tensor and encodes a text, as a run does. */
function use(path: string): LoadedModel {
  const loaded = loadModel(path)
  for (const name of tensorShapes(loaded.config).keys()) loaded.tensor(name)
  loaded.tokenizer.decode(loaded.tokenizer.encode('in the beginning'))
  return loaded
}

const refuse = (path: string, message: RegExp): void => expectRefusal(() => use(path), message)

/** The folder of a model whose safetensors header went through `change`; `tail` is put behind the data. */
function withHeader(change: (text: string) => string, tail = Buffer.alloc(0)): string {
  const folder = writeHuggingFace(model)
  const file = join(folder, 'model.safetensors')
  const bytes = readFileSync(file)
  const length = Number(bytes.readBigUInt64LE(0))
  const header = Buffer.from(change(bytes.toString('utf8', 8, 8 + length)))
  const prefix = Buffer.alloc(8)
  prefix.writeBigUInt64LE(BigInt(header.length))
  writeFileSync(file, Buffer.concat([prefix, header, bytes.subarray(8 + length), tail]))
  return folder
}

type Header = Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }>

const changed = (change: (header: Header) => void): string => withHeader((text) => {
  const header = JSON.parse(text) as Header
  change(header)
  return JSON.stringify(header)
})

const K = 'model.layers.0.self_attn.k_proj.weight'
const V = 'model.layers.0.self_attn.v_proj.weight'

describe('safetensors, by the format\'s own rules', () => {
  it('S1: a key twice', () => {
    refuse(withHeader((text) => text.replace('{', `{"${K}":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},`)),
      /model\.safetensors: the header has 'model\.layers\.0\.self_attn\.k_proj\.weight' twice/)
    refuse(withHeader((text) => text.replace('"dtype":"F32"', '"dtype":"F16","dtype":"F32"')), /'dtype' twice/)
  })

  it('S2: two tensors over the same bytes', () => {
    refuse(changed((header) => { header[V]!.data_offsets = header[K]!.data_offsets }),
      /v_proj\.weight' at byte \d+ overlaps tensor '.*k_proj\.weight'/)
  })

  it('S3: a gap between tensors, and bytes behind the last', () => {
    refuse(changed((header) => { delete header[K] }), /leaves a gap behind tensor '.*q_proj\.weight', which ends at/)
    refuse(withHeader((text) => text, Buffer.alloc(5)), /5 bytes behind tensor 'lm_head\.weight' belong to no tensor/)
  })

  it('S4: a dtype that is none, or a name that JavaScript knows', () => {
    refuse(changed((header) => { header[K]!.dtype = 'constructor' }), /has the dtype "constructor"; safetensors has F4, /)
    refuse(changed((header) => { header[K]!.dtype = 'F128' }), /has the dtype "F128"/)
  })

  it('S5: NaN or infinity among the weights', () => {
    for (const [value, shown] of [[Number.NaN, 'NaN'], [Infinity, 'Infinity'], [-Infinity, '-Infinity']] as const) {
      refuse(writeHuggingFace(model, { alter: (all) => all.map((tensor) => {
        if (tensor.name !== V) return tensor
        const bytes = Buffer.from(tensor.bytes)
        bytes.writeFloatLE(value, 4 * 17)
        return { ...tensor, bytes }
      }) }), new RegExp(`tensor 'model\\.layers\\.0\\.self_attn\\.v_proj\\.weight' has ${shown} at element 17`))
    }
  })

  it('S6: a tensor in two shards', () => {
    const folder = writeHuggingFace(model, { shards: 2 })
    const shard = join(folder, 'model-00001-of-00002.safetensors')
    const index = join(folder, 'model.safetensors.index.json')
    const { weight_map: map } = JSON.parse(readFileSync(index, 'utf8')) as { weight_map: Record<string, string> }
    writeFileSync(join(folder, 'more.safetensors'), readFileSync(shard))
    writeFileSync(index, JSON.stringify({ weight_map: { ...map, 'model.embed_tokens.weight': 'more.safetensors' } }))
    refuse(folder, /more\.safetensors: tensor '.*' is in .*model-00001-of-00002\.safetensors too/)
  })

  it('S7: shards that are no file beside the index', () => {
    const folder = writeHuggingFace(model, { shards: 2 })
    const index = join(folder, 'model.safetensors.index.json')
    const { weight_map: map } = JSON.parse(readFileSync(index, 'utf8')) as { weight_map: Record<string, string> }
    for (const name of ['..', '.', '', '/etc/passwd', 'a/../b.safetensors', 5, null, 'config.json']) {
      writeFileSync(index, JSON.stringify({ weight_map: { ...map, 'lm_head.weight': name } }))
      refuse(folder, /weight_map gives tensor 'lm_head\.weight' the shard .*, expected the name of a \.safetensors file/)
    }
    mkdirSync(join(folder, 'folder.safetensors'))
    writeFileSync(index, JSON.stringify({ weight_map: { ...map, 'lm_head.weight': 'folder.safetensors' } }))
    refuse(folder, /folder\.safetensors: is a folder, expected a regular file/)
  })

  it('S8: a header as long as the number says, of 3 GB or of 2^63', () => {
    const folder = writeHuggingFace(model)
    for (const length of [3n * 2n ** 30n, 2n ** 63n, 2n ** 64n - 1n]) {
      const prefix = Buffer.alloc(8)
      prefix.writeBigUInt64LE(length)
      writeSparse(join(folder, 'model.safetensors'), prefix, 3 * 2 ** 30)
      refuse(folder, /header length is \d+ bytes, the limit is 33554432: this is no safetensors file/)
    }
  })

  it('S9: a header that is no UTF-8, or nested 100,000 deep', () => {
    refuse(withHeader(() => `{"a":${'['.repeat(1e5)}${']'.repeat(1e5)}}`), /\(header\): line 1, column 69: nested more than 64 deep/)
    const folder = writeHuggingFace(model)
    const file = join(folder, 'model.safetensors')
    const bytes = readFileSync(file)
    bytes[12] = 0xff
    writeFileSync(file, bytes)
    refuse(folder, /\(header\): byte 4 \(0xff\) is no UTF-8/)
  })
})

describe('config.json', () => {
  it('C1: sizes that no model has, before anything is made for them', () => {
    for (const [key, value] of [
      ['num_hidden_layers', 1e6], ['num_hidden_layers', 2 ** 31 - 1], ['head_dim', 1e9], ['vocab_size', 1e12],
      ['intermediate_size', 1e15], ['hidden_size', 1e9], ['num_attention_heads', 1e9], ['max_position_embeddings', 1e18],
    ] as const) {
      const folder = writeHuggingFace(model, { config: { [key]: value } })
      refuse(folder, /config\.json: \w+ is [\de+]+, the limit is \d+/)
      expectRefusal(() => readHuggingFaceConfig(join(folder, 'config.json')), /the limit is/)
    }
    const scaling = { rope_type: 'linear', factor: 2 }
    refuse(writeHuggingFace(model, { config: { head_dim: 1e9, rope_scaling: scaling } }), /headDim is 1000000000, the limit is/)
  })

  it('C2: sizes that are no counts', () => {
    for (const value of [1.5, 0, -5, 1e308]) {
      refuse(writeHuggingFace(model, { config: { num_hidden_layers: value } }),
        /layers is .*, (expected a positive integer|the limit is)/)
    }
    for (const value of [null, '2', [2], {}]) {
      if (value === null) continue
      refuse(writeHuggingFace(model, { config: { num_hidden_layers: value } }), /num_hidden_layers is .*, expected a number/)
    }
  })

  it('C3: three gigabytes, 100,000 nested arrays, a FIFO, a folder, a device', () => {
    const folder = writeHuggingFace(model)
    const file = join(folder, 'config.json')
    writeSparse(file, Buffer.from('{'), 3 * 2 ** 30)
    refuse(folder, /config\.json: has 3072\.0 MiB, the limit for such a file is 4 MiB/)
    writeFileSync(file, `{"a":${'['.repeat(1e5)}${']'.repeat(1e5)}}`)
    refuse(folder, /config\.json: line 1, column 69: nested more than 64 deep/)
    rmSync(file)
    execFileSync('mkfifo', [file])
    refuse(folder, /config\.json: is a FIFO, expected a regular file/)
    rmSync(file)
    mkdirSync(file)
    refuse(folder, /config\.json: is a folder, expected a regular file/)
  })

  it('C4: token ids that the vocabulary does not have', () => {
    for (const key of ['bos_token_id', 'eos_token_id']) {
      for (const value of [1.5, -5, 999999, 257, 'x', [0, 999999], true]) {
        refuse(writeHuggingFace(model, { config: { [key]: value } }), new RegExp(`config\\.json: ${key} is .*, expected a token id from 0 to 256`))
      }
      expect(use(writeHuggingFace(model, { config: { [key]: null } })).tokenizer.bosId).toBe(0)
    }
  })
})

interface TokenizerFile {
  added_tokens: unknown
  normalizer?: unknown
  pre_tokenizer: unknown
  post_processor: { special_tokens: Record<string, unknown> }
  decoder: unknown
  model: { vocab: Record<string, unknown>; merges: unknown; unk_token?: string }
}

function withTokenizer(change: (tokenizer: TokenizerFile) => void): string {
  const folder = writeHuggingFace(model)
  const file = join(folder, 'tokenizer.json')
  const tokenizer = JSON.parse(readFileSync(file, 'utf8')) as TokenizerFile
  change(tokenizer)
  writeFileSync(file, JSON.stringify(tokenizer))
  return folder
}

describe('tokenizer.json', () => {
  it('T1: token ids that the vocabulary does not have, or two pieces with one', () => {
    for (const value of [1.5, -5, null, 999999, '3']) {
      refuse(withTokenizer((file) => { file.model.vocab['a'] = value }), /the id of "a" is .*, expected a token id from 0 to 256/)
      refuse(withTokenizer((file) => { file.added_tokens = [{ content: '<x>', id: value }] }),
        /added_tokens\[0\]\.id is .*, expected a token id/)
      refuse(withTokenizer((file) => { file.post_processor.special_tokens['<|endoftext|>'] = { ids: [value] } }),
        /post_processor\.special_tokens .* is .*, expected a token id/)
    }
    refuse(withTokenizer((file) => { file.model.vocab['a'] = 5 }), /both have the token id 5/)
    refuse(withTokenizer((file) => { file.added_tokens = [{ content: 'a', id: 0 }] }), /gives "a" the id 0, model\.vocab gives it 98/)
  })

  it('T2: merges that are no two pieces of the vocabulary', () => {
    for (const merge of [5, null, 'ab', 'a b c', ['a'], ['a', 5], { a: 'b' }]) {
      refuse(withTokenizer((file) => { file.model.merges = [merge] }), /model\.merges\[0\] is .*, expected two pieces/)
    }
    refuse(withTokenizer((file) => { file.model.merges = ['a b'] }), /model\.merges\[0\] is "a b", but "ab" is not in model\.vocab/)
    refuse(withTokenizer((file) => { file.model.merges = { a: 1 } }), /supported: "BPE" with vocab and merges/)
  })

  const split = (pattern: unknown): string => withTokenizer((file) => {
    file.pre_tokenizer = { type: 'Split', pattern: { Regex: pattern }, behavior: 'Isolated', invert: false }
  })

  it('T3: regular expressions that can take for ever', () => {
    for (const pattern of ['(a+)+$', '(a|a)*$', '(a|aa)+$', '(?:a*)*b', '((a+)b?)+', '(a?){50}a{50}', '(?<x>a+)+', 'a{100000}']) {
      refuse(split(pattern), /tokenizer\.json: pre_tokenizer\.pattern\.Regex .* is not run: it repeats/)
    }
    refuse(split(5), /pre_tokenizer\.pattern is \{"Regex":5\}, expected a pattern/)
    refuse(split('('), /tokenizer\.json: Invalid regular expression/)
  })

  it('T4: a regular expression that passes for harmless is stopped', () => {
    const loaded = loadModel(split('a*a*a*a*a*a*a*a*a*a*b'))
    expect(() => loaded.tokenizer.encode('a'.repeat(400))).toThrow(
      /tokenizer\.json: a regular expression of the tokenizer did not come to an end on a text of 400 characters in 1\.0 s/)
  })

  it('T5: steps of a kind that is none, and pieces that are not there', () => {
    refuse(withTokenizer((file) => { file.decoder = null }), /decoder is null; without one/)
    refuse(withTokenizer((file) => { file.pre_tokenizer = 'ByteLevel' }), /pre_tokenizer is of type missing; supported: Sequence, ByteLevel/)
    refuse(withTokenizer((file) => { file.normalizer = { type: 'Telepathy' } }), /normalizer is of type "Telepathy"; supported: Sequence, NFC/)
    refuse(withTokenizer((file) => {
      delete file.model.vocab['n']
      file.model.unk_token = '<unk>'
    }), /model\.unk_token is "<unk>", expected a piece of model\.vocab/)
  })

  it('T7: ways of splitting that would be computed wrongly', () => {
    for (const behavior of ['MergedWithPrevious', 'MergedWithNext', 'Contiguous']) {
      const step = { type: 'Split', pattern: { String: ' ' }, behavior, invert: false }
      refuse(withTokenizer((file) => { file.pre_tokenizer = step }), new RegExp(`pre_tokenizer splits with behavior "${behavior}"; supported`))
      // Gemma's: no space is left to split at.
      use(withTokenizer((file) => {
        file.normalizer = { type: 'Replace', pattern: { String: ' ' }, content: '_' }
        file.pre_tokenizer = { type: 'Sequence', pretokenizers: [step, { type: 'ByteLevel' }] }
      }))
    }
    refuse(withTokenizer((file) => { file.pre_tokenizer = { type: 'Split', pattern: { String: ' ' }, behavior: 'Isolated', invert: true } }),
      /splits with behavior "Isolated", inverted/)
  })

  it('T6: the byte order mark stays in a text', () => {
    for (const path of [writeHuggingFace(model), writeGguf(tinyModel(1, { vocabSize: 270 })), writeLlama2c(tinyModel(1, { vocabSize: 270 }))]) {
      const { tokenizer } = loadModel(path)
      for (const text of ['\uFEFFab', 'a\uFEFFb', '\uFEFF']) expect(tokenizer.decode(tokenizer.encode(text))).toBe(text)
    }
  })
})

describe('GGUF', () => {
  const gguf = (changes: GgufChanges): string => writeGguf(tinyModel(2, { vocabSize: 270, layers: 1 }), changes)
  /** A file with one key, whose type and value are these bytes. */
  const withValue = (value: readonly number[], size: number): string => {
    const file = gguf({})
    const head = Buffer.alloc(24)
    head.write('GGUF')
    head.writeUInt32LE(3, 4)
    head.writeUInt32LE(1, 16)
    writeSparse(file, Buffer.concat([head, Buffer.from([1, 0, 0, 0, 0, 0, 0, 0, 107]), Buffer.from(value)]), size)
    return file
  }
  const u64 = (value: bigint): number[] => { const b = Buffer.alloc(8); b.writeBigUInt64LE(value); return [...b] }

  it('G1: an array of 2.9e9 elements, a string of 3 GB, arrays in arrays', () => {
    refuse(withValue([9, 0, 0, 0, 0, 0, 0, 0, ...u64(2_900_000_000n)], 3e9), /the length of k is 2900000000, the limit is 4194304/)
    refuse(withValue([8, 0, 0, 0, ...u64(2_900_000_000n)], 3e9), /the length of k is 2900000000, the limit is 16777216/)
    refuse(withValue([9, 0, 0, 0, 9, 0, 0, 0, ...u64(1n)], 3e9), /k is an array of arrays; expected numbers/)
    refuse(withValue([9, 0, 0, 0, 10, 0, 0, 0, ...u64(4_000_000n)], 1e6), /truncated: the length of k is 4000000, which needs at least 32000000 bytes/)
  })

  it('G2: numbers of tensors and keys that no model has', () => {
    const file = gguf({})
    for (const [at, message] of [[8, /the number of tensors is \d+, the limit is/], [16, /the number of metadata keys is \d+, the limit/]] as const) {
      const head = Buffer.alloc(24)
      head.write('GGUF')
      head.writeUInt32LE(3, 4)
      head.writeBigUInt64LE(100_000_000n, at)
      writeSparse(file, head, 3e9)
      refuse(file, message)
    }
  })

  it('G3: a metadata key twice, of the same type and of another', () => {
    for (const [key, over] of [['llama.rope.freq_base', 'llama.context_length'], ['llama.block_count', 'llama.block_count']] as const) {
      const file = gguf(key === over ? { metadata: { 'llama.xlock_count': 1 } } : {})
      const bytes = readFileSync(file)
      const at = bytes.indexOf(key === over ? 'llama.xlock_count' : over)
      expect(at).toBeGreaterThan(0)
      bytes.write(key, at)
      writeFileSync(file, bytes)
      refuse(file, new RegExp(`metadata key '${key.replaceAll('.', '\\.')}' is there twice`))
    }
  })

  it('G3: a tensor twice, two over the same bytes, a gap', () => {
    refuse(gguf({ alter: (all) => [...all, all[3]!] }), /tensor 'blk\.0\.attn_k\.weight' is there twice/)
    const file = gguf({})
    const bytes = readFileSync(file)
    const at = bytes.indexOf('blk.0.attn_k.weight') + 'blk.0.attn_k.weight'.length + 4 + 16 + 4
    bytes.writeBigUInt64LE(bytes.readBigUInt64LE(at) - 32n, at)
    writeFileSync(file, bytes)
    refuse(file, /tensor 'blk\.0\.attn_k\.weight' begins at byte \d+ of the data, expected \d+: tensors overlap/)
    bytes.writeBigUInt64LE(bytes.readBigUInt64LE(at) + 64n, at)
    writeFileSync(file, bytes)
    refuse(file, /tensor 'blk\.0\.attn_k\.weight' begins at byte .*: tensors leave a gap/)
  })

  it('G4: sizes and ids that no model has', () => {
    refuse(gguf({ metadata: { 'llama.block_count': 1e6 } }), /layers is 1000000, the limit is 4096/)
    refuse(gguf({ metadata: { 'llama.attention.key_length': 1e9 } }), /headDim is 1000000000, the limit is|dimension_count/)
    refuse(gguf({ metadata: { 'tokenizer.ggml.bos_token_id': 999999 } }), /bos_token_id is 999999, expected a token id from 0 to 269/)
    refuse(gguf({ metadata: { 'tokenizer.ggml.eos_token_id': undefined } }), /eos_token_id is missing, expected a token id/)
    refuse(gguf({ metadata: { 'llama.vocab_size': 100 } }), /the tokenizer has 270 tokens, the embedding 100/)
    refuse(gguf({ metadata: { 'general.alignment': 48 } }), /general\.alignment is 48, expected a power of two/)
  })

  it('G5: NaN among scales and scores', () => {
    refuse(gguf({ type: 'Q8_0', alter: (all) => all.map((tensor) => {
      if (tensor.name !== 'blk.0.attn_v.weight') return tensor
      const bytes = Buffer.from(tensor.bytes)
      bytes.writeUInt16LE(0x7e00, 34)
      return { ...tensor, bytes }
    }) }), /tensor 'blk\.0\.attn_v\.weight' has NaN at element 32/)
    const scores = Array.from({ length: 270 }, (_, id) => (id === 7 ? Number.NaN : 0))
    refuse(gguf({ metadata: { 'tokenizer.ggml.scores': scores } }), /scores has NaN for token 7/)
  })
})

describe('llama2.c', () => {
  it('L1: sizes that no model has, NaN, a FIFO in place of the file', () => {
    const file = writeLlama2c(tinyModel(2, { vocabSize: 270, layers: 1 }))
    const bytes = readFileSync(file)
    bytes.writeFloatLE(Number.NaN, 28 + 4 * 5)
    writeFileSync(file, bytes)
    refuse(file, /tensor 'embed' has NaN at element 5/)
    for (let at = 0; at < 7; at++) {
      const wrong = Buffer.from(bytes)
      wrong.writeInt32LE(2 ** 31 - 1, 4 * at)
      writeFileSync(file, wrong)
      refuse(file, /the limit is|expected a positive integer|must be a multiple/)
    }
    rmSync(file)
    execFileSync('mkfifo', [file])
    refuse(file, /written\.bin: is a FIFO, expected a regular file/)
  })
})

/**
 * The files that version 0.1 took, and what is said of them now; undefined: they are right. (No key of dup-key.gguf is
 * there twice, whatever it is called; G3 has a tensor that is.)
 */
const INPUTS = '../shared/data/inputs/models'
const EXPECTED: Record<string, RegExp | undefined> = {
  '00-base': undefined, '01-dup-keys': /twice/, '02-overlap-kv': /overlaps/, '04-nan': /has NaN at element/,
  '05-inf': /has -?Infinity at element/, '10-no-add_bos-key': undefined, '13-index-dir': /the shard "\.\."/,
  '14-dup-shard-tensor': /is in .* too/, '34-tokenizer-id-beyond-vocab': /expected a token id from 0 to 257/,
  'nested-6000.gguf': /is an array of arrays/,
  // Its configuration is Qwen3's, its weights are without the norms of queries and keys that the family has.
  '19-qwen3': /q_norm\.weight' is missing/,
}

describe.skipIf(!existsSync(INPUTS))(`files kept from the examination (SKIPPED where ${INPUTS} is absent)`, () => {
  it.each(Object.entries(EXPECTED))('%s', (name, message) => {
    if (message === undefined) expect(use(join(INPUTS, name)).tokenizer.encode('a')).toHaveLength(1)
    else refuse(join(INPUTS, name), message)
  })

  it('18-mistral: a family that version 0.1 refused, run on the chip bit for bit', () => {
    const model = quantizeModel(use(join(INPUTS, '18-mistral')))
    const { verification } = simulate({ model, chip: completeChip({}), prompt: 'ab', tokens: 3, verify: true })
    expect(verification.bitExact).toBe(true)
    expect(verification.logitsCompared).toBeGreaterThan(0)
  })
})
