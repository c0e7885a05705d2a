import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { quantizeModel } from '../../programs/quantize/index.js'
import { stepOf } from '../../programs/reference/steps.js'
import { completeChip } from '../../sim/config/load-chip.js'
import { Random } from '../../sim/random.js'
import { simulate } from '../../simulate/simulate.js'
import { tinyModel } from '../support/tiny-model.js'
import { anyDraw, outcomeOf } from '../support/draws.js'
import type { Outcome } from '../support/draws.js'

describe('what draws have found', () => {
  it('a train of more than 255 time steps: binary counts of salient channels, with barriers', () => {
    const model = quantizeModel(tinyModel(1, { layers: 1, dim: 8, hiddenDim: 4 }), { activationBits: 8, encoding: 'binary' }, {
      input: (operator) => (operator === 'gateUp' ? { salient: { channels: [0], timeSteps: 2 } } : undefined),
    })
    const chip = completeChip({ grid: { columns: 3, rows: 2 }, core: { spikeTrain: 'unrolled' }, sync: { mode: 'barrier' } })
    expect(simulate({ model, chip, prompt: 'a', tokens: 1 }).verification.bitExact).toBe(true)
  })

  it('the epsilon of RMSNorm is a 32-bit float, as in the chip\'s register: values so small that its last bit counts', () => {
    const { config } = tinyModel(1)
    const gain = { name: 'gain', tensors: [], words: 5 }
    const operator = { kind: 'norm', site: 'hub', tag: 'norm', input: 'x', output: 'y', gain, begin: 0, end: 5 } as const
    const normed = (x: Float32Array, normEps: number): number[] => {
      const values = new Map([['x', x]])
      const layer = { vectors: { gain: new Float32Array(5).fill(1) } }
      stepOf(operator, { layer, config: { ...config, normEps }, attention: undefined, linear: () => x })(values, 0)
      return [...values.get('y')!]
    }
    const random = new Random(3)
    for (let n = 0; n < 200; n++) {
      const x = Float32Array.from({ length: 5 }, () => 0.004 * random.normal())
      expect(normed(x, 1e-5)).toEqual(normed(x, Math.fround(1e-5)))
    }
  })
})

describe('every option, drawn', () => {
  it('the chip equals the reference bit for bit, or the run is refused; `npm run draws` tries more', async () => {
    const seen: Record<Outcome, number> = { equal: 0, refused: 0, trapped: 0 }
    await fc.assert(fc.asyncProperty(anyDraw, async (draw) => { seen[await outcomeOf(draw)]++ }), { numRuns: 80, seed: 20261127, endOnFailure: true })
    expect(seen.equal).toBeGreaterThan(25)
    expect(seen.refused).toBeGreaterThan(5)
  })
})
