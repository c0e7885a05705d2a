import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ModelConfig } from '../../../programs/models/types.js'
import { quantizeModel } from '../../../programs/quantize/index.js'
import type { QuantizeOptions } from '../../../programs/quantize/types.js'
import { ReferenceInterpreter } from '../../../programs/reference/index.js'
import { referenceKernels } from '../../../simulate/reference/kernels.js'
import { siluGates } from '../../../programs/reference/steps.js'
import { Random } from '../../../sim/random.js'
import { tinyModel } from '../../support/tiny-model.js'

/** Logits of `tokens` random tokens, by plain code and by the kernels; the sequence begins again after half of them. */
function both(config: Partial<ModelConfig>, options: Partial<QuantizeOptions>, tokens: number, seed: number): [Float32Array[], Float32Array[]] {
  const model = quantizeModel(tinyModel(seed, config), options)
  const run = (interpreter: ReferenceInterpreter): Float32Array[] => {
    const random = new Random(seed)
    return Array.from({ length: tokens }, (_, n) => {
      if (n === tokens >> 1) interpreter.reset()
      return interpreter.forward(random.below(model.config.vocabSize))
    })
  }
  const kernels = referenceKernels(model)
  expect(Object.keys(kernels).sort()).toEqual(['attention', 'gate', 'sums'])
  return [run(new ReferenceInterpreter(model)), run(new ReferenceInterpreter(model, kernels))]
}

const bits = fc.integer({ min: 2, max: 8 })
const options = fc.record({
  weightBits: bits, activationBits: bits, kvBits: bits, attentionBits: bits, weightGroup: fc.constantFrom(0, 0, 8, 20),
  clip: fc.constantFrom(1, 0.7, 1.5), rounding: fc.constantFrom('nearest' as const, 'floor' as const),
})
const shape = fc.record({
  dim: fc.integer({ min: 1, max: 70 }), hiddenDim: fc.integer({ min: 1, max: 99 }), kvHeads: fc.integer({ min: 1, max: 3 }),
  group: fc.integer({ min: 1, max: 3 }), pairs: fc.integer({ min: 1, max: 20 }), window: fc.constantFrom(undefined, 1, 5),
})

describe('the kernels of the reference interpreter', () => {
  it('give the bits of plain code for any shape and options', () => {
    fc.assert(fc.property(shape, options, fc.nat(), ({ group, pairs, window, ...sizes }, given, seed) => {
      const config = { ...sizes, heads: group * sizes.kvHeads, headDim: 2 * pairs, ...(window === undefined ? {} : { window }) }
      const [plain, kernels] = both(config, given, 12, seed)
      expect(kernels).toEqual(plain)
    }), { numRuns: 60 })
  })

  it('give them beyond the first room of their caches', () => {
    const [plain, kernels] = both({ contextLength: 1200, layers: 2, headDim: 20, heads: 2, kvHeads: 1 }, {}, 1150, 5)
    expect(kernels).toEqual(plain)
  })

  it('gate as plain code does, over all that 32-bit floats are', () => {
    const model = quantizeModel(tinyModel(1))
    const { gate } = referenceKernels(model)
    const float = fc.float({ noNaN: true, noDefaultInfinity: true })
    const near = fc.float({ min: -110, max: 110, noNaN: true })
    fc.assert(fc.property(fc.array(fc.tuple(fc.oneof(near, float), near), { minLength: 1, maxLength: 40 }), (pairs) => {
      const x = Float32Array.from([...pairs.map(([g]) => g), ...pairs.map(([, u]) => u)])
      expect(gate!(x, pairs.length)).toEqual(siluGates(x, pairs.length))
    }), { numRuns: 3000 })
  })
})
