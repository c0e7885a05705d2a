import { InputError, didYouMean } from '../../sim/errors.js'
import { parseJson, shown } from './json.js'
import { DEFAULTS, FAMILIES, MISSING, REQUIRED } from './families.js'
import type { Family, Keys } from './families.js'
import { packingOf } from './packed.js'
import type { Packing } from './packed.js'
import { readRope } from './rotary.js'
import type { RopeSettings } from './rotary.js'
import { readText } from './tensor-file.js'
import { checkConfig } from './types.js'
import type { ModelConfig } from './types.js'

/** A config.json has a few KiB. */
const MAX_CONFIG_BYTES = 4 * 2 ** 20

type Values = Readonly<Record<string, unknown>>

function number(values: Values, key: string, file: string, fallback?: number): number {
  const value = values[key] ?? fallback
  if (typeof value !== 'number') {
    throw new InputError(`${file}: ${key} is ${shown(value)}, expected a number`)
  }
  return value
}

/** A row, and the keys of a config.json with its class's values for those that are missing. */
function familyValues(config: Values, file: string): { family: Family; values: Values } {
  const names = config['architectures']
  const named: unknown = Array.isArray(names) && names.length > 0 ? names[0] : config['model_type']
  const family = FAMILIES.find(({ name, type, outer }) => named === name || named === type || (named !== undefined && named === outer))
  if (family === undefined) {
    const known = FAMILIES.map(({ name }) => name)
    const missing = typeof named === 'string' ? MISSING[named] : undefined
    const hint = missing === undefined && typeof named === 'string' ? didYouMean(named, known) : ''
    throw new InputError(`${file}: architecture ${shown(named)} is not supported${missing === undefined ? '' : `: ${missing}`}; ` +
      `supported: ${known.join(', ')}.${hint}`)
  }
  const inner = named === family.outer ? objectOf(config['text_config'], `${file}: text_config`) : config
  const renamed = Object.entries(family.renamed ?? {}).flatMap(([name, read]) => (inner[name] === undefined ? [] : [[read, inner[name]]]))
  const values: Values = { ...DEFAULTS, ...family.defaults, ...Object.fromEntries(renamed), ...inner }
  refuseOthers(family, values, file)
  return { family, values }
}

/** Refuses settings that would be computed wrongly. */
function refuseOthers(family: Family, values: Values, file: string): void {
  const { reads = [], required = [] } = family
  for (const [key, expected, why] of [...REQUIRED.filter(([key]) => !reads.includes(key)), ...required]) {
    if ((values[key] ?? expected) === expected) continue
    throw new InputError(`${file}: ${key} is ${shown(values[key])}; ${why}`)
  }
}

/** The keys of a config.json, as a family's row reads them. */
function keysOf(values: Values, layers: number, file: string): Keys {
  const optional = (key: string): number | undefined => (
    values[key] === undefined || values[key] === null ? undefined : number(values, key, file)
  )
  return {
    number: (key, fallback) => number(values, key, file, fallback),
    optional,
    flag: (key) => values[key] === true,
    list: (key) => {
      const list = values[key]
      if (list === undefined || list === null) return undefined
      if (Array.isArray(list) && list.length >= layers) return list.slice(0, layers)
      throw new InputError(`${file}: ${key} is ${shown(list)}, expected a list of one entry for each of ${layers} layers`)
    },
    numbers: (key) => {
      const list = values[key] ?? []
      if (Array.isArray(list) && list.every((value) => typeof value === 'number')) return list as number[]
      throw new InputError(`${file}: ${key} is ${shown(list)}, expected a list of numbers`)
    },
    refuse: (key, why) => { throw new InputError(`${file}: ${key} is ${shown(values[key])}; ${why}`) },
  }
}

function objectOf(value: unknown, where: string): RopeSettings {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new InputError(`${where} is ${shown(value)}, expected an object`)
  return value as RopeSettings
}

/**
 * Where the rotary settings stand: `rope_parameters` has the base too, the older `rope_scaling` has not. Where layers differ
 * (Gemma 3), it has settings for each type of layer; those with a window may have a base of their own and nothing else.
 */
function ropeSettings(values: Values, file: string): { settings: RopeSettings; localBase?: number; where: string } {
  const key = values['rope_parameters'] ? 'rope_parameters' : 'rope_scaling'
  const settings = objectOf(values[key] ?? {}, `${file}: ${key}`)
  if (settings['full_attention'] === undefined) return { settings, where: `${file}: ${key}` }
  const local = objectOf(settings['sliding_attention'] ?? {}, `${file}: ${key}.sliding_attention`)
  const type = local['rope_type'] ?? 'default'
  if (type !== 'default') throw new InputError(`${file}: ${key}.sliding_attention.rope_type is ${shown(type)}; expected "default"`)
  return {
    settings: objectOf(settings['full_attention'], `${file}: ${key}.full_attention`), where: `${file}: ${key}.full_attention`,
    ...(local['rope_theta'] === undefined ? {} : { localBase: number(local, 'rope_theta', `${file}: ${key}.sliding_attention`) }),
  }
}

/** The configuration of a model, and the row of its family. */
export interface FamilyConfig {
  readonly config: ModelConfig
  readonly family: Family
  /** Of weights that are stored as packed integers. */
  readonly packing: Packing | undefined
}

/**
 * The sizes and features of a model from its config.json; no weights are needed.
 * @throws InputError naming the key, its value and what is supported
 */
export function readFamilyConfig(file: string): FamilyConfig {
  const { family, values } = familyValues(parseJson(readText(file, MAX_CONFIG_BYTES), file), file)
  const layers = number(values, 'num_hidden_layers', file)
  const dim = number(values, 'hidden_size', file)
  const heads = number(values, 'num_attention_heads', file)
  const headDim = number(values, 'head_dim', file, dim / heads)
  const { settings, localBase, where } = ropeSettings(values, file)
  const keys = { ...values, ...settings, ...(localBase === undefined ? {} : { rope_local_base_freq: localBase }) }
  const ropeBase = number(keys, 'rope_theta', file)
  const config: ModelConfig = {
    dim,
    hiddenDim: number(values, 'intermediate_size', file),
    layers,
    heads,
    kvHeads: number(values, 'num_key_value_heads', file, heads),
    headDim,
    vocabSize: number(values, 'vocab_size', file),
    contextLength: number(values, 'max_position_embeddings', file),
    normEps: number(values, 'rms_norm_eps', file),
    ropeBase,
    tiedEmbeddings: values['tie_word_embeddings'] === true,
  }
  // Sizes are bounded before anything is made for each layer or pair.
  checkConfig(config, file)
  const features = family.features?.(keysOf(keys, layers, file), { dim, hiddenDim: config.hiddenDim, layers, heads, headDim }) ?? {}
  const rope = readRope(settings, { ...config, ...features }, values, where, family.ropeAliases)
  const whole = { ...config, ...features, ...rope }
  checkConfig(whole, file)
  return { config: whole, family, packing: packingOf(values['quantization_config'], file) }
}

/** As `readFamilyConfig`, for those who do not read tensors. */
export function readHuggingFaceConfig(file: string): ModelConfig {
  return readFamilyConfig(file).config
}
