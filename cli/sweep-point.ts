import { gzipSync } from 'node:zlib'
import { SimulationError, InputError } from '../sim/errors.js'
import { serializeResult } from '../sim/result/parse.js'
import type { RunResult } from '../sim/result/schema.js'
import type { TaskKind } from '../simulate/threads/kind.js'
import { withPool } from '../simulate/threads/pool.js'
import { numbersOf } from '../sweep/numbers.js'
import type { Quality } from '../sweep/numbers.js'
import type { PointTask } from '../sweep/points.js'
import type { PointOutcome } from '../sweep/sweep.js'
import { runEval } from './eval-run.js'
import { quantizationOf } from './quantization-options.js'
import { planOf, runByLayer, runFunctional, runStatistical } from './run-model.js'
import type { RunArguments } from './run-options.js'

const QUIET = (): void => undefined

async function resultOf(task: PointTask, args: RunArguments): Promise<RunResult> {
  const { chip, sizes } = task
  const { mode, shape } = planOf(args)
  if (Object.keys(sizes).length > 0 && shape === undefined) {
    throw new InputError(`model.${Object.keys(sizes)[0]!} changes the size of a shape, but ${args.model} has weights of its own size`)
  }
  if (mode === 'functional' && !args['by-layer']) return runFunctional(chip, args, QUIET)
  return withPool(1, (pool) => (mode === 'functional' ? runByLayer(pool, chip, args, QUIET)
    : runStatistical(pool, chip, args, shape && { ...shape, ...sizes }, QUIET)))
}

/** The last text that this thread evaluated, and on what: most points of a sweep differ in the chip, which changes no bit. */
let remembered: { readonly key: string; readonly quality: Quality } | undefined

async function qualityOf({ evaluation, sizes }: PointTask, args: RunArguments): Promise<Quality | undefined> {
  if (evaluation === undefined) return undefined
  if (planOf(args).mode !== 'functional') throw new InputError('evaluate measures a model with weights; this point runs a shape')
  const quantization = quantizationOf(args)
  const settings = {
    model: args.model, encoding: args.encoding, quantization: { ...quantization, options: { ...quantization.options, encoding: args.encoding } },
    text: evaluation.text, limitBytes: evaluation.limitBytes, tasks: undefined, quiet: true,
  }
  const key = JSON.stringify([settings, sizes])
  if (remembered?.key === key) return remembered.quality
  const { perplexity, bitsPerByte } = await runEval(settings)
  remembered = { key, quality: { perplexity, bitsPerByte } }
  return remembered.quality
}

/** Runs one point of a sweep, and measures its model on the plan's text if there is one. */
export async function runPoint(task: PointTask): Promise<PointOutcome> {
  const startedAt = performance.now()
  const args = task.run as unknown as RunArguments
  const result = await resultOf(task, args)
  if (result.verification.logitsCompared > 0 && !result.verification.bitExact) {
    throw new SimulationError('the chip and the reference interpreter disagree on this point')
  }
  const numbers = numbersOf(result, await qualityOf(task, args))
  return {
    numbers, gzip: task.wantsResult ? gzipSync(serializeResult(result)) : null,
    wallSeconds: (performance.now() - startedAt) / 1000, peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
  }
}

export const SWEEP_POINT: TaskKind<PointTask, PointOutcome> = { module: import.meta.url, name: 'runPoint', run: runPoint }
