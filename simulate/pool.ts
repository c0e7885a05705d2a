import { Worker } from 'node:worker_threads'
import { InputError } from '../sim/errors.js'
import { runTask } from './task.js'
import type { StatisticsTask, StatisticsTaskResult } from './task.js'

/** What a worker answers: a result, or the error it met. */
export interface WorkerAnswer {
  readonly index: number
  readonly result?: StatisticsTaskResult
  readonly error?: { readonly name: string; readonly message: string }
}

/** From the build a worker is plain JavaScript; from sources it is TypeScript, which tsx must be told to load. */
const FROM_SOURCES = 'import("tsx/esm/api").then(({ register }) => { register(); return import(require("node:worker_threads").workerData) })'

function startWorker(): Worker {
  if (!import.meta.url.endsWith('.ts')) return new Worker(new URL('./worker.js', import.meta.url))
  return new Worker(FROM_SOURCES, { eval: true, workerData: new URL('./worker.ts', import.meta.url).href })
}

/**
 * Runs tasks on a number of threads; results come in the order of the tasks.
 * @param workers 1 runs them here, one after the other
 * @param onDone called with the number of finished tasks
 */
export async function runTasks(tasks: readonly StatisticsTask[], workers: number, onDone: (done: number) => void): Promise<StatisticsTaskResult[]> {
  if (!Number.isInteger(workers) || workers < 1) throw new InputError(`workers: ${workers}, expected a whole number of at least 1`)
  const threads = Math.min(workers, tasks.length)
  if (threads === 1) {
    return tasks.map((task, index) => {
      const result = runTask(task)
      onDone(index + 1)
      return result
    })
  }
  const results: StatisticsTaskResult[] = []
  let next = 0
  let done = 0
  const serve = (): Promise<void> => new Promise((resolve, reject) => {
    const worker = startWorker()
    const give = (): void => {
      if (next < tasks.length) worker.postMessage({ index: next, task: tasks[next++] })
      else void worker.terminate().then(() => resolve())
    }
    worker.on('message', ({ index, result, error }: WorkerAnswer) => {
      if (result === undefined) {
        void worker.terminate()
        reject(error?.name === 'InputError' ? new InputError(error.message) : new Error(error?.message))
        return
      }
      results[index] = result
      onDone(++done)
      give()
    })
    worker.on('error', reject)
    give()
  })
  await Promise.all(Array.from({ length: threads }, serve))
  return results
}
