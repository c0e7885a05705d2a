import { InputError } from '../../sim/errors.js'
import type { GgufFile, GgufValue } from './gguf-file.js'
import { JsonTokenizer } from './json-tokenizer.js'
import type { SpecialTokens } from './json-tokenizer.js'
import { SentencePieceTokenizer } from './sentencepiece-tokenizer.js'
import type { Tokenizer } from './types.js'

/** The vocabulary inside a GGUF file: SentencePiece scores (`llama`) or byte-level merges (`gpt2`). */
const KEY = 'tokenizer.ggml.'

/** ggml's token types that matter here. */
const UNKNOWN = 2
const CONTROL = 3
const USER_DEFINED = 4

const WORDS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+"
const REST = '| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+'

const byteLevel = (useRegex: boolean): object =>
  ({ type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: useRegex })

const splitBy = (pattern: string): object => ({
  type: 'Sequence',
  pretokenizers: [{ type: 'Split', pattern: { Regex: pattern }, behavior: 'Isolated', invert: false },
    byteLevel(false)],
})

/** How text is cut before merging, by the name in `tokenizer.ggml.pre`, as the models' own tokenizer.json have it. */
const PRE_TOKENIZERS: Readonly<Record<string, { cut: object; normalizer: object | null; ignoreMerges: boolean }>> = {
  'gpt-2': { cut: byteLevel(true), normalizer: null, ignoreMerges: false },
  'llama-bpe': { cut: splitBy(`${WORDS}|\\p{N}{1,3}${REST}`), normalizer: null, ignoreMerges: true },
  qwen2: { cut: splitBy(`${WORDS}|\\p{N}${REST}`), normalizer: { type: 'NFC' }, ignoreMerges: false },
}

interface Vocabulary {
  readonly file: string
  readonly pieces: readonly string[]
  readonly types: readonly number[]
  readonly value: (key: string) => GgufValue | undefined
}

function list(vocabulary: Pick<Vocabulary, 'file' | 'value'>, key: string): readonly GgufValue[] {
  const value = vocabulary.value(key)
  if (!Array.isArray(value)) {
    throw new InputError(`${vocabulary.file}: metadata key ${KEY}${key} is missing or no array`)
  }
  return value as readonly GgufValue[]
}

function specialTokens({ file, value }: Vocabulary, addBosDefault: boolean): SpecialTokens {
  const eosId = value('eos_token_id')
  if (typeof eosId !== 'number') throw new InputError(`${file}: metadata key ${KEY}eos_token_id is missing`)
  const bosId = value('bos_token_id')
  const addBos = value('add_bos_token') ?? (typeof bosId === 'number' && addBosDefault)
  return { eosId, bosId: typeof bosId === 'number' ? bosId : eosId, addBos: addBos === true }
}

function sentencePiece(vocabulary: Vocabulary): Tokenizer {
  const { file, pieces, types, value } = vocabulary
  const scores = list(vocabulary, 'scores')
  if (scores.length !== pieces.length) {
    throw new InputError(`${file}: ${KEY}scores has ${scores.length} values for ${pieces.length} tokens`)
  }
  const control = (type: number | undefined): boolean => type === CONTROL || type === UNKNOWN
  return new SentencePieceTokenizer({
    ...specialTokens(vocabulary, true),
    pieces: pieces.map((piece) => piece.replaceAll('▁', ' ')),
    scores: Float32Array.from(scores as number[]),
    controlIds: new Set(pieces.flatMap((_, id) => (control(types[id]) ? [id] : []))),
    metaspace: true,
    addSpacePrefix: value('add_space_prefix') !== false,
  })
}

function byteLevelMerges(vocabulary: Vocabulary): Tokenizer {
  const { file, pieces, types, value } = vocabulary
  const name = value('pre') ?? 'gpt-2'
  const pre = typeof name === 'string' ? PRE_TOKENIZERS[name] : undefined
  if (pre === undefined) {
    throw new InputError(`${file}: ${KEY}pre is ${JSON.stringify(name)}; ` +
      `supported: ${Object.keys(PRE_TOKENIZERS).join(', ')}`)
  }
  const isAdded = (id: number): boolean => types[id] === CONTROL || types[id] === USER_DEFINED
  const json = {
    normalizer: pre.normalizer,
    pre_tokenizer: pre.cut,
    post_processor: null,
    decoder: byteLevel(true),
    added_tokens: pieces.flatMap((content, id) => (isAdded(id) ? [{
      id, content, special: types[id] === CONTROL, normalized: false, single_word: false, lstrip: false, rstrip: false,
    }] : [])),
    model: {
      type: 'BPE', merges: [...list(vocabulary, 'merges')], ignore_merges: pre.ignoreMerges,
      vocab: Object.fromEntries(pieces.map((piece, id) => [piece, id])),
    },
  }
  return new JsonTokenizer(file, json, pieces.length, specialTokens(vocabulary, name === 'llama-bpe'))
}

/**
 * The tokenizer of a GGUF file.
 * @throws InputError naming the metadata key that is missing or not supported
 */
export function ggufTokenizer(file: string, { metadata }: GgufFile): Tokenizer {
  const value = (key: string): GgufValue | undefined => metadata.get(KEY + key)
  const pieces = list({ file, value }, 'tokens') as readonly string[]
  const types = (value('token_type') ?? []) as readonly number[]
  const vocabulary: Vocabulary = { file, pieces, types, value }
  const model = value('model')
  if (model === 'llama') return sentencePiece(vocabulary)
  if (model === 'gpt2') return byteLevelMerges(vocabulary)
  throw new InputError(`${file}: ${KEY}model is ${JSON.stringify(model)}; supported: "llama", "gpt2"`)
}
