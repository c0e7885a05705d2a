import { describe, expect, it } from 'vitest'
import { ACTION_COUNT, ACTION_INDEX } from '../../../isa/actions.js'
import { addNs, addPj, addUm2, macPj, multiplyNs, multiplyPj, multiplyUm2 } from '../../../sim/energy/arithmetic.js'
import { around, scaleRange, sumRanges } from '../../../sim/energy/drivers.js'
import { energyLedger, type LedgerInput } from '../../../sim/energy/ledger.js'
import { paperEnergy, paperPrefill, prefillMacs } from '../../../sim/energy/paper.js'
import { powerOf } from '../../../sim/energy/power.js'
import { PRICE_NAMES, priceList, type PriceRow } from '../../../sim/energy/prices.js'
import { registerWritePj } from '../../../sim/energy/register-file.js'
import { bufferScale, flitWidthScale } from '../../../sim/energy/router-scale.js'
import { sramReadPj, sramUm2, sramWritePj } from '../../../sim/energy/sram.js'
import { chipSpecSchema, type ChipSpecInput } from '../../../sim/config/chip-spec.js'

/** Expected values are worked out here from the figures that docs/energy.md states, not taken from the program. */
const chip = (input: ChipSpecInput) => chipSpecSchema.parse(input)
const rowOf = (input: ChipSpecInput, name: string): PriceRow => priceList(chip(input)).rows.find((row) => row.name === name)!
const near = (actual: number, expected: number, what = ''): void => {
  expect(Math.abs(actual / expected - 1), `${what} ${actual} for ${expected}`).toBeLessThan(1e-9)
}

describe('arithmetic between the widths that were synthesised', () => {
  it('multiplies by power laws in either width, beyond the table by its last', () => {
    near(multiplyPj(45, 4, 16).value, 0.2 * 0.72)
    near(multiplyPj(45, 16, 4).value, 0.2 * 0.72)
    near(multiplyPj(45, 2, 2).value, 0.2 * 0.022)
    near(multiplyPj(45, 1, 8).value, 0.2 * 0.125 * (0.125 / 0.356))
    near(multiplyPj(45, 8, 32).value, 0.2 * 1.87 * 1.87)
    near(multiplyPj(45, Math.sqrt(32), 8).value, 0.2 * Math.sqrt(0.356 * 1))
    near(multiplyUm2(45, 4, 8), 453 * 0.383)
    near(multiplyNs(45, 16, 8), 1.71 * 1.3)
    near(multiplyNs(28, 4, 2), 0.3 * 0.9)
  })

  it('adds as the accumulator is wide, less for a narrow operand, never more for a wide one', () => {
    const full = 0.1 * (24 / 32) ** 1.14 * (415 / 305)
    near(addPj(45, 24, 24).value, full)
    near(addPj(45, 24, 30).value, full)
    near(addPj(45, 24, 4).value, full * 305 / 391) // what was synthesised
    near(addPj(45, 24, 24).low, 0.7 * full)
    near(addPj(45, 24, 24).high, 3.6 * full)
    near(addUm2(45, 16), 185 * 0.5 ** 1.11 * 156 / 145)
    near(addNs(45, 16), 1.77 / 2 * 1.3)
  })

  it('a multiply-accumulate is a product and its addition, cut to the accumulator', () => {
    const [multiply, add] = [multiplyPj(28, 8, 8), addPj(28, 12, 12)]
    near(macPj(28, 8, 8, 12).value, multiply.value + add.value)
    near(macPj(28, 8, 8, 12).low, multiply.low + add.low)
    near(macPj(28, 8, 8, 12).high, multiply.high + add.high)
    near(macPj(28, 4, 4, 24).value, multiplyPj(28, 4, 4).value + addPj(28, 24, 8).value)
  })

  it('ranges add and scale end by end', () => {
    expect(sumRanges({ low: 1, value: 2, high: 4 }, { low: 10, value: 20, high: 40 })).toEqual({ low: 11, value: 22, high: 44 })
    expect(scaleRange({ low: 1, value: 2, high: 4 }, 3)).toEqual({ low: 3, value: 6, high: 12 })
    expect(around('vector', 2)).toEqual({ low: 1, value: 2, high: 4 })
    expect(around('wire', 2)).toEqual({ low: 2, value: 2, high: 2 })
    near(around('chipLink', 0.6).low, 0.5)
    near(around('chipLink', 0.6).high, 1)
  })
})

