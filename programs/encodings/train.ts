import { ZEROS } from '../../sim/image.js'
import type { TrainFormat } from '../../sim/image.js'
import type { QuantizedLinear } from '../quantize/types.js'
import type { CountLimits, Encoding } from './types.js'

/**
 * Trains by their definition, neuron by neuron, from the numbers of an encoding. The encoder of the machine (sim/core) makes
 * its packets from the same numbers, in another way.
 */

/** Events that a count of q sends; each costs one operation of the encoding an output. */
export function spikesOf({ offset, spike, zeros, planes }: TrainFormat, q: number): number {
  const size = Math.abs(q + offset)
  if (planes > 0) return bitsSet(size)
  return size === 0 && zeros === ZEROS.sent ? 1 : Math.ceil(size / spike)
}

/** Time steps until a count of q is out; a vector's train lasts as long as its longest neuron. */
export function timeStepsOf(format: TrainFormat, q: number): number {
  const size = Math.abs(q + format.offset)
  if (format.planes > 0) return 32 - Math.clz32(size)
  return format.levels > 0 && size > 0 ? format.levels : spikesOf(format, q)
}

/**
 * Value of the event that a neuron sends in time step `step` of a train of `steps`; undefined sends none. The row of
 * weights is added to the sums that many times.
 */
function eventOf({ offset, spike, zeros, planes, levels }: TrainFormat, q: number, step: number, steps: number): number | undefined {
  const count = q + offset
  const size = Math.abs(count)
  if (planes > 0) {
    const plane = 2 ** (steps - 1 - step)
    return (size & plane) === 0 ? undefined : Math.sign(count) * plane
  }
  if (levels > 0) return size > 0 && step === levels - size ? count : undefined
  if (size === 0) return zeros === ZEROS.sent && step === 0 ? 0 : undefined
  const rest = size - step * spike
  return rest > 0 ? Math.sign(count) * Math.min(rest, spike) : undefined
}

function bitsSet(value: number): number {
  let count = 0
  for (let rest = value; rest > 0; rest >>= 1) count += rest & 1
  return count
}

/** Time steps of a vector's train. */
export function trainSteps(encoding: Encoding, q: Int32Array, limits: CountLimits): number {
  const format = encoding.format(limits)
  let longest = 0
  for (let i = 0; i < q.length; i++) longest = Math.max(longest, timeStepsOf(format, q[i]!))
  return longest
}

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
  const format = encoding.format(limits)
  const timeSteps = trainSteps(encoding, q, limits)
  let events = 0
  for (const count of q) events += spikesOf(format, count)
  const train = {
    timeSteps, steps: new Int32Array(events), axons: new Int32Array(events), values: new Int32Array(events),
  }
  let at = 0
  for (let step = 0; step < timeSteps; step++) {
    for (let axon = 0; axon < q.length; axon++) {
      const value = eventOf(format, q[axon]!, step, timeSteps)
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
  const sums = preloadOf(layer, encoding.format(limits).offset)
  for (let event = 0; event < axons.length; event++) {
    const value = values[event]!
    const row = axons[event]! * layer.outputs
    for (let j = 0; j < layer.outputs; j++) sums[j]! += value * layer.q[row + j]!
  }
  return sums
}
