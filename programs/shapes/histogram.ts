import { InputError } from '../../sim/errors.js'
import { exp32 } from '../../sim/numerics.js'

/**
 * How often an activation fires k spikes, k = 0..L: what statistics mode draws from. Measured on a real
 * model, or the quantized form of a bell curve with a stated mean.
 */
export interface SpikeHistogram {
  /** Probability of a count of k, either sign; sums to 1. */
  readonly probability: Float64Array
}

export type Distribution = 'laplace' | 'gaussian'

/** Mean spikes per activation. */
export function meanSpikes(histogram: SpikeHistogram): number {
  return histogram.probability.reduce((sum, p, k) => sum + k * p, 0)
}

/** A histogram from counts of how often each |q| occurred. */
export function histogramOf(counts: ArrayLike<number>): SpikeHistogram {
  const total = Array.from(counts).reduce((sum, count) => sum + count, 0)
  return { probability: Float64Array.from(counts, (count) => count / total) }
}

/** P(|x| > t), t >= 0, of a bell curve with unit scale parameter (Laplace: diversity 1; Gaussian: deviation 1). */
export function tail(distribution: Distribution, t: number): number {
  return distribution === 'laplace' ? exp32(-t) : complementaryError(t / Math.SQRT2)
}

/** erfc for x >= 0: Abramowitz and Stegun 7.1.26, absolute error below 1.5e-7. */
function complementaryError(x: number): number {
  const t = 1 / (1 + 0.3275911 * x)
  const poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
  return poly * exp32(-x * x)
}

/** Counts |q| = min(L, round(|x| / threshold)) of a bell curve. */
function quantized(distribution: Distribution, threshold: number, limit: number): SpikeHistogram {
  const above = Float64Array.from({ length: limit + 1 }, (_, k) => (k === 0 ? 1 : tail(distribution, (k - 0.5) * threshold)))
  return { probability: above.map((p, k) => p - (k < limit ? above[k + 1]! : 0)) }
}

/**
 * The histogram of a bell curve whose mean is `spikesPerActivation`: the threshold is found by bisection.
 * @param limit largest count, 7 for 4-bit activations
 * @throws InputError for a mean that no threshold gives
 */
export function histogramWithMean(spikesPerActivation: number, limit: number, distribution: Distribution): SpikeHistogram {
  if (!(spikesPerActivation > 0) || spikesPerActivation >= limit * 0.95) {
    throw new InputError(
      `spikes per activation: ${spikesPerActivation}, expected more than 0 and less than ${(limit * 0.95).toFixed(2)} (0.95 x the largest count, ${limit})`,
    )
  }
  let low = 1e-4
  let high = 1e3
  for (let n = 0; n < 100; n++) {
    const middle = Math.sqrt(low * high)
    if (meanSpikes(quantized(distribution, middle, limit)) > spikesPerActivation) low = middle
    else high = middle
  }
  return quantized(distribution, Math.sqrt(low * high), limit)
}