describe('router energy', () => {
  it('is the line through 64 and 128 bits, and the power law through one and four channels', () => {
    near(flitWidthScale(chip({ network: { flitBits: 96 } })), (1.39 + 2.7) / 2 / 1.39)
    near(flitWidthScale(chip({}), 256), 1 + 3 * (2.7 - 1.39) / 1.39)
    near(bufferScale(chip({ network: { virtualChannels: 4, bufferFlits: 16 } })), (2.45 / 1.39) ** 2)
    near(bufferScale(chip({ network: { virtualChannels: 2, bufferFlits: 2 } })), 1)
  })
})

describe('prices of actions by hand, 28 nm', () => {
  const value = (name: string, input: ChipSpecInput = {}): number => rowOf(input, name).value

  it('memories: a word of the bank, a part of a wide one, half as much again to write', () => {
    near(value('weightWordRead'), sramReadPj(28, 4, 64))
    near(value('weightWordWrite'), sramWritePj(28, 4, 64))
    near(value('dataWordRead'), sramReadPj(28, 16, 256) / 8)
    near(value('dataWordWrite'), sramReadPj(28, 16, 256) / 8 * 3.5 / 2.9)
    near(value('axonLookup'), sramReadPj(28, 2, 32))
    near(value('fifoPop'), 0.22 * 32 / 24)
    near(value('fifoPush'), 0.56 * 32 / 24)
    near(value('packetFlit'), (0.22 + 0.35) * 64 / 24)
    near(value('accumulatorRead', { core: { accumulators: 6400 } }), sramReadPj(28, 3.125, 256) * 24 / 256)
    near(value('accumulatorWrite', { core: { accumulators: 6400 } }), sramWritePj(28, 3.125, 256) * 24 / 256)
  })

  it('a lane\'s multiply-accumulate writes its register too', () => {
    near(value('laneMac'), macPj(28, 4, 4, 24).value + registerWritePj(28, 1, 24))
    near(value('mac'), macPj(28, 4, 4, 24).value)
    near(value('attentionMac'), macPj(28, 8, 8, 24).value)
    near(value('synapticAdd'), addPj(28, 24, 4).value)
    near(value('membraneAdd'), addPj(28, 24, 24).value)
  })

  it('vector unit, encoder and sequencer: datapath and what controls it', () => {
    const lane = (0.8 + 0.9 / 8) * 2
    near(value('fp32Add'), 0.72 + lane)
    near(value('fp32Mul'), 2.84 + lane)
    near(value('fp32Special'), 4 * (0.72 + 2.84) + lane)
    near(value('intOp'), 0.074 + lane)
    near(value('encoderStep'), 2 * 0.074 + 64 * 0.009 * 0.52)
    near(value('spikeEmit'), 32 * 0.009 * 0.52)
    near(value('nonzeroFind'), 0.023 / 0.8 * 0.74)
    near(value('instruction'), sramReadPj(28, 32, 64) + 5.9 * 2)
    near(value('scalarOp'), 0.074 + 96 * 0.009 * 0.52)
    near(value('semaphoreOp'), 0.074 + 64 * 0.009 * 0.52)
  })

  it('network: hops, millimetres, a barrier flit as one of each', () => {
    const input: ChipSpecInput = { grid: { tilePitchMm: 1.5 }, network: { virtualChannels: 1, bufferFlits: 4 } }
    near(value('flitHop', input), 1.39)
    near(value('linkFlit', input), 0.057 * 64 * 1.5)
    near(value('barrierFlit', input), 1.39 + 0.057 * 64 * 1.5)
    near(value('chipLinkFlit'), 0.6 * 64)
    near(value('memoryFlitHop'), 1.39 * flitWidthScale(chip({}), 256))
    near(value('memoryLinkFlit', input), 0.057 * 256 * 1.5)
    near(rowOf(input, 'linkFlit').low, 0.029 * 64 * 1.5)
    near(rowOf(input, 'memoryLinkFlit').low, 0.029 * 256 * 1.5)
    near(rowOf(input, 'memoryLinkFlit').high, 0.1 * 256 * 1.5)
    expect(value('memoryFlitHop', { memory: { delivery: 'ideal' } })).toBe(0)
    expect(value('memoryLinkFlit', { memory: { delivery: 'ideal' } })).toBe(0)
    near(value('memoryLinkFlit', { grid: { tilePitchMm: 1.5, topology: 'torus' } }), 0.057 * 256 * 1.5) // its links are no torus
  })

  it('external memory: nothing without one', () => {
    expect(['dramBit', 'dramActivate', 'dramStandby'].map((name) => value(name, { dram: { kind: 'none' } }))).toEqual([0, 0, 0])
    expect(['dramBit', 'dramActivate'].map((name) => value(name, { dram: { kind: 'ddr4' } }))).toEqual([18, 8 * 529])
    near(value('dramStandby', { dram: { kind: 'hbm3' } }), 8 * 72_600 / 32)
  })

  it('figures taken from no table of their node are marked as inferred', () => {
    const marks = (technologyNm: 45 | 28 | 22 | 16 | 7) => ['flitHop', 'sramLeakage'].map((name) => rowOf({ technologyNm }, name).mark).join('')
    expect(([45, 28, 22, 16, 7] as const).map(marks)).toEqual(['TT', 'II', 'TT', 'II', 'II'])
    expect(rowOf({ technologyNm: 16 }, 'dataWordRead').source).toMatch(/scaled by the pitch of the cell/)
    expect(rowOf({ technologyNm: 28 }, 'dataWordRead').source).toMatch(/^CACTI 7, 350 K/)
    expect(rowOf({}, 'dataWordWrite').source).toMatch(/SENECA/)
    expect(rowOf({}, 'dataWordRead').source).not.toMatch(/SENECA/)
  })

  it('registers, SRAM and a missing memory name their own sources and doubts', () => {
    expect(rowOf({}, 'fifoPop')).toMatchObject({ driver: 'registers', mark: 'I', source: expect.stringMatching(/^flip-flops and latches/) })
    expect(rowOf({}, 'weightWordRead')).toMatchObject({ driver: 'sram', mark: 'I' })
    expect(rowOf({}, 'packetFlit').driver).toBe('queue')
    expect(rowOf({ dram: { kind: 'none' } }, 'dramBit')).toMatchObject({ driver: 'dram', source: 'the chip file', mark: 'V' })
    expect(rowOf({ dram: { kind: 'ddr4' } }, 'dramBit')).toMatchObject({ driver: 'dram', mark: 'U', low: 10, high: 25 })
  })

  it('formulas name the words they read', () => {
    expect(rowOf({}, 'weightWordRead').formula).toBe('read 64 bits of a 4 KiB bank, one of 8')
    expect(rowOf({}, 'dataWordRead').formula).toBe('read 32 of 256 bits of a 16 KiB bank, one of 4')
    expect(rowOf({}, 'dataWordWrite').formula).toMatch(/^write 32 of/)
  })

  it('an override says what it replaces', () => {
    expect(rowOf({ prices: { flitHop: 1.5 } }, 'flitHop')).toMatchObject({ low: 1.5, high: 1.5, mark: 'U' })
    expect(rowOf({ prices: { flitHop: 1.5 } }, 'flitHop').formula).toMatch(/^1\.5 pJ, in place of \d\.\d{3}$/)
    expect(rowOf({ prices: { flitHop: 0 } }, 'flitHop').value).toBe(0)
    expect(() => priceList({ ...chip({}), prices: { flitHop: -1 } })).toThrow(/price 'flitHop' is -1 pJ; it must be/)
    expect(() => priceList({ ...chip({}), prices: { flitHop: Infinity } })).toThrow(/finite/)
    expect(PRICE_NAMES).toContain('flitHop')
    expect(PRICE_NAMES).toContain('coreOff')
  })
})

