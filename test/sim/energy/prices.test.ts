import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ACTIONS, ACTION_INDEX, COMPONENTS } from '../../../isa/actions.js'
import { priceList, type PriceRow } from '../../../sim/energy/prices.js'
import { tilePitchMm } from '../../../sim/energy/area.js'
import { addPj, multiplyPj } from '../../../sim/energy/arithmetic.js'
import { sramReadPj, sramWritePj } from '../../../sim/energy/sram.js'
import { InputError } from '../../../sim/errors.js'
import { chipSpecSchema, type ChipSpecInput } from '../../../sim/config/chip-spec.js'

const rowOf = (input: ChipSpecInput, name: string): PriceRow =>
  priceList(chipSpecSchema.parse(input)).rows.find((row) => row.name === name)!
const value = (input: ChipSpecInput, name: string): number => rowOf(input, name).value

describe('the price list', () => {
  it.each([45, 28, 22, 16, 7] as const)('prices every action and static draw once at %i nm, none zero', (technologyNm) => {
    const { rows, actionPj } = priceList(chipSpecSchema.parse({ technologyNm }))
    expect(rows.filter((row) => row.kind === 'action').map((row) => row.name)).toEqual(ACTIONS)
    expect(new Set(rows.map((row) => row.name)).size).toBe(rows.length)
    for (const row of rows) {
      expect(row.value, row.name).toBeGreaterThan(0)
      expect(row.low, row.name).toBeGreaterThan(0)
      expect(row.low, row.name).toBeLessThanOrEqual(row.value)
      expect(row.high, row.name).toBeGreaterThanOrEqual(row.value)
      expect(row.high, row.name).toBeGreaterThan(row.low)
      expect(row.source.length, row.name).toBeGreaterThan(5)
      expect(row.formula.length, row.name).toBeGreaterThan(5)
      expect(COMPONENTS).toContain(row.component)
    }
    expect(actionPj[ACTION_INDEX.flitHop]).toBe(rows.find((row) => row.name === 'flitHop')!.value)
  })

  it('is cheaper at each smaller node, for everything that scales', () => {
    const fixed = new Set(['dramBit', 'dramActivate', 'dramStandby', 'chipLinkFlit', 'sramLeakage', 'sramRetention', 'coreOff'])
    const lists = ([7, 16, 22, 28, 45] as const).map((technologyNm) => priceList(chipSpecSchema.parse({ technologyNm })).rows)
    for (let node = 1; node < lists.length; node++) {
      lists[node]!.forEach((row, index) => {
        if (!fixed.has(row.name)) expect(lists[node - 1]![index]!.value, row.name).toBeLessThan(row.value)
      })
    }
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

  it('adds within a third of Horowitz at 45 nm, whose adders do not subtract, for 8, 16 and 32 bits', () => {
    for (const [bits, pj] of [[8, 0.03], [16, 0.05], [31, 0.1]] as const) {
      const own = addPj(45, bits, bits).value / (415 / 305)
      expect(Math.abs(own / pj - 1), `${bits} bits`).toBeLessThan(0.34)
    }
  })

  it('multiplies as Horowitz (45 nm) and TPUv4i (7 nm) say for 8 bits, and for 4 bits at a sixth', () => {
    expect(multiplyPj(45, 8, 8).value).toBeCloseTo(0.2, 10)
    expect(multiplyPj(7, 8, 8).value).toBeCloseTo(0.07, 10)
    expect(multiplyPj(28, 4, 4).value).toBeCloseTo(0.0254, 4)
    expect(multiplyPj(28, 4, 8).value).toBeCloseTo(0.0545, 4)
    expect(multiplyPj(28, 8, 8)).toEqual({ low: 0.7 * 0.153, value: 0.153, high: 0.56 })
  })

  it('reads and writes registers as synthesised: 0.15, 0.25 and 0.57 pJ for a 24-bit accumulator of 1, 4 and 32 rows at 28 nm', () => {
    for (const [rows, pj] of [[1, 0.15], [4, 0.254], [32, 0.57]] as const) {
      const spec: ChipSpecInput = { core: { lanes: 64, accumulators: 64 * rows, accumulatorBits: 24 } }
      expect(value(spec, 'accumulatorRead') + value(spec, 'accumulatorWrite'), `${rows} rows`).toBeCloseTo(pj, 3)
    }
  })

  it('clocks a register bit at no less than the library cells: 3.4 fJ at 28 nm, with a tree', () => {
    const row = rowOf({}, 'coreClock')
    const bits = Number(/x (\d+) register bits/.exec(row.formula)![1])
    expect(row.value / bits).toBeGreaterThan(0.0034)
    expect(row.high / bits).toBeGreaterThan(0.0034 * 2.5)
  })

  const router = (node: 45 | 28 | 22, flitBits: number, virtualChannels: number): number =>
    value({ technologyNm: node, network: { flitBits, virtualChannels, bufferFlits: 4 } }, 'flitHop')
  it.each([
    [45, 32, 1, 1.75 * 0.81], [45, 64, 1, 3.31 * 0.81], [45, 64, 4, 5.83 * 0.81], [45, 128, 1, 6.41 * 0.81], // at 0.9 for 1.0 V
    [28, 32, 1, 0.74], [28, 64, 1, 1.39], [28, 64, 4, 2.45], [28, 128, 1, 2.70],
    [22, 32, 1, 0.454], [22, 64, 1, 0.858], [22, 64, 4, 1.50], [22, 128, 1, 1.67],
  ] as const)('meets DSENT at %i nm, %i bits, %i x 4: %f pJ a flit', (node, bits, channels, expected) => {
    expect(Math.abs(router(node, bits, channels) - expected) / expected).toBeLessThan(0.015)
  })

  it('holds ELSA\'s 4.5 pJ for 64 bits over 1.67 mm, DSENT\'s own, within its range, and Piton\'s measured 11.2 pJ', () => {
    const spec: ChipSpecInput = { network: { virtualChannels: 1, bufferFlits: 4 }, grid: { tilePitchMm: 1.67 } }
    const [hop, link] = [rowOf(spec, 'flitHop'), rowOf(spec, 'linkFlit')]
    expect(hop.value + link.low).toBeCloseTo(4.5, 1)
    expect(hop.low + link.low).toBeLessThan(4.5)
    expect(hop.high + link.high).toBeGreaterThan(11.2)
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
    const at = (grid: ChipSpecInput['grid'], flitBits = 64): number => value({ grid, network: { flitBits } }, 'linkFlit')
    expect(at({ tilePitchMm: 2.4 })).toBeCloseTo(2 * at({ tilePitchMm: 1.2 }), 12)
    expect(at({ tilePitchMm: 1.2, topology: 'torus' })).toBeCloseTo(2 * at({ tilePitchMm: 1.2 }), 12)
    expect(at({ tilePitchMm: 1.2 }, 128)).toBeCloseTo(2 * at({ tilePitchMm: 1.2 }), 12)
    expect(at({})).toBeCloseTo(0.057 * 64 * tilePitchMm(chipSpecSchema.parse({})), 12)
    expect(value({ dram: { kind: 'hbm3' } }, 'dramBit')).toBe(4.05)
    expect(rowOf({ grid: { columns: 4, rows: 2, coresPerTile: 3 } }, 'coreClock').instances).toBe(24)
    expect(rowOf({ grid: { columns: 4, rows: 2, coresPerTile: 3 } }, 'routerLeakage').instances).toBe(8)
  })

  it('prices products and additions by both widths', () => {
    const at = (weightBits: number, activationBits: number): PriceRow[] => [...priceList(chipSpecSchema.parse({}), {
      weightBits, activationBits, attentionBits: 8, kvCacheBits: 8,
    }).rows]
    const named = (rows: PriceRow[], name: string): number => rows.find((row) => row.name === name)!.value
    let last = 0
    for (const bits of [2, 3, 4, 6, 8]) {
      const mac = named(at(bits, bits), 'mac')
      expect(mac).toBeGreaterThan(last)
      last = mac
    }
    expect(named(at(4, 8), 'mac')).toBeCloseTo(named(at(8, 4), 'mac'), 12)
    expect(named(at(8, 4), 'synapticAdd')).toBeGreaterThan(named(at(2, 4), 'synapticAdd'))
    expect(named(at(8, 8), 'mac')).toBeCloseTo(named(at(4, 4), 'attentionMac'), 12)
  })

  it('never costs more with more banks, and costs less and leaks less at a lower voltage', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 63 }), fc.integer({ min: 16, max: 512 }), (banks, dataSramKiB) => {
      const few = value({ core: { dataSramBanks: banks, dataSramKiB } }, 'dataWordRead')
      expect(value({ core: { dataSramBanks: banks + 1, dataSramKiB } }, 'dataWordRead')).toBeLessThanOrEqual(few + 1e-12)
    }), { numRuns: 40 })
    const [low, high] = [0.75, 0.9].map((voltage) => priceList(chipSpecSchema.parse({ voltage })).rows)
    low!.forEach((row, at) => {
      if (['dramBit', 'dramActivate', 'dramStandby', 'chipLinkFlit'].includes(row.name)) expect(row.value).toBe(high![at]!.value)
      else expect(row.value, row.name).toBeLessThan(high![at]!.value)
    })
    expect(low!.find(({ name }) => name === 'flitHop')!.value / high!.find(({ name }) => name === 'flitHop')!.value)
      .toBeCloseTo((0.75 / 0.9) ** 2, 12)
  })

  it('doubles leakage with every 16 degrees', () => {
    expect(value({ temperatureC: 93 }, 'sramLeakage') / value({ temperatureC: 77 }, 'sramLeakage')).toBeCloseTo(2, 10)
    expect(value({ temperatureC: 25 }, 'sramLeakage')).toBeLessThan(0.11 * value({}, 'sramLeakage'))
  })
})
