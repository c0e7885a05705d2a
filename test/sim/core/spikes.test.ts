import { describe, expect, it } from 'vitest'
import type { ChipSpecInput } from '../../../sim/config/chip-spec.js'
import { countsOf, ints, machine, recorder, tile } from './machine.js'

/** FIRE or STEP, ENDT, and what arrived: core 0 sends, core 1 takes. */
function fire(counts: number[], program: string, chip: ChipSpecInput = {}, trains = 1) {
  const built = machine([
    { program, routes: [{ destinations: [1] }], data: [ints(0, ...counts)] },
    {
      program: `CLRA 0, 1\n${'CONSUME r1, 0, 1\n'.repeat(trains)}SENDA 0, 0, 1\nHALT`, routes: [{ destinations: [0], address: 200, semaphore: 9 }],
      axonTable: [tile(counts.length, 1, (axon) => (axon % 8) - 4)],
    },
  ], chip)
  const { sink, rows } = recorder()
  built.traceTo(sink)
  built.runPrograms()
  const span = (instruction: number) => {
    const row = rows.find((candidate) => candidate.core === 0 && candidate.instruction === instruction)!
    return row.end - row.start
  }
  return { chip: built, sender: built.cores[0]!, receiver: built.cores[1]!, counts: countsOf(built, 0), span }
}

const expectedSum = (counts: number[]) => counts.reduce((sum, count, axon) => sum + count * ((axon % 8) - 4), 0)
const train = Array.from({ length: 40 }, (_, i) => [0, 3, 0, -2, 7, 0, 0, -1][i % 8]!)
const spikes = train.reduce((sum, count) => sum + Math.abs(count), 0)
const active = train.filter((count) => count !== 0).length

describe('FIRE', () => {
  const program = `FIRE r1, 0, 0, ${train.length}\nENDT r2, 0\nRECV 9, 1\nHALT`

  it('sends a burst a neuron; its law and its counts', () => {
    const { sender, receiver, counts, span, chip } = fire(train, program)
    expect([sender.registers[1], sender.registers[2], receiver.registers[1]]).toEqual([spikes, active, spikes])
    expect(sender.data[200]).toBe(expectedSum(train))
    // 20 events: 12 in neurons 0..23 (7 flits of 2 events, the first in the header), 8 in neurons 24..39 (5 flits)
    expect(span(0)).toBe(1 + Math.ceil(24 / 16) + Math.max(7, Math.ceil(16 / 16)) + 5)
    expect(counts).toMatchObject({ encoderStep: train.length, dataWordRead: train.length, spikeEmit: active, packetFlit: 7 + 5 + 1, fifoPush: active + 1 })
    expect(chip.activity[0]).toEqual({ activations: 40, spikes, trains: 1, timeSteps: 7, slots: 280 })
  })

  it('sends an event a spike where trains are unrolled', () => {
    const { sender, receiver, counts } = fire(train, program, { core: { spikeTrain: 'unrolled' } })
    expect([sender.registers[1], sender.registers[2], receiver.registers[1]]).toEqual([spikes, spikes, spikes])
    expect(sender.data[200]).toBe(expectedSum(train))
    expect(counts).toMatchObject({ encoderStep: train.length, spikeEmit: spikes, fifoPush: spikes + 1 })
  })

  it('waits for a slow encoder, not for the network', () => {
    const silent = Array.from({ length: 40 }, (_, i) => (i === 0 || i === 39 ? 1 : 0))
    const { span } = fire(silent, program, { core: { encoderLanes: 1 } })
    expect(span(0)).toBe(1 + 40 + 2) // one packet of two events, two flits, after all neurons
  })

  it('a silent train costs its scan and has a marker', () => {
    const { sender, counts, span } = fire(train.map(() => 0), program)
    expect([sender.registers[1], sender.registers[2], sender.data[200]]).toEqual([0, 0, 0])
    expect(span(0)).toBe(1 + Math.ceil(40 / 16))
    expect(counts.packetFlit).toBe(1)
  })

  it('cuts a train too long for an event\'s length field', () => {
    const { sender, receiver } = fire([600, -256], 'FIRE r1, 0, 0, 2\nENDT r2, 0\nRECV 9, 1\nHALT')
    expect([sender.registers[1], sender.registers[2], receiver.registers[1]]).toEqual([856, 5, 856])
    expect(sender.data[200]).toBe(expectedSum([600, -256]))
  })
})

