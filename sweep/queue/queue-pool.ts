import type { Job, Queue, QueueEvents } from 'bullmq'
import type { Redis } from 'ioredis'
import type { TaskKind, TaskPool, TellProgress } from '../../simulate/threads/kind.js'
import { revivedError } from '../../simulate/threads/sent-error.js'
import { connect } from './address.js'
import type { QueueAddress } from './address.js'
import { jobIdOf, packed, unpacked } from './message.js'
import type { QueuedAnswer, QueuedTask } from './message.js'
import { announce } from './presence.js'

/** Tasks that are handed in and not answered: enough for a rack of workers, little enough for the server's memory. */
const MOST_UNDER_WAY = 64

/** How often tasks that are not answered are looked up: events can be lost while the server is away. */
const LOOK_UP_MS = 3000

interface Waiting {
  readonly queued: QueuedTask
  readonly tell: TellProgress
  readonly resolve: (result: unknown) => void
  readonly reject: (error: Error) => void
}

/**
 * A pool whose threads are elsewhere: tasks go to a queue on a Redis server, and workers that wait there run them. Workers
 * come, go and die at any time. A task that is handed in again, also by another process, is the same job, so a sweep that
 * was killed finds its answers waiting.
 */
export class QueuePool implements TaskPool {
  readonly workers = MOST_UNDER_WAY
  private readonly version: string
  private readonly queue: Queue
  private readonly events: QueueEvents
  private readonly clients: readonly Redis[]
  private readonly waiting = new Map<string, Waiting[]>()
  private readonly stopSaying: () => void
  private readonly timer: NodeJS.Timeout
  private closed = false

  private constructor(version: string, queue: Queue, events: QueueEvents, clients: readonly Redis[], address: QueueAddress) {
    this.version = version
    this.queue = queue
    this.events = events
    this.clients = clients
    this.stopSaying = announce(clients[0]!, address, version)
    this.timer = setInterval(() => void this.lookUp(), LOOK_UP_MS)
    events.on('completed', ({ jobId, returnvalue }) => this.answer(jobId, returnvalue as unknown as QueuedAnswer))
    events.on('failed', ({ jobId, failedReason }) => this.lose(jobId, failedReason))
    events.on('progress', ({ jobId, data }) => {
      for (const { tell } of this.waiting.get(jobId) ?? []) tell(Number(data))
    })
  }

  /** @param onTrouble told when the server is away; the pool waits for it */
  static async open(address: QueueAddress, version: string, onTrouble: (error: Error) => void): Promise<QueuePool> {
    const { Queue: BullQueue, QueueEvents: BullEvents } = await import('bullmq')
    const clients = [await connect(address, onTrouble), await connect(address, onTrouble)]
    const queue = new BullQueue(address.name, { connection: clients[0]! })
    const events = new BullEvents(address.name, { connection: clients[1]! })
    queue.on('error', onTrouble)
    events.on('error', onTrouble)
    await events.waitUntilReady()
    return new QueuePool(version, queue, events, clients, address)
  }

  /** Workers that are connected to the queue now. */
  connectedWorkers(): Promise<number> {
    return this.queue.getWorkersCount()
  }

  run<Task, Result>(kind: TaskKind<Task, Result>, task: Task, tell: TellProgress = () => undefined): Promise<Result> {
    const queued: QueuedTask = { version: this.version, kind: kind.name, task: packed(task) }
    const id = jobIdOf(queued)
    const promise = new Promise<Result>((resolve, reject) => {
      if (this.closed) throw new Error('the queue was closed before this task was handed in')
      const others = this.waiting.get(id) ?? []
      this.waiting.set(id, [...others, { queued, tell, resolve: resolve as Waiting['resolve'], reject }])
    })
    promise.catch(() => undefined)
    void this.handIn(id, queued)
    return promise
  }

  async runAll<Task, Result>(kind: TaskKind<Task, Result>, tasks: readonly Task[], onDone?: (done: number) => void): Promise<Result[]> {
    let done = 0
    const promises = tasks.map((task) => this.run(kind, task).then((result) => {
      onDone?.(++done)
      return result
    }))
    const results: Result[] = []
    for (const promise of promises) promise.catch(() => undefined)
    for (const promise of promises) results.push(await promise)
    return results
  }

  /** Stops waiting for answers. What workers have in hand they finish, and keep for whoever asks again. */
  async close(): Promise<void> {
    if (this.closed) return
    this.closed = true
    clearInterval(this.timer)
    this.stopSaying()
    const left = [...this.waiting.keys()]
    for (const id of left) this.settle(id, ({ reject }) => reject(new Error('the queue was closed before this task was done')))
    // What no worker has begun is taken back; a server that is away keeps it, and loses nothing but time.
    const takeBack = Promise.all(left.map((id) => this.queue.remove(id).catch(() => 0)))
    await Promise.race([takeBack, new Promise((resolve) => setTimeout(resolve, LOOK_UP_MS).unref())])
    for (const client of this.clients) client.disconnect()
    await Promise.allSettled([this.events.close(), this.queue.close()])
  }

  private async handIn(id: string, queued: QueuedTask): Promise<void> {
    try {
      await this.queue.add(queued.kind, queued, { jobId: id, removeOnComplete: false, removeOnFail: false })
      // It may have been there already, and done.
      await this.lookUpOne(id)
    } catch (error) {
      if (!this.closed) this.settle(id, ({ reject }) => reject(error as Error))
    }
  }

  private answer(id: string, given: QueuedAnswer | string): void {
    if (!this.waiting.has(id)) return
    const value = (typeof given === 'string' ? JSON.parse(given) : given) as QueuedAnswer
    this.settle(id, ({ resolve, reject }) => {
      if ('error' in value) reject(revivedError(value.error))
      else resolve(unpacked(value.result))
    })
    void this.queue.remove(id).catch(() => 0)
  }

  /** A job fails only when its workers died. */
  private lose(id: string, reason: string): void {
    if (!this.waiting.has(id)) return
    this.settle(id, ({ reject }) => reject(new Error(`the workers that took this task died: ${reason}`)))
    void this.queue.remove(id).catch(() => 0)
  }

  private settle(id: string, tell: (waiting: Waiting) => void): void {
    const all = this.waiting.get(id) ?? []
    this.waiting.delete(id)
    for (const waiting of all) tell(waiting)
  }

  private async lookUp(): Promise<void> {
    for (const id of [...this.waiting.keys()]) await this.lookUpOne(id).catch(() => undefined)
  }

  /** Finds out what became of a task whose event may have been lost. */
  private async lookUpOne(id: string): Promise<void> {
    const all = this.waiting.get(id)
    if (all === undefined || this.closed) return
    const job = await this.queue.getJob(id) as Job<QueuedTask, QueuedAnswer> | undefined
    if (!this.waiting.has(id)) return
    if (job === undefined) {
      // Another process that waited for the same took the answer away, or the server lost it.
      await this.queue.add(all[0]!.queued.kind, all[0]!.queued, { jobId: id, removeOnComplete: false, removeOnFail: false })
    } else if (job.finishedOn !== undefined) {
      if (job.failedReason === undefined) this.answer(id, job.returnvalue)
      else this.lose(id, job.failedReason)
    }
  }
}
