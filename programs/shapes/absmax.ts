import { expm1Exact, logExact } from '../../sim/numerics.js'
import { tail } from './histogram.js'
import type { Distribution } from './histogram.js'

/**
 * Spike counts of a bell curve when the scale is the largest of n activations: what per-token absmax quantization
 * does to activations without outliers, by integration instead of sampling.
 */
export interface AbsmaxCounts {
  /** Mean spikes per activation. */
  readonly mean: number
  /** Share of activations that stay silent. */
  readonly silent: number
  /** P(|q| = k), k = 0..limit. */
  readonly probability: Float64Array
}

/** Midpoints of the maximum's distribution that are averaged over. */
const POINTS = 400

/** The t at which P(|x| > t) = p. */
function tailInverse(distribution: Distribution, p: number): number {
  let low = 0
  let high = 64
  for (let n = 0; n < 60; n++) {
    const middle = (low + high) / 2
    if (tail(distribution, middle) > p) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/**
 * Counts |q| of n values scaled so that the largest gives `limit`.
 * @param bias added before the floor: 0.5 rounds to nearest (SDLLM's pre-charged membrane), 0 truncates
 */
export function absmaxCounts(distribution: Distribution, n: number, limit: number, bias: number): AbsmaxCounts {
  const probability = new Float64Array(limit + 1)
  for (let j = 0; j < POINTS; j++) {
    // P(max < m) = (1 - tail(m))^n: m at the quantile (j + 1/2) / POINTS.
    const beyond = -expm1Exact(logExact((j + 0.5) / POINTS) / n)
    const max = tailInverse(distribution, beyond)
    const above = (k: number): number =>
      k === 0 ? 1 : k > limit ? 0 : Math.max(0,
        (tail(distribution, ((k - bias) * max) / limit) - beyond) / (1 - beyond))
    for (let k = 0; k <= limit; k++) probability[k]! += (above(k) - above(k + 1)) * (n - 1)
    probability[limit]! += 1
  }
  const normalized = probability.map((sum) => sum / (POINTS * n))
  return { probability: normalized, silent: normalized[0]!, mean: normalized.reduce((sum, p, k) => sum + k * p, 0) }
}
