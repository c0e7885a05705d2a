import { describe, expect, it } from 'vitest'
import { Chip } from '../../../sim/chip/chip.js'
import { completeChip } from '../../../sim/config/load-chip.js'
import { image, ints, machine, recorder, tile } from './machine.js'

type Built = ReturnType<typeof machine>
const report = (chip: Built, core: number) => chip.components[core]!.report(chip.now())!.core!
const waitsOf = (chip: Built, core: number) => report(chip, core).waits.filter(({ reason }) => reason !== 'nothing to do')

/** What a core waited by its log, and by what its instructions took. */
function traced(cores: Parameters<typeof machine>[0], chip: Parameters<typeof machine>[1] = {}) {
  const built = machine(cores, chip)
  const { sink, rows } = recorder()
  built.traceTo(sink)
  built.runPrograms()
  return { built, took: (core: number, instruction: number): number => {
    const row = rows.find((one) => one.core === core && one.instruction === instruction)!
    return row.end - row.start
  } }
}

describe('a wait is booked once, under what ended it', () => {
  const late = (rest: string) => `LI r1, 50\npause: LOOP r1, pause\n${rest}\nHALT`

  it('RECV: words or a signal, by who sent them', () => {
    const send = late('SENDV 0, 0, 4\nSIGNAL 1')
    const { built, took } = traced([
      { program: send, data: [ints(0, 1, 2, 3, 4)], routes: [{ destinations: [1], semaphore: 2 }, { destinations: [2], semaphore: 2 }] },
      { program: 'RECV 2, 1\nHALT' }, { program: 'RECV 2, 1\nHALT' },
    ])
    // Of an instruction that took n cycles, one is its issue, and the rest it waited.
    expect(waitsOf(built, 1)).toEqual([{ reason: 'words', cycles: took(1, 0) - 1, culpritCore: 0, culpritTag: 0 }])
    expect(waitsOf(built, 2)).toEqual([{ reason: 'semaphore', cycles: took(2, 0) - 1, culpritCore: 0, culpritTag: 0 }])
    expect(took(1, 0)).toBeGreaterThan(50)
    expect(waitsOf(built, 0)).toEqual([])
  })

  it('RECV that need not wait: nothing', () => {
    const { built } = traced([{ program: 'SIGNAL 0\nHALT', routes: [{ destinations: [1] }] }, { program: late('RECV 0, 1') }])
    expect(waitsOf(built, 1)).toEqual([])
  })

  it('BARRIER: the others', () => {
    const chip = { core: { spikeTrain: 'unrolled' }, sync: { mode: 'barrier' } } as const
    const { built } = traced([{ program: late('BARRIER') }, { program: 'BARRIER\nHALT' }], chip)
    expect(waitsOf(built, 1).map(({ reason, culpritCore, culpritTag }) => [reason, culpritCore, culpritTag])).toEqual([['barrier', -1, -1]])
    expect(waitsOf(built, 1)[0]!.cycles).toBeGreaterThan(50)
    expect(waitsOf(built, 0)[0]!.cycles).toBeLessThan(waitsOf(built, 1)[0]!.cycles)
  })

  it('CONSUME: memory for the tile it loads, spikes for the rest', () => {
    const { built } = traced([
      { program: `LI r1, 400\npause: LOOP r1, pause\nFIRE r1, 0, 0, 2\nENDT r2, 0\nHALT`, data: [ints(0, 1, 2)], routes: [{ destinations: [1] }] },
      { program: 'WLOAD 0\nCONSUME r1, 0, 1\nHALT', axonTable: [{ ...tile(2, 4, () => 1) }] },
    ])
    const waits = waitsOf(built, 1)
    expect(waits.map(({ reason }) => reason)).toEqual(['spikes', 'memory'])
    expect(waits[1]).toMatchObject({ culpritCore: -1, culpritTag: -1 })
    expect(waits[1]!.cycles).toBeGreaterThan(40) // 100 ns are 50 cycles
    expect(waits[0]!).toMatchObject({ culpritCore: 0, culpritTag: 0 })
    expect(waits[0]!.cycles).toBeGreaterThan(250)
    const { busyCycles } = report(built, 1)
    expect(report(built, 1).waits.reduce((sum, { cycles }) => sum + cycles, 0)).toBe(busyCycles.waiting)
  })
})

describe('a report', () => {
  it('is none of a core without a program, and has the roles of the others', () => {
    const plain = image([{ program: 'HALT' }, undefined])
    const chip = new Chip(completeChip({}), { ...plain, cores: plain.cores.map((core, at) => ({ ...core, roles: at === 0 ? ['hub', 'tile'] : [] })) }, 1)
    chip.runPrograms()
    expect(chip.components[0]!.report(10)!.core!.roles).toEqual(['hub', 'tile'])
    expect(chip.components[1]!.report(10)).toBeUndefined()
  })
})

describe('a run that cannot go on names who waits for what', () => {
  it('and who could post it: those with a route to that semaphore', () => {
    let message = ''
    try {
      machine([
        { program: 'RECV 3, 1\nHALT', routes: [{ destinations: [1], semaphore: 5 }] },
        { program: 'RECV 5, 1\nSIGNAL 0\nHALT', routes: [{ destinations: [0], semaphore: 3 }] },
        { program: 'RECV 9, 1\nHALT', routes: [{ destinations: [0], semaphore: 4 }, { destinations: [1], semaphore: 3 }] },
      ]).runPrograms()
    } catch (error) {
      message = (error as Error).message
    }
    const line = (core: number): string => message.split('\n').find((text) => text.trim().startsWith(`core ${core} at`))!
    expect(line(0)).toMatch(/core 0.* at instruction 0 'RECV 3, 1': waits for .*core 1/)
    expect(line(0)).not.toContain('core 2')
    expect(line(1)).toMatch(/'RECV 5, 1': waits for .*core 0/)
    expect(line(1)).not.toContain('core 2')
    expect(line(2)).toMatch(/waits for semaphore 9 to reach 1 \(it is 0\)/)
    expect(line(2)).not.toMatch(/core [01]/)
  })
})
