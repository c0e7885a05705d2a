import { InputError } from '../../sim/errors.js'
import { shown } from './json.js'
import { checkSteps } from './tokenizer-steps.js'

/** What is looked at in a tokenizer.json before it is used. The pipeline, which reads the rest, checks nothing. */

interface AddedToken { readonly id: number; readonly content: string; readonly special?: boolean }

/** The parts of a tokenizer.json that are looked at here. */
export interface TokenizerJson {
  readonly model: {
    readonly type: string
    readonly vocab: Readonly<Record<string, number>>
    readonly merges: readonly unknown[]
  }
  readonly added_tokens?: readonly AddedToken[]
  readonly post_processor?: unknown
  readonly decoder?: unknown
}

type Values = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Values => typeof value === 'object' && value !== null && !Array.isArray(value)

/** @throws InputError naming the key, for what is no id of the vocabulary */
export function checkTokenId(value: unknown, vocabSize: number, what: string, where: string): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < vocabSize) return value
  throw new InputError(`${where}: ${what} is ${shown(value)}, expected a token id from 0 to ${vocabSize - 1}`)
}

/** Every piece has an id of its own within the vocabulary. */
function checkVocabulary(vocab: Values, vocabSize: number, where: string): void {
  const owners = new Map<number, string>()
  for (const [piece, value] of Object.entries(vocab)) {
    const id = checkTokenId(value, vocabSize, `the id of ${shown(piece)}`, where)
    const other = owners.get(id)
    if (other !== undefined) {
      throw new InputError(`${where}: ${shown(other)} and ${shown(piece)} both have the token id ${id}`)
    }
    owners.set(id, piece)
  }
}

/** Each merge is two pieces, as "a b" or ["a", "b"], whose joint piece is there; as pairs. */
function checkMerges(merges: readonly unknown[], vocab: Values, where: string): [string, string][] {
  return merges.map((merge, at) => {
    const parts: unknown = typeof merge === 'string' ? merge.split(' ') : merge
    const isPair = Array.isArray(parts) && parts.length === 2 && parts.every((part) => typeof part === 'string' && part !== '')
    if (!isPair) {
      throw new InputError(`${where}: model.merges[${at}] is ${shown(merge)}, expected two pieces, as "a b" or ["a", "b"]`)
    }
    const [left, right] = parts as [string, string]
    const missing = [left, right, left + right].find((piece) => !Object.hasOwn(vocab, piece))
    if (missing !== undefined) {
      throw new InputError(`${where}: model.merges[${at}] is ${shown(merge)}, but ${shown(missing)} is not in model.vocab`)
    }
    return [left, right]
  })
}

function checkAddedTokens(tokens: unknown, vocab: Values, vocabSize: number, where: string): void {
  if (tokens === undefined || tokens === null) return
  if (!Array.isArray(tokens)) throw new InputError(`${where}: added_tokens is ${shown(tokens)}, expected a list`)
  tokens.forEach((token: unknown, at) => {
    const { content, id } = isObject(token) ? token : {}
    if (typeof content !== 'string' || content === '') {
      throw new InputError(`${where}: added_tokens[${at}].content is ${shown(content)}, expected a text`)
    }
    checkTokenId(id, vocabSize, `added_tokens[${at}].id`, where)
    if (Object.hasOwn(vocab, content) && vocab[content] !== id) {
      throw new InputError(`${where}: added_tokens[${at}] gives ${shown(content)} the id ${shown(id)}, ` +
        `model.vocab gives it ${shown(vocab[content])}`)
    }
  })
}

/** Flags and texts of the model that the pipeline reads. */
function checkModel(model: Values, where: string): void {
  for (const key of ['byte_fallback', 'ignore_merges', 'fuse_unk']) {
    const value = model[key] ?? false
    if (typeof value !== 'boolean') throw new InputError(`${where}: model.${key} is ${shown(value)}, expected true or false`)
  }
  const unknown = model['unk_token']
  const vocab = model['vocab'] as Values
  if (unknown !== undefined && unknown !== null && !(typeof unknown === 'string' && Object.hasOwn(vocab, unknown))) {
    throw new InputError(`${where}: model.unk_token is ${shown(unknown)}, expected a piece of model.vocab`)
  }
  for (const key of ['continuing_subword_prefix', 'end_of_word_suffix', 'dropout']) {
    if ((model[key] ?? '') !== '') throw new InputError(`${where}: model.${key} is ${shown(model[key])}, which is not supported`)
  }
}

