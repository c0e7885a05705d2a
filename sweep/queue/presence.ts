import type { Redis } from 'ioredis'
import type { QueueAddress } from './address.js'

/** Who is at a queue: programs that hand out tasks say so every few seconds, with their version. */

const SAY_MS = 5000
const FORGET_MS = 20_000

const key = ({ name }: QueueAddress, version: string): string => `${name.slice(0, -version.length - 1)}.handing-out`

/** Says that tasks of this version are handed out, until stopped. */
export function announce(client: Redis, address: QueueAddress, version: string): () => void {
  const say = (): void => { client.hset(key(address, version), version, String(Date.now())).catch(() => undefined) }
  say()
  const timer = setInterval(say, SAY_MS)
  return () => clearInterval(timer)
}

/** Versions that hand out tasks here now. */
export async function versionsHere(client: Redis, address: QueueAddress, version: string): Promise<string[]> {
  const said = await client.hgetall(key(address, version))
  return Object.entries(said).filter(([, at]) => Date.now() - Number(at) < FORGET_MS).map(([other]) => other).sort()
}
