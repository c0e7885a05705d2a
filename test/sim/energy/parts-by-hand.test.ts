import { describe, expect, it } from 'vitest'
import { areaOf, linkMm, systemMemoryKib, tilePartsMm2, tilePitchMm } from '../../../sim/energy/area.js'
import { buildProblems, buildWarnings, fastestClock, timingPaths } from '../../../sim/energy/buildable.js'
import { coreGeometry, memoryRouterClockedBits, routerClockedBits } from '../../../sim/energy/geometry.js'
import { accessNs, describeMemory, leakingKib, memoryOf, memoryUm2, readPj } from '../../../sim/energy/memory.js'
import { registerReadPj, registerUm2, registerWritePj } from '../../../sim/energy/register-file.js'
import { memoryRouterUm2, routerUm2 } from '../../../sim/energy/router-scale.js'
import { sramAccessNs, sramReadPj, sramUm2 } from '../../../sim/energy/sram.js'
import { delayScale, energyScale, leakageScale } from '../../../sim/energy/supply.js'
import { chipSpecSchema, type ChipSpecInput } from '../../../sim/config/chip-spec.js'

/** Expected values are worked out here from the figures that docs/energy.md states, not taken from the program. */
const chip = (input: ChipSpecInput) => chipSpecSchema.parse(input)
const near = (actual: number, expected: number, what = ''): void => {
  expect(Math.abs(actual / expected - 1), `${what} ${actual} for ${expected}`).toBeLessThan(1e-9)
}

