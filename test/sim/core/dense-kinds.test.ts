import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodingByName } from '../../../programs/encodings/index.js'
import { DEFAULT_QUANTIZE_OPTIONS, quantizeModel } from '../../../programs/quantize/index.js'
import type { ChipSpecInput } from '../../../sim/config/chip-spec.js'
import { completeChip } from '../../../sim/config/load-chip.js'
import { packedFormat, packetFormat } from '../../../sim/config/packet-format.js'
import { Chip } from '../../../sim/chip/chip.js'
import { trainCycles } from '../../../sim/core/dense-kinds.js'
import type { AxonTableEntry } from '../../../sim/image.js'
import { simulate } from '../../../simulate/simulate.js'
import { tinyModel } from '../../support/tiny-model.js'
import { countsOf, image, ints, recorder, tile } from './machine.js'

const LANES = 16
const OUTPUTS = 40
const INPUTS = 24
const ROW_WORDS = Math.ceil((OUTPUTS * 4) / 64)
const weight = (input: number, output: number) => ((input * 5 + output * 3) % 15) - 7
const counts = Array.from({ length: INPUTS }, (_, i) => ((i * 7) % 15) - 7)

interface Built { readonly trains?: number; readonly entry?: Partial<AxonTableEntry>; readonly core?: ChipSpecInput['core'] }

/** One sender of dense trains and one receiver that takes them one after the other. */
function build(kind: 'vector-matrix' | 'systolic' | 'mac-lanes', values: readonly number[], { trains = 1, entry = {}, core = {} }: Built = {}) {
  const repeat = (text: string) => Array.from({ length: trains }, () => text).join('\n')
  const built = image([
    {
      program: `${repeat(`FIRE r1, 0, 0, ${values.length}\nENDT r2, 0\nRECV 0, 1`)}\nHALT`, data: [ints(0, ...values)],
      routes: [{ destinations: [1], train: encodingByName('dense').format({ limit: 7, stepLimit: 7 }) }],
    },
    {
      program: `CLRA 0, ${OUTPUTS}\n${repeat('CONSUME r1, 0, 1\nSIGNAL 0')}\nHALT`, routes: [{ destinations: [0] }],
      axonTable: [{ ...tile(values.length, OUTPUTS, weight), operation: 'multiplyAccumulate', ...entry }],
    },
  ])
  const spec = completeChip({ grid: { columns: 2, rows: 1 }, core: { kind, lanes: LANES, weightBanks: 4, arrayRows: 4, ...core } })
  const chip = new Chip(spec, kind === 'mac-lanes' ? built : { ...built, valueBits: 4 }, 1)
  const { sink, rows } = recorder()
  chip.traceTo(sink)
  chip.runPrograms()
  return { chip, rows }
}

describe('cores without events', () => {
  it('compute the same integers, whatever the values', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: -7, max: 7 }), { minLength: INPUTS, maxLength: INPUTS }), (values) => {
      const expected = Array.from({ length: OUTPUTS }, (_, j) => values.reduce((sum, q, i) => sum + q * weight(i, j), 0))
      for (const kind of ['vector-matrix', 'systolic', 'mac-lanes'] as const) {
        expect([...build(kind, values).chip.cores[1]!.adders.accumulators.subarray(0, OUTPUTS)]).toEqual(expected)
      }
    }), { numRuns: 30, seed: 20261128 })
  })

  it('send values, sixteen of 4 bits to a flit, as many flits a packet as with events', () => {
    const network = { flitBits: 64, eventsPerPacket: 12, wordsPerPacket: 16 }
    expect(packedFormat(packetFormat(network, 'burst'), 64, 4)).toMatchObject({ eventsPerFlit: 16, eventsPerPacket: 1 + 6 * 16 })
    const { chip } = build('vector-matrix', counts)
    // The header has the first value, two flits the other 23; then the marker.
    expect(countsOf(chip, 0)).toMatchObject({ packetFlit: 4, spikeEmit: (INPUTS * 4) / 32, dataWordRead: INPUTS })
    expect(countsOf(chip, 0).nonzeroFind).toBeUndefined()
    const asEvents = build('mac-lanes', counts).chip
    // Two packets of 12 events, two to a flit behind the first; then the marker.
    expect(countsOf(asEvents, 0)).toMatchObject({ packetFlit: 2 * (1 + 6) + 1, spikeEmit: INPUTS })
  })

  it('vector-matrix lanes read each row once, and count neither look-ups nor tests', () => {
    const { chip } = build('vector-matrix', counts)
    const values = (INPUTS * 4) / 32 // of events' places in the FIFO
    expect(countsOf(chip, 1)).toMatchObject({
      laneMac: INPUTS * OUTPUTS, weightWordRead: INPUTS * ROW_WORDS, rowStep: INPUTS,
      fifoPop: 1 + Math.ceil(OUTPUTS / LANES) * values, accumulatorRead: OUTPUTS, accumulatorWrite: 2 * OUTPUTS, // CLRA's too
    })
    // What arrives is booked under its sender.
    expect(countsOf(chip, 0)).toMatchObject({ fifoPush: 1 + values })
    expect(countsOf(chip, 1).axonLookup).toBeUndefined()
  })
})