describe('STEP', () => {
  it('sends a spike of each charged neuron a time step, and says when the train is out', () => {
    const program = `again: ADDI r5, r5, 1\nSTEP r1, 0, 0, ${train.length}\nBARRIER\nBNE r1, r0, again\nENDT r2, 0\nRECV 9, 1\nHALT`
    const { chip, sender, receiver, counts } = fire(train, program, { core: { spikeTrain: 'unrolled' }, sync: { mode: 'barrier' } })
    expect([sender.registers[5], sender.registers[2], receiver.registers[1]]).toEqual([7, spikes, spikes])
    expect(sender.data[200]).toBe(expectedSum(train))
    expect([...sender.data.subarray(0, 40)]).toEqual(train.map(() => 0))
    expect(chip.barriers).toBe(7)
    expect(counts).toMatchObject({ encoderStep: 7 * 40, spikeEmit: spikes, dataWordRead: 7 * 40, dataWordWrite: spikes, barrierFlit: 7 * 2 * 112 })
    expect(chip.activity[0]).toEqual({ activations: 40, spikes, trains: 1, timeSteps: 7, slots: 280 })
  })

  it('books a silent train once, however many time steps others take', () => {
    const silent = train.map(() => 0)
    const { chip } = fire(silent, 'STEP r1, 0, 0, 40\nSTEP r1, 0, 0, 40\nSTEP r1, 0, 0, 40\nENDT r2, 0\nRECV 9, 1\nHALT')
    expect(chip.activity[0]).toEqual({ activations: 40, spikes: 0, trains: 1, timeSteps: 0, slots: 0 })
  })
})

describe('CONSUME', () => {
  it('an empty train is over one cycle after its marker is seen', () => {
    const { receiver, chip } = fire([1], 'ENDT r2, 0\nRECV 9, 1\nHALT')
    // marker enters in 2, arrives in 2 + 3 * 2 + 2 = 10, seen in 11; SENDA: 12 issue, 13 and 14 flits; HALT in 15
    expect(receiver.haltedAtCycle).toBe(15)
    expect(countsOf(chip, 1)).toMatchObject({ fifoPop: 1, instruction: 4 })
  })

  it('says so when the events of two trains met', () => {
    const program = 'ENDT r2, 0\nFIRE r1, 0, 0, 4\nENDT r2, 0\nHALT'
    const chip = machine([
      { program, routes: [{ destinations: [1] }], data: [ints(0, 1, 1, 1, 1)] },
      { program: 'LI r1, 100\nwait: LOOP r1, wait\nCONSUME r1, 0, 1\nCONSUME r1, 0, 1\nHALT', axonTable: [tile(4, 1, () => 1)] },
    ])
    expect(() => chip.runPrograms()).toThrow(/core 1, instruction 2 .*took 4 events, but the marker announced 0: events of a later train/)
  })

  it('names a spike on an axon the tile does not have', () => {
    const chip = machine([
      { program: 'FIRE r1, 0, 0, 4\nENDT r2, 0\nHALT', routes: [{ destinations: [1] }], data: [ints(3, 1)] },
      { program: 'CONSUME r1, 0, 1\nHALT', axonTable: [tile(3, 1, () => 1)] },
    ])
    expect(() => chip.runPrograms()).toThrow(/core 1, instruction 0 'CONSUME r1, 0, 1'.*spike on axon 3, but axon table entry 0 has 3 inputs \(0\.\.2\)/)
  })
})

describe('WLOAD', () => {
  const entries = [tile(8, 16, () => 1), tile(8, 16, () => 2)] // 8 rows of one 64-bit word each, at the same address

  /** Cycle in which a CONSUME that needs the tile, and awaits no train, lets HALT issue. */
  const consumed = (chip: ChipSpecInput) => {
    const built = machine([{ program: 'WLOAD 1\nCONSUME r1, 1, 0\nHALT', axonTable: entries }], chip)
    built.runPrograms()
    return { cycle: built.cores[0]!.haltedAtCycle, counts: countsOf(built, 0) }
  }

  it('takes the channel\'s latency and bandwidth, in whole bursts; the CONSUME behind it waits', () => {
    const { cycle, counts } = consumed({ memory: { delivery: 'ideal', timing: 'flat' }, dram: { gigabytesPerSecond: 3.2, burstBytes: 48, latencyNs: 100 } })
    // 64 bytes are two bursts of 48; 3.2 GB/s at 500 MHz are 6.4 bytes a cycle: 15 cycles after 50 of latency.
    // Asked for in cycle 1, so the tile is there in 66, when CONSUME issues; it looks in 67 and is over in 68.
    expect(cycle).toBe(1 + 50 + 15 + 2)
    expect(counts).toEqual({ instruction: 3, dramBit: 96 * 8, weightWordWrite: 8 })
  })

  it('is limited by the banks when memory is fast', () => {
    expect(consumed({ core: { weightBanks: 1 }, memory: { delivery: 'ideal', timing: 'flat' }, dram: { gigabytesPerSecond: 10_000, latencyNs: 0 } }).cycle).toBe(1 + 8 + 2)
  })

  it('loads while the core goes on', () => {
    const chip = machine([{ program: 'WLOAD 1\nLI r1, 100\nagain: LOOP r1, again\nCONSUME r1, 1, 0\nHALT', axonTable: entries }], {
      memory: { delivery: 'ideal', timing: 'flat' }, dram: { gigabytesPerSecond: 3.2, burstBytes: 48, latencyNs: 100 },
    })
    chip.runPrograms()
    expect(chip.cores[0]!.haltedAtCycle).toBe(1 + 1 + 1 + 100 + 2)
  })

  it('must come before a CONSUME of a tile that shares its place', () => {
    const build = (program: string) => machine([{ program, axonTable: entries }])
    const missing = /core 0, instruction 0 'CONSUME r1, 1, 1'.*axon table entry 1 is not in weight SRAM.*WLOAD it first/
    expect(() => build('CONSUME r1, 1, 1\nHALT').runPrograms()).toThrow(missing)
    expect(() => build('WLOAD 1\nWLOAD 0\nCONSUME r1, 1, 1\nHALT').runPrograms()).toThrow(/axon table entry 1 is not in weight SRAM/)
    expect(() => build('WLOAD 0\nWLOAD 1\nCONSUME r1, 1, 0\nHALT').runPrograms()).not.toThrow()
  })

  it('needs external memory', () => {
    const chip = machine([{ program: 'WLOAD 1\nHALT', axonTable: entries }], { memory: { delivery: 'ideal', timing: 'flat' }, dram: { kind: 'none' } })
    expect(() => chip.runPrograms()).toThrow(/dram\.kind: none/)
  })
})

