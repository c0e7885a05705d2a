import { InputError, didYouMean } from '../../sim/errors.js'
import { parseJson, shown } from './json.js'
import { ropeDivisors } from './rotary.js'
import type { RopeSettings } from './rotary.js'
import { readText } from './tensor-file.js'
import { checkConfig } from './types.js'
import type { ModelConfig } from './types.js'

/** A config.json has a few KiB. */
const MAX_CONFIG_BYTES = 4 * 2 ** 20

type Values = Readonly<Record<string, unknown>>

/** Architectures by their class name and their model_type, and whether q, k and v always have biases. */
const ARCHITECTURES: readonly { name: string; type: string; qkvBias: boolean }[] = [
  { name: 'LlamaForCausalLM', type: 'llama', qkvBias: false },
  { name: 'Qwen2ForCausalLM', type: 'qwen2', qkvBias: true },
]

/** Settings that would change the result if ignored: the key and what it must be (absent is that, too). */
const REQUIRED: readonly [key: string, value: unknown, why: string][] = [
  ['hidden_act', 'silu', 'expected "silu"'],
  ['attention_bias', false, 'a bias on the output projection is not supported'],
  ['mlp_bias', false, 'biases of the feed-forward block are not supported'],
  ['use_sliding_window', false, 'sliding windows are not supported'],
  ['quantization_config', undefined, 'weights packed by a quantizer are not supported: give the float checkpoint'],
]

function number(values: Values, key: string, file: string, fallback?: number): number {
  const value = values[key] ?? fallback
  if (typeof value !== 'number') {
    throw new InputError(`${file}: ${key} is ${shown(value)}, expected a number`)
  }
  return value
}

/** The architecture, when nothing of it would be computed wrongly. */
function architectureOf(values: Values, file: string): (typeof ARCHITECTURES)[number] {
  const names = values['architectures']
  const named: unknown = Array.isArray(names) ? names[0] : values['model_type']
  const found = ARCHITECTURES.find(({ name, type }) => named === name || named === type)
  if (found === undefined) {
    const known = ARCHITECTURES.map(({ name }) => name)
    throw new InputError(`${file}: architecture ${shown(named)} is not supported; ` +
      `supported: ${known.join(', ')}.${typeof named === 'string' ? didYouMean(named, known) : ''}`)
  }
  for (const [key, expected, why] of REQUIRED) {
    if ((values[key] ?? expected) === expected) continue
    throw new InputError(`${file}: ${key} is ${shown(values[key])}; ${why}`)
  }
  return found
}

/** Where the rotary settings stand: `rope_parameters` has the base too, the older `rope_scaling` has not. */
function ropeSettings(values: Values, file: string): { settings: RopeSettings; where: string } {
  const key = values['rope_parameters'] ? 'rope_parameters' : 'rope_scaling'
  const settings = values[key] ?? {}
  if (typeof settings !== 'object' || Array.isArray(settings)) {
    throw new InputError(`${file}: ${key} is ${shown(settings)}, expected an object`)
  }
  return { settings: settings as RopeSettings, where: `${file}: ${key}` }
}

/**
 * The sizes of a LLaMA-family model from its config.json; no weights are needed.
 * @throws InputError naming the key, its value and what is supported
 */
export function readHuggingFaceConfig(file: string): ModelConfig {
  const values = parseJson(readText(file, MAX_CONFIG_BYTES), file)
  const { qkvBias } = architectureOf(values, file)
  const dim = number(values, 'hidden_size', file)
  const heads = number(values, 'num_attention_heads', file)
  const headDim = number(values, 'head_dim', file, dim / heads)
  const { settings, where } = ropeSettings(values, file)
  const ropeBase = number({ ...values, ...settings }, 'rope_theta', file, 10000)
  const config: ModelConfig = {
    dim,
    hiddenDim: number(values, 'intermediate_size', file),
    layers: number(values, 'num_hidden_layers', file),
    heads,
    kvHeads: number(values, 'num_key_value_heads', file, heads),
    headDim,
    vocabSize: number(values, 'vocab_size', file),
    contextLength: number(values, 'max_position_embeddings', file),
    normEps: number(values, 'rms_norm_eps', file),
    ropeBase,
    tiedEmbeddings: values['tie_word_embeddings'] === true,
    ...(qkvBias ? { qkvBias } : {}),
  }
  // Sizes are bounded before divisors are made for a head of that width.
  checkConfig(config, file)
  const divisors = ropeDivisors(settings, ropeBase, headDim, where)
  if (divisors === undefined) return config
  const scaled = { ...config, ropeDivisors: divisors }
  checkConfig(scaled, file)
  return scaled
}
