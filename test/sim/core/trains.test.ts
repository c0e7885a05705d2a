import { describe, expect, it } from 'vitest'
import { encodingByName } from '../../../programs/encodings/index.js'
import type { EncodingName } from '../../../programs/encodings/index.js'
import type { TrainFormat } from '../../../sim/image.js'
import { countsOf, ints, machine, recorder, tile } from './machine.js'

/** What each encoding sends of the same counts, worked out by hand: events, spikes, time steps, and what is left. */
const COUNTS = [3, 0, -7, 0, 0, 1, 0, 2]
const OUTPUTS = 5
const weight = (input: number, output: number): number => ((input * 5 + output * 3) % 15) - 7
const sums = (counts: readonly number[]): number[] => (
  Array.from({ length: OUTPUTS }, (_, j) => counts.reduce((sum, q, i) => sum + q * weight(i, j), 0))
)
const format = (encoding: EncodingName, stepLimit = 7): TrainFormat => encodingByName(encoding).format({ limit: 7, stepLimit })

function run(train: TrainFormat | undefined, steps = 0, counts: readonly number[] = COUNTS, spikeTrain: 'burst' | 'unrolled' = 'burst') {
  const stepping = Array.from({ length: steps }, (_, step) => `STEP r${step + 3}, 0, 0, ${counts.length}`)
  const fires = steps === 0 ? ['FIRE r1, 0, 0, 8'] : stepping
  const chip = machine([
    { program: [...fires, 'ENDT r2, 0', 'HALT'].join('\n'), data: [ints(0, ...counts)], routes: [{ destinations: [1], ...(train && { train }) }] },
    { program: `CLRA 0, ${OUTPUTS}\nCONSUME r1, 0, 1\nHALT`, axonTable: [tile(8, OUTPUTS, weight)] },
  ], { grid: { columns: 2, rows: 1 }, core: { spikeTrain } })
  chip.runPrograms()
  const [sender, receiver] = chip.cores
  return {
    events: sender!.registers[2], spikes: sender!.registers[1], charged: [...sender!.registers.subarray(3, 3 + steps)],
    left: [...sender!.data.subarray(0, counts.length)], sums: [...receiver!.adders.accumulators.subarray(0, OUTPUTS)],
    activity: chip.activity[0], sent: countsOf(chip, 0).spikeEmit,
  }
}
const activity = (spikes: number, timeSteps: number) => ({ activations: 8, spikes, trains: 1, timeSteps, slots: 8 * timeSteps })

describe('a train sent at once', () => {
  it('ternary: a burst a count', () => {
    expect(run(undefined)).toMatchObject({ spikes: 13, sums: sums(COUNTS), activity: activity(13, 7), left: COUNTS })
    expect(run(undefined, 0, COUNTS, 'unrolled')).toMatchObject({ events: 13, spikes: 13, sums: sums(COUNTS), activity: activity(13, 7) })
  })

  it('binary: counts above the lowest, all of one sign', () => {
    expect(run(format('binary'), 0, COUNTS, 'unrolled'))
      .toMatchObject({ events: 55, spikes: 55, sums: sums(COUNTS.map((count) => count + 7)), activity: activity(55, 10) })
  })

  it('binary: the lowest counts alone are one event of nothing, which is not silence', () => {
    const lowest = Array.from({ length: 8 }, () => -7)
    expect(run(format('binary'), 0, lowest)).toMatchObject({ events: 1, spikes: 0, sums: [0, 0, 0, 0, 0] })
  })

  it('graded: counts in steps of at most 3', () => {
    expect(run(format('graded', 3))).toMatchObject({ events: 6, spikes: 6, sums: sums(COUNTS), activity: activity(6, 3) })
  })

  it('bitwise: a spike a bit that is set, as many steps as the longest has bits', () => {
    expect(run(format('bitwise'))).toMatchObject({ events: 4, spikes: 7, sums: sums(COUNTS), activity: activity(7, 3) })
    expect(run(format('bitwise'), 0, [0, 0, 4, 0, 0, 0, 0, 0])).toMatchObject({ spikes: 1, activity: activity(1, 3) })
  })

  it('dense: every activation, zeros too', () => {
    expect(run(format('dense'))).toMatchObject({ events: 8, spikes: 8, sums: sums(COUNTS), activity: activity(8, 1) })
  })

  it('latency: one spike a count that is not zero, in as many steps as there are levels', () => {
    expect(run(format('latency'))).toMatchObject({ events: 4, spikes: 4, sums: sums(COUNTS), activity: activity(4, 7) })
    expect(run(format('latency'), 0, [0, 0, 0, 0, 0, 0, 0, 0])).toMatchObject({ events: 0, spikes: 0 })
  })
})

