import type { Arrival } from './arrival.js'

/**
 * Why a core waited, and who let it go on. An instruction's waiting is what it took less what its units were busy; its
 * reason follows from the instruction, the culprit from the packet that came last before it went on.
 */

/** `words` and `semaphore` are one instruction, RECV: words arrived, or a signal alone. */
export const WAIT_REASONS = ['spikes', 'words', 'semaphore', 'injection', 'memory', 'barrier', 'nothing to do'] as const
export type WaitReason = (typeof WAIT_REASONS)[number]

/** One row of what a core waited: cycles by reason and culprit. */
export interface Wait {
  readonly reason: WaitReason
  readonly cycles: number
  /** Endpoint of who let it go on; -1 where nobody did: memory, its own queue, the end. */
  readonly culpritCore: number
  /** Tag of what the culprit did; -1 where nobody did. */
  readonly culpritTag: number
}

/** Arrivals a core remembers. A path that is longer ends where they do. */
const MOST_ARRIVALS = 16384

/** What one core waited, gathered while it runs. */
export class WaitLog {
  private readonly cycles = new Map<number, number>() // by reason, culprit and tag
  private total = 0
  private readonly byReason = new Float64Array(WAIT_REASONS.length)
  /** Who sent the last spike event or marker, and the last word or signal, and under which tags. */
  spikesFrom = -1
  spikesTag = -1
  wordsFrom = -1
  wordsTag = -1
  wasSignal = false
  /** When those packets were sent, and when they came. */
  spikesSentAt = 0
  spikesAt = 0
  wordsSentAt = 0
  wordsAt = 0
  /** Told of every row, where somebody traces the run. */
  onNote: ((reason: number, culprit: number, tag: number, cycles: number) => void) | undefined
  /** Waits that a packet ended, in order; the oldest half is dropped when they are many. */
  readonly arrivals: Arrival[] = []

  /** Books waiting that is over. @param tag below 2^16 */
  note(reason: number, culprit: number, tag: number, cycles: number): void {
    const key = ((culprit + 1) * 0x10000 + tag + 1) * WAIT_REASONS.length + reason
    this.cycles.set(key, (this.cycles.get(key) ?? 0) + cycles)
    this.total += cycles
    this.byReason[reason]! += cycles
    this.onNote?.(reason, culprit, tag, cycles)
  }

  /** A wait that a packet ended, for the critical path. */
  arrived(arrival: Arrival): void {
    if (this.arrivals.length >= MOST_ARRIVALS) this.arrivals.splice(0, MOST_ARRIVALS / 2)
    this.arrivals.push(arrival)
  }

  /** Cycles waited for a reason so far. */
  waitedFor(reason: number): number {
    return this.byReason[reason]!
  }

  /**
   * All rows, of a run in which the core waited so many cycles: what is not accounted for, it had nothing to do. Waiting that
   * ended behind the run's last cycle is cut off.
   */
  rows(waiting: number): Wait[] {
    let left = Math.max(0, this.total - waiting) // to be cut off
    const rows: Wait[] = []
    for (const [key, cycles] of [...this.cycles].reverse()) {
      const cut = Math.min(left, cycles)
      left -= cut
      if (cycles === cut) continue
      const who = Math.floor(key / WAIT_REASONS.length)
      rows.push({
        reason: WAIT_REASONS[key % WAIT_REASONS.length]!, cycles: cycles - cut,
        culpritCore: Math.floor(who / 0x10000) - 1, culpritTag: (who % 0x10000) - 1,
      })
    }
    const nothing = waiting - this.total
    if (nothing > 0) rows.push({ reason: 'nothing to do', cycles: nothing, culpritCore: -1, culpritTag: -1 })
    return rows.sort((a, b) => b.cycles - a.cycles)
  }
}
