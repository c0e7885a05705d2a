import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AxonTableEntry, CoreImage, WeightTile } from '../../../sim/image.js'
import { AdderArray } from '../../../sim/core/adders.js'
import { loadKernelMemory } from '../../../sim/kernels/memory.js'
import { Random } from '../../../sim/random.js'
import { completeChip } from '../../../sim/config/load-chip.js'

/** A tile somewhere inside a larger matrix, with the width's extreme weights among the random ones. */
function randomTile(random: Random, bits: number, inputs: number, outputs: number): WeightTile {
  const limit = 2 ** (bits - 1) - 1
  const stride = outputs + random.below(5)
  const offset = random.below(7)
  const extremes = [-limit - 1, limit]
  const weight = (): number => (random.below(4) === 0 ? extremes[random.below(2)]! : random.below(2 * limit + 2) - limit - 1)
  return { weights: Int8Array.from({ length: offset + inputs * stride }, weight), offset, stride, inputs, outputs, bits, limit }
}

function core(axonTable: readonly AxonTableEntry[]): CoreImage {
  return { program: new BigUint64Array(0), tags: new Uint16Array(0), axonTable, routes: [], data: [], roles: [] }
}

const ACCUMULATORS = 300

/** The same core twice: with the kernels, and with the plain code that defines them. */
function pair(axonTable: readonly AxonTableEntry[], chip = {}): { simd: AdderArray; plain: AdderArray } {
  const spec = completeChip({ core: { accumulators: ACCUMULATORS, accumulatorBits: 31, ...chip } }).core
  const memory = loadKernelMemory([core([]), core(axonTable)], ACCUMULATORS)
  if (memory === undefined) throw new Error('no kernels on this engine')
  expect(memory.batches[0]).toBeUndefined()
  return { simd: new AdderArray(spec, axonTable, memory.batches[1]), plain: new AdderArray(spec, axonTable) }
}

const anyLength = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -7, max: 7 }) }, { weight: 2, arbitrary: fc.integer({ min: -255, max: 255 }) },
  { weight: 1, arbitrary: fc.constantFrom(32767, 32768, -32768, -32769, 40000) },
)
const anyTrain = fc.array(fc.record({ table: fc.integer({ min: 0, max: 2 }), axon: fc.nat(), length: anyLength }), { maxLength: 400 })
const anyBits = fc.constantFrom(2, 3, 4, 5, 8)

