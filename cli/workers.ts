import { InputError } from '../sim/errors.js'
import type { TaskPool } from '../simulate/threads/kind.js'
import { checkWorkers, withPool } from '../simulate/threads/pool.js'

/** `--workers`, the same for every command whose work can be shared out. */
export const WORKERS = {
  type: 'number',
  default: 1,
  describe: 'threads; the result is the same for any number',
  // What is no number at all is refused with the other options' values.
  coerce: (workers: number): number => {
    if (typeof workers === 'number' && !Number.isNaN(workers)) checkWorkers(workers, '--workers')
    return workers
  },
} as const

/** `--queue`, beside `--workers`: the same work, on other machines. */
export const QUEUE = {
  type: 'string',
  describe: 'share the work with spikeloom worker processes at this Redis server (redis://HOST) instead of threads',
} as const

/** Who does the work: threads of this process, or workers at a queue. */
export interface PoolArguments {
  readonly workers: number
  readonly queue?: string | undefined
}

/** Opens the pool that a command was given, does the work, and closes it. @throws InputError for a queue that does not answer */
export async function withPoolOf<T>(args: PoolArguments, work: (pool: TaskPool) => Promise<T>): Promise<T> {
  if (args.queue === undefined) return withPool(args.workers, work)
  const { openQueue } = await import('./queue.js')
  const pool = await openQueue(args)
  try {
    return await work(pool)
  } finally {
    await pool.close()
  }
}

/** Refuses workers, here or elsewhere, that would have nothing to do. @param instead what they need, and why */
export function refuseWorkers({ workers, queue }: PoolArguments, instead: string): void {
  if (queue !== undefined) throw new InputError(`--queue ${instead}`)
  if (workers !== 1) throw new InputError(`--workers ${workers} ${instead}`)
}