describe('memories of a core', () => {
  it('hold the words their KiB, banks and widths come to', () => {
    const g = coreGeometry(chip({}))
    expect(g.weights).toMatchObject({ kind: 'sram', banks: 8, words: (32 * 8192) / (8 * 64), wordBits: 64, bankKib: 4 })
    expect(g.data).toMatchObject({ kind: 'sram', banks: 4, words: (64 * 8192) / (4 * 256), wordBits: 256, bankKib: 16 })
    expect(g.accumulators).toMatchObject({ kind: 'registers', banks: 64, words: 8, wordBits: 24, bankKib: 192 / 8192 })
    expect(g.program).toMatchObject({ kind: 'sram', banks: 1, words: 4096, wordBits: 64, bankKib: 32 })
    expect(g.fifo).toMatchObject({ kind: 'registers', banks: 1, words: 64, wordBits: 32 })
    expect(g.axonTable).toMatchObject({ kind: 'sram', banks: 1, words: 512, wordBits: 32, bankKib: 2 })
    expect(g.injectionQueue).toMatchObject({ kind: 'registers', banks: 1, words: 32, wordBits: 64 })
    near(g.memoryKib, 32 + 64 + 64 * 192 / 8192 + 32 + 0.25 + 2 + 0.25)
    expect(systemMemoryKib(chip({}))).toBe(64 * g.memoryKib)
  })

  it('split programs above 64 KiB into banks, and narrow vector units into narrow words', () => {
    const at = (core: ChipSpecInput['core']) => coreGeometry(chip({ core }))
    expect(at({ programWords: 8192 }).program).toMatchObject({ banks: 1, words: 8192, bankKib: 64 })
    expect(at({ programWords: 8200 }).program).toMatchObject({ banks: 2, words: 4100 })
    expect(at({ vectorLanes: 2 }).data).toMatchObject({ wordBits: 64, words: (64 * 8192) / (4 * 64) })
  })

  it('put accumulators too many for registers into macros of at most 256 bits, rows of lanes side by side', () => {
    const at = (lanes: number, accumulators: number) => coreGeometry(chip({ core: { lanes, accumulators } })).accumulators
    expect(at(64, 64 * 100)).toMatchObject({ kind: 'sram', banks: 6, words: 100, wordBits: 256 }) // 64 x 24 bits of a row
    expect(at(4, 4 * 100)).toMatchObject({ kind: 'sram', banks: 1, words: 100, wordBits: 96 })
    expect(at(64, 32)).toMatchObject({ kind: 'registers', banks: 32, words: 1 }) // no file without an accumulator
    expect(at(64, 65)).toMatchObject({ kind: 'registers', banks: 64, words: 2 })
  })

  it('clock the registers of lanes, vector unit, encoder and sequencer, and of a router\'s ports', () => {
    expect(coreGeometry(chip({})).clockedBits).toBe(64 * 24 + 16 * 3 * 32 + 16 * 32 + 34 * 32 + 64)
    expect(routerClockedBits(chip({ grid: { coresPerTile: 3 } }))).toBe(7 * (2 * 64 + 4 * 24))
    expect(memoryRouterClockedBits(chip({}))).toBe(5 * 2 * 256)
  })

  it('leak as their cells, registers as SRAM of their area', () => {
    const registers = memoryOf(8, 24, 64, 'low-leakage')
    // 5.76 kum2 of cells at 45 nm for 4 words and more: a latch bit of the table between 4 and 16 words, 0.368 of it at 28 nm.
    const bitUm2 = (4.0 + (3.8 - 4.0) * (8 - 4) / (16 - 4)) * 0.368
    near(leakingKib(28, registers), 64 * (192 / 8192) * (bitUm2 / 0.127))
    expect(leakingKib(28, memoryOf(512, 64, 8, 'low-leakage'))).toBe(8 * 4)
    expect(memoryUm2(28, memoryOf(512, 64, 8, 'low-leakage'))).toBe(8 * sramUm2(28, 4))
    near(memoryUm2(28, registers), 64 * 192 * bitUm2)
  })

  it('are described in words for a price\'s formula', () => {
    expect(describeMemory(memoryOf(1, 24, 1, 'low-leakage'))).toBe('1 word of 24 bits in registers')
    expect(describeMemory(memoryOf(0, 24, 2, 'low-leakage'))).toBe('1 word of 24 bits in registers, one of 2')
    expect(describeMemory(memoryOf(8, 24, 64, 'low-leakage'))).toBe('8 words of 24 bits in registers, one of 64')
    expect(describeMemory(memoryOf(512, 64, 1, 'low-leakage'))).toBe('64 bits of a 4 KiB bank')
    expect(describeMemory(memoryOf(512, 64, 8, 'low-leakage'))).toBe('64 bits of a 4 KiB bank, one of 8')
  })

  it('are read within a cycle if registers, else as CACTI says', () => {
    expect(accessNs(28, memoryOf(64, 32, 1, 'low-leakage'))).toBe(0)
    expect(memoryOf(64, 32, 1, 'low-leakage').kind).toBe('registers') // 256 bytes
    expect(memoryOf(65, 32, 1, 'low-leakage').kind).toBe('sram')
    expect(accessNs(45, memoryOf(4096, 64, 1, 'low-leakage'))).toBeCloseTo(1.41, 9)
  })

  it('are as uncertain as their node: 0.7 to 1.6 with compilers, 0.6 to 2.5 without, registers 0.6 to 1.6', () => {
    const range = (node: 28 | 16 | 7, words: number): number[] => {
      const { low, value, high } = readPj(node, memoryOf(words, 64, 1, 'low-leakage'))
      return [low / value, high / value].map((factor) => Number(factor.toFixed(6)))
    }
    expect(range(28, 4096)).toEqual([0.7, 1.6])
    expect(range(16, 4096)).toEqual([0.6, 2.5])
    expect(range(7, 4096)).toEqual([0.6, 2.5])
    expect(range(7, 32)).toEqual([0.6, 1.6])
  })
})

describe('registers between the sizes that were synthesised', () => {
  it('lie on the lines between them, and on the last line past 128 words', () => {
    near(registerReadPj(28, 10, 24), 0.084 + (0.15 - 0.084) * 6 / 12)
    near(registerReadPj(28, 96, 24), 0.22 + (0.58 - 0.22) * 32 / 64)
    near(registerReadPj(28, 192, 24), 0.58 + 0.36)
    near(registerWritePj(28, 2, 48), 2 * (0.15 + 0.02 / 3))
    near(registerWritePj(45, 64, 24), 0.56 / 0.62)
  })

  it('are flip-flops up to 4 words and latches above', () => {
    near(registerUm2(45, 4, 10), 5.8 * 40)
    near(registerUm2(45, 5, 10), (4.0 - 0.2 / 12) * 50)
    near(registerUm2(28, 128, 10), 4.1 * 1280 * 0.368)
  })
})

