import { createHash } from 'node:crypto'
import { deserialize, serialize } from 'node:v8'
import type { SentError } from '../../simulate/threads/sent-error.js'

/** Plain data as text, typed arrays and all: what a queue carries. */
export function packed(value: unknown): string {
  return serialize(value).toString('base64')
}

export function unpacked(text: string): unknown {
  return deserialize(Buffer.from(text, 'base64'))
}

/** What a worker is asked. */
export interface QueuedTask {
  readonly version: string
  /** The kind's name; workers know kinds by name, and run no other code. */
  readonly kind: string
  readonly task: string
}

/** What it answers. An error of the task is an answer too: only a worker that dies is a failure of the queue. */
export type QueuedAnswer = { readonly result: string } | { readonly error: SentError }

/** Equal tasks have equal ids, so a task that is handed in again is the same job. */
export function jobIdOf({ version, kind, task }: QueuedTask): string {
  return `t-${createHash('sha256').update(`${version}\n${kind}\n${task}`).digest('hex').slice(0, 40)}`
}
