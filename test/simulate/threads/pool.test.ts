import { describe, expect, it } from 'vitest'
import { InputError, SimulationError } from '../../../sim/errors.js'
import { inOrder, Pool, withPool } from '../../../simulate/threads/pool.js'
import { DOUBLE, flag, GIVE_FUNCTION, LEAVE, MEET, SPIN } from '../../support/thread-tasks.js'
import type { Meeting } from '../../support/thread-tasks.js'

/** A thread starts within some tenths of a second, on a busy machine later. */
const PATIENCE = { timeout: 30_000 }

const runAll = (workers: number, tasks: readonly Meeting[]): Promise<string[]> => withPool(workers, (pool) => pool.runAll(MEET, tasks))

describe('a pool', () => {
  it.each([1, 2, 3])('runs several kinds at once, with progress, on %i worker(s)', async (workers) => {
    await withPool(workers, async (pool) => {
      const told: number[] = []
      const doubled = pool.run(DOUBLE, 21, (done) => told.push(done))
      const counted: number[] = []
      const names = pool.runAll(MEET, ['a', 'b', 'c', 'd'].map((name) => ({ name })), (done) => counted.push(done))
      expect(await doubled).toBe(42)
      expect(told).toEqual([1, 2])
      expect(await names).toEqual(['a', 'b', 'c', 'd'])
      expect(counted).toEqual([1, 2, 3, 4])
    })
  })

  it('gives results in the order of the tasks, though the first one ends last', async () => {
    const last = flag()
    const tasks = [{ name: 'first', after: last }, { name: 'second' }, { name: 'third' }, { name: 'last', opens: last }]
    expect(await runAll(2, tasks)).toEqual(['first', 'second', 'third', 'last'])
  })

  it('opens no more threads than it may', async () => {
    // The second could only begin beside the first, which waits for it for ever; ending the pool frees both.
    const [begun, never] = [flag(), flag()]
    const pool = new Pool(2)
    const waiting = [1, 2, 3].map((n) => pool.run(MEET, { name: `${n}`, begun, after: never }))
    await expect.poll(() => begun[0], PATIENCE).toBe(2)
    await pool.close()
    await expect(inOrder(waiting)).rejects.toThrow(/ended with code 1/)
    await expect(waiting[2]).rejects.toThrow(/closed before this task began/)
    expect(begun[0]).toBe(2)
    await expect(pool.run(DOUBLE, 1)).rejects.toThrow(/closed/)
  })

  it('ends a thread that would never answer', async () => {
    const begun = flag()
    const pool = new Pool(2)
    const never = pool.run(SPIN, begun)
    await expect.poll(() => begun[0], PATIENCE).toBe(1)
    await pool.close()
    await expect(never).rejects.toThrow(/a thread ended with code 1/)
  })
})

describe('an error in a task', () => {
  it.each([
    [1, 'input', InputError], [2, 'input', InputError], [1, 'simulation', SimulationError], [2, 'simulation', SimulationError],
  ] as const)('%i worker(s): keeps class and message: %s', async (workers, fails, kind) => {
    const error: unknown = await runAll(workers, [{ name: 'x', fails }, { name: 'y' }]).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(kind)
    expect((error as Error).message).toBe(fails === 'input' ? 'x had wrong input' : 'x deadlocked')
    expect((error as Error).stack).toContain('thread-tasks')
  })

  it('of our own making is neither of them', async () => {
    const error: unknown = await runAll(2, [{ name: 'x', fails: 'type' }, { name: 'y' }]).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ name: 'TypeError', message: 'x has a bug' })
    expect(error).not.toBeInstanceOf(InputError)
  })

  it('is that of the first task, though a later one failed before it', async () => {
    const second = flag()
    const tasks: Meeting[] = [{ name: 'first', after: second, fails: 'input' }, { name: 'second', opens: second, fails: 'simulation' }]
    await expect(runAll(2, tasks)).rejects.toThrow('first had wrong input')
  })

  it.each([1, 2])('%i worker(s): no further task begins', async (workers) => {
    const begun = flag()
    const tasks = Array.from({ length: 20 }, (_, n): Meeting => ({ name: `${n}`, begun, ...(n === 0 ? { fails: 'input' } : { after: flag() }) }))
    await expect(runAll(workers, tasks)).rejects.toThrow('0 had wrong input')
    expect(begun[0]).toBeLessThanOrEqual(workers)
  })

  it('leaves the pool as it was, even if a thread ended or nothing could be sent', async () => {
    await withPool(2, async (pool) => {
      const errors = [pool.run(MEET, { name: 'x', fails: 'input' }), pool.run(LEAVE, 3), pool.run(GIVE_FUNCTION, null)]
      await expect(errors[0]).rejects.toThrow('x had wrong input')
      await expect(errors[1]).rejects.toThrow('a thread ended with code 3 before its task was done')
      await expect(errors[2]).rejects.toThrow(/could not be cloned/)
      await expect(pool.run(DOUBLE, (() => 1) as never)).rejects.toThrow(/could not be cloned/)
      await expect(pool.run({ ...DOUBLE, name: 'treble' }, 1)).rejects.toThrow(/thread-tasks.ts exports no 'treble'/)
      expect(await Promise.all([1, 2, 3].map((n) => pool.run(DOUBLE, n)))).toEqual([2, 4, 6])
    })
  })
})

it.each([[0, 1], [-3, 1], [1.5, 2], [257, 256], [Number.NaN, 1], [Infinity, 256]])('%d workers cannot be; %i can', (workers, nearest) => {
  expect(() => new Pool(workers)).toThrow(InputError)
  expect(() => new Pool(workers)).toThrow(`workers: ${workers}, expected a whole number from 1 to 256; nearest is ${nearest}`)
  expect(new Pool(nearest).workers).toBe(nearest)
})
