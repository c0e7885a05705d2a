import { describe, expect, it } from 'vitest'
import { ACTIONS, ACTION_INDEX, COMPONENTS } from '../../../isa/actions.js'
import { priceList, type PriceRow } from '../../../sim/energy/prices.js'
import { sramReadPj, sramWritePj } from '../../../sim/energy/sram.js'
import { InputError } from '../../../sim/errors.js'
import { chipSpecSchema, type ChipSpecInput } from '../../../sim/config/chip-spec.js'

const rowOf = (input: ChipSpecInput, name: string): PriceRow =>
  priceList(chipSpecSchema.parse(input)).rows.find((row) => row.name === name)!
const value = (input: ChipSpecInput, name: string): number => rowOf(input, name).value

describe('the price list', () => {
  it.each([45, 28, 22] as const)('prices every action and static draw once at %i nm, none zero', (technologyNm) => {
    const { rows, actionPj } = priceList(chipSpecSchema.parse({ technologyNm }))
    expect(rows.filter((row) => row.kind === 'action').map((row) => row.name)).toEqual(ACTIONS)
    expect(new Set(rows.map((row) => row.name)).size).toBe(rows.length)
    for (const row of rows) {
      expect(row.value, row.name).toBeGreaterThan(0)
      expect(row.source.length, row.name).toBeGreaterThan(5)
      expect(row.formula.length, row.name).toBeGreaterThan(5)
      expect(COMPONENTS).toContain(row.component)
    }
    expect(actionPj[ACTION_INDEX.flitHop]).toBe(rows.find((row) => row.name === 'flitHop')!.value)
  })

  it('is cheaper at 22 nm than at 28 nm than at 45 nm, for everything that scales', () => {
    const fixed = new Set(['dramBit', 'chipLinkFlit', 'sramLeakage'])
    const [a, b, c] = ([22, 28, 45] as const)
      .map((technologyNm) => priceList(chipSpecSchema.parse({ technologyNm })).rows)
    a!.forEach((row, index) => {
      if (fixed.has(row.name)) return
      expect(row.value, row.name).toBeLessThan(b![index]!.value)
      expect(b![index]!.value, row.name).toBeLessThan(c![index]!.value)
    })
  })

  it('marks an override and refuses a name that is none', () => {
    const row = rowOf({ prices: { flitHop: 1.5 } }, 'flitHop')
    expect(row).toMatchObject({ value: 1.5, overridden: true, source: 'the chip file (prices)' })
    expect(value({ prices: { sramLeakage: 7 } }, 'sramLeakage')).toBe(7)
    expect(() => priceList(chipSpecSchema.parse({ prices: { flitHops: 1 } }))).toThrow(InputError)
    expect(() => priceList(chipSpecSchema.parse({ prices: { flitHops: 1 } }))).toThrow(/prices\.flitHops.*'flitHop'/)
  })
})

