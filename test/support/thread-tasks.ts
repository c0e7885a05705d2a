import { InputError, SimulationError } from '../../sim/errors.js'
import type { TaskKind, TellProgress } from '../../simulate/threads/kind.js'

/** Tasks for tests of the pool. They meet in shared memory, so that their order in time is certain. */

export function double(task: number, tell: TellProgress): number {
  tell(1)
  tell(2)
  return 2 * task
}
export const DOUBLE: TaskKind<number, number> = { module: import.meta.url, name: 'double', run: double }

export interface Meeting {
  readonly name: string
  /** How many tasks began. */
  readonly begun?: Int32Array<SharedArrayBuffer>
  /** Waits until this is set. */
  readonly after?: Int32Array<SharedArrayBuffer>
  /** Sets this at its end. */
  readonly opens?: Int32Array<SharedArrayBuffer>
  /** What it throws at its end, instead of returning its name. */
  readonly fails?: 'input' | 'simulation' | 'type'
}

export function meet({ name, begun, after, opens, fails }: Meeting): string {
  if (begun !== undefined) Atomics.add(begun, 0, 1)
  if (after !== undefined) Atomics.wait(after, 0, 0)
  if (opens !== undefined) {
    Atomics.store(opens, 0, 1)
    Atomics.notify(opens, 0)
  }
  if (fails === 'input') throw new InputError(`${name} had wrong input`)
  if (fails === 'simulation') throw new SimulationError(`${name} deadlocked`)
  if (fails === 'type') throw new TypeError(`${name} has a bug`)
  return name
}
export const MEET: TaskKind<Meeting, string> = { module: import.meta.url, name: 'meet', run: meet }

/** Never returns. */
export function spin(begun: Int32Array<SharedArrayBuffer>): never {
  Atomics.store(begun, 0, 1)
  for (;;) Atomics.wait(begun, 0, 1)
}
export const SPIN: TaskKind<Int32Array<SharedArrayBuffer>, never> = { module: import.meta.url, name: 'spin', run: spin }

/** Ends its thread. */
export function leave(code: number): never {
  process.exit(code)
}
export const LEAVE: TaskKind<number, never> = { module: import.meta.url, name: 'leave', run: leave }

export function giveFunction(): () => void {
  return () => undefined
}
export const GIVE_FUNCTION: TaskKind<null, unknown> = { module: import.meta.url, name: 'giveFunction', run: giveFunction }

export const flag = (): Int32Array<SharedArrayBuffer> => new Int32Array(new SharedArrayBuffer(4))

/** Takes and gives a typed array. */
export function addUp({ parts }: { readonly parts: Float64Array }): { sum: number; parts: Float64Array } {
  return { sum: parts.reduce((sum, part) => sum + part, 0), parts }
}
export const ADD_UP: TaskKind<{ readonly parts: Float64Array }, { sum: number; parts: Float64Array }> = { module: import.meta.url, name: 'addUp', run: addUp }