describe('a train sent step by step', () => {
  const none = Array.from({ length: 8 }, () => 0)

  it('ternary: a spike toward zero of each count that is left; STEP says how many are left then', () => {
    expect(run(undefined, 7)).toMatchObject({ events: 13, charged: [3, 2, 1, 1, 1, 1, 0], left: none, sums: sums(COUNTS), activity: activity(13, 7) })
    expect(run(undefined, 2)).toMatchObject({ events: 7, left: [1, 0, -5, 0, 0, 0, 0, 0], activity: activity(13, 7) })
  })

  it('binary: counts are shifted in the first step only', () => {
    const { charged, ...rest } = run(format('binary'), 10)
    expect(rest).toMatchObject({ events: 55, left: none, sums: sums(COUNTS.map((count) => count + 7)), activity: activity(55, 10) })
    expect(charged).toEqual([7, 7, 7, 7, 7, 7, 3, 2, 1, 0])
  })

  it('bitwise: a plane of bits a step, the most significant first', () => {
    expect(run(format('bitwise'), 1)).toMatchObject({ events: 1, charged: [4], left: [3, 0, -3, 0, 0, 1, 0, 2] })
    expect(run(format('bitwise'), 3)).toMatchObject({ events: 7, charged: [4, 3, 0], left: none, sums: sums(COUNTS), activity: activity(7, 3) })
  })

  it('latency: the counts of a level whole, the largest first', () => {
    expect(run(format('latency'), 5)).toMatchObject({ events: 2, charged: [3, 3, 3, 3, 2], left: [0, 0, 0, 0, 0, 1, 0, 2] })
    expect(run(format('latency'), 7)).toMatchObject({ events: 4, charged: [3, 3, 3, 3, 2, 1, 0], left: none, sums: sums(COUNTS), activity: activity(4, 7) })
  })
})

describe('accumulators that start from a correction', () => {
  const preload = Int32Array.from({ length: OUTPUTS }, (_, j) => 100 * j - 7)
  const at = (more: object, core: { lanes: number; weightBanks: number }) => {
    const chip = machine([
      { program: 'FIRE r1, 0, 0, 8\nENDT r2, 0\nHALT', data: [ints(0, ...COUNTS)], routes: [{ destinations: [1] }] },
      { program: `CLRA 0, ${OUTPUTS}\nCONSUME r1, 0, 1\nHALT`, axonTable: [{ ...tile(8, OUTPUTS, weight), ...more }] },
    ], { grid: { columns: 2, rows: 1 }, core })
    const { sink, rows } = recorder()
    chip.traceTo(sink)
    chip.runPrograms()
    return { chip, busy: chip.components[1]!.report(1000)!.core!.busyCycles.adders, rows }
  }

  // 5 accumulators of 24 bits are 2 words of 64.
  it.each([
    ['2 words from one bank, 3 passes of 2 lanes: 3 cycles', { lanes: 2, weightBanks: 1 }, 3],
    ['2 words from one bank, one pass: 2 cycles', { lanes: 64, weightBanks: 1 }, 2],
    ['a word from either bank, one pass: 1 cycle', { lanes: 64, weightBanks: 2 }, 1],
  ])('have it added, and its words and cycles booked: %s', (_, core, cycles) => {
    const [plain, loaded] = [at({}, core), at({ preload }, core)]
    expect([...loaded.chip.cores[1]!.adders.accumulators.subarray(0, OUTPUTS)]).toEqual(sums(COUNTS).map((sum, j) => sum + preload[j]!))
    expect(countsOf(loaded.chip, 1).weightWordRead! - countsOf(plain.chip, 1).weightWordRead!).toBe(2)
    expect(countsOf(loaded.chip, 1).accumulatorWrite! - countsOf(plain.chip, 1).accumulatorWrite!).toBe(OUTPUTS)
    expect(loaded.busy - plain.busy).toBe(cycles)
  })
})

describe('external buffers', () => {
  const program = (rows: number, first: number, buffer = 0) => `LI r1, ${rows}\nLI r2, ${first}\nDLD 0, ${buffer}, 4, r1, r2\nHALT`
  const load = (text: string) => () => machine([{ program: text, external: [{ words: 16 }] }]).runPrograms()

  it('give no more rows than they have', () => {
    expect(load(program(4, 0))).not.toThrow()
    expect(load(program(1, 3))).not.toThrow()
    expect(load(program(4, 1))).toThrow(/rows 1\.\.4 of 4 words, but external buffer 0 has 16 words/)
    expect(load(program(5, 0))).toThrow(/rows 0\.\.4 of 4 words/)
    expect(load(program(-1, 0))).toThrow(/rows 0\.\.-2 of 4 words/)
    expect(load(program(1, -1))).toThrow(/rows -1\.\.-1 of 4 words/)
    expect(load(program(1, 0, 1))).toThrow(/external buffer 1, but the core has 1/)
  })
})
