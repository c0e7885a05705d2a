import { InputError } from '../../sim/errors.js'
import type { TaskKind, TaskPool, TellProgress } from './kind.js'
import { OwnLane, ThreadLane } from './lanes.js'
import type { Lane } from './lanes.js'

/** More threads than machines have processors, and each holds a machine of its own. */
const MOST_WORKERS = 256

const CLOSED = 'the pool was closed before this task began'

/** @throws InputError naming the number by `name` if so many threads cannot be */
export function checkWorkers(workers: number, name = 'workers'): void {
  if (Number.isInteger(workers) && workers >= 1 && workers <= MOST_WORKERS) return
  const nearest = workers > MOST_WORKERS ? MOST_WORKERS : Math.max(1, Math.round(workers) || 1)
  throw new InputError(`${name}: ${workers}, expected a whole number from 1 to ${MOST_WORKERS}; nearest is ${nearest}`)
}

/** Results in the order of the promises; of several errors the first in that order, whichever came first in time. */
export async function inOrder<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  for (const promise of promises) promise.catch(() => undefined)
  const results: T[] = []
  for (const promise of promises) results.push(await promise)
  return results
}

/** Tasks that are dropped together when one of them fails. */
interface Batch {
  failed: boolean
}

interface Job {
  readonly kind: TaskKind<never, unknown>
  readonly task: unknown
  readonly batch: Batch
  readonly tell: TellProgress
  readonly resolve: (result: unknown) => void
  readonly reject: (error: unknown) => void
}

/**
 * A number of threads that run tasks of any kind, first come, first served. One worker is this thread, unless tasks are to
 * run apart from it. Threads start when there is work for them, and live until `close`.
 */
export class Pool implements TaskPool {
  readonly workers: number
  private readonly apart: boolean
  private readonly lanes = new Set<Lane>()
  private readonly idle: Lane[] = []
  private readonly queue: Job[] = []
  private closed = false

  /**
   * @param apart one worker, too, is a thread of its own, so that this one stays free to answer
   * @throws InputError if so many threads cannot be
   */
  constructor(workers: number, apart = false) {
    checkWorkers(workers)
    this.workers = workers
    this.apart = apart
  }

  /**
   * Runs one task. An error that it throws comes back with its class (InputError, SimulationError) and message, and leaves
   * the pool as it was.
   */
  run<Task, Result>(kind: TaskKind<Task, Result>, task: Task, tell?: TellProgress): Promise<Result> {
    return this.enter(kind, task, { failed: false }, tell)
  }

  /**
   * Runs tasks; results come in the order of the tasks. After an error no further task begins, and the error is that of the
   * first task in order: the one that one worker would have met.
   * @param onDone called with the number of finished tasks
   */
  runAll<Task, Result>(kind: TaskKind<Task, Result>, tasks: readonly Task[], onDone?: (done: number) => void): Promise<Result[]> {
    const batch: Batch = { failed: false }
    let done = 0
    return inOrder(tasks.map(async (task) => {
      const result = await this.enter(kind, task, batch)
      onDone?.(++done)
      return result
    }))
  }

  /** Ends all threads at once, whatever they are doing; tasks that are not done end with an error. */
  async close(): Promise<void> {
    this.closed = true
    for (const { reject } of this.queue.splice(0)) reject(new Error(CLOSED))
    await Promise.all([...this.lanes].map((lane) => lane.end()))
  }

  private enter<Task, Result>(kind: TaskKind<Task, Result>, task: Task, batch: Batch, tell: TellProgress = () => undefined): Promise<Result> {
    const promise = new Promise<Result>((resolve, reject) => {
      if (this.closed) throw new Error(CLOSED)
      this.queue.push({ kind, task, batch, tell, resolve: resolve as Job['resolve'], reject })
    })
    // Whoever asked may be gone when the pool is closed.
    promise.catch(() => undefined)
    this.serve()
    return promise
  }

  private serve(): void {
    while (this.queue.length > 0) {
      const lane = this.idle.pop() ?? this.open()
      if (lane === undefined) return
      void this.work(lane, this.queue.shift()!)
    }
  }

  private open(): Lane | undefined {
    if (this.lanes.size === this.workers) return undefined
    const lane = this.workers === 1 && !this.apart ? new OwnLane() : new ThreadLane()
    this.lanes.add(lane)
    return lane
  }

  private async work(lane: Lane, { kind, task, batch, tell, resolve, reject }: Job): Promise<void> {
    try {
      if (batch.failed) throw new Error('a task before this one failed')
      resolve(await lane.run(kind, task, tell))
    } catch (error) {
      batch.failed = true
      reject(error)
    }
    if (lane.alive) this.idle.push(lane)
    else this.lanes.delete(lane)
    this.serve()
  }
}

/** Opens a pool for some work, and closes it whether the work succeeds or fails. */
export async function withPool<T>(workers: number, work: (pool: Pool) => Promise<T>): Promise<T> {
  const pool = new Pool(workers)
  try {
    return await work(pool)
  } finally {
    await pool.close()
  }
}
