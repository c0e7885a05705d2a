import { activationScale, f32, spikeCount } from '../../sim/numerics.js'
import type { InputRule } from '../quantize/input.js'

/** A vector as integers and their one scale. */
export interface Encoded {
  readonly q: Int32Array
  readonly scale: number
}

/**
 * Step 1 of the encoder over a vector: scale from its largest magnitude, then each neuron's spike count.
 * @param limit largest count
 * @param clip in (0, 1], multiplies the largest magnitude first
 */
export function encode(x: Float32Array, limit: number, clip: number): Encoded {
  let maxAbs = 0
  for (let i = 0; i < x.length; i++) {
    const magnitude = Math.abs(x[i]!)
    if (magnitude > maxAbs) maxAbs = magnitude
  }
  const scale = activationScale(clip === 1 ? maxAbs : f32(maxAbs * f32(clip)), limit)
  const inverseScale = f32(1 / scale)
  const q = new Int32Array(x.length)
  for (let i = 0; i < x.length; i++) q[i] = spikeCount(x[i]!, inverseScale, limit)
  return { q, scale }
}

/** Step 1 over the inputs of a linear layer, by the layer's own rule. */
export function encodeInput(x: Float32Array, rule: InputRule): Encoded {
  const maxAbs = rule.scale === undefined ? largestOrdinary(x, rule) : 0
  const scale = rule.scale ?? activationScale(rule.clip === 1 ? maxAbs : f32(maxAbs * rule.clip), rule.stepLimit)
  const q = new Int32Array(x.length)
  if (rule.scale === undefined && maxAbs === 0) return { q, scale }
  const inverseScale = f32(1 / scale)
  const charge = rule.rounding === 'floor' ? 0 : 0.5
  for (let i = 0; i < x.length; i++) q[i] = spikeCount(x[i]!, inverseScale, rule.limit, charge)
  return { q, scale }
}

/** Largest magnitude of the channels that set the scale. A vector that is silent there is silent as a whole. */
function largestOrdinary(x: Float32Array, { ordinary }: InputRule): number {
  let maxAbs = 0
  for (let i = 0; i < x.length; i++) {
    if (ordinary !== undefined && ordinary[i] === 0) continue
    const magnitude = Math.abs(x[i]!)
    if (magnitude > maxAbs) maxAbs = magnitude
  }
  return maxAbs
}