describe('SRAM beyond the tables', () => {
  it('goes on by the last power law, and stops at the first size', () => {
    near(sramReadPj(45, 0.1, 64), 1.67)
    near(sramReadPj(45, 16384, 64), 189 * (189 / 93.5))
    near(sramAccessNs(22, 16384), 4.31 * (4.31 / 2.45))
    near(sramReadPj(45, 16, 64), Math.sqrt(6.14 * 17)) // halfway from 8 to 32 KiB, on a log scale
  })

  it('at 16 and 7 nm scales energy by the cell\'s side and the voltage, time as logic', () => {
    near(sramReadPj(16, 32, 64), 3.79 * Math.sqrt(0.072 / 0.11))
    near(sramReadPj(7, 32, 64), 3.79 * Math.sqrt(0.027 / 0.11) * (0.7 / 0.8) ** 2)
    near(sramAccessNs(16, 32), 0.85 * 0.7)
    near(sramAccessNs(7, 32), 0.85 * 0.55)
  })

  it('takes the exponent of the word\'s width from its size, held beyond 64 KiB and 1 MiB', () => {
    near(sramReadPj(45, 64, 256), 52)
    near(sramReadPj(45, 8, 256), 6.14 * (52 / 25.9))
    near(sramReadPj(45, 4096, 256), 189 * (252 / 93.5))
    near(sramReadPj(45, 64, 1024), 25.9 * (52 / 25.9) ** 2)
  })

  it('has the share of cells of the nearest sizes: 0.2 from 0.25 KiB down, 0.87 from 1 MiB up', () => {
    near(sramUm2(28, 0.1), 8192 * 0.25 * 0.127 / 0.2)
    near(sramUm2(28, 4096), 8192 * 4096 * 0.127 / 0.87)
    near(sramUm2(28, 64), 8192 * 64 * 0.127 / 0.72)
    near(sramUm2(28, 2), 8192 * 2 * 0.127 / Math.sqrt(0.4 * 0.5))
  })
})

describe('areas by hand', () => {
  const MM2 = 1e-6 / 0.75
  const add = (bits: number): number => 185 * (bits / 32) ** 1.11 * (156 / 145) * 0.368

  it('are those of the default chip: 64 tiles, 28 nm', () => {
    const { byPart, totalMm2, tileMm2, chipMm2 } = areaOf(chip({}))
    near(byPart.weightSram, 64 * 8 * 8192 * 4 * 0.127 / 0.5 * 1e-6, 'weights')
    near(byPart.dataSram, 64 * 4 * 8192 * 16 * 0.127 / 0.63 * 1e-6, 'data')
    near(byPart.accumulators, 64 * 64 * 192 * (4 - 0.2 / 3) * 0.368 * MM2, 'accumulators')
    near(byPart.programSram, 64 * sramUm2(28, 32) * 1e-6, 'program')
    near(byPart.queues, 64 * (sramUm2(28, 2) * 1e-6 + 2048 * (3.7 + 3.9) * 0.368 * MM2), 'queues')
    near(byPart.adders, 64 * 64 * (add(24) + 453 * 0.368 + 24 * 4.52 * 0.368) * MM2, 'adders')
    near(byPart.vectorUnit, 64 * 16 * (4184 + 7700 + 3000 + 96 * 4.52) * 0.368 * MM2, 'vector unit')
    near(byPart.encoder, 64 * 16 * (2 * add(32) + 32 * 4.52 * 0.368) * MM2, 'encoder')
    near(byPart.sequencer, 64 * 20_000 * 0.798 * 0.368 * MM2, 'sequencer')
    near(byPart.routers, 64 * (routerUm2(chip({})) + memoryRouterUm2(chip({}))) * MM2, 'routers')
    near(totalMm2, 64 * tileMm2)
    near(chipMm2, totalMm2)
    near(byPart.spare, 0.25 * totalMm2)
  })

  it('of routers grow with width and buffers as DSENT says, and with ports in proportion', () => {
    const at = (network: ChipSpecInput['network'], coresPerTile = 1) => routerUm2(chip({ network, grid: { coresPerTile } }))
    near(at({ flitBits: 64, virtualChannels: 1, bufferFlits: 4 }), 9700)
    near(at({ flitBits: 128, virtualChannels: 1, bufferFlits: 4 }), 9700 * 2 ** 1.16)
    near(at({ flitBits: 64, virtualChannels: 4, bufferFlits: 4 }), 9700 * 2.5)
    near(at({ flitBits: 64, virtualChannels: 4, bufferFlits: 16 }), 9700 * 2.5 ** 2)
    near(at({ flitBits: 64, virtualChannels: 1, bufferFlits: 4 }, 4), 9700 * 8 / 5)
    near(memoryRouterUm2(chip({ memory: { linkBits: 256 } })), 9700 * 4 ** 1.16)
    expect(memoryRouterUm2(chip({ memory: { delivery: 'ideal' } }))).toBe(0)
    expect(memoryRouterUm2(chip({ dram: { kind: 'none' } }))).toBe(0)
  })

  it('count the cores of a tile, and the chips of a system', () => {
    const [one, two] = [1, 2].map((coresPerTile) => areaOf(chip({ grid: { coresPerTile } })))
    near(two!.byPart.dataSram, 2 * one!.byPart.dataSram)
    const four = areaOf(chip({ system: { chipColumns: 2, chipRows: 2 } }))
    near(four.totalMm2, 4 * one!.totalMm2)
    near(four.chipMm2, one!.totalMm2)
    near(areaOf(chip({ grid: { columns: 4, rows: 2 } })).chipMm2, one!.tileMm2 * 8)
  })

  it('a folded torus has links of two tiles', () => {
    expect(linkMm(chip({ grid: { tilePitchMm: 1.5, topology: 'torus' } }))).toBe(3)
    expect(linkMm(chip({ grid: { tilePitchMm: 1.5 } }))).toBe(1.5)
  })
})

