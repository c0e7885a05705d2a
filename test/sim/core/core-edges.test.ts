import { describe, expect, it } from 'vitest'
import { encodingByName } from '../../../programs/encodings/index.js'
import { Chip } from '../../../sim/chip/chip.js'
import { AdderArray } from '../../../sim/core/adders.js'
import type { Core } from '../../../sim/core/core.js'
import { ExternalMemory } from '../../../sim/core/external.js'
import { completeChip } from '../../../sim/config/load-chip.js'
import type { ChipSpecInput } from '../../../sim/config/chip-spec.js'
import { ACTION_INDEX } from '../../../isa/actions.js'
import { countsOf, image, ints, machine, tile } from './machine.js'
import type { CoreText } from './machine.js'

const small: ChipSpecInput = { grid: { columns: 2, rows: 2 }, core: { dataSramKiB: 1, accumulators: 64, weightSramKiB: 1, programWords: 16 } }
const load = (core: Partial<CoreText>) => () => machine([{ program: 'HALT', ...core }, { program: 'HALT' }], small)

describe('an image at its limits', () => {
  it('a core with less data SRAM than its chip has the less', () => {
    const short = image([{ program: 'VADD 0, 8, 8\nHALT' }])
    const words = (dataWords: number) => () => new Chip(completeChip(small), { ...short, cores: short.cores.map((core) => ({ ...core, dataWords })) }, 1)
    expect(words(16)).not.toThrow()
    expect(words(15)).toThrow(/words 8\.\.15, but there are words 0\.\.14/)
    expect(words(9999)).not.toThrow()
  })

  it('weight rows take whole words of a bank', () => {
    // 40 weights of 4 bits are 3 words of 64 bits; 8 rows of them 192 bytes.
    expect(load({ axonTable: [tile(8, 40, () => 1, { weightAddress: 1024 - 192 })] })).not.toThrow()
    expect(load({ axonTable: [tile(8, 40, () => 1, { weightAddress: 1024 - 191 })] })).toThrow(/bytes 833\.\.1024/)
    expect(load({ axonTable: [{ ...tile(8, 40, () => 1, { weightAddress: 5000 }), streamed: 'through' }] })).not.toThrow()
    expect(load({ axonTable: [{ ...tile(8, 40, () => 1, { weightAddress: 5000 }), streamed: 'kept' }] })).toThrow(/weight SRAM/)
  })

  it('a shape has no weights to look at, and a wrong weight is named with its place', () => {
    const shape = tile(2, 4, () => 0)
    expect(load({ axonTable: [{ ...shape, tile: { ...shape.tile, weights: new Int8Array(0) } }] })).not.toThrow()
    expect(load({ axonTable: [tile(2, 4, () => 1), tile(2, 4, () => 8)] }))
      .toThrow(/^core 0, axon table entry 1: weight 8 of input 0, output 0 does not fit/)
  })
})

describe('adders that look at their accumulators only where they must', () => {
  const array = (overflow: 'trap' | 'saturate', outputs = 4) => new AdderArray(completeChip({ core: { accumulatorBits: 12, overflow } }).core, [
    tile(4, outputs, () => 7, { accumulator: 8 }), tile(4, outputs, () => 7, { accumulator: 20 }),
  ])

  it('have room for what their largest magnitude leaves, those that are cleared aside', () => {
    const adders = array('trap')
    expect(adders.room(0)).toBe(2047 / 8)
    adders.add(0, 0, 10)
    adders.add(1, 0, -20)
    expect(adders.room(0)).toBe((2047 - 240) / 8)
    adders.clear(20, 4)
    expect(adders.room(1)).toBe((2047 - 70) / 8)
    adders.add(1, 0, -20)
    adders.clear(8, 4)
    expect(adders.room(1)).toBe((2047 - 140) / 8)
    adders.clear(0, 512)
    expect(adders.room(1)).toBe(2047 / 8)
    expect(array('saturate').room(0)).toBe(Infinity)
  })

  it('add, clear, preload and settle their entry\'s accumulators and no others', () => {
    const adders = array('saturate')
    adders.accumulators.fill(5000)
    adders.preload(0, Int32Array.of(1, -2, 3, -4))
    expect([...adders.accumulators.subarray(7, 13)]).toEqual([5000, 5001, 4998, 5003, 4996, 5000])
    adders.add(0, 1, -2)
    expect([...adders.accumulators.subarray(7, 13)]).toEqual([5000, 4987, 4984, 4989, 4982, 5000])
    adders.add(0, 1, 1e4)
    adders.settle(0)
    expect([...adders.accumulators.subarray(7, 13)]).toEqual([5000, 2047, 2047, 2047, 2047, 5000])
    expect(adders.saturations).toBe(4)
    adders.clear(9, 2)
    expect([...adders.accumulators.subarray(7, 13)]).toEqual([5000, 2047, 0, 0, 2047, 5000])
  })

  it('trap for an accumulator of the entry, not for one behind it', () => {
    const adders = array('trap')
    adders.accumulators[12] = 5000
    adders.accumulators[7] = -5000
    expect(adders.add(0, 0, 300)).toBe(false)
    expect(adders.overflowed).toBe(8)
    adders.clear(8, 4)
    adders.add(0, 0, 290)
    expect(adders.add(0, 0, 2)).toBe(true) // 2044 of 2047, though the bound is past it
    expect(adders.settle(0)).toBe(true)
  })
})

