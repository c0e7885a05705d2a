import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Tokenizer as Pipeline } from '@huggingface/tokenizers'
import { InputError } from '../../sim/errors.js'
import { parseJson } from './json.js'
import { withinTime } from './safe-pattern.js'
import { readText } from './tensor-file.js'
import { addedIds, checkTokenId, checkTokenizerJson } from './tokenizer-json.js'
import type { AddedIds, TokenizerJson } from './tokenizer-json.js'
import type { Tokenizer } from './types.js'

/**
 * Byte-pair encoding as a Hugging Face tokenizer.json describes it: normalizer, pre-tokenizer, merges, decoder. The
 * pipeline itself is @huggingface/tokenizers.
 */

/** The largest published tokenizer.json has 33 MB. */
const MAX_TOKENIZER_BYTES = 96 * 2 ** 20
const MAX_CONFIG_BYTES = 4 * 2 ** 20

/** What the model, not the tokenizer, says about its special tokens; and what a text gets around it. */
export interface SpecialTokens {
  readonly bosId: number
  readonly eosId: number
  readonly added: AddedIds
}

/** A token's text is hardly ever longer. */
const DECODED_CHARACTERS = 16

/** A tokenizer.json at work. The pipeline is built at first use: a vocabulary of 128,000 takes seconds. */
export class JsonTokenizer implements Tokenizer {
  readonly vocabSize: number
  readonly bosId: number
  readonly eosId: number
  private readonly added: AddedIds
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
    this.added = special.added
  }

  private get pipeline(): Pipeline {
    try {
      return this.built ??= new Pipeline({ ...this.json, post_processor: null }, {})
    } catch (error) {
      // What the checks of the file cannot see: whether a regular expression is one.
      if (error instanceof SyntaxError) throw new InputError(`${this.where}: ${error.message}`)
      throw error
    }
  }

  private run<T>(characters: number, step: (pipeline: Pipeline) => T): T {
    const { pipeline } = this
    return withinTime(this.where, characters, () => step(pipeline))
  }

  private idsOf(text: string): number[] {
    if (text === '') return []
    return this.run(text.length, (pipeline) => pipeline.encode(text, { add_special_tokens: false }).ids)
  }

  encode(text: string, { bos = true }: { bos?: boolean } = {}): number[] {
    const ids = this.idsOf(text)
    const whole = bos ? [...this.added.before, ...ids, ...this.added.after] : ids
    return bos && whole.length === 0 ? [this.bosId] : whole
  }

  decode(ids: readonly number[]): string {
    if (ids.length === 0) return ''
    const options = { skip_special_tokens: true, clean_up_tokenization_spaces: false }
    return this.run(DECODED_CHARACTERS * ids.length, (pipeline) => pipeline.decode([...ids], options))
  }

  /** Decoded after an ordinary token, because a decoder may take the space off the first one. */
  decodeToken(id: number): string {
    if (this.anchor === undefined) {
      const anchorId = this.idsOf('a').at(-1) ?? this.eosId
      this.anchor = { id: anchorId, length: this.decode([anchorId]).length }
    }
    return this.decode([this.anchor.id, id]).slice(this.anchor.length)
  }
}

function readTokenizerJson(folder: string, vocabSize: number): TokenizerJson {
  const file = join(folder, 'tokenizer.json')
  if (!existsSync(file)) {
    const also = existsSync(join(folder, 'tokenizer.model'))
      ? ' (tokenizer.model alone is not read: save the tokenizer with Transformers to get a tokenizer.json)' : ''
    throw new InputError(`${file}: the tokenizer is not there${also}`)
  }
  return checkTokenizerJson(parseJson(readText(file, MAX_TOKENIZER_BYTES), file), vocabSize, file)
}

/** The id of a special token that config.json names, or of the one that ends a text. */
function specialId(
  values: Record<string, unknown>, key: string, json: TokenizerJson, vocabSize: number, where: string,
): number {
  const value = values[key]
  if (value !== undefined && value !== null) {
    const ids = (Array.isArray(value) ? value : [value]).map((id) => checkTokenId(id, vocabSize, key, where))
    if (ids.length > 0) return ids[0]!
  }
  const end = json.added_tokens?.find((token) => token.content === '<|endoftext|>')
  if (end !== undefined) return end.id
  return checkTokenId(value, vocabSize, key, where)
}

/**
 * The tokenizer of a Hugging Face folder: tokenizer.json, with bos_token_id and eos_token_id from config.json. What is
 * put before and behind a text is what its post-processor adds.
 * @throws InputError for another kind of tokenizer, or ids that the embedding does not have
 */
export function loadJsonTokenizer(folder: string, vocabSize: number): Tokenizer {
  const json = readTokenizerJson(folder, vocabSize)
  const where = join(folder, 'config.json')
  const values = parseJson(readText(where, MAX_CONFIG_BYTES), where)
  const file = join(folder, 'tokenizer.json')
  return new JsonTokenizer(file, json, vocabSize, {
    bosId: specialId(values, 'bos_token_id', json, vocabSize, where),
    eosId: specialId(values, 'eos_token_id', json, vocabSize, where),
    added: addedIds(json.post_processor, vocabSize, file),
  })
}
