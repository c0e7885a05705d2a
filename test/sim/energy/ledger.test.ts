import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ACTION_COUNT, ACTION_INDEX, ACTION_TABLE, ACTIONS, COMPONENTS } from '../../../isa/actions.js'
import { energyLedger, type OperatorTag } from '../../../sim/energy/ledger.js'
import { type ChipSpec, chipSpecSchema, defaultChipSpec } from '../../../sim/config/chip-spec.js'

const spec = defaultChipSpec()
const tags: OperatorTag[] = [
  { operator: 'q', layer: 0 }, { operator: 'down', layer: 0 }, { operator: 'q', layer: 1 }, { operator: 'q', layer: 0 },
]
const countsOf = (tag: number, action: keyof typeof ACTION_INDEX, count: number): Float64Array => {
  const counts = new Float64Array(tags.length * ACTION_COUNT)
  counts[tag * ACTION_COUNT + ACTION_INDEX[action]] = count
  return counts
}
const length = tags.length * ACTION_COUNT
const randomCounts = fc.array(fc.nat(1_000_000_000), { minLength: length, maxLength: length })
  .map((values) => Float64Array.from(values))

describe('the energy ledger', () => {
  it('books each action once, under its component and its operator', () => {
    for (const { name, component } of ACTION_TABLE) {
      const ledger = energyLedger({ counts: countsOf(2, name, 10), tags, cycles: 0, spec })
      const price = ledger.prices.actionPj[ACTION_INDEX[name]]!
      expect(ledger.totalPj).toBe(10 * price)
      expect(ledger.byComponent[component]).toBe(10 * price)
      const row = ledger.byOperator.find(({ operator, layer }) => operator === 'q' && layer === 1)!
      expect(row.totalPj).toBe(10 * price)
      expect(row.byComponent[component]).toBe(10 * price)
    }
  })

  it('sums to the total exactly by component, and within 1e-12 by operator and by price', () => {
    fc.assert(fc.property(randomCounts, fc.nat(1e9), (counts, cycles) => {
      const ledger = energyLedger({ counts, tags, cycles, spec })
      expect(COMPONENTS.reduce((sum, component) => sum + ledger.byComponent[component], 0)).toBe(ledger.totalPj)
      const near = (value: number, whole: number): void =>
        expect(Math.abs(value - whole)).toBeLessThanOrEqual(1e-12 * whole)
      near(ledger.byOperator.reduce((sum, row) => sum + row.totalPj, 0) + ledger.staticPj, ledger.totalPj)
      near(ledger.byPrice.reduce((sum, row) => sum + row.energyPj, 0), ledger.totalPj)
      near(ledger.dynamicPj + ledger.staticPj, ledger.totalPj)
    }), { numRuns: 50 })
  })

  it('leaves only static energy where nothing happens, and none where no time passes', () => {
    const counts = new Float64Array(tags.length * ACTION_COUNT)
    const idle = energyLedger({ counts, tags, cycles: 500_000_000, spec })
    expect(idle.dynamicPj).toBe(0)
    expect(idle.totalPj).toBe(idle.byComponent.clock + idle.byComponent.leakage)
    expect(energyLedger({ counts, tags, cycles: 0, spec }).totalPj).toBe(0)
  })

  it('clock gating stops its share of idle clocks, 0.6 of it of busy ones, and changes nothing else', () => {
    const counts = new Float64Array(tags.length * ACTION_COUNT)
    const at = (clockGating: number, coreCycles: number, routerCycles: number) => energyLedger({
      counts, tags, cycles: 1000, busy: { coreCycles, routerCycles }, spec: { ...spec, clockGating },
    })
    const price = (name: string) => at(0, 0, 0).prices.rows.find((row) => row.name === name)!
    const [core, router] = [price('coreClock'), price('routerClock')]
    const whole = 1000 * (core.value * core.instances + router.value * router.instances)
    expect(at(0, 500, 500).byComponent.clock).toBeCloseTo(whole, 4)
    expect(at(1, 0, 0).byComponent.clock).toBe(0)
    expect(at(1, 700, 300).byComponent.clock).toBeCloseTo(0.4 * (700 * core.value + 300 * router.value), 4)
    expect(at(0.5, 0, 0).byComponent.clock).toBeCloseTo(whole / 2, 4)
    expect(at(1, 1e9, 1e9).byComponent.clock).toBeCloseTo(0.4 * whole, 4)
    expect(at(1, 700, 300).byComponent.leakage).toBe(at(0, 700, 300).byComponent.leakage)
    for (let gating = 0; gating < 1; gating += 0.1) {
      expect(at(gating + 0.1, 700, 300).totalPj).toBeLessThan(at(gating, 700, 300).totalPj)
    }
  })

  it('retention and switched-off cores save leakage, and a wake costs its charge', () => {
    const counts = new Float64Array(tags.length * ACTION_COUNT)
    const at = (keys: Partial<ChipSpec>, coreCycles: number, coresUsed = 64, wakes = 0) => energyLedger({
      counts, tags, cycles: 1000, busy: { coreCycles, routerCycles: 0, coresUsed, wakes }, spec: { ...spec, ...keys },
    })
    const use = (ledger: ReturnType<typeof at>, name: string) => ledger.byPrice.find((row) => row.name === name)!
    const on = at({ idleMemory: 'on', unusedCores: 'on' }, 0)
    const kept = at({ idleMemory: 'retention', unusedCores: 'on' }, 0)
    expect(use(kept, 'sramRetention').energyPj).toBeCloseTo(0.33 * use(on, 'sramLeakage').energyPj, 6)
    expect(use(kept, 'sramLeakage').energyPj).toBe(0)
    expect(at({ idleMemory: 'retention' }, 64_000).byComponent.leakage).toBeCloseTo(on.byComponent.leakage, 6)
    const half = at({ idleMemory: 'on', unusedCores: 'off' }, 0, 32)
    expect(half.byComponent.leakage).toBeLessThan(0.75 * on.byComponent.leakage) // routers stay on
    expect(use(half, 'coreOff').count).toBe(32)
    const woken = at({ idleMemory: 'retention', unusedCores: 'on' }, 0, 64, 10)
    expect(woken.totalPj - kept.totalPj).toBeCloseTo(10 * use(kept, 'memoryWake').value, 6)
  })

  it('moves a total by a price\'s own share when that price doubles', () => {
    fc.assert(fc.property(randomCounts, fc.constantFrom(...ACTIONS), (counts, name) => {
      const once = energyLedger({ counts, tags, cycles: 1000, spec })
      const row = once.byPrice.find((use) => use.name === name)!
      const twice = energyLedger({ counts, tags, cycles: 1000, spec: { ...spec, prices: { [name]: 2 * row.value } } })
      expect(Math.abs(twice.totalPj - once.totalPj - row.energyPj)).toBeLessThanOrEqual(1e-9 * once.totalPj)
    }), { numRuns: 25 })
  })

  it('prices leakage as power x time: one second of 0.3 uW/KiB over the chip', () => {
    const counts = new Float64Array(tags.length * ACTION_COUNT)
    const overrides = { coreClock: 0, routerClock: 0, coreLeakage: 0, routerLeakage: 0, sramLeakage: 0.3 }
    const chip = chipSpecSchema.parse({ clockMHz: 250, idleMemory: 'on', prices: overrides })
    const ledger = energyLedger({ counts, tags, cycles: 250e6, spec: chip })
    const kib = ledger.prices.rows.find((row) => row.name === 'sramLeakage')!.instances
    expect(ledger.totalPj).toBeCloseTo(0.3 * kib * 1e6, 3)
    const faster = energyLedger({ counts, tags, cycles: 250e6, spec: { ...chip, clockMHz: 500 } })
    expect(faster.totalPj).toBeCloseTo(0.15 * kib * 1e6, 3)
  })

  it('doubles dynamic energy with the counts and leaves static energy alone', () => {
    fc.assert(fc.property(randomCounts, (counts) => {
      const once = energyLedger({ counts, tags, cycles: 1000, spec })
      const twice = energyLedger({ counts: counts.map((count) => 2 * count), tags, cycles: 1000, spec })
      expect(twice.dynamicPj).toBe(2 * once.dynamicPj)
      expect(twice.staticPj).toBe(once.staticPj)
    }), { numRuns: 25 })
  })

  it('merges rows of the same operator and layer', () => {
    const counts = countsOf(0, 'synapticAdd', 3)
    counts[3 * ACTION_COUNT + ACTION_INDEX.synapticAdd] = 4
    const { byOperator, prices } = energyLedger({ counts, tags, cycles: 0, spec })
    expect(byOperator.map(({ operator, layer }) => `${operator}${layer}`)).toEqual(['q0', 'down0', 'q1'])
    expect(byOperator[0]!.totalPj).toBeCloseTo(7 * prices.actionPj[ACTION_INDEX.synapticAdd]!, 12)
  })

  it('refuses counters that cannot be right, naming them', () => {
    const run = (counts: Float64Array, dram: 'none' | 'lpddr5' = 'lpddr5', cycles = 1) =>
      energyLedger({ counts, tags, cycles, spec: { ...spec, dram: { ...spec.dram, kind: dram } } })
    expect(() => run(new Float64Array(5))).toThrow(/5 counters for 4 tags/)
    expect(() => run(countsOf(1, 'flitHop', -1))).toThrow(/-1 actions 'flitHop' at down, layer 0/)
    expect(() => run(countsOf(1, 'flitHop', NaN))).toThrow(/NaN actions/)
    expect(() => run(countsOf(1, 'dramBit', 8), 'none')).toThrow(/chip has none/)
    expect(() => run(countsOf(1, 'flitHop', 1), 'lpddr5', NaN)).toThrow(/NaN cycles/)
    expect(ACTIONS).toContain('dramBit')
  })
})
