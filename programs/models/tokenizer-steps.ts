import { InputError } from '../../sim/errors.js'
import { shown } from './json.js'
import { dangerOf } from './safe-pattern.js'

/**
 * The steps of a tokenizer.json: normalizer, pre-tokenizer and decoder. Each is checked, because the pipeline takes what
 * it is given, and those that the pipeline computes otherwise than the Rust implementation are refused, or put in
 * words that it computes alike.
 */

type Values = Readonly<Record<string, unknown>>
type Stage = 'normalizer' | 'pre_tokenizer' | 'decoder'

/** What a key of a step must be; with a question mark it may be absent. */
type Kind = 'text' | 'text?' | 'flag?' | 'count?' | 'pattern' | 'steps'

const BYTE_LEVEL: Readonly<Record<string, Kind>> = { add_prefix_space: 'flag?', trim_offsets: 'flag?', use_regex: 'flag?' }
const REPLACE: Readonly<Record<string, Kind>> = { pattern: 'pattern', content: 'text' }

const STEPS: Readonly<Record<Stage, Readonly<Record<string, Readonly<Record<string, Kind>>>>>> = {
  normalizer: {
    Sequence: { normalizers: 'steps' }, NFC: {}, NFD: {}, NFKC: {}, NFKD: {}, Lowercase: {}, StripAccents: {},
    Prepend: { prepend: 'text' }, Replace: REPLACE, Strip: { strip_left: 'flag?', strip_right: 'flag?' },
  },
  pre_tokenizer: {
    Sequence: { pretokenizers: 'steps' }, ByteLevel: BYTE_LEVEL, Split: { pattern: 'pattern', behavior: 'text', invert: 'flag?' },
    Metaspace: { replacement: 'text?', prepend_scheme: 'text?', split: 'flag?' }, Digits: { individual_digits: 'flag?' },
    Whitespace: {}, WhitespaceSplit: {},
  },
  decoder: {
    Sequence: { decoders: 'steps' }, ByteLevel: BYTE_LEVEL, Replace: REPLACE, ByteFallback: {}, Fuse: {},
    Strip: { content: 'text', start: 'count?', stop: 'count?' },
    Metaspace: { replacement: 'text?', prepend_scheme: 'text?', split: 'flag?' },
  },
}

const EXPECTED: Readonly<Record<Kind, string>> = {
  text: 'a text', 'text?': 'a text', 'flag?': 'true or false', 'count?': 'a whole number', steps: 'a list of steps',
  pattern: 'a pattern, {"String": text} or {"Regex": text}',
}

const isObject = (value: unknown): value is Values => typeof value === 'object' && value !== null && !Array.isArray(value)

function fits(value: unknown, kind: Kind): boolean {
  if (value === undefined || value === null) return kind.endsWith('?')
  switch (kind) {
    case 'text': case 'text?': return typeof value === 'string'
    case 'flag?': return typeof value === 'boolean'
    case 'count?': return Number.isInteger(value) && (value as number) >= 0 && (value as number) < 1000
    case 'steps': return Array.isArray(value)
    case 'pattern': return isObject(value) && (typeof value['String'] === 'string') !== (typeof value['Regex'] === 'string')
  }
}

/** Where a step stands, and what is known of the steps before it. */
interface Place { readonly stage: Stage; readonly path: string; readonly where: string; readonly replaced: readonly string[] }

/** GPT-2's pattern, whose white space is Unicode's; the pipeline's own takes U+FEFF for some. */
const GPT2 = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+"

const isolate = (pattern: string): Values => ({ type: 'Split', pattern: { Regex: pattern }, behavior: 'Isolated', invert: false })
const sequence = (...steps: readonly Values[]): Values => ({ type: 'Sequence', pretokenizers: steps })

function checkPattern({ Regex: regex }: Values, { path, where }: Place): void {
  const danger = regex === undefined ? undefined : dangerOf(regex as string)
  if (danger !== undefined) throw new InputError(`${where}: ${path}.pattern.Regex ${shown(regex)} is not run: ${danger}`)
}

