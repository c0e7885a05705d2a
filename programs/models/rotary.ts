import { logExact, powerExact } from '../../sim/numerics.js'
import { InputError } from '../../sim/errors.js'
import type { ModelConfig } from './types.js'
import { shown } from './json.js'

/**
 * The two ways in which checkpoints differ in their rotary embedding: the order of a pair's rows, and scaled
 * frequencies.
 */

/** Whether a tensor has a value or row for each word of the heads' queries or keys. */
export function isRotated(tensor: string): boolean {
  return /\.[qk](Bias|Norm)?$/.test(tensor)
}

/**
 * Rows of a query or key projection (or its bias, or the gain of its norm) in half-split order, reordered to adjacent
 * pairs. Hugging Face rotates the pair (i, i + n / 2) of the first n words of a head; the machine rotates
 * (2i, 2i + 1), as the original LLaMA does. Scores are sums over a head and do not see the order.
 */
export function adjacentPairs(matrix: Float32Array, columns: number, headDim: number, rotated = headDim): Float32Array {
  const result = matrix.slice()
  const rows = matrix.length / columns
  const half = rotated / 2
  for (let head = 0; head < rows; head += headDim) {
    for (let i = 0; i < half; i++) {
      const first = (head + i) * columns
      const second = (head + half + i) * columns
      result.set(matrix.subarray(first, first + columns), (head + 2 * i) * columns)
      result.set(matrix.subarray(second, second + columns), (head + 2 * i + 1) * columns)
    }
  }
  return result
}

/** Rope settings of a config.json: `rope_scaling`, or the newer `rope_parameters`. */
export type RopeSettings = Readonly<Record<string, unknown>>

const SUPPORTED = ['default', 'linear', 'llama3', 'dynamic', 'yarn', 'longrope']

function positive(settings: RopeSettings, key: string, where: string): number {
  const value = settings[key]
  if (typeof value !== 'number' || !(value > 0)) {
    throw new InputError(`${where}.${key} is ${shown(value)}, expected a positive number`)
  }
  return value
}

/**
 * Llama 3.1's divisors: frequencies whose wavelength exceeds the original context by a factor are divided by
 * `factor`, short ones are left, those between are blended (Transformers, modeling_rope_utils.py, 'llama3').
 */
function llama3Divisors(settings: RopeSettings, base: number, headDim: number, where: string): number[] {
  const factor = positive(settings, 'factor', where)
  const low = positive(settings, 'low_freq_factor', where)
  const high = positive(settings, 'high_freq_factor', where)
  const context = positive(settings, 'original_max_position_embeddings', where)
  if (high <= low) {
    throw new InputError(`${where}.high_freq_factor is ${high}, expected more than low_freq_factor (${low})`)
  }
  return Array.from({ length: headDim / 2 }, (_, pair) => {
    const wavelength = 2 * Math.PI * powerExact(base, (2 * pair) / headDim)
    if (wavelength < context / high) return 1
    if (wavelength > context / low) return factor
    const smooth = (context / wavelength - low) / (high - low)
    return 1 / ((1 - smooth) / factor + smooth)
  })
}

/**
 * YaRN (arXiv 2309.00071, as Transformers computes it): long wavelengths are divided by `factor`, short ones left, those
 * between blended; cosines and sines get a factor.
 */
function yarn(settings: RopeSettings, config: ModelConfig, where: string): RopeFeatures {
  const { ropeBase, contextLength, headDim, rotaryDims: dims = headDim } = config
  const optional = (key: string): number | undefined => (
    settings[key] === undefined || settings[key] === null ? undefined : positive(settings, key, where)
  )
  const original = optional('original_max_position_embeddings') ?? contextLength
  const factor = optional('factor') ?? contextLength / original
  const turnsAt = (turns: number): number => (dims * logExact(original / (2 * Math.PI * turns))) / (2 * logExact(ropeBase))
  const exact = settings['truncate'] === false
  const [first, last] = [turnsAt(optional('beta_fast') ?? 32), turnsAt(optional('beta_slow') ?? 1)]
  const low = Math.max(0, exact ? first : Math.floor(first))
  const high = Math.min(dims - 1, exact ? last : Math.ceil(last))
  const width = low === high ? 0.001 : high - low
  const share = (pair: number): number => Math.min(1, Math.max(0, (pair - low) / width))
  const magnitude = (scale: number): number => (factor <= 1 ? 1 : 1 + 0.1 * scale * logExact(factor))
  const [scale, scaleAll] = [optional('mscale'), optional('mscale_all_dim')]
  const both = scale !== undefined && scaleAll !== undefined
  return {
    ropeDivisors: Array.from({ length: dims / 2 }, (_, pair) => 1 / (share(pair) / factor + 1 - share(pair))),
    ropeFactor: optional('attention_factor') ?? (both ? magnitude(scale) / magnitude(scaleAll) : magnitude(1)),
  }
}