/**
 * Checks a tokenizer.json.
 * @param vocabSize rows of the model's embedding: no id may be beyond
 * @throws InputError naming the key, its value and what is expected
 */
export function checkTokenizerJson(json: Values, vocabSize: number, where: string): TokenizerJson {
  const model = isObject(json['model']) ? json['model'] : {}
  const { type, vocab, merges } = model
  if (type !== 'BPE' || !isObject(vocab) || !Array.isArray(merges)) {
    throw new InputError(`${where}: the tokenizer is of type ${shown(type)}; supported: "BPE" with vocab and merges`)
  }
  checkVocabulary(vocab, vocabSize, where)
  checkModel(model, where)
  checkAddedTokens(json['added_tokens'], vocab, vocabSize, where)
  const pairs = checkMerges(merges, vocab, where)
  return {
    ...checkSteps(json, where), post_processor: json['post_processor'],
    added_tokens: (json['added_tokens'] ?? []) as AddedToken[],
    model: { ...model, type, vocab: vocab as Record<string, number>, merges: pairs },
  }
}

/** Ids that a tokenizer puts around a text. */
export interface AddedIds { readonly before: readonly number[]; readonly after: readonly number[] }

const NONE: AddedIds = { before: [], after: [] }

function templateIds(template: Values, vocabSize: number, where: string): AddedIds {
  const { single, special_tokens: special } = template
  if (!Array.isArray(single) || !isObject(special)) {
    throw new InputError(`${where}: post_processor of type TemplateProcessing has no single and special_tokens`)
  }
  const before: number[] = []
  const after: number[] = []
  let isBehind = false
  for (const piece of single as unknown[]) {
    const { Sequence: sequence, SpecialToken: token } = isObject(piece) ? piece : {}
    if (isObject(sequence)) isBehind = true
    else {
      const name = isObject(token) ? token['id'] : undefined
      const entry = typeof name === 'string' && Object.hasOwn(special, name) ? special[name] : undefined
      const ids = isObject(entry) && Array.isArray(entry['ids']) ? entry['ids'] as unknown[] : undefined
      if (ids === undefined) throw new InputError(`${where}: post_processor.single has ${shown(piece)}, which special_tokens does not explain`)
      const checked = ids.map((id) => checkTokenId(id, vocabSize, `post_processor.special_tokens ${shown(name)}`, where))
      ;(isBehind ? after : before).push(...checked)
    }
  }
  return { before, after }
}

/**
 * What the post-processor of a tokenizer.json adds to a text; nothing without one. `add_bos_token` of a
 * tokenizer_config.json has no say beside it (Transformers 5 drops it on load).
 * @throws InputError naming the key, for a kind that is not known
 */
export function addedIds(processor: unknown, vocabSize: number, where: string): AddedIds {
  if (processor === undefined || processor === null) return NONE
  if (!isObject(processor)) throw new InputError(`${where}: post_processor is ${shown(processor)}, expected an object`)
  const { type, processors, cls, sep } = processor
  if (type === 'ByteLevel') return NONE
  if (type === 'TemplateProcessing') return templateIds(processor, vocabSize, where)
  if (type === 'BertProcessing' || type === 'RobertaProcessing') {
    const idOf = (pair: unknown, key: string): number =>
      checkTokenId(Array.isArray(pair) ? pair[1] : undefined, vocabSize, `post_processor.${key}[1]`, where)
    return { before: [idOf(cls, 'cls')], after: [idOf(sep, 'sep')] }
  }
  if (type !== 'Sequence' || !Array.isArray(processors)) {
    throw new InputError(`${where}: post_processor is of type ${shown(type)}; supported: TemplateProcessing, ByteLevel, ` +
      'BertProcessing, RobertaProcessing, and a Sequence of them')
  }
  return processors.reduce<AddedIds>((all, one) => {
    const { before, after } = addedIds(one, vocabSize, where)
    return { before: [...before, ...all.before], after: [...all.after, ...after] }
  }, NONE)
}
