import { describe, expect, it } from 'vitest'
import { graphFaults } from '../../../programs/graph/check.js'
import { graphOf } from '../../../programs/graph/model.js'
import { histogramWithMean } from '../../../programs/shapes/histogram.js'
import { DEFAULT_QUANTIZE_OPTIONS, quantizeModel } from '../../../programs/quantize/index.js'
import { FloatModel, ReferenceInterpreter } from '../../../programs/reference/index.js'
import { routed } from '../../../programs/reference/steps.js'
import { shapeModel } from '../../../programs/shapes/shape-model.js'
import { completeChip } from '../../../sim/config/load-chip.js'
import type { ChipSpecInput } from '../../../sim/config/chip-spec.js'
import { simulate } from '../../../simulate/simulate.js'
import { simulateStatistics } from '../../../simulate/statistics.js'
import { tinyModel } from '../../support/tiny-model.js'

const experts = { count: 5, chosen: 2, hiddenDim: 24, normalised: true }
const loaded = tinyModel(11, { experts })
const model = quantizeModel(loaded)

/** Chips on which experts run: a core for every tile, shared cores, weights loaded or fetched row by row, time steps. */
const CHIPS: Readonly<Record<string, ChipSpecInput>> = {
  stationary: { grid: { columns: 8, rows: 8 } },
  shared: { grid: { columns: 3, rows: 2 } },
  loaded: { grid: { columns: 3, rows: 2 }, core: { weightSramKiB: 1 }, dram: { kind: 'hbm3' } },
  rows: { grid: { columns: 3, rows: 2 }, core: { weightSramKiB: 1 }, dram: { kind: 'hbm3', streaming: 'row' } },
  barrier: { grid: { columns: 3, rows: 3 }, core: { spikeTrain: 'unrolled' }, sync: { mode: 'barrier' } },
}

describe('mixtures of experts', () => {
  it('the graph is whole, with dense layers among the others too', () => {
    expect(graphFaults(graphOf(loaded.config))).toEqual([])
    expect(graphFaults(graphOf({ ...loaded.config, experts: { ...experts, layers: [true, false] } }))).toEqual([])
  })

  for (const [name, chip] of Object.entries(CHIPS)) {
    it(`${name}: the chip equals the interpreter bit for bit, and adds for the chosen experts alone`, () => {
      const result = simulate({ model, chip: completeChip(chip), prompt: 'It came', tokens: 3 })
      expect(result.verification.bitExact).toBe(true)
      const reference = new ReferenceInterpreter(model)
      for (const id of [...loaded.tokenizer.encode('It came'), ...result.tokenIds.slice(0, -1)]) reference.forward(id)
      for (const { operator, layer, spikes, outputs, trains } of reference.stats.filter((row) => row.operator.startsWith('expert'))) {
        const row = result.activity.byOperator.find((other) => other.operator === operator && other.layer === layer)!
        expect(row.synapticAdditions).toBe(spikes * outputs)
        expect(trains).toBe(10 * experts.chosen)
      }
    })
  }

  it('dense layers among those with experts', () => {
    const mixed = quantizeModel(tinyModel(12, { layers: 3, experts: { ...experts, normalised: false, layers: [false, true, false] } }))
    for (const chip of [CHIPS['stationary']!, CHIPS['shared']!]) {
      expect(simulate({ model: mixed, chip: completeChip(chip), prompt: 'It came', tokens: 2 }).verification.bitExact).toBe(true)
    }
  })

  it('the cores of a silent expert do nothing', () => {
    // One token, so that some experts are silent in every layer.
    const result = simulate({ model, chip: completeChip(CHIPS['stationary']!), prompt: '', tokens: 1 })
    const busy = result.cores.filter(({ roles }) => roles.some((role) => role.includes('(expert')))
    const expertOf = (roles: readonly string[]): string => /^(\w+) of layer \d+ \(expert \d+\)/.exec(roles[0]!)![0]
    const silent = busy.filter(({ spikesConsumed }) => spikesConsumed === 0)
    expect(new Set(silent.map(({ roles }) => expertOf(roles))).size).toBe(loaded.config.layers * 2 * (experts.count - experts.chosen))
    for (const { busyCycles } of silent) expect(busyCycles).toMatchObject({ vector: 0, encoder: 0, packetiser: 0 })
  })

  it('shares: the largest scores, of all or of those chosen, the first of equals', () => {
    const scores = Float32Array.of(0, 1, 1, -2)
    const [e0, e1, e3] = [Math.exp(-1), 1, Math.exp(-3)]
    const close = (gates: Float32Array, expected: readonly number[]): void => {
      gates.forEach((gate, at) => expect(gate).toBeCloseTo(expected[at]!, 6))
    }
    close(routed(scores, 1, false), [0, e1 / (e0 + 2 * e1 + e3), 0, 0])
    close(routed(scores, 3, true), [e0 / (e0 + 2 * e1), e1 / (e0 + 2 * e1), e1 / (e0 + 2 * e1), 0])
  })

  it('8 bits follow the floats', () => {
    const fine = new ReferenceInterpreter(quantizeModel(loaded, { weightBits: 8, activationBits: 8 }))
    const float = new FloatModel(loaded)
    const [x, y] = [fine.forward(5), float.forward(5)]
    const largest = Math.max(...y.map(Math.abs))
    x.forEach((logit, at) => expect(Math.abs(logit - y[at]!) / largest).toBeLessThan(0.1))
  })

  it('with drawn spikes, as many experts get them as are chosen', async () => {
    const shape = shapeModel('tiny', loaded.config, DEFAULT_QUANTIZE_OPTIONS)
    const statistics = { histograms: { '*': histogramWithMean(0.862, 7, 'laplace') }, source: 'laplace' }
    const result = await simulateStatistics({ model: shape, chip: completeChip(CHIPS['stationary']!), statistics, context: 4, tokens: 6 })
    const additions = (operator: string): number => result.activity.byOperator.filter((row) => row.operator === operator)
      .reduce((sum, row) => sum + row.synapticAdditions, 0)
    const perSpike = additions('expertGateUp') / (6 * loaded.config.layers * experts.chosen * loaded.config.dim * 2 * experts.hiddenDim)
    expect(perSpike).toBeGreaterThan(0.6)
    expect(perSpike).toBeLessThan(1.1)
  })

  it('batches are refused: every token chooses its own experts', () => {
    expect(() => simulate({ model, chip: completeChip(CHIPS['rows']!), prompt: 'It came', tokens: 2, batch: 4 })).toThrow(/has experts/)
  })
})
