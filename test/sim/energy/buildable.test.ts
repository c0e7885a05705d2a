import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AREA_PARTS, areaOf, tilePartsMm2, tilePitchMm } from '../../../sim/energy/area.js'
import { buildProblems, buildWarnings, fastestClock } from '../../../sim/energy/buildable.js'
import { coreGeometry } from '../../../sim/energy/geometry.js'
import { sramUm2 } from '../../../sim/energy/sram.js'
import { delayScale } from '../../../sim/energy/supply.js'
import { chipSpecSchema, type ChipSpecInput } from '../../../sim/config/chip-spec.js'
import { completeChip, loadChip } from '../../../sim/config/load-chip.js'

const chip = (input: ChipSpecInput) => chipSpecSchema.parse(input)
const PRESETS = new URL('../../../chips/', import.meta.url)

describe('area', () => {
  it('meets ELSA\'s memory compiler at 28 nm: 0.487 mm2 for 409.6 KiB and 1.460 for 1228.8, within a tenth', () => {
    expect(Math.abs(sramUm2(28, 409.6) / 487_000 - 1)).toBeLessThan(0.1)
    expect(Math.abs(sramUm2(28, 1228.8) / 1_460_000 - 1)).toBeLessThan(0.1)
  })

  it('takes 0.0013 to 0.0016 mm2 a KiB at 28 nm from 8 to 64 KiB, and less at smaller nodes', () => {
    for (const kib of [8, 16, 64]) {
      expect(sramUm2(28, kib) / kib / 1e6).toBeGreaterThan(0.0013)
      expect(sramUm2(28, kib) / kib / 1e6).toBeLessThan(0.0021)
    }
    expect(sramUm2(22, 64)).toBeLessThan(sramUm2(28, 64))
    expect(sramUm2(7, 64) / 64 / 1e6).toBeLessThan(0.00045)
  })

  it('is the sum of its parts, spare room included, and grows with memory, lanes and banks', () => {
    const [lanesOf, kibOf, banksOf] = [[1, 256], [4, 512], [1, 16]].map(([min, max]) => fc.integer({ min: min!, max: max! }))
    fc.assert(fc.property(lanesOf!, kibOf!, banksOf!, (lanes, kib, banks) => {
      const at = (core: ChipSpecInput['core']) => areaOf(chip({ core: { lanes, accumulators: 8 * lanes, dataSramKiB: kib, dataSramBanks: banks, ...core } }))
      const area = at({})
      expect(AREA_PARTS.reduce((sum, part) => sum + area.byPart[part], 0)).toBe(area.totalMm2)
      for (const part of AREA_PARTS) expect(area.byPart[part]).toBeGreaterThan(0)
      expect(at({ lanes: lanes + 8, accumulators: 8 * (lanes + 8) }).totalMm2).toBeGreaterThan(area.totalMm2)
      expect(at({ dataSramBanks: banks + 1 }).totalMm2).toBeGreaterThanOrEqual(area.totalMm2)
    }), { numRuns: 40 })
  })

  it('sets the tile\'s pitch so that the parts fill three quarters of it', () => {
    const spec = chip({})
    expect(tilePartsMm2(spec) / tilePitchMm(spec) ** 2).toBeCloseTo(0.75, 10)
    expect(tilePitchMm(chip({ grid: { tilePitchMm: 2 } }))).toBe(2)
  })
})