describe('a systolic array', () => {
  const ROWS = 4
  const COLUMNS = LANES / ROWS
  const ROW_FOLDS = INPUTS / ROWS
  const COLUMN_FOLDS = OUTPUTS / COLUMNS

  it('takes the cycles of the closed form, whatever the batch', () => {
    const size = fc.integer({ min: 1, max: 64 })
    fc.assert(fc.property(size, size, size, size, (rows, columns, folds, trains) => {
      let total = 0
      for (let train = 1; train <= trains; train++) total += trainCycles(rows, columns, folds, train)
      expect(total).toBe(rows + (folds - 1) * Math.max(rows, trains) + trains + rows + columns - 2)
    }), { seed: 20261128 })
  })

  it('reads each weight once for the trains that come together, and moves every operand through registers', () => {
    const { chip } = build('systolic', counts, { trains: 3, entry: { trains: 16 } })
    const folds = ROW_FOLDS * OUTPUTS
    expect(countsOf(chip, 1)).toMatchObject({
      weightWordRead: INPUTS * ROW_WORDS, weightShift: (INPUTS * OUTPUTS * (ROWS + 1)) / 2,
      laneMac: 3 * INPUTS * OUTPUTS, activationShift: 3 * INPUTS * OUTPUTS,
      accumulatorRead: 3 * folds, accumulatorWrite: 3 * folds + OUTPUTS, // CLRA's too
      dataWordWrite: (3 * INPUTS * 4) / 32, dataWordRead: (3 * COLUMN_FOLDS * INPUTS * 4) / 32,
    })
  })

  it.each([
    ['trains that come alone', { trains: 3 }, 3],
    ['more trains than sums fit the accumulators', { trains: 5, entry: { trains: 16 }, core: { accumulators: OUTPUTS, lanes: 64 } }, 3],
    ['a tile of one fold', { trains: 3, core: { lanes: 32 * 64, arrayRows: 32 } }, 1],
  ] as const)('loads its weights as often as it must: %s', (_, built, loads) => {
    // 64 / 4 = 16 columns; 40 accumulators hold the sums of two trains, so five trains load three times.
    expect(countsOf(build('systolic', counts, built).chip, 1).weightWordRead).toBe(loads * INPUTS * ROW_WORDS)
  })

  it('is busy as long as its shape says', () => {
    // Nothing else differs, so the last CONSUME ends as much later as its train takes longer than its values took to come.
    const end = (arrayRows: number) => {
      const rows = build('systolic', counts, { core: { arrayRows } }).rows.filter(({ core, instruction }) => core === 1 && instruction === 1)
      return rows[0]!.end
    }
    const law = (rows: number) => {
      const columns = LANES / rows
      return trainCycles(rows, columns, Math.ceil(INPUTS / rows) * Math.ceil(OUTPUTS / columns), 1)
    }
    expect(end(8) - end(4)).toBe(law(8) - law(4))
    expect(end(16) - end(4)).toBe(law(16) - law(4))
  })
})

describe('a whole model on cores without events', () => {
  const model = quantizeModel(tinyModel(7), { ...DEFAULT_QUANTIZE_OPTIONS, encoding: 'dense' })
  const streaming: ChipSpecInput = { grid: { columns: 3, rows: 3 }, dram: { kind: 'hbm3', streaming: 'row' } }
  const run = (chip: ChipSpecInput, batch = 1) => simulate({ model, chip: completeChip(chip), prompt: 'spikes', tokens: 2, batch })
  const count = ({ constants }: ReturnType<typeof run>, name: string) => constants.find((row) => row.name === name)?.count ?? 0

  it.each(['vector-matrix', 'systolic'] as const)('%s: bit-exact, alone and in batches, with every cycle accounted for', (kind) => {
    const core = { kind, arrayRows: 8, weightSramKiB: 0.5 }
    for (const result of [run({ core: { kind } }), run({ ...streaming, core }), run({ ...streaming, core }, 6)]) {
      expect(result.verification.bitExact).toBe(true)
      for (const { busyCycles: { waiting }, waits } of result.cores) {
        expect(waits!.reduce((sum, { cycles }) => sum + cycles, 0)).toBe(waiting)
      }
    }
  })

  it('a further token of a batch reads no weights on a systolic array but its embedding', () => {
    const reads = (kind: 'vector-matrix' | 'systolic', prompt: string) => {
      const chip = completeChip({ ...streaming, core: { kind, arrayRows: 8, weightSramKiB: 0.5 } })
      return count(simulate({ model, chip, prompt, tokens: 1, batch: 8 }), 'weightWordRead')
    }
    const { dim } = model.config
    const embedding = Math.ceil((dim * 8) / 64) // a row of 8-bit weights
    const grows = (kind: 'vector-matrix' | 'systolic') => reads(kind, 'spikes') - reads(kind, 'spi')
    expect(grows('systolic')).toBe(3 * embedding)
    expect(grows('vector-matrix')).toBeGreaterThan(20 * grows('systolic'))
  })

  it('refuses trains of spikes, and an array that its elements do not fill', () => {
    expect(() => simulate({ model: quantizeModel(tinyModel(7)), chip: completeChip({ core: { kind: 'vector-matrix' } }), prompt: 'a', tokens: 1 }))
      .toThrow(/core\.kind 'vector-matrix' takes every activation.*'ternary'/)
    expect(() => completeChip({ core: { kind: 'systolic', lanes: 64, arrayRows: 24 } })).toThrow(/core\.arrayRows 24 does not divide core\.lanes 64/)
  })
})
