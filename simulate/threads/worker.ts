import { parentPort } from 'node:worker_threads'
import type { TellProgress } from './kind.js'
import type { Answer, Order } from './lanes.js'
import { sentError } from './sent-error.js'

type Run = (task: unknown, tell: TellProgress) => unknown

const answer = (value: Answer): void => parentPort!.postMessage(value)

async function obey({ module, name, task }: Order): Promise<void> {
  try {
    const { [name]: run } = await import(module) as Record<string, Run | undefined>
    if (run === undefined) throw new Error(`${module} exports no '${name}'`)
    answer({ result: await run(task, (done) => answer({ done })) })
  } catch (error) {
    answer({ error: sentError(error) })
  }
}

/** A thread of a pool: takes an order, answers with a result or an error, until it is ended. */
parentPort?.on('message', (order: Order) => void obey(order))
