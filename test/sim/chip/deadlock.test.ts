import { describe, expect, it } from 'vitest'
import { InputError, SimulationError } from '../../../sim/errors.js'
import { image, ints, machine, tile } from '../core/machine.js'
import { Chip } from '../../../sim/chip/chip.js'
import { completeChip } from '../../../sim/config/load-chip.js'

/** What a run that cannot end says. */
function failure(chip: Chip, options = {}): string {
  try {
    chip.runPrograms(options)
  } catch (error) {
    expect(error).toBeInstanceOf(SimulationError)
    return (error as Error).message
  }
  throw new Error('the run ended')
}

describe('a run that cannot go on says who waits for what', () => {
  it('a semaphore nobody increments', () => {
    const message = failure(machine([{ program: 'NOP\nRECV 7, 3\nHALT' }, { program: 'HALT' }]))
    expect(message).toMatch(/^deadlock at cycle 2: nothing can happen any more\./)
    expect(message).toContain("core 0 at instruction 1 'RECV 7, 3': waits for semaphore 7 to reach 3 (it is 0), which nobody increments")
    expect(message).not.toContain('core 1')
  })

  it('a semaphore that was incremented too seldom: names the sender and that it has halted', () => {
    const message = failure(machine([
      { program: 'RECV 7, 3\nHALT' }, { program: 'SIGNAL 0\nHALT', routes: [{ destinations: [0], semaphore: 7 }] },
    ]))
    expect(message).toContain('waits for semaphore 7 to reach 3 (it is 1), which core 1 (halted) increments')
  })

  it('a circle of two', () => {
    const half = (other: number) => ({ program: 'RECV 1, 1\nSIGNAL 0\nHALT', routes: [{ destinations: [other], semaphore: 1 }] })
    const message = failure(machine([half(1), half(0)]))
    expect(message).toContain('core 0 at instruction 0')
    expect(message).toContain('which core 0 increments')
    expect(message).toContain('which core 1 increments')
  })

  it('a CONSUME without a train, and one without a marker', () => {
    const entry = { axonTable: [tile(4, 1, () => 1)] }
    expect(failure(machine([{ program: 'CONSUME r1, 0, 2\nHALT', ...entry }])))
      .toContain('spikes: 0 of 2 markers have come, 0 events were taken')
    expect(failure(machine([
      { program: 'CONSUME r1, 0, 1\nHALT', ...entry },
      { program: 'FIRE r1, 0, 0, 4\nHALT', routes: [{ destinations: [0] }], data: [ints(0, 1, 2, 0, 3)] },
    ]))).toContain('spikes: 0 of 1 markers have come, 3 events were taken')
  })

  it('a barrier is for all that can reach it: what another core waits for is told at the end', () => {
    const chip = machine([{ program: 'BARRIER\nHALT' }, { program: 'RECV 0, 1\nBARRIER\nHALT' }])
    const message = failure(chip)
    expect(chip.barriers).toBe(1)
    expect(message).toContain("core 1 at instruction 0 'RECV 0, 1': waits for semaphore 0")
    expect(message).not.toContain('core 0')
  })

  it('packets that a halted core never takes', () => {
    const message = failure(machine([
      { program: 'FIRE r1, 0, 0, 64\nENDT r1, 0\nHALT', routes: [{ destinations: [1] }], data: [ints(0, ...Array.from({ length: 64 }, () => 7))] },
      { program: 'HALT' },
    ], { grid: { columns: 2, rows: 1 }, core: { spikeFifoEvents: 4, spikeTrain: 'unrolled' }, network: { bufferFlits: 2, injectionQueueFlits: 4, eventsPerPacket: 4 } }))
    expect(message).toContain("core 0 at instruction 0 'FIRE r1, 0, 0, 64': waits for room for")
    expect(message).toMatch(/packet \d+ (in router|at source)/)
  })

  it('a loop for ever ends at the cycle limit', () => {
    const message = failure(machine([{ program: 'again: JMP again' }, { program: 'again: BARRIER\nJMP again' }]), { cycleLimit: 5000 })
    expect(message).toMatch(/^the run has not ended in 5000 cycles, its limit\./)
    expect(message).toContain("core 0 at instruction 0 'JMP 0': waits for nothing: it runs")
    expect(message).toContain('core 1 at instruction 0 \'BARRIER\': waits for the barrier')
  })

  it('a loop for ever ends without a limit of its own too', () => {
    const chip = machine([{ program: 'again: BARRIER\nJMP again' }], { core: { spikeTrain: 'unrolled' }, sync: { mode: 'barrier', barrierCycles: 1_000_000 } })
    expect(failure(chip)).toMatch(/^the run has not ended in 100000000 cycles, its limit\./)
  })

  it.each([0, -1, 1.5, NaN])('a limit of %s cycles is none', (cycleLimit) => {
    expect(() => machine([{ program: 'HALT' }]).runPrograms({ cycleLimit })).toThrow(/cycleLimit: .* whole number of cycles, at least 1/)
  })

  it('a server may wait at the end', () => {
    const server = { program: 'again: RECV 0, 1\nJMP again' }
    const client = { program: 'SIGNAL 0\nHALT', routes: [{ destinations: [1], semaphore: 0 }] }
    expect(machine([client, server]).runPrograms({ servers: [1] })).toBeGreaterThan(0)
    expect(failure(machine([client, server]))).toContain('core 1 at instruction 0')
  })

  it('an image without a host plan cannot be fed tokens', () => {
    const chip = new Chip(completeChip({}), image([{ program: 'HALT' }]), 1)
    expect(() => chip.runTokens([1], 1, () => 0)).toThrow(InputError)
  })
})

describe('the barrier', () => {
  it('costs its wave and lets all go in the same cycle', () => {
    const chip = machine([{ program: 'BARRIER\nHALT' }, { program: 'NOP\nNOP\nNOP\nBARRIER\nHALT' }], {
      grid: { columns: 4, rows: 2 }, sync: { barrierCycles: 8, barrierCyclesPerHop: 2 },
    })
    chip.runPrograms()
    // the last arrives in cycle 4; the wave runs the diameter of 4 hops up and down
    expect(chip.cores.slice(0, 2).map((core) => core.haltedAtCycle)).toEqual([4 + 8 + 2 * 4 * 2 + 1, 4 + 8 + 2 * 4 * 2 + 1])
  })
})