describe('timing by hand', () => {
  const ns = (input: ChipSpecInput, name: string): number => timingPaths(chip(input)).find((path) => path.name.startsWith(name))!.ns

  it('at 28 nm: adder and multiplier as their gates, memories with 0.1 ns around them, routers by their stages', () => {
    near(ns({}, 'adder (24 bits)'), 1.77 * 24 / 32 * 0.9)
    near(ns({}, 'multiplier'), 1.26 * 0.9)
    near(ns({}, 'spike FIFO (registers)'), 0.1)
    near(ns({}, 'program SRAM (32 KiB a bank)'), sramAccessNs(28, 32) + 0.1)
    near(ns({}, 'router (3 cycles a hop)'), 1.0 * 0.9 * 2 / 3)
    near(ns({ network: { hopCycles: 4 } }, 'router (4 cycles a hop)'), 0.45)
    near(ns({ grid: { tilePitchMm: 2 } }, 'link (2 mm)'), 0.6)
    expect(timingPaths(chip({})).map((path) => path.ns)).toEqual(timingPaths(chip({})).map((path) => path.ns).sort((a, b) => b - a))
    near(fastestClock(chip({})).mhz, 1000 / (1.77 * 24 / 32 * 0.9))
  })

  it('at 7 nm and 0.5 V: all but the wire slowed by the supply', () => {
    const low = { technologyNm: 7, voltage: 0.5 } as const
    const slow = delayScale(chip(low))
    near(ns(low, 'adder'), slow * 1.77 * 24 / 32 * 0.55)
    near(ns(low, 'spike FIFO'), slow * 0.1 * 0.55 / 0.9)
    near(ns(low, 'router'), slow * 0.55 * 2 / 3)
    near(ns({ ...low, grid: { tilePitchMm: 2 } }, 'link'), 0.6)
  })
})

describe('supply by hand', () => {
  it('energy goes with the square of the voltage', () => {
    near(energyScale(chip({ voltage: 0.72 })), 0.64)
    expect(energyScale(chip({}))).toBe(1)
  })

  it('leakage goes with V e^(V / 0.4 V) and doubles every 16 K from 350 K', () => {
    near(leakageScale(chip({ temperatureC: 76.85 })), 1)
    near(leakageScale(chip({ temperatureC: 92.85 })), 2)
    near(leakageScale(chip({ temperatureC: 76.85, voltage: 0.8 })), (0.8 / 0.9) * Math.exp(-0.1 / 0.4))
  })

  it('delay of planar nodes goes with V / (V - Vt)^1.5', () => {
    near(delayScale(chip({ voltage: 0.8 })), (0.8 / 0.25 ** 1.5) / (0.9 / 0.35 ** 1.5))
    near(delayScale(chip({ technologyNm: 45, voltage: 1.0 })), (1.0 / 0.62 ** 1.5) / (0.9 / 0.52 ** 1.5))
    near(delayScale(chip({ technologyNm: 22, voltage: 0.7 })), (0.7 / 0.31 ** 1.5) / (0.8 / 0.41 ** 1.5))
  })

  it('delay of FinFET nodes is the published table, lines between its rows, the power law below 0.6 V', () => {
    const at = (technologyNm: 16 | 7, voltage: number): number => delayScale(chip({ technologyNm, voltage }))
    expect([0.6, 0.7, 0.8, 0.9].map((volts) => Number(at(16, volts).toFixed(9)))).toEqual([1.38, 1.15, 1, 0.92])
    expect([0.6, 0.7, 0.8, 0.9].map((volts) => Number(at(7, volts).toFixed(9)))).toEqual([1.22, 1, 0.89, 0.82])
    near(at(16, 0.65), (1.38 + 1.15) / 2)
    near(at(7, 0.85), (0.89 + 0.82) / 2)
    near(at(16, 0.95), 0.92 - 0.04)
    near(at(7, 0.5), 1.22 * (0.5 / 0.15 ** 1.5) / (0.6 / 0.25 ** 1.5))
  })
})

