import { describe, expect, it } from 'vitest'
import { quantizeLinear, quantizeLinearGptq, secondMoments } from '../../../programs/quantize/index.js'
import type { QuantizedLinear } from '../../../programs/quantize/index.js'
import { Random } from '../../../sim/random.js'

const INPUTS = 24
const OUTPUTS = 10
const random = new Random(3)
const gaussian = (): number => Array.from({ length: 12 }, () => random.uniform()).reduce((a, b) => a + b, -6)
const weights = Float32Array.from({ length: INPUTS * OUTPUTS }, gaussian)
/** Inputs that depend on each other: 6 hidden causes, 24 channels. */
const mixing = Array.from({ length: INPUTS * 6 }, gaussian)
const draw = (): Float32Array => {
  const causes = Array.from({ length: 6 }, gaussian)
  return Float32Array.from({ length: INPUTS }, (_, i) => causes.reduce((sum, c, k) => sum + c * mixing[i * 6 + k]!, 0.1 * gaussian()))
}

/** Mean squared error of the outputs. */
function error(linear: QuantizedLinear, samples: readonly Float32Array[]): number {
  let sum = 0
  for (const x of samples) {
    for (let j = 0; j < OUTPUTS; j++) {
      let difference = 0
      for (let i = 0; i < INPUTS; i++) difference += x[i]! * (weights[j * INPUTS + i]! - linear.q[i * OUTPUTS + j]! * linear.scale[j]!)
      sum += difference * difference
    }
  }
  return sum / samples.length
}

describe('GPTQ', () => {
  const calibration = Array.from({ length: 200 }, draw)
  const unseen = Array.from({ length: 200 }, draw)
  for (const bits of [2, 3, 4, 8]) {
    it(`${bits} bits: at most half the error of rounding to nearest, on inputs it has not seen`, () => {
      const nearest = quantizeLinear([weights], INPUTS, bits)
      const gptq = quantizeLinearGptq([weights], INPUTS, bits, secondMoments(calibration, INPUTS))
      expect(gptq.scale).toEqual(nearest.scale)
      expect(Math.max(...gptq.q.map(Math.abs))).toBeLessThanOrEqual(2 ** (bits - 1) - 1)
      expect(error(gptq, unseen)).toBeLessThan(0.5 * error(nearest, unseen))
    })
  }

  it('is rounding to nearest when inputs do not depend on each other', () => {
    const moments = new Float64Array(INPUTS * INPUTS)
    for (let i = 0; i < INPUTS; i++) moments[i * INPUTS + i] = 1 + i
    expect(quantizeLinearGptq([weights], INPUTS, 4, moments)).toEqual(quantizeLinear([weights], INPUTS, 4))
  })

  it('takes silent inputs', () => {
    const { q } = quantizeLinearGptq([weights], INPUTS, 4, new Float64Array(INPUTS * INPUTS))
    expect(q).toEqual(quantizeLinear([weights], INPUTS, 4).q)
  })
})
