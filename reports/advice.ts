import type { RunResult } from '../sim/result/schema.js'
import type { Candidate } from './candidates.js'
import { lineOf } from './candidates.js'
import { headline, tokenLatencyCycles } from './view.js'

/** What a change did, simulated: everything over the run without it. Below 1 saves. */
export interface Advice {
  readonly set: string
  /** The line of the chip file, or the option of `run`, that does it. */
  readonly line: string
  readonly energyRatio: number
  readonly latencyRatio: number
  /** null where a result has no area. */
  readonly areaRatio: number | null
  readonly why: string
}

export type RankedBy = 'product' | 'energy' | 'latency' | 'area'

function secondsPerToken(result: RunResult): number {
  return tokenLatencyCycles(result) / (result.chip.spec.clockMHz * 1e6)
}

/** A change's run against the run without it. */
export function adviceOf(candidate: Candidate, base: RunResult, changed: RunResult): Advice {
  return {
    set: candidate.set, line: lineOf(candidate),
    energyRatio: headline(changed).chipPj / headline(base).chipPj,
    latencyRatio: secondsPerToken(changed) / secondsPerToken(base),
    areaRatio: base.area === undefined || changed.area === undefined ? null : changed.area.totalMm2 / base.area.totalMm2,
    why: candidate.why,
  }
}

const VALUE: Readonly<Record<RankedBy, (advice: Advice) => number>> = {
  product: ({ energyRatio, latencyRatio }) => energyRatio * latencyRatio,
  energy: ({ energyRatio }) => energyRatio,
  latency: ({ latencyRatio }) => latencyRatio,
  area: ({ areaRatio }) => areaRatio ?? 1,
}

/** The advice that saves most first; what is equal by 1e-9 by energy, then time, then area, then name. */
export function rankAdvice(advice: readonly Advice[], by: RankedBy = 'product'): Advice[] {
  const keys = (row: Advice): number[] => [VALUE[by](row), row.energyRatio, row.latencyRatio, row.areaRatio ?? 1]
  return [...advice].sort((a, b) => {
    const [left, right] = [keys(a), keys(b)]
    const at = left.findIndex((value, index) => Math.abs(value - right[index]!) > 1e-9)
    return at < 0 ? (a.set < b.set ? -1 : 1) : left[at]! - right[at]!
  })
}