/** The pipeline isolates or removes matches. Other behaviours are right only where the pattern never occurs. */
function settleSplit(step: Values, { path, where, replaced }: Place): Values | undefined {
  const { behavior, invert, pattern } = step as { behavior: string; invert?: boolean; pattern: Values }
  const kind = behavior.toLowerCase()
  if (kind === 'removed' || (kind === 'isolated' && invert !== true)) return { ...step, invert: invert ?? false }
  if (typeof pattern['String'] === 'string' && replaced.includes(pattern['String'])) return undefined
  throw new InputError(`${where}: ${path} splits with behavior ${shown(behavior)}${invert ? ', inverted' : ''}; ` +
    'supported: "Isolated", and "Removed"')
}

function settle(step: Values, place: Place): Values | undefined {
  if (place.stage !== 'pre_tokenizer') return step
  if (step['type'] === 'Split') return settleSplit(step, place)
  if (step['type'] === 'ByteLevel' && step['use_regex'] !== false && step['add_prefix_space'] !== true) {
    return sequence(isolate(GPT2), { ...step, use_regex: false })
  }
  if (step['type'] === 'Metaspace' && step['split'] !== false) {
    const mark = (step['replacement'] ?? '▁') as string
    if ([...mark].length !== 1 || /[\\\]^-]/.test(mark)) {
      throw new InputError(`${place.where}: ${place.path}.replacement is ${shown(mark)}, expected one character`)
    }
    return sequence(step, isolate(`${mark}[^${mark}]*|[^${mark}]+`))
  }
  return step
}

function checkStep(value: unknown, place: Place): Values | undefined {
  const { stage, path, where } = place
  const type = isObject(value) ? value['type'] : undefined
  const table = STEPS[stage]
  if (!isObject(value) || typeof type !== 'string' || !Object.hasOwn(table, type)) {
    throw new InputError(`${where}: ${path} is of type ${shown(type)}; supported: ${Object.keys(table).join(', ')}`)
  }
  for (const [key, kind] of Object.entries(table[type]!)) {
    if (!fits(value[key], kind)) throw new InputError(`${where}: ${path}.${key} is ${shown(value[key])}, expected ${EXPECTED[kind]}`)
    if (kind === 'pattern') checkPattern(value[key] as Values, place)
    if (kind !== 'steps') continue
    const steps = (value[key] as unknown[]).flatMap((step, at) => checkStep(step, { ...place, path: `${path}.${key}[${at}]` }) ?? [])
    return { ...value, [key]: steps }
  }
  return settle(value, place)
}

/** Texts that a normalizer leaves none of. */
function replacedBy(normalizer: unknown): string[] {
  if (!isObject(normalizer)) return []
  const { type, normalizers, pattern, content } = normalizer as { type?: string; normalizers?: unknown[]; pattern?: Values; content?: string }
  if (type === 'Sequence') return (normalizers ?? []).flatMap(replacedBy)
  const text = type === 'Replace' ? pattern?.['String'] : undefined
  return typeof text === 'string' && !content!.includes(text) ? [text] : []
}

/** The steps of a tokenizer.json, checked and in words that the pipeline computes as they are meant. */
export interface Steps { readonly normalizer: Values | null; readonly pre_tokenizer: Values | null; readonly decoder: Values }

/** @throws InputError naming the step, its key, and what is expected */
export function checkSteps(json: Values, where: string): Steps {
  const one = (stage: Stage, replaced: readonly string[] = []): Values | null => {
    const value = json[stage]
    return value === undefined || value === null ? null : checkStep(value, { stage, path: stage, where, replaced }) ?? null
  }
  const decoder = one('decoder')
  if (decoder === null) {
    throw new InputError(`${where}: decoder is ${shown(json['decoder'])}; without one, token ids cannot become text`)
  }
  const normalizer = one('normalizer')
  return { normalizer, pre_tokenizer: one('pre_tokenizer', replacedBy(normalizer)), decoder }
}
