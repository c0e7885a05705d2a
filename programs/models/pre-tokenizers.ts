/**
 * How text is cut before byte-level merging, by the name in `tokenizer.ggml.pre`. Patterns and names are those of
 * llama.cpp (src/llama-vocab.cpp); where it approximates a class, the class of the models' own tokenizer.json stands
 * here. Each pattern splits the pieces that the one before left; what lies between matches is a piece too.
 */
export interface PreTokenizer {
  readonly patterns: readonly string[]
  /** A piece that is a token is taken whole, without merging. */
  readonly ignoreMerges?: boolean
  /** Whether a text begins with the begin-of-sequence token where the file does not say. */
  readonly addBos?: boolean
  readonly normalizer?: object
}

const CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
const SPACES = '|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+'
const MARKS = '| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*'

const llama3 = (digits: string): string => `${CONTRACTIONS}|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|${digits}${MARKS}${SPACES}`
const GPT2 = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)"

const UPPER = '[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]'
const LOWER = '[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]'

/** Words that end where a capital follows. @param tail what may hang on a word */
const cased = (tail: string, digits: string): string =>
  `[^\\r\\n\\p{L}\\p{N}]?${UPPER}*${LOWER}+${tail}|[^\\r\\n\\p{L}\\p{N}]?${UPPER}+${LOWER}*${tail}|${digits}` +
  `| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*${SPACES}`

const QWEN35 = `${CONTRACTIONS}|[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+|\\p{N}| ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*${SPACES}`

const DEEPSEEK_V3 = [
  '\\p{N}{1,3}',
  '[\\u4e00-\\u9fa5\\u3040-\\u309f\\u30a0-\\u30ff]+',
  '[!"#$%&\'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+'
    + `| ?[\\p{P}\\p{S}]+[\\r\\n]*${SPACES}`,
]
const DEEPSEEK_CODER = [
  '[\\r\\n]', '\\s?\\p{L}+', '\\s?\\p{P}+', '[\\u4e00-\\u9fa5\\u0800-\\u4e00\\uac00-\\ud7ff]+', '\\p{N}',
]

const LLAMA3: PreTokenizer = { patterns: [llama3('\\p{N}{1,3}')], ignoreMerges: true, addBos: true }
const TEKKEN: PreTokenizer = { patterns: [cased('', '\\p{N}')], ignoreMerges: true, addBos: true }

const GROUPS: readonly (readonly [names: string, PreTokenizer])[] = [
  ['llama3 llama-v3 llama-bpe falcon3 pixtral lfm2', LLAMA3],
  ['smaug-bpe dbrx glm4 chatglm-bpe', { patterns: LLAMA3.patterns }],
  ['qwen2', { patterns: [llama3('\\p{N}')], normalizer: { type: 'NFC' } }],
  ['deepseek-r1-qwen megrez stablelm2 hunyuan', { patterns: [llama3('\\p{N}')] }],
  ['qwen35', { patterns: [QWEN35], normalizer: { type: 'NFC' } }],
  ['smollm starcoder refact command-r codeshell exaone', { patterns: ['\\p{N}', GPT2] }],
  ['gpt-2 phi-2 olmo mpt jais exaone4 modern-bert granite-docling', { patterns: [GPT2] }],
  ['default', { patterns: ['[\\p{P}\\$\\+<=>\\^~\\|]+', GPT2, '\\p{N}+', '[0-9][0-9][0-9]'] }],
  ['falcon', { patterns: ['[\\p{P}\\$\\+<=>\\^~\\|`]+', GPT2, '[0-9][0-9][0-9]'] }],
  ['tekken', TEKKEN],
  ['gpt-4o llama4 kanana2', { patterns: [cased(`${CONTRACTIONS}?`, '\\p{N}{1,3}')] }],
  ['deepseek-v3 hunyuan-dense joyai-llm', { patterns: DEEPSEEK_V3 }],
  ['deepseek-coder', { patterns: DEEPSEEK_CODER }],
]

/** By name; a file without a name has `default`. */
export const PRE_TOKENIZERS: ReadonlyMap<string, PreTokenizer> =
  new Map(GROUPS.flatMap(([names, pre]) => names.split(' ').map((name) => [name, pre] as const)))
