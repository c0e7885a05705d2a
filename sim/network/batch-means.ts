/** Batches that the measured time is cut into. */
const GROUPS = 20
/** Student's t for 95 % of both sides and GROUPS - 1 = 19 degrees of freedom. */
const STUDENT_T = 2.093

/**
 * A confidence interval for the mean of values that depend on those shortly before them, as latencies do (Law and Kelton,
 * Simulation Modeling and Analysis, chapter 9): the means of long batches are nearly independent.
 */
export class BatchMeans {
  private readonly sums: number[] = []
  private readonly counts: number[] = []

  /** A value of the batch-th stretch of time. */
  add(batch: number, value: number): void {
    while (this.sums.length <= batch) {
      this.sums.push(0)
      this.counts.push(0)
    }
    this.sums[batch]! += value
    this.counts[batch]!++
  }

  clear(): void {
    this.sums.length = 0
    this.counts.length = 0
  }

  /** Half the width of the mean's 95 % confidence interval; NaN with fewer stretches than 20, or an empty batch of them. */
  get halfWidth95(): number {
    const per = Math.floor(this.sums.length / GROUPS)
    if (per === 0) return NaN
    const means = Array.from({ length: GROUPS }, (_, group) => {
      const end = group === GROUPS - 1 ? this.sums.length : (group + 1) * per
      let sum = 0
      let count = 0
      for (let at = group * per; at < end; at++) {
        sum += this.sums[at]!
        count += this.counts[at]!
      }
      return sum / count
    })
    const mean = means.reduce((a, b) => a + b, 0) / GROUPS
    const variance = means.reduce((a, b) => a + (b - mean) ** 2, 0) / (GROUPS - 1)
    return STUDENT_T * Math.sqrt(variance / GROUPS)
  }
}