describe('a streamed tile', () => {
  // 40 rows of 16 4-bit weights: one 64-bit word, 8 bytes a row; a burst holds as many rows as it has room for
  const stream = (counts: number[], burstBytes: number, latencyNs = 0) => {
    const chip = machine([
      { program: `FIRE r1, 0, 0, ${counts.length}\nENDT r2, 0\nHALT`, routes: [{ destinations: [1] }], data: [ints(0, ...counts)] },
      { program: 'CLRA 0, 16\nCONSUME r1, 0, 1\nHALT', axonTable: [{ ...tile(counts.length, 16, () => 1), streamed: 'through' }] },
    ], { memory: { delivery: 'ideal', timing: 'flat' }, dram: { burstBytes, latencyNs } })
    chip.runPrograms()
    return { bits: countsOf(chip, 1).dramBit ?? 0, sum: chip.cores[1]!.adders.accumulators[0], cycles: chip.cores[1]!.haltedAtCycle }
  }
  const expected = (counts: number[], burstBytes: number): number => {
    const bursts = new Set(counts.flatMap((count, axon) => (count === 0 ? [] : [Math.floor((axon * 8) / burstBytes)])))
    return bursts.size * burstBytes * 8
  }

  it('moves a burst once if any of its rows has a spike, and never otherwise', () => {
    for (const burstBytes of [8, 16, 32, 64]) {
      for (const counts of [train, train.map((count, axon) => (axon % 16 < 8 ? 0 : count)), train.map((_, axon) => (axon === 33 ? -5 : 0))]) {
        const { bits, sum } = stream(counts, burstBytes)
        expect(bits).toBe(expected(counts, burstBytes))
        expect(sum).toBe(counts.reduce((a, b) => a + b, 0))
      }
    }
  })

  it('moves a row again in the next time step', () => {
    const steps = 3
    const chip = machine([
      { program: `LI r5, ${steps}\nt: STEP r1, 0, 0, 40\nLOOP r5, t\nENDT r2, 0\nHALT`, routes: [{ destinations: [1] }], data: [ints(0, ...train)] },
      { program: 'CLRA 0, 16\nCONSUME r1, 0, 1\nHALT', axonTable: [{ ...tile(40, 16, () => 1), streamed: 'through' }] },
    ], { core: { spikeTrain: 'unrolled' }, memory: { delivery: 'ideal', timing: 'flat' }, dram: { burstBytes: 16 } })
    chip.runPrograms()
    const bits = Array.from({ length: steps }, (_, step) => expected(train.map((count) => (Math.abs(count) > step ? count : 0)), 16))
    expect(countsOf(chip, 1).dramBit).toBe(bits.reduce((a, b) => a + b, 0))
  })

  it('moves nothing for a silent train, and waits for memory otherwise', () => {
    expect(stream(train.map(() => 0), 8).bits).toBe(0)
    expect(stream(train, 8, 400).cycles).toBeGreaterThan(stream(train, 8, 0).cycles + 150)
  })
})