describe('static draws by hand, 28 nm at 350 K', () => {
  const cold = { temperatureC: 76.85 } as const
  const bit = 4600 * (0.5 / 140) / 1280

  it('leakage: cells by the KiB, logic by the register bit', () => {
    near(rowOf(cold, 'sramLeakage').value, 0.3)
    near(rowOf(cold, 'sramRetention').value, 0.33 * 0.3)
    near(rowOf(cold, 'coreLeakage').value, bit * 4736)
    near(rowOf(cold, 'coreOff').value, 0.03 * (bit * 4736 + 0.3 * rowOf(cold, 'sramLeakage').instances / 64))
    near(rowOf({ ...cold, network: { virtualChannels: 1, bufferFlits: 4 } }, 'routerLeakage').value, bit * 1280)
    near(rowOf(cold, 'routerLeakage').value, bit * 1280 * bufferScale(chip({})))
    const wide: ChipSpecInput = { ...cold, network: { flitBits: 128, virtualChannels: 1, bufferFlits: 4 } }
    near(rowOf(wide, 'routerLeakage').value, bit * 1280 * 2.7 / 1.39)
    expect(rowOf(cold, 'coreLeakage').formula).toBe('4736 bits x 12.8 nW a register bit at 76.85 C')
    expect(rowOf(wide, 'routerLeakage').formula).toMatch(/^2486 bits, .* x 12\.8 nW/)
    expect(rowOf(cold, 'memoryRouterLeakage').formula).toMatch(/^4899 bits, .* x 12\.8 nW/)
    expect(rowOf({ voltage: 0.9 }, 'coreClock').formula).toBe('6.1 fJ x 4736 register bits')
    near(rowOf(cold, 'memoryRouterLeakage').value, bit * 1280 * flitWidthScale(chip({}), 256))
  })

  it('clocks: register bits, and as many as there are', () => {
    near(rowOf({}, 'coreClock').value, 0.0061 * 4736)
    near(rowOf({}, 'routerClock').value, 0.0061 * 5 * (128 + 96))
    near(rowOf({}, 'memoryRouterClock').value, 0.0061 * 2560)
    near(rowOf({ voltage: 0.72 }, 'coreClock').value, 0.64 * 0.0061 * 4736)
    const grid: ChipSpecInput = { grid: { columns: 4, rows: 2, coresPerTile: 3 } }
    const counts = ['coreClock', 'coreLeakage', 'coreOff', 'routerClock', 'routerLeakage', 'memoryRouterClock', 'memoryRouterLeakage', 'memoryWake']
    expect(counts.map((name) => rowOf(grid, name).instances)).toEqual([24, 24, 24, 8, 8, 8, 8, 0])
    expect(rowOf({ memory: { delivery: 'ideal' } }, 'memoryRouterClock').instances).toBe(0)
    expect(rowOf({ dram: { kind: 'none' } }, 'dramStandby').instances).toBe(0)
  })

  it('a wake charges the rail of a core\'s SRAM from 0.6 of the supply: 1.5 nJ a mm2', () => {
    const mm2 = (8 * sramUm2(28, 4) + 4 * sramUm2(28, 16) + sramUm2(28, 32) + sramUm2(28, 2)) / 1e6
    near(rowOf({}, 'memoryWake').value, 1500 * mm2 * 0.64)
    near(rowOf({ voltage: 0.72 }, 'memoryWake').value, 1500 * mm2 * 0.64 * 0.64)
  })
})

