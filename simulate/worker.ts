import { parentPort } from 'node:worker_threads'
import type { WorkerAnswer } from './pool.js'
import { runTask } from './task.js'
import type { StatisticsTask } from './task.js'

/** A thread of `runTasks`: takes a task, answers with its result, until it is ended. */
parentPort?.on('message', ({ index, task }: { index: number; task: StatisticsTask }) => {
  let answer: WorkerAnswer
  try {
    answer = { index, result: runTask(task) }
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error))
    answer = { index, error: { name, message } }
  }
  parentPort!.postMessage(answer)
})
