import { hostname } from 'node:os'
import { join } from 'node:path'
import type { TaskPool } from '../simulate/threads/kind.js'
import { Pool } from '../simulate/threads/pool.js'
import { InputError, SimulationError } from '../sim/errors.js'
import { summarise } from '../sweep/analysis.js'
import type { Plan } from '../sweep/plan/types.js'
import type { Workbench } from '../sweep/points.js'
import { Store } from '../sweep/store/store.js'
import { sweep } from '../sweep/sweep.js'
import { makeFolder } from './file-system.js'
import { note, print, printJson, startProgress } from './output.js'
import { checkFirstPoint, readPlan, storeOptions, workbenchOf } from './sweep-bench.js'
import { dryRun } from './sweep-dry-run.js'
import { STORE_FILE } from './sweep-merge.js'
import { sweepReport, sweepText, writePages, writeTables } from './sweep-output.js'
import { SWEEP_POINT } from './sweep-point.js'
import type { SweepArguments } from './sweep.js'
import { shardOf } from './sweep-vocabulary.js'

type Shard = { readonly index: number; readonly of: number } | undefined

/** The store's file: a shard has one of its own, which `sweep merge` joins to the others. */
function storeFile(folder: string, shard: Shard): string {
  return join(folder, shard === undefined ? STORE_FILE : `shard-${shard.index + 1}-of-${shard.of}.db`)
}

/** Ends the sweep on a signal: what is finished is in the store, what is under way is given up. */
function onSignals(stop: (code: number) => void): () => void {
  const handlers = ([['SIGINT', 130], ['SIGTERM', 143]] as const).map(([signal, code]) => [signal, () => stop(code)] as const)
  for (const [signal, handler] of handlers) process.on(signal, handler)
  return () => { for (const [signal, handler] of handlers) process.off(signal, handler) }
}

/** Threads apart from this one, which keeps claims and answers signals; or a queue. */
async function openPool(args: SweepArguments): Promise<TaskPool> {
  return args.queue === undefined ? new Pool(args.workers, true) : (await import('./queue.js')).openQueue(args)
}

/** @returns the exit code of the signal that stopped it, if one did */
async function runSweep(bench: Workbench, store: Store, pool: TaskPool, shard: Shard): Promise<number | undefined> {
  const { points, repeats, baselines } = bench.plan
  const progress = await startProgress('points', (points + baselines.length) * repeats)
  let stopped: number | undefined
  const release = onSignals((code) => {
    stopped = code
    void pool.close()
  })
  try {
    await sweep({
      bench, store, pool, kind: SWEEP_POINT, worker: `${hostname()}#${process.pid}`, isStopped: () => stopped !== undefined,
      onProgress: (finished, failed) => progress.update(finished, failed > 0 ? `${failed} failed` : ''), ...(shard && { shard }),
    })
  } catch (error) {
    if (stopped === undefined) throw error
  } finally {
    release()
    progress.stop()
    await pool.close()
  }
  return stopped
}

/** Runs a plan, or what is left of it. @throws InputError before anything is written, SimulationError if no point succeeds */
export async function runPlan(args: SweepArguments): Promise<void> {
  const shard = args.shard === undefined ? undefined : shardOf(args.shard)
  const plan = readPlan(args.plan)
  if (shard !== undefined && plan.search === 'pareto') {
    throw new InputError('--shard: search: pareto learns from all points before it, so it cannot be cut; take --workers or --queue.')
  }
  const bench = workbenchOf(plan)
  checkFirstPoint(bench)
  if (args['dry-run']) return dryRun(bench, args)
  const pool = await openPool(args)
  let store: Store | undefined
  try {
    makeFolder(args.out)
    store = await Store.open(storeFile(args.out, shard), storeOptions(shard === undefined))
    const stopped = await runSweep(bench, store, pool, shard)
    const { points, done, failed } = store.counts()
    if (stopped !== undefined) {
      note(`stopped with ${done + failed} of ${points} points in the store; the same command goes on from there.`)
      process.exit(stopped)
    }
    if (shard === undefined) await reportOn(store, plan, args)
    else reportOnShard(store, plan, args)
    if (failed > 0 && done === 0) throw new SimulationError(`all ${failed} points failed; their errors are in the store, and in points.csv`)
  } finally {
    store?.close()
    await pool.close()
  }
}

/** A shard has no tables: they would be of a part. */
function reportOnShard(store: Store, plan: Plan, { out, json }: { readonly out: string; readonly json: boolean }): void {
  const summary = sweepReport(store, plan, summarise(store, plan))
  if (json) printJson(summary)
  else print(`${summary.done} points done, ${summary.failed} failed of ${summary.points}; join the shards with: spikeloom sweep merge ${out}`)
}

/** Writes a sweep's tables and says how it went. */
export async function reportOn(store: Store, plan: Plan, { out, json }: { readonly out: string; readonly json: boolean }): Promise<void> {
  const summaries = summarise(store, plan)
  const files = [...await writeTables(store, plan, summaries, out), ...await writePages(store, plan, summaries, out)]
  const summary = sweepReport(store, plan, summaries)
  if (json) printJson(summary)
  else print(sweepText(summary, plan))
  note(`wrote ${files.join(', ')}`)
}
