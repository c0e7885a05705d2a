import { describe, expect, it } from 'vitest'
import { rotateResidual, rotateValues, smooth } from '../../../programs/calibrate/index.js'
import { Rotation } from '../../../programs/calibrate/rotation.js'
import type { LoadedModel } from '../../../programs/models/types.js'
import { FloatModel } from '../../../programs/reference/index.js'
import { Random } from '../../../sim/random.js'
import { tinyModel } from '../../support/tiny-model.js'

const SEQUENCE = [0, 17, 42, 3, 98, 42, 60, 5]

function logits(model: LoadedModel): Float64Array[] {
  const float = new FloatModel(model)
  return SEQUENCE.map((id) => float.forward(id))
}

/** Largest difference of logits, relative to the largest logit. */
function difference(a: LoadedModel, b: LoadedModel): number {
  const other = logits(b)
  let worst = 0
  let scale = 0
  logits(a).forEach((row, at) => row.forEach((value, i) => {
    worst = Math.max(worst, Math.abs(value - other[at]![i]!))
    scale = Math.max(scale, Math.abs(value))
  }))
  return worst / scale
}

/** Gammas between 1/2 and 2 for every operator of a model of 2 layers. */
function gammas(model: LoadedModel): Record<string, number[]> {
  const { dim, hiddenDim, kvHeads, headDim } = model.config
  const random = new Random(5)
  const draw = (length: number): number[] => Array.from({ length }, () => 2 ** (2 * random.uniform() - 1))
  const layers = [0, 1].flatMap((layer): [string, number[]][] => [
    [`qkv/${layer}`, draw(dim)], [`gateUp/${layer}`, draw(dim)], [`o/${layer}`, draw(kvHeads * headDim)], [`down/${layer}`, draw(hiddenDim)],
  ])
  return Object.fromEntries([...layers, ['head/-1', draw(dim)]])
}

const shapes = {
  'grouped-query attention': {}, 'tied embeddings': { tiedEmbeddings: true }, 'biases': { qkvBias: true },
  'a dimension that is no power of two': { dim: 24, headDim: 6, heads: 4, kvHeads: 4, hiddenDim: 20 },
}

describe.each(Object.entries(shapes))('folds of a model with %s leave its float logits as they are, to 1e-5', (_, shape) => {
  const model = tinyModel(3, shape)
  it('a rotation of the residual stream', () => {
    expect(difference(model, rotateResidual(model, 7))).toBeLessThan(1e-5)
    expect(rotateResidual(model, 7).tensor('layers.0.q')).not.toEqual(model.tensor('layers.0.q'))
  })
  it('a rotation of the values', () => {
    expect(difference(model, rotateValues(model, 7))).toBeLessThan(1e-5)
    expect(rotateValues(model, 7).tensor('layers.1.o')).not.toEqual(model.tensor('layers.1.o'))
  })
  it('a gamma a channel in front of every linear layer', () => {
    expect(difference(model, smooth(model, gammas(model)))).toBeLessThan(1e-5)
  })
  it('all three', () => {
    const folded = rotateValues(rotateResidual(model, 1), 2)
    expect(difference(model, smooth(folded, gammas(model)))).toBeLessThan(1e-5)
  })
})

describe('a fold that is wrong', () => {
  it('changes the logits: the comparison can fail', () => {
    const model = tinyModel(3)
    const broken = { ...model, tensor: (name: string) => (name === 'layers.0.q' ? model.tensor(name).map((w) => w * 1.01) : model.tensor(name)) }
    expect(difference(model, broken)).toBeGreaterThan(1e-5)
  })
  it('refuses a gamma of the wrong length', () => {
    expect(() => smooth(tinyModel(3), { 'qkv/0': [1, 2] }).tensor('layers.0.q')).toThrow(/gamma of qkv\/0: 2 numbers, expected 32/)
  })
})

describe('a rotation', () => {
  it('keeps lengths and spreads one outlier over its block', () => {
    for (const size of [32, 24, 20]) {
      const rotation = new Rotation(size, 1)
      const x = new Float64Array(size)
      x[3] = 10
      rotation.apply(x)
      const block = x.subarray(0, rotation.block)
      expect(Math.sqrt(block.reduce((sum, v) => sum + v * v, 0))).toBeCloseTo(10, 10)
      expect(Math.max(...block.map(Math.abs))).toBeCloseTo(10 / Math.sqrt(rotation.block), 10)
    }
  })
})
