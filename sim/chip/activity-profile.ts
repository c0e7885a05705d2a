/** What happened when: counts of several things in bins of equal length, from cycle 1 on. Plain data. */
export interface Profile {
  readonly binCycles: number
  /** Things that are counted. */
  readonly width: number
  /** bins x width, bin by bin. */
  readonly counts: Float64Array
}

/** Most bins of a profile: when they are full, each two become one. */
const MOST_BINS = 256
const FIRST_BIN_CYCLES = 64

/** Gathers a profile while a chip runs, of whose length nobody knows. */
export class ActivityProfile {
  /** The last cycle of the bin in progress: whoever runs the chip reports the counts as they are at its end. */
  endsAt = FIRST_BIN_CYCLES
  private binCycles = FIRST_BIN_CYCLES
  private bins = 0
  private readonly width: number
  private readonly counts: Float64Array
  private readonly before: Float64Array

  /** @param width things that are counted, such as actions */
  constructor(width: number) {
    this.width = width
    this.counts = new Float64Array(MOST_BINS * width)
    this.before = new Float64Array(width)
  }

  /** Ends the bin in progress. @param totals counts of everything since the start */
  close(totals: Float64Array): void {
    if (this.bins === MOST_BINS) this.halve()
    const base = this.bins * this.width
    for (let action = 0; action < this.width; action++) {
      this.counts[base + action]! += totals[action]! - this.before[action]!
      this.before[action] = totals[action]!
    }
    this.bins++
    this.endsAt = (this.bins + 1) * this.binCycles
  }

  private halve(): void {
    const { width, counts } = this
    for (let bin = 0; bin < MOST_BINS / 2; bin++) {
      for (let at = 0; at < width; at++) {
        const first = 2 * bin * width + at
        counts[bin * width + at] = counts[first]! + counts[first + width]!
      }
    }
    counts.fill(0, (MOST_BINS / 2) * width)
    this.bins = MOST_BINS / 2
    this.binCycles *= 2
  }

  profile(): Profile {
    const { binCycles, width } = this
    return { binCycles, width, counts: this.counts.slice(0, this.bins * width) }
  }
}

/**
 * Two profiles, one after the other, as one. A bin goes whole to where it starts.
 * @param offset cycles of the first run
 */
export function joinProfiles(first: Profile, second: Profile, offset: number, cycles: number): Profile {
  let binCycles = Math.max(first.binCycles, second.binCycles)
  while (binCycles * MOST_BINS < cycles) binCycles *= 2
  const { width } = first
  const counts = new Float64Array(Math.max(1, Math.ceil(cycles / binCycles)) * width)
  const lastBin = counts.length / width - 1
  const add = (part: Profile, at: number): void => {
    for (let bin = 0; bin * width < part.counts.length; bin++) {
      const to = Math.min(lastBin, Math.floor((at + bin * part.binCycles) / binCycles))
      for (let place = 0; place < width; place++) counts[to * width + place]! += part.counts[bin * width + place]!
    }
  }
  add(first, 0)
  add(second, offset)
  return { binCycles, width, counts }
}
