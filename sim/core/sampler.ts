import type { SpikeDraws } from '../image.js'
import { Random } from '../random.js'

/** Draws spike counts for one core in statistics mode; the sign is a fair coin. */
export class SpikeSampler {
  private readonly draws: SpikeDraws
  private readonly random: Random

  constructor(draws: SpikeDraws, core: number) {
    this.draws = draws
    this.random = new Random((Math.imul(draws.seed, 0x9e3779b1) ^ core) >>> 0)
  }

  /** True if counts of this tag are drawn. */
  covers(tag: number): boolean {
    return this.draws.cumulative[tag]!.length > 0
  }

  /** Fills counts [at, at + length), none larger than `limit`. */
  fill(counts: Int32Array, at: number, length: number, tag: number, limit: number): void {
    const cumulative = this.draws.cumulative[tag]!
    const last = Math.min(limit, cumulative.length - 1)
    const random = this.random
    for (let i = at; i < at + length; i++) {
      const bits = random.uint32()
      const u = (bits >>> 1) / 2147483648
      let count = 0
      while (count < last && u >= cumulative[count]!) count++
      counts[i] = (bits & 1) === 0 ? count : -count
    }
  }
}
