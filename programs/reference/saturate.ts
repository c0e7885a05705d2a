import type { QuantizedLinear } from '../quantize/types.js'
import type { Integrate } from './interpreter.js'

/** Inputs whose weights are added in one accumulator. */
export interface InputRange {
  readonly begin: number
  readonly end: number
}

/**
 * Sums on accumulators that saturate: the exact sum of each range of inputs is cut to the width, two's complement, and
 * what is left of them is added.
 */
export function saturatingSums(ranges: (layer: QuantizedLinear) => readonly InputRange[], bits: number): Integrate {
  const most = 2 ** (bits - 1) - 1
  const least = -(2 ** (bits - 1))
  return (layer, q) => {
    const { outputs, q: weights } = layer
    const sums = new Int32Array(outputs)
    const part = new Int32Array(outputs)
    for (const { begin, end } of ranges(layer)) {
      part.fill(0)
      for (let i = begin; i < end; i++) {
        const count = q[i]!
        if (count === 0) continue
        for (let j = 0, at = i * outputs; j < outputs; j++, at++) part[j]! += count * weights[at]!
      }
      for (let j = 0; j < outputs; j++) sums[j]! += Math.max(least, Math.min(most, part[j]!))
    }
    return sums
  }
}
