/** Counts of non-negative integers, growing as needed; exact mean, percentiles and maximum. */
export class Histogram {
  private counts = new Float64Array(1024)
  total = 0
  sum = 0
  max = 0

  add(value: number): void {
    if (value >= this.counts.length) {
      let length = this.counts.length
      while (length <= value) length *= 2
      const larger = new Float64Array(length)
      larger.set(this.counts)
      this.counts = larger
    }
    this.counts[value]!++
    this.total++
    this.sum += value
    if (value > this.max) this.max = value
  }

  /** Mean, or NaN when empty. */
  get mean(): number {
    return this.sum / this.total
  }

  /** The smallest value that at least `share` of all values do not exceed; NaN when empty. */
  percentile(share: number): number {
    if (this.total === 0) return NaN
    let seen = 0
    for (let value = 0; value <= this.max; value++) {
      seen += this.counts[value]!
      if (seen >= share * this.total) return value
    }
    return this.max
  }

  clear(): void {
    this.counts.fill(0)
    this.total = 0
    this.sum = 0
    this.max = 0
  }
}
