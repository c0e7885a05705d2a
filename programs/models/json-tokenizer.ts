import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Tokenizer as Pipeline } from '@huggingface/tokenizers'
import { InputError } from '../../sim/errors.js'
import { parseJson } from './json.js'
import { readText } from './tensor-file.js'
import type { Tokenizer } from './types.js'

/**
 * Byte-pair encoding as a Hugging Face tokenizer.json describes it: normalizer, pre-tokenizer, merges, decoder. The
 * pipeline itself is @huggingface/tokenizers.
 */
interface AddedToken { readonly id: number; readonly content: string; readonly special?: boolean }

/** The parts of a tokenizer.json that are looked at here; the pipeline reads the rest. */
export interface TokenizerJson {
  readonly model: {
    readonly type: string
    readonly vocab: Readonly<Record<string, number>>
    readonly merges: readonly unknown[]
  }
  readonly added_tokens?: readonly AddedToken[]
  readonly decoder?: unknown
}

/** What the model, not the tokenizer, says about its special tokens. */
export interface SpecialTokens {
  readonly bosId: number
  readonly eosId: number
  /** Whether a text begins with `bosId`. */
  readonly addBos: boolean
}

/** Steps that a file may leave out. */
const EMPTY_PIPELINE = { normalizer: null, pre_tokenizer: null, post_processor: null, added_tokens: [] }

/** A tokenizer.json at work. The pipeline is built at first use: a vocabulary of 128,000 takes seconds. */
export class JsonTokenizer implements Tokenizer {
  readonly vocabSize: number
  readonly bosId: number
  readonly eosId: number
  private readonly addBos: boolean
  private readonly json: TokenizerJson
  private readonly where: string
  private built: Pipeline | undefined
  private anchor: { readonly id: number; readonly length: number } | undefined

  /** @param where the file, for errors */
  constructor(where: string, json: TokenizerJson, vocabSize: number, special: SpecialTokens) {
    this.where = where
    this.json = json
    this.vocabSize = vocabSize
    this.bosId = special.bosId
    this.eosId = special.eosId
    this.addBos = special.addBos
  }

  private get pipeline(): Pipeline {
    try {
      return this.built ??= new Pipeline({ ...EMPTY_PIPELINE, ...this.json }, {})
    } catch (error) {
      throw new InputError(`${this.where}: ${(error as Error).message}`)
    }
  }

  encode(text: string, { bos = true }: { bos?: boolean } = {}): number[] {
    const ids = text === '' ? [] : this.pipeline.encode(text, { add_special_tokens: false }).ids
    return bos && (this.addBos || ids.length === 0) ? [this.bosId, ...ids] : ids
  }

  decode(ids: readonly number[]): string {
    if (ids.length === 0) return ''
    return this.pipeline.decode([...ids], { skip_special_tokens: true, clean_up_tokenization_spaces: false })
  }

  /** Decoded after an ordinary token, because a decoder may take the space off the first one. */
  decodeToken(id: number): string {
    if (this.anchor === undefined) {
      const anchorId = this.pipeline.encode('a', { add_special_tokens: false }).ids.at(-1) ?? this.eosId
      this.anchor = { id: anchorId, length: this.decode([anchorId]).length }
    }
    return this.decode([this.anchor.id, id]).slice(this.anchor.length)
  }
}

function isTokenizerJson(value: Record<string, unknown>): boolean {
  const model = value['model'] as { type?: unknown; vocab?: unknown; merges?: unknown } | undefined
  return model?.type === 'BPE' && typeof model.vocab === 'object' && model.vocab !== null && Array.isArray(model.merges)
}

function readTokenizerJson(folder: string): TokenizerJson {
  const file = join(folder, 'tokenizer.json')
  if (!existsSync(file)) {
    const also = existsSync(join(folder, 'tokenizer.model'))
      ? ' (tokenizer.model alone is not read: save the tokenizer with Transformers to get a tokenizer.json)' : ''
    throw new InputError(`${file}: the tokenizer is not there${also}`)
  }
  const json = parseJson(readText(file), file)
  if (!isTokenizerJson(json)) {
    const type = (json['model'] as { type?: unknown } | undefined)?.type
    throw new InputError(`${file}: the tokenizer is of type ${JSON.stringify(type)}; ` +
      `supported: "BPE" with vocab and merges`)
  }
  if (json['decoder'] === undefined || json['decoder'] === null) {
    throw new InputError(`${file}: decoder is ${JSON.stringify(json['decoder'])}; ` +
      `without one, token ids cannot become text`)
  }
  return json as unknown as TokenizerJson
}

/** The id of a special token that config.json names, or of the one that ends a text. */
function specialId(values: Record<string, unknown>, key: string, json: TokenizerJson, where: string): number {
  const value = values[key]
  if (typeof value === 'number') return value
  if (Array.isArray(value) && typeof value[0] === 'number') return value[0]
  const end = json.added_tokens?.find((token) => token.content === '<|endoftext|>')
  if (end !== undefined) return end.id
  throw new InputError(`${where}: ${key} is ${JSON.stringify(value)}, expected a token id`)
}

/**
 * The tokenizer of a Hugging Face folder: tokenizer.json, with bos_token_id and eos_token_id from config.json, and
 * add_bos_token from tokenizer_config.json where there is one.
 * @throws InputError for another kind of tokenizer
 */
export function loadJsonTokenizer(folder: string, vocabSize: number): Tokenizer {
  const json = readTokenizerJson(folder)
  const where = join(folder, 'config.json')
  const values = parseJson(readText(where), where)
  const settings = join(folder, 'tokenizer_config.json')
  const addBos = !existsSync(settings) || parseJson(readText(settings), settings)['add_bos_token'] !== false
  return new JsonTokenizer(join(folder, 'tokenizer.json'), json, vocabSize, {
    bosId: specialId(values, 'bos_token_id', json, where),
    eosId: specialId(values, 'eos_token_id', json, where),
    addBos,
  })
}
