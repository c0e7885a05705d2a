import { didYouMean, InputError } from '../../sim/errors.js'
import type { Comparison, Constraint, Objective, Value } from './types.js'

/** The figures that sweeps are made for, by short names, and where they stand among a point's numbers. */
export const GOALS: Readonly<Record<string, { readonly path: string; readonly direction: Objective['direction'] }>> = {
  'J/token': { path: 'goals.joulesPerToken', direction: 'minimise' },
  's/token': { path: 'goals.secondsPerToken', direction: 'minimise' },
  'tokens/s': { path: 'goals.tokensPerSecond', direction: 'maximise' },
  mm2: { path: 'goals.areaMm2', direction: 'minimise' },
  perplexity: { path: 'goals.perplexity', direction: 'minimise' },
}

/** Other ways people write them. */
const ALIASES: Readonly<Record<string, string>> = {
  energyPerToken: 'J/token', secondsPerToken: 's/token', latency: 's/token', throughput: 'tokens/s', tokensPerSecond: 'tokens/s',
  area: 'mm2', areaMm2: 'mm2', energy: 'J/token', joulesPerToken: 'J/token',
}

const goalName = (name: string): string => ALIASES[name] ?? name

const UNITS: Readonly<Record<string, string>> = { 'J/token': 'J', 's/token': 's', 'tokens/s': '1/s', mm2: 'mm²' }

/** The unit of an objective; of a path, the one that ends its name is in the name already. */
export function unitOf(name: string): string {
  return UNITS[name] ?? ''
}

/** Where a name of the plan stands among a point's numbers: a goal's place, or the name itself, a path. */
export function pathOf(name: string): string {
  return GOALS[goalName(name)]?.path ?? name
}

/**
 * What a search makes small or large. A goal goes in its own better direction wherever it is listed: `tokens/s` under
 * `minimise` is time per token made small. Any number of a result goes by its path.
 * @throws InputError for a name that is neither
 */
export function objectiveOf(name: string, direction: Objective['direction']): Objective {
  const goal = GOALS[goalName(name)]
  if (goal !== undefined) return { name: goalName(name), ...goal }
  if (/^[A-Za-z]\w*(\.\w+)+$/.test(name)) return { name, path: name, direction }
  throw new InputError(`unknown objective '${name}'.${didYouMean(name, Object.keys(GOALS))} Objectives: ${Object.keys(GOALS).join(', ')}, `
    + 'or the path of a number in the result, such as latency.prefillCycles.')
}

const CONDITION = /^\s*([A-Za-z][\w./]*)\s*(<=|>=|==|!=|<|>|=)\s*(\S.*?)\s*$/

function literal(word: string): Value {
  const bare = word.replace(/^(['"])(.*)\1$/, '$2')
  if (bare === 'true' || bare === 'false') return bare === 'true'
  return bare !== '' && Number.isFinite(Number(bare)) ? Number(bare) : bare
}

/**
 * Reads a condition such as `area.totalMm2 < 50`.
 * @throws InputError for text that is none
 */
export function constraintOf(text: string): Constraint {
  const parts = CONDITION.exec(text)
  if (parts === null) throw new InputError(`'${text}' is no condition: write KEY < NUMBER, such as area.totalMm2 < 50 (<, <=, >, >=, =, !=)`)
  const [, name, sign, word] = parts as unknown as [string, string, string, string]
  const comparison = (sign === '==' ? '=' : sign) as Comparison
  const limit = literal(word)
  if (typeof limit !== 'number' && comparison !== '=' && comparison !== '!=') {
    throw new InputError(`'${text}' compares with '${word}', which is not a number`)
  }
  return { text: text.trim(), path: pathOf(name), comparison, limit }
}

/** Numbers of a point: nested, plain data. */
export type Numbers = Readonly<Record<string, unknown>>

/** The value at a dotted path; undefined where there is none. */
export function valueAt(numbers: Numbers | undefined, path: string): Value | undefined {
  const value = path.split('.').reduce<unknown>((at, name) => (at as Record<string, unknown> | null | undefined)?.[name], numbers)
  return typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean' ? value : undefined
}

/**
 * How far numbers are from meeting a condition: 0 if they do, else the excess in shares of the limit; Infinity where the
 * key is missing or no number.
 */
export function violation(numbers: Numbers | undefined, { path, comparison, limit }: Constraint): number {
  const value = valueAt(numbers, path)
  if (value === undefined) return Infinity
  if (comparison === '=' || comparison === '!=') return (value === limit) === (comparison === '=') ? 0 : 1
  if (typeof value !== 'number' || typeof limit !== 'number' || Number.isNaN(value)) return Infinity
  const excess = comparison.startsWith('<') ? value - limit : limit - value
  if (excess < 0 || (excess === 0 && comparison.endsWith('='))) return 0
  return Math.max(excess / (Math.abs(limit) || 1), Number.EPSILON)
}
