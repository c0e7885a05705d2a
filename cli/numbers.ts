import { UsageError } from './usage-error.js'

/** Options that are numbers, with their limits: a value that cannot be is refused before anything is loaded. */

interface NumberOption {
  readonly type: 'number'
  readonly coerce: (value: number) => number
}

function refuse(name: string, value: number, expected: string, nearest: number): never {
  throw new UsageError(`--${name} ${value}: expected ${expected}; nearest is ${nearest}.`)
}

// What is no number at all is refused with the other options' values (usage.ts), so NaN passes here.
const isNone = (value: unknown): boolean => typeof value !== 'number' || Number.isNaN(value)

/** A whole number from `least` to `most`. */
export function whole(name: string, least: number, most: number): NumberOption {
  const expected = `a whole number from ${least} to ${most}`
  return {
    type: 'number',
    coerce: (value) => {
      if (isNone(value) || (Number.isInteger(value) && value >= least && value <= most)) return value
      return refuse(name, value, expected, Math.min(most, Math.max(least, Math.round(value))))
    },
  }
}

/** A number from `least` to `most`, or above `least` where it is excluded. */
export function real(name: string, least: number, most: number): NumberOption {
  return {
    type: 'number',
    coerce: (value) => {
      if (isNone(value) || (value >= least && value <= most)) return value
      return refuse(name, value, `a number from ${least} to ${most}`, Math.min(most, Math.max(least, value)))
    },
  }
}

/** Seeds are 32 bits: a larger one would be another seed. */
export const SEED = { ...whole('seed', 0, 2 ** 32 - 1), default: 1 } as const

/** Tokens, positions and sequences that any model has room for; the model's own limits are checked when it is known. */
export const MOST_TOKENS = 2 ** 24
/** Tokens or sequences that share weights; more than any chip has memory for. */
export const MOST_BATCH = 4096