describe('row kernels', () => {
  it('equal the plain code on any widths, shapes, trains and looks in between', () => {
    fc.assert(fc.property(fc.nat(), anyBits, anyBits, anyBits, anyTrain, fc.integer({ min: 1, max: 200 }), (seed, bits0, bits1, bits2, train, look) => {
      const random = new Random(seed)
      const entries = [bits0, bits1, bits2].map((bits) => {
        const tile = randomTile(random, bits, 1 + random.below(9), 1 + random.below(200))
        return { tile, accumulator: random.below(ACCUMULATORS - tile.outputs + 1), weightAddress: 0 }
      })
      const { simd, plain } = pair(entries)
      train.forEach(({ table, axon, length }, n) => {
        const row = axon % entries[table]!.tile.inputs
        expect(simd.add(table, row, length)).toBe(plain.add(table, row, length))
        if (n % look === look - 1) expect(simd.accumulators).toEqual(plain.accumulators)
        if (n % 97 === 96) for (const adders of [simd, plain]) adders.clear(n % 50, 20)
      })
      expect(simd.accumulators).toEqual(plain.accumulators)
    }), { numRuns: 200 })
  })

  it('hold the largest sums of a full batch: every weight and length at its extreme', () => {
    for (const bits of [4, 8]) {
      const limit = 2 ** (bits - 1) - 1
      const tile = { weights: Int8Array.from({ length: 200 }, (_, j) => (j % 2 === 0 ? limit : -limit - 1)), offset: 0, stride: 200, inputs: 1, outputs: 200, bits, limit }
      for (const length of [7, -7, 255]) {
        const { simd, plain } = pair([{ tile, accumulator: 3, weightAddress: 0 }])
        for (let n = 0; n < 1000; n++) for (const adders of [simd, plain]) adders.add(0, 0, length)
        expect(simd.accumulators).toEqual(plain.accumulators)
        expect(simd.accumulators[3]).toBe(1000 * length * limit)
      }
    }
  })

  it('leave the accumulators on both sides of an entry alone', () => {
    const tile = randomTile(new Random(5), 4, 3, 65)
    const { simd } = pair([{ tile, accumulator: 10, weightAddress: 0 }])
    simd.accumulators.fill(-77)
    for (let n = 0; n < 131; n++) simd.add(0, n % 3, (n % 15) - 7)
    expect([...simd.accumulators.subarray(0, 10), ...simd.accumulators.subarray(75)].every((sum) => sum === -77)).toBe(true)
  })

  it.each(['trap', 'saturate'])('%s at the same event as the plain code, with the same accumulators', (overflow) => {
    const tile = randomTile(new Random(9), 4, 8, 70)
    const { simd, plain } = pair([{ tile, accumulator: 0, weightAddress: 0 }], { accumulatorBits: 10, overflow })
    let trapped = false
    for (let n = 0; n < 300 && !trapped; n++) {
      const fine = plain.add(0, n % 8, 5)
      expect(simd.add(0, n % 8, 5)).toBe(fine)
      expect(simd.settle(0)).toBe(plain.settle(0))
      expect(simd.overflowed).toBe(plain.overflowed)
      expect(simd.saturations).toBe(plain.saturations)
      expect(simd.accumulators).toEqual(plain.accumulators)
      trapped = !fine
    }
    expect(trapped).toBe(overflow === 'trap')
  })

  it('say which tiles they saw to be within their limits, and never one that is not', () => {
    const tile = (limit: number, ...weights: number[]): WeightTile => (
      { weights: Int8Array.from(weights), offset: 0, stride: 2, inputs: 2, outputs: 2, bits: 4, limit }
    )
    const tiles = [tile(7, 1, 2, -8, 7), tile(7, 1, 8, 0, 0), tile(7, 0, 0, 0, -9), tile(3, 1, 1, 1, 1), tile(127, 1, 1, 1, 1)]
    const entries = tiles.map((tile) => ({ tile, accumulator: 0, weightAddress: 0 }))
    expect([...loadKernelMemory([core(entries)], 8)!.checked]).toEqual([tiles[0]])
  })

  it('add the events of a FIFO\'s rings, round their end, as the plain code does one by one', () => {
    fc.assert(fc.property(fc.nat(), anyBits, anyTrain, fc.integer({ min: 1, max: 150 }), (seed, bits, train, most) => {
      const random = new Random(seed)
      const tile = randomTile(random, bits, 1 + random.below(9), 1 + random.below(200))
      const { simd, plain } = pair([{ tile, accumulator: 0, weightAddress: 0 }])
      const size = most + random.below(50)
      const rings = { axons: new Int32Array(size), lengths: new Int32Array(size) }
      let first = random.below(size)
      for (let taken = 0; taken < train.length;) {
        const events = Math.min(1 + random.below(most), train.length - taken)
        const batch = train.slice(taken, taken + events)
        batch.forEach(({ axon, length }, n) => {
          rings.axons[(first + n) % size] = axon % tile.inputs
          rings.lengths[(first + n) % size] = length
          plain.add(0, axon % tile.inputs, length)
        })
        simd.addAll(0, rings, first, events, batch.reduce((sum, { length }) => sum + Math.abs(length), 0))
        taken += events
        first = (first + events) % size
      }
      expect(simd.accumulators).toEqual(plain.accumulators)
      expect(simd.room(0)).toBe(plain.room(0))
    }), { numRuns: 60 })
  })

  it('pack a 4-bit weight into half a byte, and hold a tile that two entries share once', () => {
    const tile = randomTile(new Random(1), 4, 1024, 256)
    const entry = { tile, accumulator: 0, weightAddress: 0 }
    const { bytes } = loadKernelMemory([core([entry]), core([entry])], 256)!
    expect(bytes).toBeGreaterThanOrEqual((1024 * 256) / 2)
    expect(bytes).toBeLessThanOrEqual((1024 * 256) / 2 + 65536)
  })

  it('are not used where there is nothing to add, or more than a memory holds', () => {
    const shape = { weights: new Int8Array(0), offset: 0, stride: 8, inputs: 8, outputs: 8, bits: 4, limit: 7 }
    expect(loadKernelMemory([core([{ tile: shape, accumulator: 0, weightAddress: 0 }])], 8)).toBeUndefined()
    const huge = { ...shape, weights: new Int8Array(1), inputs: 2 ** 20, outputs: 2 ** 14 }
    expect(loadKernelMemory([core([{ tile: huge, accumulator: 0, weightAddress: 0 }])], 8)).toBeUndefined()
  })
})
