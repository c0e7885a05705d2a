import { describe, expect, it } from 'vitest'
import { quantizeModel } from '../../programs/quantize/index.js'
import { completeChip } from '../../sim/config/load-chip.js'
import { weightWireMm } from '../../sim/energy/area.js'
import { priceList } from '../../sim/energy/prices.js'
import { simulate } from '../../simulate/simulate.js'
import { fromJson, happenedIn, priced, toJson, withLayers } from '../../verdict/search/reprice.js'
import { chipOf, CONTENDERS, settings, SHAPES } from '../../verdict/search/space.js'
import { tinyModel } from '../support/tiny-model.js'

describe('pricing a run again', () => {
  const model = quantizeModel(tinyModel(7))
  const run = (chip: Parameters<typeof completeChip>[0]) => simulate({ model, chip: completeChip(chip), prompt: 'ab', tokens: 2 })
  const other = { voltage: 0.8, clockMHz: 200, clockGating: 0.95, idleMemory: 'on', core: { weightBanks: 64 } } as const

  it('comes to what the run itself says, and to what a run with other prices says', () => {
    const result = run({})
    const happened = fromJson(toJson(happenedIn(result)))
    expect(priced(happened, completeChip({})).totalPj / result.energy.totalPj).toBeCloseTo(1, 9)
    expect(priced(happened, completeChip(other)).totalPj / run(other).energy.totalPj).toBeCloseTo(1, 9)
  })

  it('adds what a layer adds as often as there are layers', () => {
    const happened = happenedIn(run({}))
    const of = (layers: number) => ({
      ...happened, cycles: 100 + 10 * layers, coresUsed: 2 + 3 * layers, busyCores: (5 * layers) / (100 + 10 * layers),
      counts: happened.counts.map((_, at) => at * layers + 7),
    })
    const many = withLayers(of(1), of(3), [1, 3], 32)
    expect(many.counts).toEqual(of(32).counts)
    expect(many).toMatchObject({ cycles: 420, coresUsed: 98 })
    expect(many.busyCores).toBeCloseTo(160 / 420, 12)
  })
})

describe('wires between banks and lanes', () => {
  const chip = (weightWires: 'none' | 'charged') => completeChip({ core: { weightWires, lanes: 64, weightSramKiB: 64, weightBanks: 16 } })
  const read = (spec: ReturnType<typeof chip>) => priceList(spec).rows.find(({ name }) => name === 'weightWordRead')!.value

  it('are half the side of the banks that one word of a row can come from', () => {
    // 64 lanes take 4 words of 64 bits; 16 banks of 4 KiB, half of each cells of 0.127 um2: 4 banks around 16 lanes.
    const um2 = (4 * 4 * 8192 * 0.127) / 0.5
    expect(weightWireMm(chip('charged'), 4)).toBeCloseTo(Math.sqrt(um2 / 1e6) / 2, 2)
    expect(read(chip('charged')) - read(chip('none'))).toBeCloseTo(0.057 * 64 * weightWireMm(chip('charged'), 4), 9)
  })
})

it('every chip of the search has banks for all lanes, and level order its second sums', () => {
  const base = completeChip({ core: { weightSramKiB: 1024 } })
  for (const contender of CONTENDERS) {
    for (const shape of SHAPES) {
      for (const setting of settings()) {
        const { core } = chipOf(base, contender, shape, setting)
        expect(core.weightBanks * 64).toBeGreaterThanOrEqual(4 * shape.lanes)
        expect(core.accumulators).toBe(shape.accumulators * (contender.encoding === 'latency' ? 2 : 1))
      }
    }
  }
})
