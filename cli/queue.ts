import { InputError } from '../sim/errors.js'
import type { TaskPool } from '../simulate/threads/kind.js'
import { checkQueue, parseQueueUrl } from '../sweep/queue/address.js'
import { QueuePool } from '../sweep/queue/queue-pool.js'
import { SPIKELOOM_VERSION } from '../version.js'
import { note } from './output.js'
import type { PoolArguments } from './workers.js'

/** How long to wait for a worker before saying that there is none. */
const PATIENCE_MS = 5000

/** Says each trouble with the server once, until it changes. */
export function saysOnce(what: string): (error: Error) => void {
  let last = ''
  return ({ message, name }) => {
    const said = message || name
    if (said !== last) note(`${what}: ${said}; going on when it is back`)
    last = said
  }
}

/** Opens the pool at the queue of `--queue`. @throws InputError for an address that is none, or that does not answer */
export async function openQueue({ queue, workers }: PoolArguments): Promise<TaskPool> {
  if (workers !== 1) throw new InputError(`--workers ${workers} are threads here, and --queue sends the work elsewhere: give one of them.`)
  const address = parseQueueUrl(queue!, SPIKELOOM_VERSION)
  await checkQueue(address)
  const pool = await QueuePool.open(address, SPIKELOOM_VERSION, saysOnce(`queue at ${address.shown}`))
  const timer = setTimeout(() => {
    void pool.connectedWorkers().then((connected) => {
      if (connected === 0) note(`no worker of version ${SPIKELOOM_VERSION} is at the queue yet: start one with spikeloom worker --queue ${address.shown}`)
    }).catch(() => undefined)
  }, PATIENCE_MS)
  timer.unref()
  return pool
}
