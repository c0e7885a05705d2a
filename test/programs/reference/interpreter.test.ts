import { describe, expect, it } from 'vitest'
import { quantizeModel } from '../../../programs/quantize/index.js'
import { FloatModel, ReferenceInterpreter, totalSpikes } from '../../../programs/reference/index.js'
import { encode } from '../../../programs/reference/encode.js'
import { integrate } from '../../../programs/reference/interpreter.js'
import { rmsNorm } from '../../../programs/reference/steps.js'
import { plainQuantizedLogits } from '../../support/plain-quantized.js'
import { tinyModel } from '../../support/tiny-model.js'
import { unrolled } from '../../support/unrolled.js'

const SEQUENCE = [0, 17, 42, 3, 98, 42, 60, 5]

/** Largest difference of two vectors, relative to the spread of the first. */
function difference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let worst = 0
  let scale = 0
  for (let i = 0; i < a.length; i++) {
    worst = Math.max(worst, Math.abs(a[i]! - b[i]!))
    scale = Math.max(scale, Math.abs(a[i]!))
  }
  return worst / scale
}

describe('the reference interpreter', () => {
  for (const [weightBits, activationBits] of [[4, 4], [8, 8], [3, 5]] as const) {
    it(`agrees with plain dense arithmetic at W${weightBits}A${activationBits}, token by token`, () => {
      const model = tinyModel(11)
      const interpreter = new ReferenceInterpreter(quantizeModel(model, { weightBits, activationBits }))
      const limits = { weightLimit: 2 ** (weightBits - 1) - 1, activationLimit: 2 ** (activationBits - 1) - 1 }
      plainQuantizedLogits(model, SEQUENCE, limits).forEach((expected, position) => {
        expect(difference(expected, interpreter.forward(SEQUENCE[position]!))).toBeLessThan(2e-5)
      })
    })
  }

  it('agrees with plain arithmetic for one head, one layer, and tied embeddings', () => {
    const shape = { layers: 1, heads: 1, kvHeads: 1, headDim: 4, dim: 6, hiddenDim: 5, tiedEmbeddings: true }
    const model = tinyModel(4, shape)
    const interpreter = new ReferenceInterpreter(quantizeModel(model))
    plainQuantizedLogits(model, SEQUENCE, { weightLimit: 7, activationLimit: 7 }).forEach((expected, position) => {
      expect(difference(expected, interpreter.forward(SEQUENCE[position]!))).toBeLessThan(2e-5)
    })
  })

  it('agrees with plain arithmetic with biases on q, k and v, which change the result', () => {
    const model = tinyModel(12, { qkvBias: true })
    const interpreter = new ReferenceInterpreter(quantizeModel(model, { weightBits: 8, activationBits: 8 }))
    const without = { ...model, config: { ...model.config, qkvBias: false } }
    const unbiased = new ReferenceInterpreter(quantizeModel(without, { weightBits: 8, activationBits: 8 }))
    plainQuantizedLogits(model, SEQUENCE, { weightLimit: 127, activationLimit: 127 }).forEach((expected, position) => {
      const id = SEQUENCE[position]!
      expect(difference(expected, interpreter.forward(id))).toBeLessThan(2e-5)
      expect(difference(expected, unbiased.forward(id))).toBeGreaterThan(1e-2)
    })
  })

  it('comes close to the float model at 8 bits, and less so at 4', () => {
    const model = tinyModel(11)
    const float = new FloatModel(model)
    const worst = (bits: number): number => {
      const interpreter = new ReferenceInterpreter(quantizeModel(model, { weightBits: bits, activationBits: bits }))
      float.reset()
      return Math.max(...SEQUENCE.map((id) => difference(float.forward(id), interpreter.forward(id))))
    }
    expect(worst(8)).toBeLessThan(0.05)
    expect(worst(4)).toBeGreaterThan(worst(8) * 4)
  })

  it('starts over after a reset', () => {
    const interpreter = new ReferenceInterpreter(quantizeModel(tinyModel(2)))
    const first = SEQUENCE.map((id) => interpreter.forward(id))
    interpreter.reset()
    expect(SEQUENCE.map((id) => interpreter.forward(id))).toEqual(first)
    expect(interpreter.forward(SEQUENCE[0]!)).not.toEqual(first[0])
  })
})

