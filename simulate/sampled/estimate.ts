import jstat from 'jstat'

/**
 * What a sample says of a whole: a stratified regression estimator. Units of a stratum are alike; of every unit, measured
 * or not, a *control* is known (its spikes), and what is measured follows it closely, so the sample only has to say by
 * how much units depart from that line. Source of the formulas: Cochran, Sampling Techniques (1977), 5.3, 5.5 and 7.10.
 */

/** One simulated unit. */
export interface Sample {
  readonly control: number
  readonly value: number
}

/** Units that are alike. */
export interface Stratum {
  readonly name: string
  /** Units there are. */
  readonly units: number
  /** Mean of the control over all of them. */
  readonly controlMean: number
  /** Those that were simulated: a random choice without repetition, at least two unless it is all of them. */
  readonly samples: readonly Sample[]
}

export interface Estimate {
  readonly total: number
  /** Bounds at `level`. They hold the noise of sampling only; what units lose by standing alone is a bias, and apart. */
  readonly low: number
  readonly high: number
  readonly level: number
  readonly standardError: number
  /** Satterthwaite's; Infinity where every unit was simulated. */
  readonly degreesOfFreedom: number
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

interface Moments {
  readonly stratum: Stratum
  readonly x: number
  readonly y: number
  readonly sxx: number
  readonly sxy: number
}

function momentsOf(stratum: Stratum): Moments {
  const { samples } = stratum
  const x = mean(samples.map(({ control }) => control))
  const y = mean(samples.map(({ value }) => value))
  let sxx = 0
  let sxy = 0
  for (const { control, value } of samples) {
    sxx += (control - x) ** 2
    sxy += (control - x) * (value - y)
  }
  return { stratum, x, y, sxx, sxy }
}

/** True if nothing of the stratum is left to chance. */
const isWhole = ({ units, samples }: Stratum): boolean => samples.length === units

function check(stratum: Stratum): void {
  const { name, units, samples } = stratum
  if (samples.length > units) throw new RangeError(`stratum ${name}: ${samples.length} samples of ${units} units`)
  if (samples.length < 2 && !isWhole(stratum)) {
    throw new RangeError(`stratum ${name}: ${samples.length} samples of ${units} units, at least 2 needed for a spread`)
  }
}

/**
 * The total over all units, and how sure it is. The slope is shared by the strata that were not simulated whole, so that
 * small samples lose one degree of freedom between them and not one each.
 * @throws RangeError for a stratum with fewer than two samples that is not whole
 */
export function estimateTotal(strata: readonly Stratum[], level = 0.95): Estimate {
  strata.forEach(check)
  const parts = strata.filter(({ units }) => units > 0).map(momentsOf)
  const open = parts.filter(({ stratum }) => !isWhole(stratum))
  const sxx = open.reduce((sum, part) => sum + part.sxx, 0)
  const free = open.reduce((sum, { stratum }) => sum + stratum.samples.length - 1, 0)
  // With a control that does not vary, or too few samples to afford a slope, the plain stratified mean is the estimator.
  const hasSlope = sxx > 0 && free > 1
  const slope = hasSlope ? open.reduce((sum, part) => sum + part.sxy, 0) / sxx : 0

  let total = 0
  let variance = 0
  let spread = 0 // Satterthwaite's denominator
  for (const part of parts) {
    const { units, samples, controlMean } = part.stratum
    const n = samples.length
    total += units * (part.y + (isWhole(part.stratum) ? 0 : slope * (controlMean - part.x)))
    if (isWhole(part.stratum)) continue
    const residual = samples.reduce((sum, { control, value }) => (
      sum + (value - part.y - slope * (control - part.x)) ** 2
    ), 0)
    const degrees = (n - 1) * (hasSlope ? (free - 1) / free : 1)
    // The last factor: a slope that is itself estimated errs in proportion to the distance of the means.
    const distance = hasSlope ? 1 + (n * (controlMean - part.x) ** 2) / sxx : 1
    const share = (units ** 2 * (1 - n / units) * (residual / degrees) * distance) / n
    variance += share
    spread += share ** 2 / degrees
  }
  const degreesOfFreedom = spread === 0 ? Infinity : variance ** 2 / spread
  const standardError = Math.sqrt(variance)
  const reach = variance === 0 ? 0 : standardError * jstat.studentt.inv((1 + level) / 2, degreesOfFreedom)
  return { total, low: total - reach, high: total + reach, level, standardError, degreesOfFreedom }
}

/** What is known of a stratum before its sample is drawn. */
export interface StratumPlan {
  readonly units: number
  /** Standard deviation of the residuals, by a pilot or by guess. */
  readonly deviation: number
  /** Cost of simulating one unit. */
  readonly cost: number
}

/**
 * How many units of each stratum to simulate: Neyman's allocation, n ~ units * deviation / sqrt(cost), at least two of
 * each, and never more than there are.
 * @param budget in units of cost
 */
export function allocate(strata: readonly StratumPlan[], budget: number): number[] {
  const weight = ({ units, deviation, cost }: StratumPlan): number => (units * deviation) / Math.sqrt(cost)
  const least = strata.map(({ units }) => Math.min(units, 2))
  let open = strata.map((_, index) => index)
  let left = budget
  const counts = [...least]
  // A stratum whose share exceeds its units, or falls short of two, is settled; the others share what is left.
  for (;;) {
    const whole = open.reduce((sum, index) => sum + weight(strata[index]!) * strata[index]!.cost, 0)
    const shareOf = (index: number): number => (whole === 0 ? 0 : (left * weight(strata[index]!)) / whole)
    const settled = open.filter((index) => shareOf(index) >= strata[index]!.units || shareOf(index) <= least[index]!)
    if (settled.length === 0) {
      for (const index of open) counts[index] = Math.floor(shareOf(index))
      return counts
    }
    for (const index of settled) {
      counts[index] = shareOf(index) >= strata[index]!.units ? strata[index]!.units : least[index]!
      left = Math.max(0, left - counts[index]! * strata[index]!.cost)
    }
    open = open.filter((index) => !settled.includes(index))
    if (open.length === 0) return counts
  }
}
