import type { CommandModule } from 'yargs'
import { InputError } from '../sim/errors.js'
import { SPIKELOOM_VERSION } from '../version.js'
import { note } from './output.js'
import { WORKERS } from './workers.js'

interface Arguments {
  queue: string
  workers: number
  'lock-seconds': number
  verbose: boolean
}

/** Every kind of task that commands hand out, by name: what is not among them does not run. */
async function taskKinds(): Promise<ReadonlyMap<string, TaskKind>> {
  const modules = await Promise.all([
    import('./sweep-point.js'), import('./run-on-chips.js'), import('./eval-run.js'), import('../simulate/task.js'),
    import('../simulate/by-layer.js'), import('../simulate/parallel-sweep.js'),
  ])
  const [{ SWEEP_POINT }, { CHIP_RUN }, { CLIP, EVAL_PART }, { STATISTICS }, { LAYER }, { RATE }] = modules
  // Each takes tasks of its own; what a queue carries is known when it is unpacked.
  return new Map([SWEEP_POINT, CHIP_RUN, CLIP, EVAL_PART, STATISTICS, LAYER, RATE].map((kind) => [kind.name, kind as unknown as TaskKind]))
}
type TaskKind = import('../simulate/threads/kind.js').TaskKind<unknown, unknown>

/** Resolves at the first SIGTERM or SIGINT; the second ends the process at once. */
function askedToStop(): Promise<void> {
  return new Promise((resolve) => {
    let asked = false
    for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143]] as const) {
      process.on(signal, () => {
        if (asked) process.exit(code)
        asked = true
        note('finishing the task in hand; once more ends at once')
        resolve()
      })
    }
  })
}

async function work(args: Arguments): Promise<void> {
  if (!(args['lock-seconds'] >= 1 && args['lock-seconds'] <= 3600)) throw new InputError(`--lock-seconds ${args['lock-seconds']}: expected 1 to 3600`)
  const [{ checkQueue, connect, parseQueueUrl }, { versionsHere }, { QueueWorker }, { Pool }, { saysOnce }] = await Promise.all([
    import('../sweep/queue/address.js'), import('../sweep/queue/presence.js'), import('../sweep/queue/queue-worker.js'),
    import('../simulate/threads/pool.js'), import('./queue.js'),
  ])
  const address = parseQueueUrl(args.queue, SPIKELOOM_VERSION)
  await checkQueue(address)
  const client = await connect(address)
  const versions = await versionsHere(client, address, SPIKELOOM_VERSION)
  client.disconnect()
  if (versions.length > 0 && !versions.includes(SPIKELOOM_VERSION)) {
    throw new InputError(`the tasks at ${address.shown} are of version ${versions.join(', ')}, but this is version ${SPIKELOOM_VERSION}: `
      + 'results of different versions must not mix.')
  }
  const pool = new Pool(args.workers, true)
  const stop = askedToStop()
  const worker = await QueueWorker.start({
    address, version: SPIKELOOM_VERSION, pool, kinds: await taskKinds(), lockSeconds: args['lock-seconds'],
    onTrouble: saysOnce(`queue at ${address.shown}`),
    ...(args.verbose ? { onTask: (kind: string, seconds: number) => note(`${kind} ${seconds.toFixed(2)} s`) } : {}),
  })
  note(`waiting for tasks at ${address.shown} on ${args.workers} thread(s); Ctrl-C to leave`)
  await stop
  await worker.close()
  await pool.close()
}

/** `spikeloom worker --queue URL`: computes for whoever hands in tasks there. */
export const command: CommandModule<object, Arguments> = {
  command: 'worker',
  describe: 'compute tasks from a queue, for commands that were given --queue',
  builder: (parser) => parser
    .option('queue', { type: 'string', demandOption: true, describe: 'the Redis or Valkey server: redis://HOST[:PORT][/DATABASE][?queue=NAME]' })
    .option('workers', WORKERS)
    .option('lock-seconds', { type: 'number', default: 30, describe: 'silence after which another worker takes over a task' })
    .option('verbose', { type: 'boolean', default: false, describe: 'say each task that is done' }),
  handler: work,
}
