import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodingByName } from '../../../programs/encodings/index.js'
import { quantizeModel } from '../../../programs/quantize/index.js'
import { coreKindOf } from '../../../sim/config/core-kinds.js'
import { completeChip } from '../../../sim/config/load-chip.js'
import { simulate } from '../../../simulate/simulate.js'
import { tinyModel } from '../../support/tiny-model.js'
import { countsOf, ints, machine, tile } from './machine.js'

const OUTPUTS = 40
const INPUTS = 8
const weight = (input: number, output: number) => ((input * 5 + output * 3) % 15) - 7

/** One sender of counts and one receiver, 16 lanes, rows of 3 bank words in 2 banks. */
function build(kind: 'adder-array' | 'mac-lanes', counts: readonly number[]) {
  const chip = machine([
    {
      program: `FIRE r1, 0, 0, ${counts.length}\nENDT r2, 0\nHALT`, data: [ints(0, ...counts)],
      routes: [{ destinations: [1] }],
    },
    { program: `CLRA 0, ${OUTPUTS}\nCONSUME r1, 0, 1\nHALT`, axonTable: [tile(INPUTS, OUTPUTS, weight)] },
  ], { grid: { columns: 2, rows: 1 }, core: { kind, lanes: 16, weightBanks: 2 } })
  chip.runPrograms()
  return chip
}

describe('a core of MAC lanes', () => {
  it('computes what an adder array computes, whatever the counts', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: -7, max: 7 }), { minLength: INPUTS, maxLength: INPUTS }), (counts) => {
      const expected = Array.from({ length: OUTPUTS }, (_, j) => counts.reduce((sum, q, i) => sum + q * weight(i, j), 0))
      for (const kind of ['adder-array', 'mac-lanes'] as const) {
        expect([...build(kind, counts).cores[1]!.adders.accumulators.subarray(0, OUTPUTS)]).toEqual(expected)
      }
    }), { numRuns: 50, seed: 20261127 })
  })

  it('counts a product an output and event, and accumulators once a train', () => {
    const counts = [3, 0, -7, 0, 0, 1, 0, 2] // 4 that are not 0
    const chip = build('mac-lanes', counts)
    const words = Math.ceil((OUTPUTS * 4) / 64)
    expect(countsOf(chip, 1)).toMatchObject({
      laneMac: 4 * OUTPUTS, weightWordRead: 4 * words, accumulatorRead: OUTPUTS, accumulatorWrite: 2 * OUTPUTS, // CLRA's too
      axonLookup: 4, fifoPop: 1 + 4 * Math.ceil(OUTPUTS / 16), // the marker, and each event for each part of its row
    })
    expect(countsOf(chip, 1).synapticAdd).toBeUndefined()
    // One mask of 64 bits is written and read, then each count that is not 0.
    expect(countsOf(chip, 0)).toMatchObject({ nonzeroFind: 4, dataWordWrite: 2, dataWordRead: 2 + 4, spikeEmit: 4 })
    expect(countsOf(chip, 0).encoderStep).toBeUndefined()
  })

  it('takes an event in one pass over its row, where an adder array adds it spike by spike', () => {
    const passes = Math.ceil(OUTPUTS / 16)
    const busy = (kind: 'adder-array' | 'mac-lanes', counts: readonly number[]) => (
      build(kind, counts).components[1]!.report(1000)!.core!.busyCycles.adders
    )
    const [one, seven] = [[1, 0, 0, 0, 0, 0, 0, 0], [7, 0, 0, 0, 0, 0, 0, 0]]
    expect(busy('adder-array', seven) - busy('adder-array', one)).toBe(6 * passes)
    expect(busy('mac-lanes', seven)).toBe(busy('mac-lanes', one))
    expect(busy('mac-lanes', one) - busy('adder-array', one)).toBe(passes) // sums go to the accumulators at the end
  })

  it('takes nothing from an empty train', () => {
    expect(countsOf(build('mac-lanes', Array.from({ length: INPUTS }, () => 0)), 1).accumulatorRead).toBeUndefined()
  })
})

