import { ACTION_COUNT } from '../../isa/actions.js'

/** What happened when: counts of every action in bins of equal length, from cycle 1 on. Plain data. */
export interface Profile {
  readonly binCycles: number
  /** bins x ACTION_COUNT, bin by bin. */
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
  private readonly counts = new Float64Array(MOST_BINS * ACTION_COUNT)
  private readonly before = new Float64Array(ACTION_COUNT)

  /** Ends the bin in progress. @param totals counts of every action since the start */
  close(totals: Float64Array): void {
    if (this.bins === MOST_BINS) this.halve()
    const base = this.bins * ACTION_COUNT
    for (let action = 0; action < ACTION_COUNT; action++) {
      this.counts[base + action]! += totals[action]! - this.before[action]!
      this.before[action] = totals[action]!
    }
    this.bins++
    this.endsAt = (this.bins + 1) * this.binCycles
  }

  private halve(): void {
    for (let bin = 0; bin < MOST_BINS / 2; bin++) {
      for (let action = 0; action < ACTION_COUNT; action++) {
        const first = 2 * bin * ACTION_COUNT + action
        this.counts[bin * ACTION_COUNT + action] = this.counts[first]! + this.counts[first + ACTION_COUNT]!
      }
    }
    this.counts.fill(0, (MOST_BINS / 2) * ACTION_COUNT)
    this.bins = MOST_BINS / 2
    this.binCycles *= 2
  }

  profile(): Profile {
    return { binCycles: this.binCycles, counts: this.counts.slice(0, this.bins * ACTION_COUNT) }
  }
}

/**
 * Two profiles, one after the other, as one. A bin goes whole to where it starts.
 * @param offset cycles of the first run
 */
export function joinProfiles(first: Profile, second: Profile, offset: number, cycles: number): Profile {
  let binCycles = Math.max(first.binCycles, second.binCycles)
  while (binCycles * MOST_BINS < cycles) binCycles *= 2
  const counts = new Float64Array(Math.max(1, Math.ceil(cycles / binCycles)) * ACTION_COUNT)
  const lastBin = counts.length / ACTION_COUNT - 1
  const add = (part: Profile, at: number): void => {
    for (let bin = 0; bin * ACTION_COUNT < part.counts.length; bin++) {
      const to = Math.min(lastBin, Math.floor((at + bin * part.binCycles) / binCycles))
      for (let action = 0; action < ACTION_COUNT; action++) {
        counts[to * ACTION_COUNT + action]! += part.counts[bin * ACTION_COUNT + action]!
      }
    }
  }
  add(first, 0)
  add(second, offset)
  return { binCycles, counts }
}
