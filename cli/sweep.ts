import type { CommandModule } from 'yargs'
import { InputError } from '../sim/errors.js'
import { QUEUE, WORKERS } from './workers.js'

export interface SweepArguments {
  plan: string
  files: string[] | undefined
  out: string
  workers: number
  queue: string | undefined
  shard: string | undefined
  'dry-run': boolean
  to: string | undefined
  json: boolean
}

/** `sweep merge DIR` and `sweep export DIR`: the folder is the first of the files. */
function folderOf({ plan, files }: SweepArguments): { folder: string; rest: string[] } {
  const [folder, ...rest] = files ?? []
  if (folder === undefined) throw new InputError(`sweep ${plan} needs a folder: spikeloom sweep ${plan} DIR`)
  return { folder, rest }
}

async function handle(args: SweepArguments): Promise<void> {
  if (args.plan === 'merge') {
    const { folder, rest } = folderOf(args)
    const { mergeShards } = await import('./sweep-merge.js')
    const { reportOn } = await import('./sweep-run.js')
    const { store, plan } = await mergeShards(folder, rest)
    try {
      await reportOn(store, plan, { out: folder, json: args.json })
    } finally {
      store.close()
    }
    return
  }
  if (args.plan === 'export') return (await import('./sweep-merge.js')).exportTable(folderOf(args).folder, args.to)
  if (args.files !== undefined && args.files.length > 0) throw new InputError(`sweep takes one plan; '${args.files[0]!}' is one too many.`)
  return (await import('./sweep-run.js')).runPlan(args)
}

/** `spikeloom sweep PLAN.yaml`: many points, one store, one front. */
export const command: CommandModule<object, SweepArguments> = {
  command: 'sweep <plan> [files..]',
  describe: 'run many points of a plan: every key may vary; a store, tables, the Pareto front',
  builder: (parser) => parser
    .positional('plan', { type: 'string', demandOption: true, describe: 'a plan file (docs/sweep.md); or merge DIR, export DIR' })
    .positional('files', { type: 'string', array: true, describe: 'of merge: the folder, and stores of shards (default: those in it); of export: the folder' })
    .option('out', { type: 'string', default: 'out', describe: 'folder for sweep.db, points.csv, front.csv and index.html' })
    .option('workers', WORKERS)
    .option('queue', QUEUE)
    .option('shard', { type: 'string', describe: 'run part I of N (I/N), into a store of its own that sweep merge joins' })
    .option('dry-run', { type: 'boolean', default: false, describe: 'count the points, run a few, say how long all would take' })
    .option('to', { type: 'string', describe: 'of export: the file to write, .csv or .parquet' })
    .option('json', { type: 'boolean', default: false, describe: 'print points, done, failed and front as JSON only' }) as never,
  handler: handle,
}
