import type { RunResult } from '../sim/result/schema.js'
import type { TaskKind, TaskPool, TellProgress } from '../simulate/threads/kind.js'
import { inOrder } from '../simulate/threads/pool.js'
import type { ChipSpec } from '../sim/config/chip-spec.js'
import { findChip } from './chip-source.js'
import { startProgress } from './output.js'
import { namingChips } from './fit-check.js'
import { planOf, positionsOfRun, runByLayer, runFunctional, runStatistical, shapeOfRun } from './run-model.js'
import { refuseZeroWeights } from './run-applies.js'
import type { RunArguments } from './run-options.js'
import { withPoolOf } from './workers.js'

/** A functional run by its arguments: each thread loads the model by itself, because weights are too large to send. */
export interface ChipRun {
  readonly chip: ChipSpec
  readonly args: RunArguments
}

export function runOnChip({ chip, args }: ChipRun, tell: TellProgress): RunResult {
  return runFunctional(chip, args, (_, generated) => tell(generated))
}

export const CHIP_RUN: TaskKind<ChipRun, RunResult> = { module: import.meta.url, name: 'runOnChip', run: runOnChip }

/** One run on the threads of a pool, whichever mode the arguments mean. */
export function runOne(pool: TaskPool, chip: ChipSpec, args: RunArguments, tell: TellProgress): Promise<RunResult> {
  const { mode, shape } = planOf(args)
  if (args['by-layer']) return runByLayer(pool, chip, args, (_, generated) => tell(generated))
  if (mode === 'functional') return pool.run(CHIP_RUN, { chip, args }, tell)
  return runStatistical(pool, chip, args, shape, (_, generated) => tell(generated))
}

/**
 * Runs a model on several chips, side by side on `args.workers` threads, or by a queue's workers: a functional run is one task, a statistical run
 * one task a token. One progress bar counts the tokens of all runs.
 * @returns results in the order of the chips, the same for any number of workers
 * @throws InputError for a chip that does not exist, before any run; else the error of the first run that has one
 */
export async function runOnChips(chipNames: readonly string[], args: RunArguments): Promise<RunResult[]> {
  if (chipNames.length === 0) return []
  const chips = chipNames.map((name) => findChip(name, args.set))
  refuseZeroWeights(args, chips)
  const progress = await startProgress('simulating', planOf(args).tokens * chipNames.length)
  const generated = chipNames.map(() => 0)
  const tellOf = (index: number): TellProgress => (done) => {
    generated[index] = done
    progress.update(generated.reduce((sum, tokens) => sum + tokens, 0), chipNames[index]!)
  }
  try {
    return await namingChips(() => shapeOfRun(args), positionsOfRun(args), () => (
      withPoolOf(args, (pool) => inOrder(chips.map((chip, index) => runOne(pool, chip, args, tellOf(index)))))
    ))
  } finally {
    progress.stop()
  }
}