describe('a chip that cannot be built is refused', () => {
  it('when its parts fill more than 85 % of the tile it names', () => {
    expect(() => loadChip('grid:\n  tilePitchMm: 0.4\n', 'c.yaml')).toThrow(/^c\.yaml:2:16: grid\.tilePitchMm is 0\.4, a tile of 0\.16 mm2.*85 %/)
    const least = Math.sqrt(tilePartsMm2(chip({})) / 0.85)
    expect(completeChip({ grid: { tilePitchMm: least + 0.001 } }).grid.tilePitchMm).toBeCloseTo(least, 2)
    expect(() => completeChip({ grid: { tilePitchMm: least - 0.001 } })).toThrow(/tilePitchMm/)
  })

  it('when its clock is past an SRAM or adder, which it names', () => {
    expect(() => loadChip('technologyNm: 45\nclockMHz: 10000\n', 'c.yaml')).toThrow(/^c\.yaml:2:11: clockMHz is 10000, but the adder \(24 bits\)/)
    expect(() => completeChip({ core: { dataSramKiB: 512, dataSramBanks: 1 } })).toThrow(/the data SRAM \(512 KiB a bank\) takes 2\.\d+ ns/)
    expect(completeChip({ core: { dataSramKiB: 512, dataSramBanks: 8 } }).core.dataSramBanks).toBe(8)
    expect(() => completeChip({ clockMHz: 1500, core: { accumulatorBits: 8 }, network: { hopCycles: 3 } })).toThrow(/at most/)
  })

  it('when its supply is none that its node runs at', () => {
    expect(() => completeChip({ voltage: 0.45 })).toThrow(/voltage is 0\.45, outside 0\.7 to 1\.1/)
    expect(completeChip({ technologyNm: 7, voltage: 0.55, clockMHz: 300 }).voltage).toBe(0.55)
  })

  it('when a price names nothing: file, line and nearest name', () => {
    expect(() => loadChip('name: pr\nprices: { synapticad: 1 }\n', 'c.yaml'))
      .toThrow(/^c\.yaml:2:23: 'prices\.synapticad' names no action or static draw\. Did you mean 'synapticAdd'\?/)
  })

  it.each(readdirSync(PRESETS))('%s can be: it fits its tile and meets its clock with the margin a design keeps', (file) => {
    const spec = loadChip(readFileSync(new URL(file, PRESETS), 'utf8'), file)
    expect(buildProblems(spec)).toEqual([])
    // docs/presets.md: two dies, or 22 nm.
    expect(buildWarnings(spec)).toEqual(file === 'hbm-board.yaml' ? [expect.stringContaining('A chip takes 913 mm2')] : [])
  })
})

describe('voltage and frequency', () => {
  it('follows silicon: SpiNNaker2\'s 28 nm test chip, 125 MHz at 0.7 V for 500 MHz at 1.0 V, within a fifth', () => {
    const ratio = delayScale(chip({ voltage: 0.7 })) / delayScale(chip({ voltage: 1.0 }))
    expect(Math.abs(ratio / 4 - 1)).toBeLessThan(0.2)
  })

  it('slows down monotonically with the supply, at every node', () => {
    for (const technologyNm of [45, 28, 22, 16, 7] as const) {
      let last = 0
      for (let voltage = 0.95; voltage > 0.62; voltage -= 0.03) {
        const delay = delayScale(chip({ technologyNm, voltage }))
        expect(delay).toBeGreaterThan(last)
        last = delay
      }
    }
  })

  it('a lower supply lowers the clock that is allowed, and fast cells raise it', () => {
    expect(fastestClock(chip({ voltage: 0.75 })).mhz).toBeLessThan(fastestClock(chip({})).mhz)
    const core = { dataSramKiB: 512, dataSramBanks: 1 }
    expect(fastestClock(chip({ core })).path.name).toContain('data SRAM')
    expect(fastestClock(chip({ core: { ...core, sramCell: 'high-performance' } })).mhz).toBeGreaterThan(fastestClock(chip({ core })).mhz)
  })
})

describe('small memories', () => {
  it('are registers up to 256 bytes and SRAM above', () => {
    const accumulators = (count: number) => coreGeometry(chip({ core: { lanes: 1, accumulators: count, accumulatorBits: 24 } })).accumulators
    expect(accumulators(85).kind).toBe('registers')
    expect(accumulators(86).kind).toBe('sram')
  })
})

describe('a die past the reticle', () => {
  it('is warned of, just above 26 x 33 mm and not just below, each chip of a system by itself', () => {
    const grid = (pitch: number) => ({ grid: { columns: 20, rows: 20, tilePitchMm: pitch } })
    expect(buildWarnings(chip(grid(Math.sqrt(857 / 400))))).toEqual([])
    expect(buildWarnings(chip(grid(Math.sqrt(859 / 400))))).toEqual([expect.stringContaining('A chip takes 859 mm2, more than one exposure')])
    expect(buildWarnings(chip({ ...grid(Math.sqrt(857 / 400)), system: { chipColumns: 2 } }))).toEqual([])
  })
})

describe('memory ports', () => {
  it('outside the grid are refused, and too narrow ones warned of', () => {
    expect(() => completeChip({ memory: { ports: [{ column: 8, row: 0 }] } })).toThrow(/memory\.ports has column 8, row 0, but tiles go to 7, 7/)
    const narrow = completeChip({ memory: { ports: [{ column: 0, row: 0 }], linkBits: 64 } })
    expect(buildWarnings(narrow)).toEqual([expect.stringContaining('Memory ports carry 4 GB/s together, less than the 25.6')])
  })
})
