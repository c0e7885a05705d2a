import { cosSin32, exp32, f32, fix, geluGate, inverseRms, phaseAt, siluGate, spikeCount, unfix } from '../numerics.js'
import type { Core } from './core.js'

/**
 * What the vector unit's instructions compute: the arithmetic of docs/architecture.md on data SRAM.
 * Addresses and lengths are 32-bit words. Costs are in the instruction table, not here.
 */

export function vectorCopy(core: Core, to: number, from: number, length: number): void {
  core.data.copyWithin(to, from, from + length)
}

export function vectorAdd(core: Core, to: number, from: number, length: number): void {
  const data = core.floatData
  for (let i = 0; i < length; i++) data[to + i] = data[to + i]! + data[from + i]!
}

export function vectorMultiply(core: Core, to: number, from: number, length: number): void {
  const data = core.floatData
  for (let i = 0; i < length; i++) data[to + i] = data[to + i]! * data[from + i]!
}

export function vectorScale(core: Core, to: number, length: number, scale: number): void {
  const data = core.floatData
  for (let i = 0; i < length; i++) data[to + i] = data[to + i]! * scale
}

/** Root-mean-square normalisation without its gain. */
export function rmsNormalize(core: Core, to: number, from: number, length: number, eps: number): void {
  const data = core.floatData
  let sum = 0
  for (let i = 0; i < length; i++) sum += fix(data[from + i]! * data[from + i]!)
  const inverse = inverseRms(sum, length, eps)
  for (let i = 0; i < length; i++) data[to + i] = data[from + i]! * inverse
}

/** Integer sums to reals; the sums are cleared, ready for the next token's accumulate-on-arrival. */
export function dequantize(core: Core, to: number, from: number, length: number, scale: number): void {
  const sums = core.data
  const data = core.floatData
  for (let i = 0; i < length; i++) {
    const sum = sums[from + i]!
    sums[from + i] = 0
    data[to + i] = sum * scale
  }
}

export function gateWithSilu(core: Core, gate: number, up: number, length: number): void {
  const data = core.floatData
  for (let i = 0; i < length; i++) data[gate + i] = siluGate(data[gate + i]!, data[up + i]!)
}

export function gateWithGelu(core: Core, gate: number, up: number, length: number): void {
  const data = core.floatData
  for (let i = 0; i < length; i++) data[gate + i] = geluGate(data[gate + i]!, data[up + i]!)
}

/** Moves the largest element of a vector, or the one that `choose` names, to its place in another; -1 stays. Returns it. */
export function takeLargest(core: Core, to: number, from: number, length: number): number {
  const data = core.floatData
  let best = 0
  for (let i = 1; i < length; i++) if (data[from + i]! > data[from + best]!) best = i
  if (core.sampler !== undefined) best = core.sampler.choose(data, from, length)
  const value = data[from + best]!
  data[to + best] = value
  data[from + best] = -1
  return value
}

export function maxMagnitude(core: Core, from: number, length: number): number {
  const data = core.floatData
  let max = 0
  for (let i = 0; i < length; i++) {
    const magnitude = Math.abs(data[from + i]!)
    if (magnitude > max) max = magnitude
  }
  return max
}

/**
 * Step 1 of the encoder. A scale of 0 marks a silent vector: all counts are 0.
 * @param limit negative: membranes start empty, so that counts round down
 */
export function quantize(core: Core, to: number, from: number, length: number, scale: number, limit: number): void {
  if (scale === 0) {
    core.data.fill(0, to, to + length)
    return
  }
  const inverse = f32(1 / scale)
  const largest = Math.abs(limit)
  const charge = limit < 0 ? 0 : 0.5
  const data = core.floatData
  const counts = core.data
  for (let i = 0; i < length; i++) counts[to + i] = spikeCount(data[from + i]!, inverse, largest, charge)
}

const rotation = new Float32Array(2)

/** Rotary embedding in place, on adjacent pairs; the step table holds one oscillator step per pair of a head. */
export function rotate(core: Core, at: number, steps: number, length: number, position: number, headDim: number): void {
  const data = core.floatData
  const pairsPerHead = headDim / 2
  for (let pair = 0; 2 * pair < length; pair++) {
    cosSin32(phaseAt(core.data[steps + (pair % pairsPerHead)]!, position), rotation)
    const c = rotation[0]!
    const s = rotation[1]!
    const a = data[at + 2 * pair]!
    const b = data[at + 2 * pair + 1]!
    data[at + 2 * pair] = f32(a * c) - f32(b * s)
    data[at + 2 * pair + 1] = f32(a * s) + f32(b * c)
  }
}

/** Exponentials of the scores, less their maximum, in place. Returns their sum, rounded to a 32-bit float. */
export function softmaxExponentials(core: Core, at: number, positions: number): number {
  const data = core.floatData
  let max = -Infinity
  for (let p = 0; p < positions; p++) if (data[at + p]! > max) max = data[at + p]!
  let sum = 0
  for (let p = 0; p < positions; p++) {
    const e = exp32(f32(data[at + p]! - max))
    data[at + p] = e
    sum += fix(e)
  }
  return f32(unfix(sum))
}
