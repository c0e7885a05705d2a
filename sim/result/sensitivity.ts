import type { RangedPrice } from './intervals.js'

/** What one price does to a total, or to the ratio of two totals, when it alone goes to the ends of its range. */
export interface Swing {
  readonly name: string
  readonly driver: string
  /** What is asked for (pJ a token, or a ratio) with the price at the low and at the high end. */
  readonly atLow: number
  readonly atHigh: number
  /** Distance between the two. */
  readonly swing: number
}

export interface Sensitivity {
  /** 'energy per token' or 'ratio'. */
  readonly of: 'energy per token' | 'ratio'
  readonly value: number
  /** Largest swing first; prices that move nothing are left out. */
  readonly swings: readonly Swing[]
}

export interface SensitivitySide {
  readonly rows: readonly RangedPrice[]
  /** Tokens that the energy is divided by. */
  readonly tokens: number
}

/** Energy a token with one price at an end of its range. */
function energyWith({ rows, tokens }: SensitivitySide, name: string, end: 'low' | 'high'): number {
  let total = 0
  for (const row of rows) {
    const price = row.name === name ? row[end] ?? row.value : row.value
    total += row.value > 0 ? row.energyPj * (price / row.value) : row.energyPj
  }
  return total / tokens
}

function ranked(names: readonly string[], driverOf: (name: string) => string, at: (name: string, end: 'low' | 'high') => number): Swing[] {
  return names.map((name) => {
    const atLow = at(name, 'low')
    const atHigh = at(name, 'high')
    return { name, driver: driverOf(name), atLow, atHigh, swing: Math.abs(atHigh - atLow) }
  }).filter(({ swing }) => swing > 0).sort((a, b) => b.swing - a.swing || (a.name < b.name ? -1 : 1))
}

/** Ranks prices by what they do to the energy of a token; with two sides, to the second's over the first's. */
export function sensitivity(first: SensitivitySide, second?: SensitivitySide): Sensitivity {
  const names = [...new Set([...first.rows, ...second?.rows ?? []].map(({ name }) => name))]
  const all = [...first.rows, ...second?.rows ?? []]
  const driverOf = (name: string): string => all.find((row) => row.name === name)?.driver ?? ''
  const nominal = (side: SensitivitySide): number => side.rows.reduce((sum, { energyPj }) => sum + energyPj, 0) / side.tokens
  if (second === undefined) {
    return {
      of: 'energy per token', value: nominal(first), swings: ranked(names, driverOf, (name, end) => energyWith(first, name, end)),
    }
  }
  return {
    of: 'ratio', value: nominal(second) / nominal(first),
    swings: ranked(names, driverOf, (name, end) => energyWith(second, name, end) / energyWith(first, name, end)),
  }
}
