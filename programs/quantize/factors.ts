import { f32 } from '../../sim/numerics.js'
import type { ModelConfig } from '../models/types.js'
import type { QuantizedLinear } from './types.js'

/**
 * Factors that a family puts behind a linear layer (Granite's multipliers, longrope's factor of cosines and sines) go into
 * its channel scales: no operator is left of them. A factor that is 1 for every output leaves the scales as they are.
 */

/** The factor of an output channel; undefined: 1 for all. */
export type Factor = ((output: number) => number) | undefined

/** The same factor for every output. */
export function constantly(factor = 1): Factor {
  return factor === 1 ? undefined : () => factor
}

export function times(values: Float32Array, factor: Factor): Float32Array {
  return factor === undefined ? values : values.map((value, at) => f32(value * factor(at)))
}

/** A linear layer whose outputs are multiplied. */
export function scaled(linear: QuantizedLinear, factor: Factor): QuantizedLinear {
  if (factor === undefined) return linear
  const { groups, outputs } = linear
  return groups === undefined ? { ...linear, scale: times(linear.scale, factor) }
    : { ...linear, groups: { ...groups, scale: times(groups.scale, (at) => factor(at % outputs)) } }
}

/** The factors of a layer's weights, by their names in the graph. */
export function factorsOf(config: ModelConfig, layer: number): Readonly<Record<string, Factor>> {
  const { heads, kvHeads, headDim, rotaryDims = headDim, residualScale, ropeFactor = 1, noRope } = config
  const residual = constantly(residualScale)
  if (ropeFactor === 1 || noRope?.[layer] === true) return { o: residual, oBias: residual, down: residual, expertDown: residual }
  // Queries and keys stand before the values; of each head the first words turn.
  const turned = (at: number): number => (at < (heads + kvHeads) * headDim && at % headDim < rotaryDims ? ropeFactor : 1)
  // Behind a norm a factor of its input has no effect: its gain takes it.
  const rotary = config.qkNorm !== undefined ? { qNorm: turned, kNorm: turned } : { qkv: turned, qkvBias: turned }
  return { o: residual, oBias: residual, down: residual, expertDown: residual, ...rotary }
}