describe('the ledger where nobody says how busy the machine was', () => {
  const tags = [{ operator: 'q', layer: 0 }]
  const run = (more: Partial<LedgerInput> = {}, keys: ChipSpecInput = {}, counts: Float64Array = new Float64Array(ACTION_COUNT)) => (
    energyLedger({ counts, tags, cycles: 1000, spec: chip(keys), ...more })
  )
  const count = (ledger: ReturnType<typeof run>, name: string): number => ledger.byPrice.find((row) => row.name === name)!.count
  const dram = (): Float64Array => {
    const counts = new Float64Array(ACTION_COUNT)
    counts[ACTION_INDEX.dramBit] = 1
    return counts
  }

  it('takes every core as used and idle', () => {
    const ledger = run()
    expect(count(ledger, 'coreLeakage')).toBe(64)
    expect(count(ledger, 'coreOff')).toBe(0)
    expect(count(ledger, 'memoryWake')).toBe(0)
    near(count(ledger, 'coreClock'), 64 * 0.02)
    near(count(ledger, 'routerClock'), 64 * 0.02)
    expect(count(ledger, 'sramLeakage')).toBe(0)
  })

  it('a busy core keeps its memories awake, and only used cores count as busy', () => {
    const busy = { coreCycles: 16_000, routerCycles: 0 }
    const kib = rowOf({}, 'sramLeakage').instances / 64
    const ledger = run({ busy: { ...busy, coresUsed: 32 } })
    near(count(ledger, 'sramLeakage'), 16 * kib)
    near(count(ledger, 'sramRetention'), 16 * kib)
    expect(count(ledger, 'coreOff')).toBe(32)
    near(count(ledger, 'coreClock'), 16 * (1 - 0.6 * 0.98) + 16 * 0.02)
    near(count(run({ busy: { ...busy, coresUsed: 8 } }), 'sramLeakage'), 8 * kib)
    near(count(run({ busy: { ...busy, coresUsed: 32 } }, { unusedCores: 'on' }), 'sramRetention'), 48 * kib)
    near(count(run({ busy: { ...busy, coresUsed: 32 } }, { idleMemory: 'on' }), 'sramLeakage'), 32 * kib)
    expect(count(run({ busy: { ...busy, wakes: 7 } }), 'memoryWake')).toBe(7)
    expect(count(run({ busy: { ...busy, wakes: 7 } }, { idleMemory: 'on' }), 'memoryWake')).toBe(0)
  })

  it('external memory and its network draw only in a run that moves bits', () => {
    const names = ['dramStandby', 'memoryRouterClock', 'memoryRouterLeakage']
    expect(names.map((name) => count(run(), name))).toEqual([0, 0, 0])
    const moved = run({ busy: { coreCycles: 0, routerCycles: 0, memoryRouterCycles: 32_000 } }, {}, dram())
    expect(count(moved, 'memoryRouterLeakage')).toBe(64)
    near(count(moved, 'memoryRouterClock'), 32 * (1 - 0.6 * 0.98) + 32 * 0.02)
    expect(count(moved, 'dramStandby')).toBe(rowOf({}, 'dramStandby').instances)
    near(moved.byPrice.find((row) => row.name === 'dramStandby')!.energyPj, 61_000 * count(moved, 'dramStandby') * 1000 / 500)
    expect(moved.byOperator[0]!.byComponent.dram).toBe(5)
    near(moved.byComponent.dram, 5 + 61_000 * count(moved, 'dramStandby') * 2)
  })

  it('moved bits are found in any row, and are an error without external memory in any row', () => {
    const two = [...tags, { operator: 'k', layer: 1 }]
    const counts = new Float64Array(2 * ACTION_COUNT)
    counts[ACTION_COUNT + ACTION_INDEX.dramBit] = 1
    expect(count(energyLedger({ counts, tags: two, cycles: 1, spec: chip({}) }), 'memoryRouterLeakage')).toBe(64)
    expect(() => energyLedger({ counts, tags: two, cycles: 1, spec: chip({ dram: { kind: 'none' } }) })).toThrow(/k moved bits/)
  })

  it('a run of no cycles, and less, is refused or free', () => {
    expect(run({ cycles: 0 }).totalPj).toBe(0)
    expect(() => run({ cycles: -1 })).toThrow(/a run of -1 cycles/)
    expect(() => run({ cycles: Infinity })).toThrow(/Infinity cycles/)
    const counts = new Float64Array(ACTION_COUNT)
    counts[ACTION_INDEX.flitHop] = Infinity
    expect(() => run({}, {}, counts)).toThrow(/Infinity actions 'flitHop' at q, layer 0/)
  })
})