describe('what an entry\'s events cost', () => {
  const run = (operation: 'addition' | 'shiftedAddition' | 'multiplyAccumulate' | undefined) => {
    const chip = machine([
      { program: 'FIRE r1, 0, 0, 4\nENDT r2, 0\nHALT', data: [ints(0, 7, 0, -5, 1)], routes: [{ destinations: [1], train: encodingByName('bitwise').format({ limit: 7, stepLimit: 7 }) }] },
      { program: 'CLRA 0, 40\nCONSUME r1, 0, 1\nHALT', axonTable: [{ ...tile(4, 40, () => 1), ...(operation && { operation }) }] },
    ], { grid: { columns: 2, rows: 1 }, core: { lanes: 16, weightBanks: 2 } })
    chip.runPrograms()
    expect(chip.cores[1]!.adders.accumulators[39]).toBe(3)
    return { ...countsOf(chip, 1), busy: chip.components[1]!.report(1000)!.core!.busyCycles.adders }
  }

  it('an addition a spike, one a bit that is set, or one product', () => {
    expect(run(undefined)).toMatchObject({ synapticAdd: 13 * 40 })
    expect(run('shiftedAddition')).toMatchObject({ synapticAdd: 6 * 40 })
    expect(run('multiplyAccumulate')).toMatchObject({ mac: 3 * 40 })
    expect(run('multiplyAccumulate').synapticAdd).toBeUndefined()
    // 3 passes of 16 lanes for each operation.
    const busy = run('multiplyAccumulate').busy
    expect(run(undefined).busy - busy).toBe(10 * 3)
    expect(run('shiftedAddition').busy - busy).toBe(3 * 3)
  })
})

describe('registers', () => {
  it('r0 stays 0 where an instruction would write it', () => {
    const chip = machine([
      { program: 'FIRE r0, 0, 0, 2\nENDT r0, 0\nSTEP r0, 0, 0, 2\nENDT r0, 0\nHALT', data: [ints(0, 3, 2)], routes: [{ destinations: [1] }] },
      { program: 'CONSUME r0, 0, 2\nHALT', axonTable: [tile(2, 4, () => 1)] },
    ])
    chip.runPrograms()
    expect(chip.cores.slice(0, 2).map((core) => core.registers[0])).toEqual([0, 0])
  })
})

describe('external memory, row by row', () => {
  /** What the buffers ask of a core, and what they did. */
  function standIn() {
    const transfers: object[] = []
    const counts = new Map<number, number>()
    const core = {
      id: 5, tag: 9, data: Int32Array.from({ length: 64 }, (_, at) => 100 + at), image: { axonTable: [{}, {}] },
      checkData: () => undefined, count: (action: number, by: number) => counts.set(action, (counts.get(action) ?? 0) + by),
      error: (message: string) => new Error(message),
      ports: { now: () => 1000, transfer: (request: object) => (transfers.push(request), 1030) },
    }
    return { core: core as unknown as Core, transfers, counts, data: core.data }
  }
  const buffers = [{ words: 8 }, { words: 32, initial: Int32Array.from({ length: 32 }, (_, at) => at) }]

  it('DST stores what DLD loads, at the rows asked for', () => {
    const { core, transfers, counts, data } = standIn()
    const memory = new ExternalMemory(buffers, true)
    expect(memory.load(core, 40, 1, 4, 2, 3)).toBe(31)
    expect([...data.subarray(38, 50)]).toEqual([138, 139, 12, 13, 14, 15, 16, 17, 18, 19, 148, 149])
    expect(memory.store(core, 1, 2, 4, 2, 5)).toBe(31)
    memory.load(core, 0, 1, 4, 4, 4)
    expect([...data.subarray(0, 16)]).toEqual([16, 17, 18, 19, 102, 103, 104, 105, 106, 107, 108, 109, 28, 29, 30, 31])
    expect(transfers).toEqual([
      { core: 5, tag: 9, region: 3, offset: 48, bytes: 32, isWrite: false }, { core: 5, tag: 9, region: 3, offset: 80, bytes: 32, isWrite: true },
      { core: 5, tag: 9, region: 3, offset: 64, bytes: 64, isWrite: false },
    ])
    expect([counts.get(ACTION_INDEX.dataWordWrite), counts.get(ACTION_INDEX.dataWordRead)]).toEqual([8 + 16, 8])
  })

  it('moves nothing in a cycle of its own, and begins with zeros', () => {
    const { core, transfers, data } = standIn()
    const memory = new ExternalMemory(buffers, true)
    expect(memory.load(core, 0, 0, 4, 0, 1)).toBe(1)
    expect(transfers).toEqual([])
    memory.load(core, 0, 0, 8, 1, 0)
    expect([...data.subarray(0, 9)]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 108])
  })

  it('costs the same where nothing is stored', () => {
    const { core, transfers, counts, data } = standIn()
    const memory = new ExternalMemory(buffers, false)
    expect(memory.store(core, 1, 0, 4, 2, 1)).toBe(31)
    expect(memory.load(core, 0, 1, 4, 2, 1)).toBe(31)
    expect(data[0]).toBe(100)
    expect(transfers).toHaveLength(2)
    expect(counts.get(ACTION_INDEX.dataWordRead)).toBe(8)
  })
})
