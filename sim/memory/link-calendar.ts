/** Cycles of a slot: a link never carries more flits in a slot than it has cycles. */
const SLOT_CYCLES = 64
/** Slots ahead of the present that a link keeps: a millisecond at 500 MHz. */
const SLOTS = 8192

/**
 * When a link is taken, by slots of 64 cycles, some time ahead: a packet takes the first free cycles from its arrival on,
 * whoever asked before it, so that a packet that comes late holds up nobody who comes earlier. What lies further ahead than
 * the calendar reaches is not counted against anybody.
 */
export class LinkCalendar {
  private readonly taken = new Uint8Array(SLOTS)
  private readonly skip = new Uint16Array(SLOTS) // from a full slot, how many slots on a free one may be
  private base = 0 // first slot that is kept; those before it are over

  /**
   * Takes the link for flits; returns the cycle in which the last of them has passed.
   * @param now the present, never less than at the call before
   * @param arrival of the first flit
   */
  take(now: number, arrival: number, flits: number): number {
    this.forget(Math.floor(now / SLOT_CYCLES))
    let slot = Math.max(Math.floor(arrival / SLOT_CYCLES), this.base)
    let end = arrival
    let rest = flits
    while (rest > 0) {
      slot = this.free(slot)
      if (slot >= this.base + SLOTS) return Math.max(end, arrival) + rest
      const at = slot % SLOTS
      const from = slot * SLOT_CYCLES
      const start = Math.max(end, from + this.taken[at]!)
      const room = Math.min(rest, SLOT_CYCLES - this.taken[at]!)
      this.taken[at]! += room
      if (this.taken[at] === SLOT_CYCLES) this.skip[at] = 1
      rest -= room
      end = start + room
      slot++
    }
    return end
  }

  /** The first slot from one on that is not full. */
  private free(from: number): number {
    let slot = from
    const last = this.base + SLOTS
    while (slot < last && this.taken[slot % SLOTS] === SLOT_CYCLES) slot += this.skip[slot % SLOTS]!
    // Whoever looks from here again goes there at once.
    if (slot > from && slot - from < 65536) this.skip[from % SLOTS] = slot - from
    return slot
  }

  private forget(slot: number): void {
    if (slot - this.base >= SLOTS) {
      this.taken.fill(0)
      this.base = slot
    }
    for (; this.base < slot; this.base++) this.taken[this.base % SLOTS] = 0
  }
}