describe('power by hand', () => {
  const actionPj = new Float64Array(ACTION_COUNT).fill(0)
  actionPj[ACTION_INDEX.flitHop] = 2
  const counts = new Float64Array(3 * ACTION_COUNT)
  for (const [bin, hops] of [[0, 100], [1, 300], [2, 50]] as const) counts[bin * ACTION_COUNT + ACTION_INDEX.flitHop] = hops

  it('spreads static energy over the run and what happened over its bin, the last one shorter', () => {
    const { watts, averageW, peakW, binSeconds } = powerOf({ counts, binCycles: 1000, actionPj, staticPj: 500, cycles: 2500, clockMHz: 500 })
    // Bins of 2 us, the last of 1 us; 500 pJ over 5 us are 100 uW.
    expect(watts.map((watt) => Number((watt * 1e6).toFixed(6)))).toEqual([200, 400, 200])
    expect(averageW * 1e6).toBeCloseTo(100 + 900 / 5, 9)
    expect(peakW * 1e6).toBeCloseTo(400, 9)
    expect(binSeconds).toBeCloseTo(2e-6, 15)
  })

  it('books what came after the end in the last bin, and draws nothing in no time', () => {
    const { watts } = powerOf({ counts, binCycles: 1000, actionPj, staticPj: 0, cycles: 1500, clockMHz: 500 })
    expect(watts.map((watt) => Number((watt * 1e6).toFixed(6)))).toEqual([100, 700])
    expect(powerOf({ counts, binCycles: 1000, actionPj, staticPj: 0, cycles: 0, clockMHz: 500 }))
      .toEqual({ averageW: 0, peakW: 0, binSeconds: 0, watts: [] })
  })
})

