import { describe, expect, it } from 'vitest'
import type { CompileOptions } from '../../../programs/compile/ir.js'
import type { Placement } from '../../../programs/compile/choices.js'
import { PLACEMENTS } from '../../../programs/compile/choices.js'
import { expectedFlitHops, place } from '../../../programs/compile/place.js'
import { tile } from '../../../programs/compile/tile.js'
import { quantizeModel } from '../../../programs/quantize/index.js'
import { histogramWithMean } from '../../../programs/shapes/histogram.js'
import { MODEL_SHAPES } from '../../../programs/shapes/presets.js'
import { shapeModel } from '../../../programs/shapes/shape-model.js'
import { completeChip } from '../../../sim/config/load-chip.js'
import { simulateStatistics } from '../../../simulate/statistics.js'
import { simulate } from '../../../simulate/simulate.js'
import { DIVERSE_CHIPS } from '../../support/chips.js'
import { tinyModel } from '../../support/tiny-model.js'

const model = quantizeModel(tinyModel(7))
const placed = (chip: Parameters<typeof completeChip>[0], options: Partial<CompileOptions> = {}) => (
  place(tile(model, completeChip(chip), { positions: 12, attention: 'dense', ...options }))
)

describe('placements', () => {
  for (const [name, chip] of Object.entries(DIVERSE_CHIPS)) {
    it(`${name}: more effort never costs more hops, and units that share a core stay together`, () => {
      const hops = (placement: Placement): number => expectedFlitHops(placed(chip, { placement }))
      const [annealed, greedy, snake] = [hops('annealed'), hops('greedy'), hops('snake')]
      expect(annealed).toBeLessThanOrEqual(greedy)
      expect(greedy).toBeLessThanOrEqual(snake)
      const groups = (placement: Placement): Set<string> => {
        const { units, coreOf } = placed(chip, { placement })
        const byCore = new Map<number, number[]>()
        for (const { id } of units) byCore.set(coreOf[id]!, [...(byCore.get(coreOf[id]!) ?? []), id])
        return new Set([...byCore.values()].map((ids) => ids.join()))
      }
      expect(groups('annealed')).toEqual(groups('snake'))
    })
  }

  it('the same seed places alike, other seeds elsewhere', () => {
    const coreOf = (placementSeed: number): string => placed({}, { placementSeed }).coreOf.join()
    expect(coreOf(5)).toBe(coreOf(5))
    expect(new Set([1, 2, 3, 4].map(coreOf)).size).toBeGreaterThan(1)
  })

  it('every placement is bit-exact, and hops and cycles are all that changes', () => {
    const runs = PLACEMENTS.map((placement) => simulate({ model, chip: completeChip({}), prompt: 'spike', tokens: 5, placement }))
    for (const run of runs) {
      expect(run.verification.bitExact).toBe(true)
      expect(run.text).toBe(runs[0]!.text)
      expect(run.activity.synapticAdditions).toBe(runs[0]!.activity.synapticAdditions)
    }
    expect(new Set(runs.map((run) => run.activity.flitHops)).size).toBe(PLACEMENTS.length)
  })
})

describe('what the compiler expects', () => {
  const counts = histogramWithMean(0.9, 7, 'laplace')
  // A step of a short train is a packet or two: the packets of the mean train are not the mean number of packets.
  const cases = [
    ['the default chip', 0.05], ['unrolled trains, narrow adders, rows read per spike', 0.05], ['a torus of two-core tiles', 0.05], ['barriers', 0.08],
  ] as const
  for (const [name, tolerance] of cases) {
    it(`${name}: the flit-hops of a run whose spikes are as assumed, within ${tolerance * 100} %`, async () => {
      const chip = completeChip(DIVERSE_CHIPS[name]!)
      const shape = shapeModel('shape', model.config, model.options)
      for (const placement of PLACEMENTS) {
        const tokens = 8
        const run = await simulateStatistics({
          model: shape, chip, placement, tokens, statistics: { histograms: { '*': counts }, source: 'as the compiler assumes' },
        })
        const expected = expectedFlitHops(place(tile(shape, chip, { positions: tokens, attention: 'dense', placement })))
        expect(Math.abs((expected * tokens) / run.activity.flitHops - 1)).toBeLessThan(tolerance)
      }
    })
  }
})

describe('large systems', () => {
  it('a 7-billion-parameter shape on 5,120 cores: a third of the hops saved', () => {
    const shape = shapeModel('llama-2-7b', MODEL_SHAPES['llama-2-7b']!, model.options)
    const chip = completeChip({
      grid: { columns: 10, rows: 8 }, system: { chipColumns: 8, chipRows: 8 }, core: { weightSramKiB: 1024, dataSramKiB: 512, lanes: 256 },
    })
    const hops = (placement: Placement): number => (
      expectedFlitHops(place(tile(shape, chip, { positions: 1025, attention: 'dense', placement })))
    )
    expect(hops('annealed')).toBeLessThan((2 / 3) * hops('snake'))
  }, 60_000)
})
