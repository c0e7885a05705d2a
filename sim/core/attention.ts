import { cacheRowWords } from '../../isa/index.js'
import { activationScale, f32, spikeCount } from '../numerics.js'
import { maxMagnitude } from './vector.js'
import type { Core } from './core.js'

/**
 * The KV cache and the two products with it. A cache row is one scale word and then the head's
 * integers, four to a word. Both products are integer sums, so their order does not matter.
 */

/** Quantizes a head vector and stores it as row `position`. */
export function writeCacheRow(
  core: Core, base: number, from: number, headDim: number, position: number, limit: number,
): void {
  const row = base + position * cacheRowWords(headDim)
  const scale = activationScale(maxMagnitude(core, from, headDim), limit)
  const inverse = f32(1 / scale)
  core.floatData[row] = scale
  const bytes = (row + 1) * 4
  for (let d = 0; d < headDim; d++) core.byteData[bytes + d] = spikeCount(core.floatData[from + d]!, inverse, limit)
}

/** Score of each position: dot product of query integers and cached keys, times the key's scale. */
export function scorePositions(
  core: Core, to: number, base: number, headDim: number, positions: number, query: number,
): void {
  const stride = cacheRowWords(headDim)
  for (let p = 0, row = base; p < positions; p++, row += stride) {
    const bytes = (row + 1) * 4
    let dot = 0
    for (let d = 0; d < headDim; d++) dot += core.data[query + d]! * core.byteData[bytes + d]!
    core.floatData[to + p] = dot * core.floatData[row]!
  }
}

/**
 * Exponentials to integer weights 0..255, each value row's scale folded in. Returns the scale of one
 * unit, f32(max / 255).
 */
export function weighPositions(
  core: Core, to: number, base: number, headDim: number, positions: number, exponentials: number,
): number {
  const stride = cacheRowWords(headDim)
  let max = 0
  for (let p = 0; p < positions; p++) {
    const weight = f32(core.floatData[exponentials + p]! * core.floatData[base + p * stride]!)
    if (weight > max) max = weight
  }
  const inverse = f32(255 / max)
  for (let p = 0; p < positions; p++) {
    const weight = f32(core.floatData[exponentials + p]! * core.floatData[base + p * stride]!)
    core.data[to + p] = Math.min(255, Math.floor(f32(weight * inverse) + 0.5))
  }
  return f32(max / 255)
}

/** Sum over positions of integer weight times cached value, one integer per head dimension. */
export function mixValues(
  core: Core, to: number, base: number, headDim: number, positions: number, weights: number,
): void {
  const stride = cacheRowWords(headDim)
  core.data.fill(0, to, to + headDim)
  for (let p = 0, row = base; p < positions; p++, row += stride) {
    const weight = core.data[weights + p]!
    if (weight === 0) continue
    const bytes = (row + 1) * 4
    for (let d = 0; d < headDim; d++) core.data[to + d]! += weight * core.byteData[bytes + d]!
  }
}

/** Additions a spiking product costs: the sum of the counts' magnitudes at `at`. */
export function spikesOf(core: Core, at: number, length: number): number {
  let spikes = 0
  for (let i = 0; i < length; i++) spikes += Math.abs(core.data[at + i]!)
  return spikes
}
