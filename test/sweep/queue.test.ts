import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { InputError, SimulationError } from '../../sim/errors.js'
import { Pool } from '../../simulate/threads/pool.js'
import { checkQueue, parseQueueUrl } from '../../sweep/queue/address.js'
import { QueuePool } from '../../sweep/queue/queue-pool.js'
import { QueueWorker } from '../../sweep/queue/queue-worker.js'
import { NO_SERVER, startRedis } from '../../bench/redis.js'
import { ADD_UP, DOUBLE, MEET, SPIN, flag } from '../support/thread-tasks.js'

const KINDS = new Map([DOUBLE, MEET, SPIN, ADD_UP].map((kind) => [kind.name, kind as never]))
const failOn = (error: Error): void => { throw error }

describe.skipIf(NO_SERVER !== '')(`a queue${NO_SERVER}`, () => {
  let server: Awaited<ReturnType<typeof startRedis>>
  let names = 0
  beforeAll(async () => { server = await startRedis() })
  afterAll(() => server?.stop())

  const address = (version = '1') => parseQueueUrl(`${server.url}?queue=test-${names}`, version)
  const opened: { close: () => Promise<void> }[] = []
  const worker = async (version = '1', workers = 1, lockSeconds = 1) => {
    const pool = new Pool(workers, true)
    const started = await QueueWorker.start({ address: address(version), version, pool, kinds: KINDS, lockSeconds, onTrouble: failOn })
    const close = async (): Promise<void> => { await started.close(); await pool.close() }
    opened.push({ close })
    return { close }
  }
  const pool = async (version = '1') => {
    const made = await QueuePool.open(address(version), version, failOn)
    opened.push(made)
    return made
  }
  const fresh = (): void => { names++ }
  const closeAll = async (): Promise<void> => { for (const each of opened.splice(0)) await each.close() }

  it('runs tasks on workers, in any order, and gives results in theirs, typed arrays and progress too', async () => {
    fresh()
    const queue = await pool()
    await worker()
    await worker()
    const told: number[] = []
    expect(await queue.runAll(DOUBLE, [1, 2, 3, 4, 5], (done) => told.push(done))).toEqual([2, 4, 6, 8, 10])
    expect(told).toEqual([1, 2, 3, 4, 5])
    expect(await queue.run(ADD_UP, { parts: new Float64Array([1, 2, 0.5]) })).toEqual({ sum: 3.5, parts: new Float64Array([1, 2, 0.5]) })
    await closeAll()
  })

  it('keeps class and message of errors', async () => {
    fresh()
    const queue = await pool()
    await worker()
    await expect(queue.run(MEET, { name: 'x', fails: 'input' })).rejects.toThrow(new InputError('x had wrong input'))
    const error: unknown = await queue.run(MEET, { name: 'y', fails: 'simulation' }).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(SimulationError)
    await expect(queue.run({ ...DOUBLE, name: 'treble' }, 1)).rejects.toThrow(/knows no task 'treble'/)
    expect(await queue.run(DOUBLE, 4)).toBe(8)
    await closeAll()
  })

  it('waits for workers to come, and gives the same task of two programs to one', async () => {
    fresh()
    const [one, two] = [await pool(), await pool()]
    const results = [one.run(DOUBLE, 7), two.run(DOUBLE, 7), one.run(DOUBLE, 8)]
    expect(await one.connectedWorkers()).toBe(0)
    await worker()
    expect(await Promise.all(results)).toEqual([14, 14, 16])
    await closeAll()
  })

  it('keeps an answer for whoever asks again when the one who asked is gone', async () => {
    fresh()
    const first = await pool()
    const lost = first.run(DOUBLE, 21)
    await worker()
    await expect.poll(() => first.connectedWorkers(), { timeout: 10_000 }).toBe(1)
    await first.close()
    await lost.catch(() => undefined)
    expect(await (await pool()).run(DOUBLE, 21)).toBe(42)
    await closeAll()
  })

  it('mixes no versions', async () => {
    fresh()
    const [old, young] = [await pool('1'), await pool('2')]
    await worker('2')
    let answered = false
    void old.run(DOUBLE, 5).then(() => { answered = true }).catch(() => undefined)
    expect(await young.run(DOUBLE, 5)).toBe(10)
    expect(answered).toBe(false)
    await closeAll()
  })

  it('ends what waits when it is closed, and runs nothing more', async () => {
    fresh()
    const queue = await pool()
    const waiting = queue.run(SPIN, flag())
    await queue.close()
    await expect(waiting).rejects.toThrow(/closed/)
    await expect(queue.run(DOUBLE, 1)).rejects.toThrow(/closed/)
    await closeAll()
  })
})

describe('the address of a queue', () => {
  it('is a Redis URL; the password is shown to nobody', () => {
    expect(parseQueueUrl('redis://me:secret@host:7000/2?queue=mine', '3')).toMatchObject({ shown: 'redis://host:7000/2', name: 'mine-3' })
    expect(parseQueueUrl('redis://host', '3').name).toBe('spikeloom-3')
  })

  it.each(['host:6379', 'http://host', 'redis://', 'redis://host?queue=a:b', ''])('%s is none', (text) => {
    expect(() => parseQueueUrl(text, '1')).toThrow(InputError)
  })

  it('that does not answer is an error of input, soon', async () => {
    await expect(checkQueue(parseQueueUrl('redis://127.0.0.1:1', '1'))).rejects.toThrow(/no queue answers at redis:\/\/127.0.0.1:1: .*ECONNREFUSED/)
  })
})
