import { InputError } from '../sim/errors.js'
import type { TraceSink } from '../sim/core/trace.js'
import type { RunResult } from '../sim/result/schema.js'
import type { ChipSpec } from '../sim/config/chip-spec.js'
import type { QuantizedModel } from '../programs/quantize/types.js'
import { describeRun } from './describe.js'
import { joinAll } from './measurement.js'
import type { StatisticsRunOptions } from './options.js'
import { checkLength, limitOf } from './simulate.js'
import { runTracedTask, STATISTICS } from './task.js'
import type { StatisticsTask, StatisticsTaskResult } from './task.js'
import { withPool } from './threads/pool.js'
import type { TaskPool } from './threads/kind.js'

/** One task for the prompt and its first token, and one for each further token. */
function tasksOf(options: StatisticsRunOptions): StatisticsTask[] {
  const { model, chip, statistics, context = 0, promptTokens = 1, tokens = 1, seed = 1 } = options
  const positions = context + promptTokens + tokens - 1
  return Array.from({ length: tokens }, (_, token) => ({
    name: model.name, config: model.config, quantize: model.options, zeroShares: model.zeroShares, chip, statistics, positions,
    firstPosition: token === 0 ? context : context + promptTokens + token - 1,
    promptTokens: token === 0 ? promptTokens : 1,
    placement: options.placement ?? 'annealed',
    mapping: options.mapping ?? 'auto',
    batch: options.batch,
    runPromptTokens: promptTokens,
    sequences: options.sequences ?? 1,
    ...limitOf(options),
    seed: (seed + Math.imul(token, 0x9e3779b1)) >>> 0,
  }))
}

function checkStatistics({ model, chip, context = 0, promptTokens = 1, tokens = 1, sequences = 1 }: StatisticsRunOptions): void {
  for (const [name, value, least] of [['context', context, 0], ['prompt tokens', promptTokens, 1], ['sequences', sequences, 1]] as const) {
    if (!Number.isInteger(value) || value < least) throw new InputError(`${name}: ${value}, expected a whole number of at least ${least}`)
  }
  checkZeroWeights(model, chip)
  checkLength(model, context + promptTokens, tokens)
}

/** A chip that spares zero weights must be told how many a shape has. @throws InputError */
export function checkZeroWeights({ zeroShares, name }: QuantizedModel, { core }: ChipSpec): void {
  for (const [port, share] of Object.entries(zeroShares ?? {})) {
    if (!(share >= 0 && share <= 1)) throw new InputError(`zero weights of ${port}: ${share}, expected a share from 0 to 1`)
  }
  if (core.zeroWeights === 'paid' || zeroShares !== undefined) return
  throw new InputError(`core.zeroWeights is '${core.zeroWeights}', but model ${name} is a shape, which does not say how many of its weights are zero. ` +
    "Give --zero-weights SHARE, or set core.zeroWeights to 'paid'.")
}

/**
 * Runs a model's shape on spike statistics. Tokens are independent of each other, so they are simulated side by
 * side; the result is the same for any number of workers.
 * @throws InputError if the shape does not fit the chip or the sequence the model
 */
export async function simulateStatistics(options: StatisticsRunOptions): Promise<RunResult> {
  return withPool(options.workers ?? 1, (pool) => simulateStatisticsOn(pool, options))
}

/** One task after the other, in this thread, each told of as what follows the one before. */
function runTraced(tasks: readonly StatisticsTask[], sink: TraceSink, onDone: (done: number) => void): StatisticsTaskResult[] {
  let cyclesBefore = 0
  return tasks.map((task, at) => {
    const result = runTracedTask(task, { sink, cyclesBefore })
    cyclesBefore += result.measurement.cycles
    onDone(at + 1)
    return result
  })
}

/** The same on threads that others use too, such as those of runs on other chips. */
export async function simulateStatisticsOn(pool: TaskPool, options: Omit<StatisticsRunOptions, 'workers'>): Promise<RunResult> {
  const startedAt = performance.now()
  const { model, seed = 1, context = 0, promptTokens = 1, sequences = 1 } = options
  checkStatistics(options)
  const tasks = tasksOf(options)
  const onDone = (done: number): void => options.onToken?.(model.tokenizer.decodeToken(model.tokenizer.bosId), done)
  const results = options.trace === undefined ? await pool.runAll(STATISTICS, tasks, onDone) : runTraced(tasks, options.trace, onDone)
  const result = describeRun({
    model, provenance: options.provenance ?? 'shape only', chip: options.chip, seed,
    prompt: { text: '', tokens: promptTokens * sequences, sequences },
    tokenIds: Array.from({ length: tasks.length * sequences }, () => model.tokenizer.bosId),
    verdict: { bitExact: false, logitsCompared: 0, firstMismatch: null },
    measurement: joinAll(results.map(({ measurement }) => measurement)), mapping: results[0]!.mapping,
    drawnFrom: options.statistics.source, firstPosition: context,
  })
  return { ...result, wallSeconds: (performance.now() - startedAt) / 1000 }
}