describe('a tile whose rows are kept', () => {
  // As above: 8 bytes a row. Core 0 sends trains when core 1 has taken the one before.
  const BURST = 16
  const keep = (trains: readonly number[][], program: string) => {
    const send = trains.map((_, at) => `FIRE r1, 0, ${40 * at}, 40\nENDT r2, 0\nRECV 0, 1\n`).join('')
    const chip = machine([
      {
        program: `${send}HALT`, routes: [{ destinations: [1] }],
        data: trains.map((counts, at) => ints(40 * at, ...counts)),
      },
      { program, routes: [{ destinations: [0] }], axonTable: [{ ...tile(40, 16, () => 1), streamed: 'kept' }] },
    ], { memory: { delivery: 'ideal', timing: 'flat' }, dram: { burstBytes: BURST } })
    chip.runPrograms()
    const { dramBit = 0, weightWordWrite = 0 } = countsOf(chip, 1)
    return { bits: dramBit, words: weightWordWrite, sum: chip.cores[1]!.adders.accumulators[0] }
  }
  const bursts = (counts: readonly number[]): number[] => counts.flatMap((count, axon) => (count === 0 ? [] : [Math.floor((axon * 8) / BURST)]))
  const first = train.map((count, axon) => (axon % 8 < 4 ? count : 0))
  const second = train.map((count, axon) => (axon < 20 ? 0 : -count))
  const take = 'CONSUME r1, 0, 1\nSIGNAL 0\n'

  it('moves a burst once, however many trains ask for it', () => {
    const { bits, words, sum } = keep([first, second], `CLRA 0, 16\nWLOAD 0\n${take}${take}HALT`)
    const moved = new Set([...bursts(first), ...bursts(second)]).size
    expect(moved).toBeGreaterThan(new Set(bursts(first)).size)
    expect(bits).toBe(moved * BURST * 8)
    expect(words).toBe((moved * BURST) / 8)
    expect(sum).toBe([...first, ...second].reduce((a, b) => a + b, 0))
  })

  it('moves it again when WLOAD has opened the place anew', () => {
    const { bits } = keep([first, second], `CLRA 0, 16\n${take}WLOAD 0\n${take}HALT`)
    expect(bits).toBe((new Set(bursts(first)).size + new Set(bursts(second)).size) * BURST * 8)
  })

  it('has a place in weight SRAM: what another entry overwrites must be opened again', () => {
    const entry = { ...tile(40, 16, () => 1), streamed: 'kept' as const }
    const chip = machine([{ program: 'WLOAD 0\nWLOAD 1\nCONSUME r1, 0, 1\nHALT', axonTable: [entry, entry] }])
    expect(() => chip.runPrograms()).toThrow(/WLOAD it first/)
  })
})

describe('messages', () => {
  it('RECV takes what it waits for, SENDV writes or adds', () => {
    const chip = machine([
      {
        program: 'SENDV 0, 0, 3\nSENDV 1, 0, 3\nSENDV 1, 0, 3\nSIGNAL 2\nSIGNAL 2\nHALT', data: [ints(0, 5, -6, 7)],
        routes: [
          { destinations: [1], address: 10, semaphore: 1 }, { destinations: [1], address: 20, semaphore: 2, mode: 'accumulate' },
          { destinations: [1], semaphore: 3 },
        ],
      },
      { program: 'RECV 1, 1\nRECV 2, 2\nRECV 3, 1\nHALT', data: [ints(20, 100, 100, 100)] },
    ])
    chip.runPrograms()
    const receiver = chip.cores[1]!
    expect([...receiver.data.subarray(10, 13)]).toEqual([5, -6, 7])
    expect([...receiver.data.subarray(20, 23)]).toEqual([110, 88, 114])
    expect([...receiver.semaphores.subarray(1, 4)]).toEqual([0, 0, 1])
    // three packets of a header and two body flits, two signals; five increments and nine words at the receiver
    expect(countsOf(chip, 0)).toEqual({
      instruction: 6, dataWordRead: 9 + 6, packetFlit: 3 * 3 + 2, dataWordWrite: 9, intOp: 6, semaphoreOp: 5,
    })
    expect(countsOf(chip, 1)).toEqual({ instruction: 4, semaphoreOp: 3 })
  })

  it('without branching, a send builds a packet for each destination', () => {
    const build = (multicast: 'tree' | 'unicast') => {
      const chip = machine([
        { program: 'SENDV 0, 0, 2\nHALT', routes: [{ destinations: [1, 2, 3], address: 0, semaphore: 1 }] },
        ...[1, 2, 3].map(() => ({ program: 'RECV 1, 1\nHALT' })),
      ], { network: { multicast } })
      const { sink, rows } = recorder()
      chip.traceTo(sink)
      chip.runPrograms()
      const send = rows.find((row) => row.core === 0)!
      return { cycles: send.end - send.start, flits: countsOf(chip, 0).packetFlit }
    }
    expect(build('tree')).toEqual({ cycles: 1 + 2, flits: 2 })
    expect(build('unicast')).toEqual({ cycles: 1 + 6, flits: 6 })
  })
})
