import { didYouMean, InputError } from '../../sim/errors.js'
import type { GgufFile, GgufValue } from './gguf-file.js'
import { shown } from './json.js'
import { JsonTokenizer } from './json-tokenizer.js'
import { PRE_TOKENIZERS } from './pre-tokenizers.js'
import type { PreTokenizer } from './pre-tokenizers.js'
import { SentencePieceTokenizer } from './sentencepiece-tokenizer.js'
import { checkTokenId, checkTokenizerJson } from './tokenizer-json.js'
import type { Tokenizer } from './types.js'

/** The vocabulary inside a GGUF file: SentencePiece scores (`llama`) or byte-level merges (`gpt2`). */
const KEY = 'tokenizer.ggml.'

/** ggml's token types that matter here. */
const UNKNOWN = 2
const CONTROL = 3
const USER_DEFINED = 4

const byteLevel = (useRegex: boolean): object =>
  ({ type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: useRegex })

const splitBy = ({ patterns }: PreTokenizer): object => ({
  type: 'Sequence',
  pretokenizers: [
    ...patterns.map((pattern) => ({ type: 'Split', pattern: { Regex: pattern }, behavior: 'Isolated', invert: false })),
    byteLevel(false),
  ],
})

interface Vocabulary {
  readonly file: string
  readonly pieces: readonly string[]
  readonly types: readonly number[]
  readonly value: (key: string) => GgufValue | undefined
}

function list(
  { file, value }: Pick<Vocabulary, 'file' | 'value'>, key: string, type: 'string' | 'number',
): readonly GgufValue[] {
  const values = value(key)
  if (!Array.isArray(values)) throw new InputError(`${file}: metadata key ${KEY}${key} is missing or no array`)
  const odd = values.find((one) => typeof one !== type)
  if (odd !== undefined) throw new InputError(`${file}: ${KEY}${key} has ${shown(odd)}, expected ${type}s only`)
  return values as readonly GgufValue[]
}

interface Special { readonly bosId: number; readonly eosId: number; readonly addBos: boolean }

function specialTokens({ file, pieces, value }: Vocabulary, addBosDefault: boolean): Special {
  const id = (key: string): number => checkTokenId(value(key), pieces.length, `${KEY}${key}`, file)
  const eosId = id('eos_token_id')
  const hasBos = value('bos_token_id') !== undefined
  const addBos = value('add_bos_token') ?? (hasBos && addBosDefault)
  if (typeof addBos !== 'boolean') {
    throw new InputError(`${file}: ${KEY}add_bos_token is ${shown(addBos)}, expected true or false`)
  }
  return { eosId, bosId: hasBos ? id('bos_token_id') : eosId, addBos }
}

function sentencePiece(vocabulary: Vocabulary): Tokenizer {
  const { file, pieces, types, value } = vocabulary
  const scores = list(vocabulary, 'scores', 'number') as readonly number[]
  if (scores.length !== pieces.length) {
    throw new InputError(`${file}: ${KEY}scores has ${scores.length} values for ${pieces.length} tokens`)
  }
  const odd = scores.findIndex((score) => !Number.isFinite(score))
  if (odd >= 0) throw new InputError(`${file}: ${KEY}scores has ${scores[odd]} for token ${odd}, expected finite numbers`)
  const control = (type: number | undefined): boolean => type === CONTROL || type === UNKNOWN
  return new SentencePieceTokenizer({
    ...specialTokens(vocabulary, true),
    pieces: pieces.map((piece) => piece.replaceAll('▁', ' ')),
    scores: Float32Array.from(scores),
    controlIds: new Set(pieces.flatMap((_, id) => (control(types[id]) ? [id] : []))),
    metaspace: true,
    addSpacePrefix: value('add_space_prefix') !== false,
  })
}

/** Merges that make a token. Files have others too; llama.cpp then takes the two pieces apart again. */
function usableMerges(vocabulary: Vocabulary, vocab: Readonly<Record<string, number>>): string[] {
  const merges = list(vocabulary, 'merges', 'string') as readonly string[]
  return merges.filter((merge) => {
    const parts = merge.split(' ')
    return parts.length !== 2 || [...parts, parts.join('')].every((piece) => Object.hasOwn(vocab, piece))
  })
}

function byteLevelMerges(vocabulary: Vocabulary): Tokenizer {
  const { file, pieces, types, value } = vocabulary
  const name = value('pre') ?? 'default'
  const pre = typeof name === 'string' ? PRE_TOKENIZERS.get(name) : undefined
  if (pre === undefined) {
    const near = typeof name === 'string' ? didYouMean(name, PRE_TOKENIZERS.keys()) : ''
    throw new InputError(`${file}: ${KEY}pre is ${shown(name)}, a way of cutting text that is not known;` +
      `${near} Known: ${[...PRE_TOKENIZERS.keys()].join(', ')}`)
  }
  const isAdded = (id: number): boolean => types[id] === CONTROL || types[id] === USER_DEFINED
  const vocab = Object.fromEntries(pieces.map((piece, id) => [piece, id]))
  const json = {
    normalizer: pre.normalizer ?? null,
    pre_tokenizer: splitBy(pre),
    post_processor: null,
    decoder: byteLevel(true),
    added_tokens: pieces.flatMap((content, id) => (isAdded(id) ? [{
      id, content, special: types[id] === CONTROL, normalized: false, single_word: false, lstrip: false, rstrip: false,
    }] : [])),
    model: {
      type: 'BPE', merges: usableMerges(vocabulary, vocab), ignore_merges: pre.ignoreMerges ?? false, vocab,
    },
  }
  const checked = checkTokenizerJson(json, pieces.length, `${file}: tokenizer`)
  const { bosId, eosId, addBos } = specialTokens(vocabulary, pre.addBos ?? false)
  return new JsonTokenizer(file, checked, pieces.length, { bosId, eosId, added: { before: addBos ? [bosId] : [], after: [] } })
}

/**
 * The tokenizer of a GGUF file.
 * @throws InputError naming the metadata key that is missing or not supported
 */
export function ggufTokenizer(file: string, { metadata }: GgufFile): Tokenizer {
  const value = (key: string): GgufValue | undefined => metadata.get(KEY + key)
  const pieces = list({ file, value }, 'tokens', 'string') as readonly string[]
  const types = value('token_type') === undefined ? [] : list({ file, value }, 'token_type', 'number') as readonly number[]
  const vocabulary: Vocabulary = { file, pieces, types, value }
  const model = value('model')
  if (model === 'llama') return sentencePiece(vocabulary)
  if (model === 'gpt2') return byteLevelMerges(vocabulary)
  throw new InputError(`${file}: ${KEY}model is ${shown(model)}; supported: "llama", "gpt2"`)
}
