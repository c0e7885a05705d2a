import { ELSA } from './prices.js'

/**
 * The queues in which a processing element collects spikes by output row, so that one read and one write of a row's
 * membrane potentials serves up to 16 spikes (mini-batch Gustavson). A queue is flushed into the adder trees when it is
 * full, when its row is over, or, the oldest first, when another row needs a queue and none is free.
 */
export class RowQueues {
  /** Passes of the adder trees. */
  flushes = 0
  /** Spikes that went through. */
  spikes = 0
  private readonly waiting = new Map<number, number>() // spikes by row, in the order in which rows got their queue

  /** Spikes of one flit for an output row. */
  push(row: number, spikes: number): void {
    this.spikes += spikes
    let held = this.waiting.get(row)
    if (held === undefined) {
      if (this.waiting.size === ELSA.queues) this.end(this.waiting.keys().next().value!)
      held = 0
    }
    held += spikes
    while (held > ELSA.queueSpikes) {
      this.flushes++
      held -= ELSA.queueSpikes
    }
    this.waiting.set(row, held)
  }

  /** The row is over: what it still holds is added. */
  end(row: number): void {
    const held = this.waiting.get(row)
    if (held === undefined) return
    if (held > 0) this.flushes++
    this.waiting.delete(row)
  }
}
