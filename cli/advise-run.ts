import { adviceOf, rankAdvice } from '../reports/advice.js'
import type { Advice, RankedBy } from '../reports/advice.js'
import type { Together } from '../reports/advice-text.js'
import { candidatesOf } from '../reports/candidates.js'
import type { Candidate } from '../reports/candidates.js'
import { completeChip } from '../sim/config/load-chip.js'
import { parseSetting, withSettings } from '../sim/config/set-keys.js'
import type { ChipSpec } from '../sim/config/chip-spec.js'
import { InputError, SimulationError } from '../sim/errors.js'
import type { RunResult } from '../sim/result/schema.js'
import type { TaskPool } from '../simulate/threads/kind.js'
import { findChip } from './chip-source.js'
import { startProgress } from './output.js'
import { runOne } from './run-on-chips.js'
import { refuseZeroWeights } from './run-applies.js'
import type { RunArguments } from './run-options.js'
import { withPoolOf } from './workers.js'

export interface AdviseOptions {
  /** Most changes that are simulated. */
  readonly tries: number
  readonly by: RankedBy
}

export interface Advised {
  readonly base: RunResult
  /** Best first. */
  readonly advice: readonly Advice[]
  /** The three best that can stand together, applied at once; null for fewer than two. */
  readonly together: Together | null
  /** Changes that no run came of, and why. */
  readonly refused: readonly { readonly set: string; readonly reason: string }[]
}

/** Chip and arguments of a run with some changes. @throws InputError where the chip would be wrong */
function changed(chip: ChipSpec, args: RunArguments, changes: readonly Candidate[]): { chip: ChipSpec; args: RunArguments } {
  const settings = changes.filter(({ option }) => !option).map(({ set }) => parseSetting(set))
  const options = changes.filter(({ option }) => option).map(({ key, value }) => [key.replace(/^--/, ''), value])
  return { chip: completeChip(withSettings(chip, settings)), args: { ...args, ...Object.fromEntries(options) as Partial<RunArguments> } }
}

/** @returns the run, or why there is none */
async function attempt(
  pool: TaskPool, chip: ChipSpec, args: RunArguments, changes: readonly Candidate[],
): Promise<RunResult | string> {
  try {
    const run = changed(chip, args, changes)
    const result = await runOne(pool, run.chip, run.args, () => undefined)
    const { logitsCompared, bitExact } = result.verification
    return logitsCompared > 0 && !bitExact ? 'the run fails its check against the reference interpreter' : result
  } catch (error) {
    if (error instanceof InputError || error instanceof SimulationError) return error.message.split('\n')[0]!
    throw error
  }
}

const PIECES = 3

/** The best changes that save something and do not turn the same key. */
function bestTogether(advice: readonly Advice[], candidates: readonly Candidate[]): Candidate[] {
  const chosen: Candidate[] = []
  for (const { set, energyRatio, latencyRatio } of advice) {
    const candidate = candidates.find((other) => other.set === set)!
    if (energyRatio * latencyRatio >= 1 || chosen.some(({ key }) => key === candidate.key)) continue
    chosen.push(candidate)
    if (chosen.length === PIECES) break
  }
  return chosen
}

/**
 * Runs a model on a chip, then again with one change after the other, side by side on `args.workers` threads, and ranks the
 * changes by what they did.
 */
export async function adviseOn(chipName: string, args: RunArguments, { tries, by }: AdviseOptions): Promise<Advised> {
  const chip = findChip(chipName, args.set)
  refuseZeroWeights(args, [chip])
  return withPoolOf(args, async (pool) => {
    const base = await runOne(pool, chip, args, () => undefined)
    const candidates = candidatesOf(base).slice(0, tries)
    const progress = await startProgress('trying', candidates.length)
    let done = 0
    try {
      const runs = await Promise.all(candidates.map(async (candidate) => {
        const run = await attempt(pool, chip, args, [candidate])
        progress.update(++done, candidate.set)
        return { candidate, run }
      }))
      const advice = rankAdvice(runs.flatMap(({ candidate, run }) => (typeof run === 'string' ? [] : [adviceOf(candidate, base, run)])), by)
      const refused = runs.flatMap(({ candidate: { set }, run }) => (typeof run === 'string' ? [{ set, reason: run }] : []))
      return { base, advice, refused, together: await applyTogether(pool, chip, args, { base, advice, candidates }) }
    } finally {
      progress.stop()
    }
  })
}

async function applyTogether(
  pool: TaskPool, chip: ChipSpec, args: RunArguments, tried: { base: RunResult; advice: readonly Advice[]; candidates: readonly Candidate[] },
): Promise<Together | null> {
  const { base, advice, candidates } = tried
  const chosen = bestTogether(advice, candidates)
  if (chosen.length < 2) return null
  const run = await attempt(pool, chip, args, chosen)
  if (typeof run === 'string') return null
  const { energyRatio, latencyRatio, areaRatio } = adviceOf(chosen[0]!, base, run)
  return { set: chosen.map(({ set }) => set), energyRatio, latencyRatio, areaRatio }
}
