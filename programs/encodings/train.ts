import type { QuantizedLinear } from '../quantize/types.js'
import type { CountLimits, Encoding } from './types.js'

/** Events in the order of their time steps, within a step by axon. */
export interface SpikeTrain {
  readonly timeSteps: number
  /** By event: time step, axon, value. */
  readonly steps: Int32Array
  readonly axons: Int32Array
  readonly values: Int32Array
}

/** Unrolls a vector of counts, q [inputs], into its events. */
export function trainOf(encoding: Encoding, q: Int32Array, limits: CountLimits): SpikeTrain {
  let timeSteps = 0
  let events = 0
  for (const count of q) {
    timeSteps = Math.max(timeSteps, encoding.timeSteps(count, limits))
    events += encoding.spikes(count, limits)
  }
  const train = {
    timeSteps, steps: new Int32Array(events), axons: new Int32Array(events), values: new Int32Array(events),
  }
  let at = 0
  for (let step = 0; step < timeSteps; step++) {
    for (let axon = 0; axon < q.length; axon++) {
      const value = encoding.event(q[axon]!, step, timeSteps, limits)
      if (value === undefined) continue
      train.steps[at] = step
      train.axons[at] = axon
      train.values[at++] = value
    }
  }
  return train
}

/** Sums [outputs] that the accumulators start from: minus the offset times the column sums of the weights. */
export function preloadOf(layer: QuantizedLinear, offset: number): Int32Array {
  const sums = new Int32Array(layer.outputs)
  if (offset === 0) return sums
  for (let i = 0; i < layer.inputs; i++) {
    const row = i * layer.outputs
    for (let j = 0; j < layer.outputs; j++) sums[j]! -= offset * layer.q[row + j]!
  }
  return sums
}

/** The integer product of a linear layer, [outputs], formed event by event. Equal to sum_i q_i W_ij. */
export function integrateTrain(
  encoding: Encoding, layer: QuantizedLinear, q: Int32Array, limits: CountLimits,
): Int32Array {
  const { axons, values } = trainOf(encoding, q, limits)
  const sums = preloadOf(layer, encoding.offset(limits))
  for (let event = 0; event < axons.length; event++) {
    const value = values[event]!
    const row = axons[event]! * layer.outputs
    for (let j = 0; j < layer.outputs; j++) sums[j]! += value * layer.q[row + j]!
  }
  return sums
}
