import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InputError } from '../../../sim/errors.js'
import { quantizeEmbedding, quantizeLinear, quantizeModel } from '../../../programs/quantize/index.js'
import { tinyModel } from '../../support/tiny-model.js'

describe('a quantized linear layer', () => {
  it('is input-major, per output channel, rounded half away from zero', () => {
    // Row 0: scale 1. Row 1: scale 2 (14 / 7); 3 / 2 and -5 / 2 round away from zero.
    const { q, scale, inputs, outputs } = quantizeLinear([Float32Array.of(7, -2, 0, 3, -5, 14)], 3, 4)
    expect([inputs, outputs]).toEqual([3, 2])
    expect(Array.from(scale)).toEqual([1, 2])
    expect(Array.from(q)).toEqual([7, 2, -2, -3, 0, 7])
  })

  it('puts the outputs of layers that share an input one after the other', () => {
    const a = Float32Array.of(3, 14)
    const b = Float32Array.of(4, -4, 0, 3)
    const fused = quantizeLinear([a, b], 2, 4)
    expect(fused.outputs).toBe(3)
    expect(Array.from(fused.q)).toEqual([2, 7, 0, 7, -7, 7])
  })

  it('gives a channel of zeros the scale 1', () => {
    const { q, scale } = quantizeLinear([new Float32Array(4)], 2, 4)
    expect(Array.from(scale)).toEqual([1, 1])
    expect(Array.from(q)).toEqual([0, 0, 0, 0])
  })

  it('stays within half a step of the weights and within the limit, at every width', () => {
    const weights = fc.array(fc.float({ noNaN: true, min: -8, max: 8 }), { minLength: 12, maxLength: 12 })
    fc.assert(fc.property(weights, fc.integer({ min: 2, max: 8 }), (values, bits) => {
      const matrix = Float32Array.from(values)
      const { q, scale, outputs } = quantizeLinear([matrix], 4, bits)
      for (let j = 0; j < outputs; j++) {
        for (let i = 0; i < 4; i++) {
          const integer = q[i * outputs + j]!
          expect(Math.abs(integer)).toBeLessThanOrEqual(2 ** (bits - 1) - 1)
          const error = Math.abs(integer * scale[j]! - matrix[j * 4 + i]!)
          expect(error).toBeLessThanOrEqual(scale[j]! * 0.5 * (1 + 1e-5) + 1e-40)
        }
      }
    }))
  })
})

describe('a quantized embedding', () => {
  it('has the token ids as inputs and a scale per dimension', () => {
    const { q, scale, inputs, outputs } = quantizeEmbedding(Float32Array.of(127, 1, -3, 0.5, 0, -2), 2, 8)
    expect([inputs, outputs]).toEqual([3, 2])
    expect(Array.from(scale)).toEqual([1, Math.fround(2 / 127)])
    expect(Array.from(q)).toEqual([127, 64, -3, 32, 0, -127])
  })
})

describe('quantizeModel', () => {
  it('fuses q, k, v and gate, up', () => {
    const { layers, head, embedding } = quantizeModel(tinyModel(1))
    expect(layers).toHaveLength(2)
    expect([layers[0]!.linears.qkv.outputs, layers[0]!.linears.o.outputs]).toEqual([64, 32])
    expect([layers[0]!.linears.gateUp.outputs, layers[0]!.linears.down.inputs]).toEqual([128, 64])
    expect([head.inputs, head.outputs, embedding.inputs, embedding.outputs]).toEqual([32, 99, 99, 32])
    expect([head.bits, embedding.bits]).toEqual([4, 8])
  })

  it('refuses what is out of range, by name', () => {
    const model = tinyModel(1)
    expect(() => quantizeModel(model, { weightBits: 9 })).toThrow(InputError)
    expect(() => quantizeModel(model, { weightBits: 9 })).toThrow(/weightBits is 9, expected an integer from 2 to 8/)
    expect(() => quantizeModel(model, { clip: 0 })).toThrow(/clip is 0, expected \(0, 4\]/)
    expect(() => quantizeModel(model, { weigthBits: 4 } as object)).toThrow(/Did you mean 'weightBits'/)
  })
})
