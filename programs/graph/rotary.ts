import { rotationStep } from '../../sim/numerics.js'
import type { Rope } from './operators.js'

/** By how much each pair of a head turns with a position, in 2^-32 turns, [headDim / 2]; pairs that do not turn have 0. */
export function rotarySteps({ dims, base, divisors }: Rope, headDim: number): Float64Array {
  return Float64Array.from({ length: headDim / 2 }, (_, pair) => (
    2 * pair < dims ? rotationStep(pair, dims, base, divisors?.[pair]) : 0
  ))
}
