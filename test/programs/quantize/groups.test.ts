import { describe, expect, it } from 'vitest'
import { compile } from '../../../programs/compile/compile.js'
import { quantizeLinear, quantizeModel } from '../../../programs/quantize/index.js'
import { FloatModel } from '../../../programs/reference/float.js'
import { ReferenceInterpreter } from '../../../programs/reference/interpreter.js'
import { InputError } from '../../../sim/errors.js'
import { completeChip } from '../../../sim/config/load-chip.js'
import { tinyModel } from '../../support/tiny-model.js'

describe('a weight scale per group of inputs', () => {
  it('takes each group\'s largest weight, the last group shorter', () => {
    const { q, groups, scale } = quantizeLinear([Float32Array.from([7, -3.5, 0.7, 0.1, 14])], 5, 4, 2)
    expect([...groups!.scale]).toEqual([1, Math.fround(Math.fround(0.7) / 7), 2])
    expect([...q]).toEqual([7, -4, 7, 1, 7])
    expect([...scale]).toEqual([1])
  })

  it('one group of all inputs gives the logits of one scale a channel, bit for bit', () => {
    const model = tinyModel(3)
    const whole = new ReferenceInterpreter(quantizeModel(model))
    const grouped = new ReferenceInterpreter(quantizeModel(model, { weightGroup: 4096 }))
    for (const token of [1, 5, 9]) expect(grouped.forward(token)).toEqual(whole.forward(token))
  })

  it('smaller groups come closer to the float model', () => {
    const model = tinyModel(3)
    const error = (weightGroup: number): number => {
      const float = new FloatModel(model)
      const integer = new ReferenceInterpreter(quantizeModel(model, { weightGroup, activationBits: 8 }))
      let sum = 0
      for (const token of [1, 5, 9, 20, 33]) {
        const expected = float.forward(token)
        integer.forward(token).forEach((logit, id) => { sum += (logit - expected[id]!) ** 2 })
      }
      return sum
    }
    expect(error(4)).toBeLessThan(0.6 * error(0))
  })

  it('is refused on the chip, beside GPTQ, and below two inputs', () => {
    const grouped = quantizeModel(tinyModel(3), { weightGroup: 8 })
    expect(() => compile(grouped, completeChip({}), { positions: 4, attention: 'dense' })).toThrow(/weightGroup is 8.*spikeloom eval/)
    expect(() => quantizeModel(tinyModel(3), { weightGroup: 1 })).toThrow(InputError)
    expect(() => quantizeModel(tinyModel(3), { weightGroup: 8 }, { weights: (_o, _l, matrices, inputs, bits) => quantizeLinear(matrices, inputs, bits) }))
      .toThrow(/exclude each other/)
  })
})
