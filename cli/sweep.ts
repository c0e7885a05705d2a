import { hostname } from 'node:os'
import { join } from 'node:path'
import type { CommandModule } from 'yargs'
import { Pool } from '../simulate/threads/pool.js'
import { InputError, SimulationError } from '../sim/errors.js'
import { summarise } from '../sweep/analysis.js'
import type { Workbench } from '../sweep/points.js'
import { Store } from '../sweep/store/store.js'
import { sweep } from '../sweep/sweep.js'
import { makeFolder } from './file-system.js'
import { note, print, printJson, startProgress } from './output.js'
import { checkFirstPoint, readPlan, storeOptions, workbenchOf } from './sweep-bench.js'
import { dryRun } from './sweep-dry-run.js'
import { sweepReport, sweepText, writeTables } from './sweep-output.js'
import { SWEEP_POINT } from './sweep-point.js'
import { shardOf } from './sweep-vocabulary.js'
import { WORKERS } from './workers.js'

interface Arguments {
  plan: string
  out: string
  workers: number
  shard: string | undefined
  'dry-run': boolean
  json: boolean
}

/** The store's file: a shard has one of its own, which `sweep merge` joins to the others. */
function storeFile(folder: string, shard: { index: number; of: number } | undefined): string {
  return join(folder, shard === undefined ? 'sweep.db' : `shard-${shard.index + 1}-of-${shard.of}.db`)
}

/** Ends the sweep on a signal: what is finished is in the store, what is under way is given up. */
function onSignals(stop: (code: number) => void): () => void {
  const handlers = ([['SIGINT', 130], ['SIGTERM', 143]] as const).map(([signal, code]) => [signal, () => stop(code)] as const)
  for (const [signal, handler] of handlers) process.on(signal, handler)
  return () => { for (const [signal, handler] of handlers) process.off(signal, handler) }
}

/** @returns the exit code of the signal that stopped it, if one did */
async function runSweep(bench: Workbench, store: Store, args: Arguments, shard: { index: number; of: number } | undefined): Promise<number | undefined> {
  const pool = new Pool(args.workers, true)
  const progress = await startProgress('points', bench.plan.points * bench.plan.repeats)
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

async function runPlan(args: Arguments): Promise<void> {
  const shard = args.shard === undefined ? undefined : shardOf(args.shard)
  const plan = readPlan(args.plan)
  if (shard !== undefined && plan.search === 'pareto') {
    throw new InputError('--shard: search: pareto learns from all points before it, so it cannot be cut; take --workers or --queue.')
  }
  const bench = workbenchOf(plan)
  checkFirstPoint(bench)
  if (args['dry-run']) return dryRun(bench, args)
  makeFolder(args.out)
  const store = await Store.open(storeFile(args.out, shard), storeOptions(shard === undefined))
  try {
    const stopped = await runSweep(bench, store, args, shard)
    const { points, done, failed } = store.counts()
    if (stopped !== undefined) {
      note(`stopped with ${done + failed} of ${points} points in the store; the same command goes on from there.`)
      process.exit(stopped)
    }
    await report(bench, store, args)
    if (failed > 0 && done === 0) throw new SimulationError(`all ${failed} points failed; their errors are in ${join(args.out, 'points.csv')}`)
  } finally {
    store.close()
  }
}

async function report({ plan }: Workbench, store: Store, { out, json }: Arguments): Promise<void> {
  const summaries = summarise(store, plan)
  const files = await writeTables(store, plan, summaries, out)
  const summary = sweepReport(store, plan, summaries)
  if (json) printJson(summary)
  else print(sweepText(summary, plan))
  note(`wrote ${files.join(', ')}`)
}

/** `spikeloom sweep PLAN.yaml`: many points, one store, one front. */
export const command: CommandModule<object, Arguments> = {
  command: 'sweep <plan>',
  describe: 'run many points of a plan: every key may vary; a store, tables, the Pareto front',
  builder: (parser) => parser
    .positional('plan', { type: 'string', demandOption: true, describe: 'what to vary, over what, to what end (docs/sweep.md)' })
    .option('out', { type: 'string', default: 'out', describe: 'folder for sweep.db, points.csv and front.csv' })
    .option('workers', WORKERS)
    .option('shard', { type: 'string', describe: 'run part I of N (I/N), into a store of its own that sweep merge joins' })
    .option('dry-run', { type: 'boolean', default: false, describe: 'count the points, run a few, say how long all would take' })
    .option('json', { type: 'boolean', default: false, describe: 'print points, done, failed and front as JSON only' }),
  handler: runPlan,
}