describe('limits of what is built', () => {
  it('takes a supply at its ends, and none beyond', () => {
    const problems = (voltage: number) => buildProblems(chip({ technologyNm: 45, voltage, clockMHz: 100 })).map(({ path }) => path)
    expect([0.8, 1.1].map(problems)).toEqual([[], []])
    expect([0.79, 1.11].map(problems)).toEqual([[['voltage']], [['voltage']]])
  })

  it('takes a clock at its limit, and none beyond', () => {
    const most = fastestClock(chip({})).mhz
    expect(buildProblems(chip({ clockMHz: Math.floor(most) }))).toEqual([])
    expect(buildProblems({ ...chip({}), clockMHz: most })).toEqual([])
    expect(buildProblems({ ...chip({}), clockMHz: most * 1.0001 }).map(({ path }) => path)).toEqual([['clockMHz']])
  })

  it('warns from where 30 % of the clock are gone, and names the clock that keeps them', () => {
    const most = fastestClock(chip({})).mhz
    expect(buildWarnings({ ...chip({}), clockMHz: most / 1.3 - 0.01 })).toEqual([])
    expect(buildWarnings({ ...chip({}), clockMHz: most / 1.3 + 0.01 }))
      .toEqual([expect.stringMatching(new RegExp(`less than the 30 % that a design keeps: ${Math.floor(most / 1.3)} MHz would`))])
  })

  it('says the least pitch that holds the parts, 85 % full', () => {
    const spec = chip({ grid: { tilePitchMm: 0.5 } })
    const [problem] = buildProblems(spec)
    const least = Number(/at least ([\d.]+) mm/.exec(problem!.message)![1])
    expect(problem!.path).toEqual(['grid', 'tilePitchMm'])
    expect(least).toBe(Math.ceil(1000 * Math.sqrt(tilePartsMm2(spec) / 0.85)) / 1000)
    expect(problem!.message).toContain('a tile of 0.25 mm2')
    expect(buildProblems(chip({ grid: { tilePitchMm: least } }))).toEqual([])
    expect(tilePitchMm(chip({}))).toBeGreaterThan(least)
  })

  it('refuses a memory port at the first column or row outside, by its place in the list', () => {
    const ports = (...list: [number, number][]) => buildProblems(chip({
      memory: { ports: list.map(([column, row]) => ({ column, row })) },
    })).map(({ path }) => path)
    expect(ports([7, 7])).toEqual([])
    expect(ports([0, 0], [0, 8])).toEqual([['memory', 'ports', 1]])
    expect(ports([8, 0])).toEqual([['memory', 'ports', 0]])
  })

  it('says nothing of memory ports where nothing comes through them, or they are wide enough', () => {
    const narrow = { ports: [{ column: 0, row: 0 }], linkBits: 64 }
    expect(buildWarnings(chip({ clockMHz: 400, memory: narrow }))).toEqual([expect.stringContaining('Memory ports carry 3.2 GB/s')])
    expect(buildWarnings(chip({ clockMHz: 400, memory: { ...narrow, delivery: 'ideal' as const } }))).toEqual([])
    expect(buildWarnings(chip({ clockMHz: 400, memory: narrow, dram: { kind: 'none' } }))).toEqual([])
    expect(buildWarnings(chip({ clockMHz: 400, memory: narrow, dram: { gigabytesPerSecond: 3.2 } }))).toEqual([])
  })
})