/**
 * Longrope (arXiv 2402.13753, as Transformers computes it): one list of divisors up to the original context, another for
 * longer sequences; the factor of cosines and sines is the same for both.
 */
function longrope(settings: RopeSettings, { contextLength }: ModelConfig, where: string): RopeFeatures {
  const list = (key: string): number[] => {
    const values = settings[key]
    if (Array.isArray(values) && values.every((value) => typeof value === 'number')) return values as number[]
    throw new InputError(`${where}.${key} is ${shown(values)}, expected a list of numbers`)
  }
  const optional = (key: string): number | undefined => (
    settings[key] === undefined || settings[key] === null ? undefined : positive(settings, key, where)
  )
  const trained = optional('original_max_position_embeddings') ?? contextLength
  const share = optional('factor') ?? contextLength / trained
  return {
    ropeDivisors: list('short_factor'), ropeByLength: { trained, divisors: list('long_factor') },
    ropeFactor: optional('attention_factor') ?? (share <= 1 ? 1 : Math.sqrt(1 + logExact(share) / logExact(trained))),
  }
}

/** Dynamic scaling leaves the frequencies up to the trained context; the base grows with the length beyond it. */
function dynamic(settings: RopeSettings, { contextLength }: ModelConfig, where: string): RopeFeatures {
  const factor = positive(settings, 'factor', where)
  return { ropeByLength: { trained: contextLength, factor }, contextLength: Math.floor(contextLength * Math.max(1, factor)) }
}

/**
 * A configuration whose frequencies are those of sequences of a length. Transformers takes them from the length of a pass, so that
 * with a cache its results depend on how a text is cut; here all positions of a sequence have those of its whole length.
 * @param length tokens of the sequence, those to be generated included
 */
export function atLength(config: ModelConfig, length: number): ModelConfig {
  const { ropeByLength, ...settled } = config
  if (ropeByLength === undefined) return config
  const { trained } = ropeByLength
  if (length <= trained) return settled
  if ('divisors' in ropeByLength) return { ...settled, ropeDivisors: ropeByLength.divisors }
  const { headDim, rotaryDims: dims = headDim, ropeBase } = config
  const { factor } = ropeByLength
  return { ...settled, ropeBase: ropeBase * powerExact((factor * length) / trained - (factor - 1), dims / (dims - 2)) }
}

export type RopeFeatures = Partial<Pick<ModelConfig, 'ropeDivisors' | 'ropeFactor' | 'ropeByLength' | 'contextLength'>>

/**
 * What a config.json says of frequencies: their divisors, and the factor of cosines and sines.
 * @param values the whole config.json: some families keep the original context at its top
 * @param aliases other names of a kind of scaling, by family
 * @throws InputError naming the key, for a kind of scaling that would be computed wrongly
 */
export function readRope(
  settings: RopeSettings, config: ModelConfig, values: Readonly<Record<string, unknown>>, where: string,
  aliases: Readonly<Record<string, string>> = {},
): RopeFeatures {
  const named = settings['rope_type'] ?? settings['type'] ?? 'default'
  const type = typeof named === 'string' ? aliases[named] ?? named : named
  const all = { ...values, ...settings }
  if (type === 'yarn') return yarn(all, config, where)
  if (type === 'longrope') return longrope(all, config, where)
  if (type === 'dynamic') return dynamic(settings, config, where)
  const divisors = ropeDivisors({ ...settings, rope_type: type }, config.ropeBase, config.rotaryDims ?? config.headDim, where)
  return divisors === undefined ? {} : { ropeDivisors: divisors }
}

/**
 * The divisor of each rotary pair's frequency, as 32-bit floats (which is how GGUF keeps them), or undefined when
 * none is scaled.
 * @throws InputError naming the key, for a kind of scaling that would be computed wrongly
 */
export function ropeDivisors(
  settings: RopeSettings, base: number, headDim: number, where: string,
): number[] | undefined {
  const type = settings['rope_type'] ?? settings['type'] ?? 'default'
  if (typeof type !== 'string' || !SUPPORTED.includes(type)) {
    const key = settings['rope_type'] === undefined ? 'type' : 'rope_type'
    throw new InputError(`${where}.${key} is ${shown(type)}; supported: ${SUPPORTED.join(', ')}`)
  }
  if (type === 'default') return undefined
  const divisors = type === 'llama3' ? llama3Divisors(settings, base, headDim, where)
    : new Array<number>(headDim / 2).fill(positive(settings, 'factor', where))
  return divisors.map(Math.fround)
}
