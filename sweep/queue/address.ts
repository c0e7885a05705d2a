import type { Redis } from 'ioredis'
import { InputError } from '../../sim/errors.js'

/** Where a queue is: a Redis or Valkey server, and the queue's name there. */
export interface QueueAddress {
  /** For ioredis, password and all. */
  readonly url: string
  /** For people: without the password. */
  readonly shown: string
  /** Queues of different versions never mix: their jobs would be computed by other code. */
  readonly name: string
}

/** How long a server has to answer a first call. */
const ANSWER_MS = 4000

/**
 * Reads `redis://[USER:PASSWORD@]HOST[:PORT][/DATABASE][?queue=NAME]`.
 * @throws InputError for anything else
 */
export function parseQueueUrl(text: string, version: string): QueueAddress {
  let url: URL
  try {
    url = new URL(text)
  } catch {
    throw new InputError(`--queue '${text}' is no address: write redis://HOST[:PORT][/DATABASE]`)
  }
  if (!['redis:', 'rediss:'].includes(url.protocol) || url.hostname === '') {
    throw new InputError(`--queue '${text}': expected redis://HOST[:PORT][/DATABASE], or rediss:// for TLS`)
  }
  const name = url.searchParams.get('queue') ?? 'spikeloom'
  if (!/^[\w.-]+$/.test(name)) throw new InputError(`--queue: the name '${name}' may have letters, digits, '.', '_' and '-' only`)
  url.searchParams.delete('queue')
  const shown = `${url.protocol}//${url.host}${url.pathname}`
  return { url: url.href, shown, name: `${name}-${version}` }
}

/**
 * Connects to the server for good: a connection that breaks is made again, and calls wait for it.
 * @param onTrouble told of each error of the connection
 */
export async function connect({ url }: QueueAddress, onTrouble: (error: Error) => void = () => undefined): Promise<Redis> {
  const { Redis: Client } = await import('ioredis')
  const client = new Client(url, { maxRetriesPerRequest: null })
  client.on('error', onTrouble)
  return client
}

/** @throws InputError if nothing answers at the address within some seconds */
export async function checkQueue({ url, shown }: QueueAddress): Promise<void> {
  const { Redis: Client } = await import('ioredis')
  const client = new Client(url, {
    lazyConnect: true, connectTimeout: ANSWER_MS, commandTimeout: ANSWER_MS, maxRetriesPerRequest: 0, retryStrategy: () => null,
  })
  let reason = ''
  client.on('error', (error: Error) => { reason ||= error.message })
  try {
    await client.connect()
    await client.ping()
  } catch (error) {
    throw new InputError(`no queue answers at ${shown}: ${reason || (error as Error).message}. It takes a Redis or Valkey server.`)
  } finally {
    client.disconnect()
  }
}