describe('spike trains', () => {
  it('unrolled over time steps give the logits of the integer counts, bit for bit', () => {
    const model = quantizeModel(tinyModel(7))
    const count = { spikes: 0 }
    const counted = new ReferenceInterpreter(model)
    const spiking = new ReferenceInterpreter(model, { sums: unrolled(count) })
    for (const id of SEQUENCE) expect(spiking.forward(id)).toEqual(counted.forward(id))
    expect(count.spikes).toBe(counted.stats.reduce((sum, s) => sum + s.spikes, 0))
  })

  it('are counted by operator and layer', () => {
    const model = quantizeModel(tinyModel(7))
    const interpreter = new ReferenceInterpreter(model)
    for (const id of SEQUENCE) interpreter.forward(id)
    expect(interpreter.stats.map((s) => `${s.operator} ${s.layer}`)).toEqual(['embedding -1',
      'qkv 0', 'o 0', 'gateUp 0', 'down 0', 'qkv 1', 'o 1', 'gateUp 1', 'down 1', 'head -1'])
    for (const s of interpreter.stats) {
      const counts = Array.from(s.counts)
      expect(s.trains).toBe(SEQUENCE.length)
      expect(counts.reduce((sum, n) => sum + n, 0)).toBe(s.activations)
      expect(counts.reduce((sum, n, c) => sum + n * c, 0)).toBe(s.spikes)
      expect(s.rowsTouched).toBe(s.activations - counts[0]!)
      expect(s.maxCount).toBe(s.operator === 'embedding' ? 1 : 7)
    }
    const totals = totalSpikes(interpreter.stats)
    expect(totals.activations).toBe(SEQUENCE.length * (2 * (32 + 32 + 32 + 64) + 32))
    expect(totals.denseMacs).toBe(SEQUENCE.length * (2 * (32 * 64 + 32 * 32 + 32 * 128 + 64 * 32) + 32 * 99))
    expect(totals.spikesPerActivation).toBeGreaterThan(0.5)
    expect(totals.spikesPerActivation).toBeLessThan(4)
    expect(totals.firingRate).toBeCloseTo(totals.spikesPerActivation / 7, 10)
  })
})

describe('its steps, by hand', () => {
  it('encodes with the largest magnitude at the limit, and rounds half up in magnitude', () => {
    const { q, scale } = encode(Float32Array.of(7, -3, 0.5, -0.5, 0.49, 0), 7, 1)
    expect(scale).toBe(1)
    expect(Array.from(q)).toEqual([7, -3, 1, -1, 0, 0])
    expect(encode(new Float32Array(3), 7, 1)).toEqual({ q: new Int32Array(3), scale: 1 })
  })

  it('clips the membrane: a smaller scale, and counts held at the limit', () => {
    const { q, scale } = encode(Float32Array.of(7, -3, 1), 7, 0.5)
    expect(scale).toBe(0.5)
    expect(Array.from(q)).toEqual([7, -6, 2])
  })

  it('adds rows', () => {
    const layer = { inputs: 3, outputs: 2, bits: 4, q: Int8Array.of(1, -2, 3, 4, -5, 6), scale: Float32Array.of(1, 1) }
    expect(Array.from(integrate(layer, Int32Array.of(2, 0, -1)))).toEqual([2 * 1 + 5, 2 * -2 - 6])
  })

  it('normalises', () => {
    // mean square 12.5, eps 3.5: divided by 4, times the gain
    expect(Array.from(rmsNorm(Float32Array.of(3, -4), Float32Array.of(2, 1), 3.5))).toEqual([1.5, -1])
  })
})