describe('additions in level order', () => {
  const levels = (isOrdered: boolean) => {
    const chip = machine([
      {
        program: 'FIRE r1, 0, 0, 8\nENDT r2, 0\nHALT', data: [ints(0, 3, 0, -7, 0, 0, 1, 0, 2)],
        routes: [{ destinations: [1], train: encodingByName('latency').format({ limit: 7, stepLimit: 7 }) }],
      },
      {
        program: `CLRA 0, ${OUTPUTS}\nCONSUME r1, 0, 1\nHALT`,
        axonTable: [{ ...tile(INPUTS, OUTPUTS, weight), operation: 'levelAddition', levels: { steps: 7, isOrdered } }],
      },
    ], { grid: { columns: 2, rows: 1 }, core: { lanes: 16, weightBanks: 2 } })
    chip.runPrograms()
    return chip
  }
  const counts = [3, 0, -7, 0, 0, 1, 0, 2]
  it.each([true, false])('add each row once, and currents to membranes once a time step (events in order: %s)', (isOrdered) => {
    const chip = levels(isOrdered)
    const expected = Array.from({ length: OUTPUTS }, (_, j) => counts.reduce((sum, q, i) => sum + q * weight(i, j), 0))
    expect([...chip.cores[1]!.adders.accumulators.subarray(0, OUTPUTS)]).toEqual(expected)
    expect(countsOf(chip, 1)).toMatchObject({
      synapticAdd: 4 * OUTPUTS, membraneAdd: 7 * OUTPUTS, weightWordRead: 4 * Math.ceil((OUTPUTS * 4) / 64),
      accumulatorRead: (4 + 2 * 7) * OUTPUTS, accumulatorWrite: (4 + 7 + 1) * OUTPUTS, // CLRA's too
      fifoPop: 1 + 4 + (isOrdered ? 0 : 4),
    })
    expect(countsOf(chip, 1).fifoPush ?? 0).toBe(isOrdered ? 0 : 4)
  })

  it('take as long as their rows and their time steps', () => {
    const busy = (isOrdered: boolean) => levels(isOrdered).components[1]!.report(1000)!.core!.busyCycles.adders
    // 1 a row to sort it by its level, then its passes; against its passes as it comes.
    expect(busy(false) - busy(true)).toBe(4)
    expect(levels(true).activity[0]).toEqual({ activations: 8, spikes: 4, trains: 1, timeSteps: 7, slots: 56 })
  })

  it('need two accumulators an output', () => {
    expect(() => machine([{ program: 'HALT', axonTable: [{ ...tile(2, 300, weight), operation: 'levelAddition', levels: { steps: 7, isOrdered: true } }] }]))
      .toThrow(/accumulators 0\.\.599/)
  })
})

describe('kinds of core on one chip', () => {
  const model = quantizeModel(tinyModel(7))
  const run = (chip: Parameters<typeof completeChip>[0]) => (
    simulate({ model, chip: completeChip(chip), prompt: 'spike', tokens: 3 })
  )
  const actions = (result: ReturnType<typeof run>) => new Map(result.constants.map(({ name, count }) => [name, count]))

  it('stand where the chip file says', () => {
    const spec = completeChip({
      grid: { columns: 4, rows: 2, coresPerTile: 2 },
      cores: [{ kind: 'mac-lanes', columns: [1, 3], rows: [0, 1] }, { kind: 'adder-array', columns: [2, 2], rows: [1, 1] }],
    })
    expect(Array.from({ length: 8 }, (_, tile) => coreKindOf(spec, 2 * tile + 1))).toEqual([
      'adder-array', 'mac-lanes', 'mac-lanes', 'mac-lanes', 'adder-array', 'mac-lanes', 'adder-array', 'mac-lanes',
    ])
  })

  it('write the same text, bit for bit, and book their own actions', () => {
    const half = { kind: 'mac-lanes', columns: [0, 3], rows: [0, 7] } as const
    const [adders, lanes, mixed] = [run({}), run({ core: { kind: 'mac-lanes' } }), run({ cores: [{ ...half, columns: [0, 3], rows: [0, 7] }] })]
    for (const result of [lanes, mixed]) {
      expect(result.verification.bitExact).toBe(true)
      expect(result.tokenIds).toEqual(adders.tokenIds)
    }
    expect(actions(lanes).get('synapticAdd') ?? 0).toBe(0)
    expect(actions(lanes).get('laneMac')).toBeGreaterThan(0)
    expect(actions(mixed).get('synapticAdd')).toBeGreaterThan(0)
    expect(actions(mixed).get('laneMac')).toBeGreaterThan(0)
    expect(actions(mixed).get('laneMac')! + 0).toBeLessThan(actions(lanes).get('laneMac')!)
  })

  it('makes products that the literature would count, as those of graded events on an adder array', () => {
    const macs = (kind: 'adder-array' | 'mac-lanes') => simulate({
      model: quantizeModel(tinyModel(3), { encoding: 'graded' }), chip: completeChip({ core: { kind } }), prompt: 'ab', tokens: 2,
    }).energy.paper.macs
    expect(macs('mac-lanes')).toBe(macs('adder-array'))
  })
})