describe('the literature\'s accounting by hand', () => {
  const linear = 2 * (8 * (2 * 8 + 2 * 4) + 3 * 8 * 16)
  const model = { linear, head: 8 * 10, attentionPerPair: 2 * 2 * 8 }

  it('counts linear layers, attention and head', () => {
    expect(prefillMacs(model, 3)).toEqual({ linear: 3 * linear, attention: 2 * 2 * 8 * 9, head: 0, total: 3 * linear + 288 })
    expect(prefillMacs(model, 3, { causal: true, head: true }))
      .toEqual({ linear: 3 * linear, attention: 2 * 2 * 8 * 6, head: 240, total: 3 * linear + 192 + 240 })
  })

  it('prices additions, what stays multiplied, and the dense network', () => {
    const energy = paperEnergy(100, 10, 200, 8)
    near(energy.additionsPj, 100 * 0.9 / 4)
    near(energy.macsPj, 10 * 4.6 / 4)
    near(energy.spikingPj, 22.5 + 11.5)
    near(energy.denseQuantizedPj, 200 * 4.6 / 4)
    near(energy.denseFloatPj, 920)
    const { linear, attention, head, total } = prefillMacs(model, 3, { head: true })
    const left = paperPrefill(model, 3, { spikesPerActivation: 0.5, spikingAttention: false, bits: 8 }, { head: true })
    expect([left.additions, left.macs]).toEqual([(linear + head) / 2, attention])
    near(left.denseQuantizedPj, total * 4.6 / 4)
    expect(paperPrefill(model, 3, { spikesPerActivation: 0.5 }).macs).toBe(0)
  })
})
