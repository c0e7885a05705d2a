import { Worker } from 'node:worker_threads'
import type { TaskKind, TellProgress } from './kind.js'
import { revivedError } from './sent-error.js'
import type { SentError } from './sent-error.js'

/** What a thread is asked: to call a module's function with a task. */
export interface Order {
  readonly module: string
  readonly name: string
  readonly task: unknown
}

/** What it answers: how far it is, and at last a result or the error it met. */
export type Answer = { readonly done: number } | { readonly result: unknown } | { readonly error: SentError }

/** Where tasks run one after the other: this thread, or another. */
export interface Lane {
  /** False once it can take no further task. */
  readonly alive: boolean
  run(kind: TaskKind<never, unknown>, task: unknown, tell: TellProgress): Promise<unknown>
  end(): Promise<unknown>
}

/** This thread. It takes a turn of the event loop before each task, so that the error of the last one can end the pool first. */
export class OwnLane implements Lane {
  alive = true

  async run(kind: TaskKind<never, unknown>, task: unknown, tell: TellProgress): Promise<unknown> {
    await new Promise((resolve) => setImmediate(resolve))
    if (!this.alive) throw new Error('the pool was closed before this task began')
    return kind.run(task as never, tell)
  }

  async end(): Promise<void> {
    this.alive = false
  }
}

/** From the build a worker is plain JavaScript; from sources it is TypeScript, which tsx must be told to load. */
const FROM_SOURCES = 'import("tsx/esm/api").then(({ register }) => { register(); return import(require("node:worker_threads").workerData) })'

function startWorker(): Worker {
  if (!import.meta.url.endsWith('.ts')) return new Worker(new URL('./worker.js', import.meta.url))
  return new Worker(FROM_SOURCES, { eval: true, workerData: new URL('./worker.ts', import.meta.url).href })
}

/** A thread of its own. */
export class ThreadLane implements Lane {
  alive = true
  private readonly worker = startWorker()
  private current: { resolve: (result: unknown) => void; reject: (error: Error) => void; tell: TellProgress } | undefined

  constructor() {
    this.worker.on('message', (answer: Answer) => this.take(answer))
    this.worker.on('error', (error) => this.lose(error))
    this.worker.on('messageerror', (error) => this.lose(error))
    this.worker.on('exit', (code) => this.lose(new Error(`a thread ended with code ${code} before its task was done`)))
  }

  run({ module, name }: TaskKind<never, unknown>, task: unknown, tell: TellProgress): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (!this.alive) throw new Error('the thread of this task has ended')
      this.current = { resolve, reject, tell }
      this.worker.postMessage({ module, name, task } satisfies Order)
    })
  }

  end(): Promise<unknown> {
    return this.worker.terminate()
  }

  private take(answer: Answer): void {
    const { current } = this
    if ('done' in answer) return current?.tell(answer.done)
    this.current = undefined
    if ('error' in answer) current?.reject(revivedError(answer.error))
    else current?.resolve(answer.result)
  }

  /** The thread is gone: out of memory, or ended. */
  private lose(error: Error): void {
    this.alive = false
    this.current?.reject(error)
    this.current = undefined
  }
}
