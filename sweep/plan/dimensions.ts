import { powerExact } from '../../sim/numerics.js'
import { InputError } from '../../sim/errors.js'
import { checkValue, isWhole } from './keys.js'
import type { Dimension, Key, Range, Value, Vocabulary } from './types.js'

/** How a plan says what a key goes over. */
export type VarySpec =
  | readonly Value[]
  | { readonly choose: readonly Value[] }
  | {
    readonly from: number
    readonly to: number
    readonly steps?: number | undefined
    readonly scale?: 'linear' | 'log' | undefined
    readonly whole?: boolean | undefined
  }

/** Digits that a drawn number keeps: enough to tell designs apart, few enough to be the same on every machine. */
const DIGITS = 6

function rounded(value: number, whole: boolean): number {
  return whole ? Math.round(value) : Number(value.toPrecision(DIGITS))
}

/** The number at a share of a range: at 0 its first, at 1 its last. */
export function inRange({ from, to, scale, whole }: Range, share: number): number {
  if (share <= 0) return from
  if (share >= 1) return to
  const value = scale === 'log' ? from * powerExact(to / from, share) : from + share * (to - from)
  return Math.min(Math.max(rounded(value, whole), Math.min(from, to)), Math.max(from, to))
}

function levelsOf(range: Range, steps: number): number[] {
  return [...new Set(Array.from({ length: steps }, (_, at) => inRange(range, steps === 1 ? 0 : at / (steps - 1))))]
}

/** Steps of a range that a plan may ask for. */
const MOST_STEPS = 100_000

function rangeOf(key: Key, { from, to, scale = 'linear', whole }: Extract<VarySpec, { from: number }>): Range {
  if (to < from) throw new InputError(`${key.name} goes from ${from} to ${to}: the range is empty; nearest is from ${to} to ${from}`)
  if (scale === 'log' && from <= 0) throw new InputError(`${key.name} goes from ${from} on a log scale, which begins above 0`)
  const isInteger = isWhole(key) ?? whole ?? (Number.isInteger(from) && Number.isInteger(to))
  return { from, to, scale, whole: isInteger }
}

/**
 * A key and what it goes over, each value checked.
 * @throws InputError for an empty list or range, a value the key does not take, or the same value twice
 */
export function dimensionOf(key: Key, spec: VarySpec, vocabulary: Vocabulary): Dimension {
  if ('from' in spec) {
    const range = rangeOf(key, spec)
    const { steps } = spec
    for (const end of [range.from, range.to]) checkValue(key, end, vocabulary)
    if (steps === undefined) return { key, kind: 'range', range }
    if (!Number.isInteger(steps) || steps < 1 || steps > MOST_STEPS) {
      throw new InputError(`${key.name} has steps ${steps}, expected a whole number from 1 to ${MOST_STEPS}`)
    }
    return { key, kind: 'levels', values: levelsOf(range, steps).map((value) => checkValue(key, value, vocabulary)), ordered: true }
  }
  const listed = 'choose' in spec ? spec.choose : spec
  if (listed.length === 0) throw new InputError(`${key.name} has no values: list one at least`)
  const values = listed.map((value) => checkValue(key, value, vocabulary))
  const twice = values.find((value, at) => values.indexOf(value) !== at)
  if (twice !== undefined) throw new InputError(`${key.name} lists ${String(twice)} twice`)
  return { key, kind: 'levels', values, ordered: !('choose' in spec) && values.every((value) => typeof value === 'number') }
}

/** How many values a key goes over; Infinity for any number of a range that is not whole. */
export function sizeOf(dimension: Dimension): number {
  if (dimension.kind === 'levels') return dimension.values.length
  const { from, to, whole } = dimension.range
  return whole ? to - from + 1 : from === to ? 1 : Infinity
}

/** The value at a share of a dimension in [0, 1). */
export function valueOf(dimension: Dimension, share: number): Value {
  if (dimension.kind === 'range') return inRange(dimension.range, share)
  const { values } = dimension
  return values[Math.min(values.length - 1, Math.floor(share * values.length))]!
}
