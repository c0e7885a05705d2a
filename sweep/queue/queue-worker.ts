import type { Job, Worker } from 'bullmq'
import type { Redis } from 'ioredis'
import type { TaskKind, TaskPool } from '../../simulate/threads/kind.js'
import { sentError } from '../../simulate/threads/sent-error.js'
import { connect } from './address.js'
import type { QueueAddress } from './address.js'
import { packed, unpacked } from './message.js'
import type { QueuedAnswer, QueuedTask } from './message.js'

export interface QueueWorkerOptions {
  readonly address: QueueAddress
  readonly version: string
  /** Runs the tasks, on threads of its own: a thread that computes cannot say that it is alive. */
  readonly pool: TaskPool
  /** What may be run, by name. */
  readonly kinds: ReadonlyMap<string, TaskKind<unknown, unknown>>
  /** How long a task may go without a sign of life of its worker before another takes it. */
  readonly lockSeconds: number
  readonly onTask?: (kind: string, seconds: number) => void
  readonly onTrouble: (error: Error) => void
}

/** How often workers may die over a task before the task is given up: most of them die of something else. */
const MOST_DEATHS = 25

/** How often progress is passed on, at most. */
const TELL_MS = 250

/** Takes tasks from a queue until closed. */
export class QueueWorker {
  private readonly worker: Worker<QueuedTask, QueuedAnswer>
  private readonly client: Redis

  private constructor(worker: Worker<QueuedTask, QueuedAnswer>, client: Redis) {
    this.worker = worker
    this.client = client
  }

  static async start(options: QueueWorkerOptions): Promise<QueueWorker> {
    const { address, pool, lockSeconds, onTrouble } = options
    const { Worker: BullWorker } = await import('bullmq')
    const client = await connect(address, onTrouble)
    const lock = lockSeconds * 1000
    const worker = new BullWorker<QueuedTask, QueuedAnswer>(address.name, (job) => answerOf(job, options), {
      connection: client, concurrency: pool.workers, lockDuration: lock, stalledInterval: Math.max(500, Math.min(5000, lock / 2)),
      maxStalledCount: MOST_DEATHS, drainDelay: 1,
    })
    worker.on('error', onTrouble)
    await worker.waitUntilReady()
    return new QueueWorker(worker, client)
  }

  /** Takes no further task, waits for those in hand, and leaves. */
  async close(): Promise<void> {
    await this.worker.close()
    this.client.disconnect()
  }
}

async function answerOf(job: Job<QueuedTask, QueuedAnswer>, { version, kinds, pool, onTask }: QueueWorkerOptions): Promise<QueuedAnswer> {
  const startedAt = performance.now()
  const { data } = job
  try {
    if (data.version !== version) throw new Error(`a task of version ${data.version} came to a worker of version ${version}`)
    const kind = kinds.get(data.kind)
    if (kind === undefined) throw new Error(`this worker knows no task '${data.kind}'`)
    let told = startedAt
    const result = await pool.run(kind, unpacked(data.task), (done) => {
      if (performance.now() - told < TELL_MS) return
      told = performance.now()
      job.updateProgress(done).catch(() => undefined)
    })
    return { result: packed(result) }
  } catch (error) {
    return { error: sentError(error) }
  } finally {
    onTask?.(`${data.kind} ${job.id!.slice(0, 8)}${job.stalledCounter > 0 ? ` taken over ${job.stalledCounter} times` : ''}`, (performance.now() - startedAt) / 1000)
  }
}