describe('prices against published figures', () => {
  it('reads SRAM as CACTI says, at a row and at 28 nm', () => {
    expect(sramReadPj(45, 32, 64)).toBeCloseTo(17, 10)
    expect(sramReadPj(22, 1024, 256)).toBeCloseTo(63, 8)
    expect(sramReadPj(28, 8, 64)).toBeCloseTo(2.6, 1)
    expect(sramReadPj(28, 32, 64)).toBeCloseTo(6.3, 1)
    expect(sramReadPj(28, 256, 64)).toBeCloseTo(20, 0)
    expect(sramReadPj(28, 1024, 64)).toBeCloseTo(39, 0)
  })

  it('agrees with SENECA (GF22, 256 KiB a core): 2.9 pJ a 16-bit load, 3.5 pJ a store', () => {
    expect(sramReadPj(22, 256, 64) / 4).toBeCloseTo(2.9, 0)
    expect(Math.abs(sramReadPj(22, 256, 64) / 4 - 2.9) / 2.9).toBeLessThan(0.05)
    expect(Math.abs(sramWritePj(22, 256, 64) / 4 - 3.5) / 3.5).toBeLessThan(0.05)
  })

  it('adds as Horowitz says at 45 nm, for 8 and 16 bits, and nearly 0.1 pJ for 31', () => {
    expect(value({ technologyNm: 45, core: { accumulatorBits: 8 } }, 'synapticAdd')).toBeCloseTo(0.03, 10)
    expect(value({ technologyNm: 45, core: { accumulatorBits: 16 } }, 'synapticAdd')).toBeCloseTo(0.05, 2)
    expect(value({ technologyNm: 45, core: { accumulatorBits: 31 } }, 'synapticAdd')).toBeCloseTo(0.1 - 0.07 / 24, 10)
  })

  it('is a 0.23 pJ INT8 multiply-accumulate at 45 nm with an 8-bit accumulator, as SpikingBrain counts', () => {
    expect(value({ technologyNm: 45, core: { accumulatorBits: 8 } }, 'mac')).toBeCloseTo(0.23, 10)
  })

  const router = (node: 45 | 28 | 22, flitBits: number, virtualChannels: number): number =>
    value({ technologyNm: node, network: { flitBits, virtualChannels, bufferFlits: 4 } }, 'flitHop')
  it.each([
    [45, 32, 1, 1.75], [45, 64, 1, 3.31], [45, 64, 4, 5.83], [45, 128, 1, 6.41],
    [28, 32, 1, 0.74], [28, 64, 1, 1.39], [28, 64, 4, 2.45], [28, 128, 1, 2.70],
    [22, 32, 1, 0.454], [22, 64, 1, 0.858], [22, 64, 4, 1.50], [22, 128, 1, 1.67],
  ] as const)('meets DSENT at %i nm, %i bits, %i x 4: %f pJ a flit', (node, bits, channels, expected) => {
    expect(Math.abs(router(node, bits, channels) - expected) / expected).toBeLessThan(0.015)
  })

  it('charges a 64-bit hop at a 1.67 mm pitch the 4.5 pJ of the ELSA cross-check', () => {
    const spec: ChipSpecInput = { network: { virtualChannels: 1, bufferFlits: 4 }, grid: { tilePitchMm: 1.67 } }
    expect(value(spec, 'flitHop') + value(spec, 'linkFlit')).toBeCloseTo(4.5, 1)
  })
})

describe('prices follow the chip', () => {
  it('costs more to read a larger bank and a wider word, less than in proportion', () => {
    const small = value({ core: { weightSramKiB: 32 } }, 'weightWordRead')
    const large = value({ core: { weightSramKiB: 128 } }, 'weightWordRead')
    const wide = value({ core: { weightBankBits: 256 } }, 'weightWordRead')
    expect(large / small).toBeGreaterThan(1.5)
    expect(large / small).toBeLessThan(4)
    expect(wide / small).toBeGreaterThan(1.5)
    expect(wide / small).toBeLessThan(4)
  })

  it('never falls when a memory grows', () => {
    let last = 0
    for (let kib = 0.25; kib <= 65536; kib *= 1.3) {
      const pj = sramReadPj(28, kib, 64)
      expect(pj).toBeGreaterThanOrEqual(last)
      last = pj
    }
  })

  it('scales links with pitch and flit width, DRAM with its kind, static draws with the grid', () => {
    expect(value({ grid: { tilePitchMm: 1.2 } }, 'linkFlit')).toBeCloseTo(2 * value({}, 'linkFlit'), 12)
    expect(value({ network: { flitBits: 128 } }, 'linkFlit')).toBeCloseTo(2 * value({}, 'linkFlit'), 12)
    expect(value({ dram: { kind: 'hbm3' } }, 'dramBit')).toBe(4.05)
    expect(rowOf({ grid: { columns: 4, rows: 2, coresPerTile: 3 } }, 'coreClock').instances).toBe(24)
    expect(rowOf({ grid: { columns: 4, rows: 2, coresPerTile: 3 } }, 'routerLeakage').instances).toBe(8)
  })
})
