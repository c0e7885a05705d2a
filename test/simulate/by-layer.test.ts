import { describe, expect, it } from 'vitest'
import { compile } from '../../programs/compile/compile.js'
import { quantizeModel } from '../../programs/quantize/index.js'
import { SimulationError } from '../../sim/errors.js'
import { serializeResult } from '../../sim/result/parse.js'
import type { RunResult } from '../../sim/result/schema.js'
import { completeChip } from '../../sim/config/load-chip.js'
import { runLayer, simulateByLayer } from '../../simulate/by-layer.js'
import type { LayerTask } from '../../simulate/by-layer.js'
import { simulate } from '../../simulate/simulate.js'
import { tinyModel } from '../support/tiny-model.js'

const model = quantizeModel(tinyModel(7, { layers: 3 }))
const chipOf = (chip: object) => completeChip(chip as Parameters<typeof completeChip>[0])
const CHIPS = {
  'a core for every unit': {},
  'cores shared, weights resident': { grid: { columns: 3, rows: 3 } },
  'tiles loaded': { grid: { columns: 3, rows: 3 }, core: { weightSramKiB: 1 }, dram: { kind: 'hbm3', streaming: 'tile' } },
  'rows streamed': { grid: { columns: 3, rows: 2 }, core: { weightSramKiB: 1 }, dram: { kind: 'hbm3', streaming: 'row' } },
  'barrier': { core: { spikeTrain: 'unrolled' }, sync: { mode: 'barrier' } },
}
const options = (chip: object) => ({ model, chip: chipOf(chip), prompt: 'spike', tokens: 3 })

/** Components whose actions do not know where a residual vector comes from. */
const UNTOUCHED = ['adders', 'weightSram', 'membrane', 'encoder', 'vectorUnit'] as const

describe('a run by layers', () => {
  for (const [name, chip] of Object.entries(CHIPS)) {
    it(`${name}: every layer hands out what the reference says, and does what it does in a whole run`, async () => {
      const whole = simulate({ ...options(chip), batch: 1 })
      const apart = await simulateByLayer(options(chip))
      expect(apart.verification).toEqual({ bitExact: true, logitsCompared: 3 * model.config.vocabSize, firstMismatch: null })
      expect(apart.tokenIds).toEqual(whole.tokenIds)
      expect(apart.mapping).toEqual(whole.mapping)
      expect(apart.activity.spikes).toBe(whole.activity.spikes)
      expect(apart.activity.synapticAdditions).toBe(whole.activity.synapticAdditions)
      // On shared cores every section ends like a run: with accumulators cleared, or a tile loaded, for a token that never comes.
      const slack = !whole.mapping.timeMultiplexed ? 1e-9 : name === 'tiles loaded' ? 0.05 : 0.005
      for (const component of UNTOUCHED) {
        const [a, b] = [apart, whole].map(({ energy }) => energy.byComponent[component]!) as [number, number]
        expect(Math.abs(a - b), component).toBeLessThanOrEqual(slack * b)
      }
      const perToken = ({ latency }: RunResult): number => latency.cyclesPerToken
      expect(Math.abs(perToken(apart) / perToken(whole) - 1)).toBeLessThan(0.25) // its vectors go to the host and back
      expect(apart.latency.timeline.map(({ startCycle }) => startCycle).slice(1)).toEqual(
        apart.latency.timeline.map(({ endCycle }) => endCycle).slice(0, -1))
    })
  }

  it('the same bytes with one worker and two, and a statement of what was done', async () => {
    const [one, two] = await Promise.all([1, 2].map((workers) => simulateByLayer({ ...options({}), workers })))
    expect(serializeResult({ ...two!, wallSeconds: 0 })).toBe(serializeResult({ ...one!, wallSeconds: 0 }))
    expect(one!.fidelity.statement).toMatch(/Each layer was simulated by itself/)
  })

  it('compares nothing when asked not to, and says so', async () => {
    const { verification } = await simulateByLayer({ ...options({}), verify: false })
    expect(verification).toEqual({ bitExact: false, logitsCompared: 0, firstMismatch: null })
  })
})

describe('one layer', () => {
  const task = (expected: Float32Array): LayerTask => ({
    model, chip: chipOf({}), compile: { positions: 2, attention: 'dense', section: { begin: 1, end: 2 } }, seed: 1, kernels: 'simd',
    tokens: [{ token: 5, input: new Float32Array(model.config.dim).fill(0.5), wantsLogits: false }], expected: [expected],
  })

  it('names the first value that differs from what was expected', () => {
    const { verdict } = runLayer(task(new Float32Array(model.config.dim).fill(0.5)))
    expect(verdict.bitExact).toBe(false)
    expect(verdict.firstMismatch).toMatchObject({ position: 0, index: 0, reference: 0.5 })
  })

  it('has programs for its own units only', () => {
    const { image, scheduled } = compile(model, chipOf({}), { positions: 2, attention: 'dense', section: { begin: 1, end: 2 } })
    image.cores.forEach((core, id) => {
      const layers = scheduled.plans[id]!.units.map(({ layer }) => layer)
      expect(core.program.length > 0).toBe(layers.includes(1))
    })
    expect(image.host!.embedding).toEqual([])
  })

  it('a deadlock there is a failed run', () => {
    const broken: LayerTask = { ...task(new Float32Array(0)), tokens: [] }
    expect(() => runLayer(broken)).toThrow(SimulationError)
  })
})
