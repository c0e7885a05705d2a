import { ratioInterval, totalInterval } from '../../sim/result/intervals.js'
import { ratioNoise } from './cells.js'
import type { CellResult } from './cells.js'
import type { Planned } from './studies.js'
import { RIVAL } from './studies.js'

/** What tables, figures and prose say of the runs: a number with its bounds. */
export interface Bounded {
  readonly value: number
  readonly low: number
  readonly high: number
}

/** A run of the plan with what it came to; undefined if it was not run. */
export interface Done extends Planned {
  readonly result: CellResult | undefined
}

const widen = ({ value, low, high }: Bounded, noise: number): Bounded => ({ value, low: low * (1 - noise), high: high * (1 + noise) })

/** Millijoules a token; bounds hold 90 % of draws of all prices, and what sampling adds. */
export function milliJoules({ energyPj, tokens, rows, noise }: CellResult): Bounded {
  const scale = 1 / tokens / 1e9
  const { low, high } = totalInterval(rows)
  return widen({ value: energyPj * scale, low: low * scale, high: high * scale }, noise)
}

/** A ratio of energies a token under common draws of prices, and windows. */
export function energyRatio(over: CellResult, under: CellResult): Bounded {
  const ratio = ratioInterval({ rows: over.rows, per: over.tokens }, { rows: under.rows, per: under.tokens })
  return widen(ratio, ratioNoise(over, under))
}

/** True where the winner flips within the bounds, as they are printed. */
export const isUndecided = ({ low, high }: Bounded): boolean => Number(low.toFixed(2)) < 1 && Number(high.toFixed(2)) > 1

/** All runs, to be asked for by what they are. */
export class Findings {
  private readonly all: readonly Done[]

  constructor(all: readonly Done[]) {
    this.all = all
  }

  done(study: Planned['study']): readonly Done[] {
    return this.all.filter((one) => one.study === study)
  }

  /** A run of a study; undefined if it was not run. */
  cell(study: Planned['study'], key: Partial<Pick<Planned, 'model' | 'workload' | 'system' | 'rival' | 'variant'>>): CellResult | undefined {
    return this.all.find((one) => (
      one.study === study && Object.entries(key).every(([name, value]) => one[name as keyof typeof key] === value)
    ))?.result
  }

  /** Energy of a rival of the main table over that of SDLLM's trains. */
  ratio(workload: string, system: string, rival: string): Bounded | undefined {
    const over = this.cell('main', { workload, system, rival })
    const under = this.cell('main', { workload, system, rival: RIVAL.ternary })
    return over === undefined || under === undefined ? undefined : energyRatio(over, under)
  }
}
