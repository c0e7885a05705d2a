import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'libsql'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { InputError } from '../../sim/errors.js'
import { baselinesOf, pointsOf } from '../../sweep/points.js'
import { grid } from '../../sweep/search/grid.js'
import { Store } from '../../sweep/store/store.js'
import type { FinishedPoint, StoreOptions } from '../../sweep/store/store.js'
import { plan, workbench } from '../support/plans.js'

let folder: string
beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'spikeloom-')) })
afterEach(() => rmSync(folder, { recursive: true, force: true }))

let clock = 1000
const open = (owner: string, more: Partial<StoreOptions> = {}, name = 'sweep.db') => (
  Store.open(join(folder, name), { owner, isAlive: () => true, now: () => clock, log: 'wal', ...more }))

const row = (key: string, more: Partial<FinishedPoint> = {}): FinishedPoint => ({
  key, state: 'done', settings: '{}', seed: 1, version: '1', numbers: '{"a":1}', error: null, gzip: null, finishedAt: 'now', wallSeconds: 1, worker: 'w', ...more,
})

describe('a store', () => {
  it('keeps a row once, and never changes it', async () => {
    const store = await open('a')
    expect(store.record(row('k'))).toBe(true)
    expect(store.record(row('k', { numbers: '{"a":2}', gzip: new Uint8Array([1]) }))).toBe(false)
    store.setDesign([{ position: 0, key: 'k', role: 'point', name: '', settings: {}, seed: 1, task: undefined, error: undefined }])
    expect([...store.design()].map(({ numbers }) => numbers)).toEqual(['{"a":1}'])
    expect(store.result('k')).toBeUndefined()
    expect(store.counts()).toEqual({ points: 1, done: 1, failed: 0 })
    store.close()
  })

  it('gives a point to one of two that share it, and to the other when the first is gone or late', async () => {
    const alive = new Set(['a', 'b'])
    const isAlive = (owner: string): boolean => alive.has(owner)
    const [a, b] = [await open('a', { isAlive }), await open('b', { isAlive })]
    expect([a.claim('k'), b.claim('k'), a.claim('k')]).toEqual(['mine', 'taken', 'mine'])
    alive.delete('a')
    expect(b.claim('k')).toBe('mine')
    alive.add('a')
    expect(a.claim('k')).toBe('taken')
    clock += 121_000
    expect(a.claim('k')).toBe('mine')
    clock += 100_000
    a.renew()
    clock += 100_000
    expect(b.claim('k')).toBe('taken')
    a.record(row('k'))
    expect([a.claim('k'), b.claim('k')]).toEqual(['done', 'done'])
    expect(b.claim('other')).toBe('mine')
    b.release()
    expect(a.claim('other')).toBe('mine')
    a.close()
    b.close()
  })

  it('has the design of one plan at a time, and keeps what another finished', async () => {
    const store = await open('a')
    const read = plan('vary: { core.lanes: [32, 64] }\nbaselines: [other]')
    const bench = workbench(read)
    store.begin('one')
    store.setDesign(baselinesOf(bench))
    store.setDesign(pointsOf(bench, grid(read.dimensions), 1))
    const keys = [...store.design()].map(({ key }) => key)
    expect(keys).toHaveLength(3)
    store.record(row(keys[1]!))
    expect(store.counts()).toEqual({ points: 3, done: 1, failed: 0 })
    expect([...store.design(1, 2)].map(({ state, settings }) => [state, settings])).toEqual([['done', '{"core.lanes":32}']])
    store.begin('two')
    expect(store.counts()).toEqual({ points: 0, done: 0, failed: 0 })
    expect(store.stateOf(keys[1]!)).toBe('done')
    store.claim(keys[2]!)
    const other = await open('b')
    expect(() => other.begin('three')).toThrow(/another plan is at work/)
    other.begin('two')
    other.close()
    store.close()
  })

  it('takes over what other stores have finished', async () => {
    const [one, two] = [await open('a', { log: 'delete' }, 'one.db'), await open('b')]
    one.record(row('k', { gzip: new Uint8Array([7]) }))
    one.record(row('l', { state: 'failed', numbers: null, error: 'no' }))
    two.record(row('k', { numbers: '{"a":3}' }))
    one.close()
    expect(two.take(join(folder, 'one.db'))).toBe(1)
    expect([two.stateOf('k'), two.stateOf('l')]).toEqual(['done', 'failed'])
    expect(two.take(join(folder, 'one.db'))).toBe(0)
    two.close()
  })

  it('refuses a store of a newer version, a database that is no store, and a file that is no database, and leaves them alone', async () => {
    const store = await open('a')
    store.setMeta('version', '99')
    store.close()
    await expect(open('a')).rejects.toThrow(/store of version 99, but this Spikeloom keeps version 1: use a newer Spikeloom/)
    const other = new Database(join(folder, 'other.db'))
    other.exec('create table songs (title text)')
    other.close()
    const before = readFileSync(join(folder, 'other.db'))
    await expect(open('a', {}, 'other.db')).rejects.toThrow(/is a database, but not the store of a sweep/)
    expect(readFileSync(join(folder, 'other.db'))).toEqual(before)
    writeFileSync(join(folder, 'text.db'), 'x'.repeat(5000))
    await expect(open('a', {}, 'text.db')).rejects.toThrow(InputError)
    expect(readFileSync(join(folder, 'text.db'), 'utf8')).toBe('x'.repeat(5000))
  })
})
