/**
 * A timing wheel of (target, data) pairs; within a cycle in push order. Flat arrays of `slots` rows that all
 * grow together when one row is full, so a slot costs no more than the busiest cycle so far.
 */
export class Wheel {
  readonly slots: number
  readonly mask: number
  readonly count: Int32Array
  capacity = 64
  target: Int32Array
  data: Int32Array

  /** @param slots a power of two above the longest delay */
  constructor(slots: number) {
    this.slots = slots
    this.mask = slots - 1
    this.count = new Int32Array(slots)
    this.target = new Int32Array(slots * this.capacity)
    this.data = new Int32Array(slots * this.capacity)
  }

  push(cycle: number, target: number, data: number): void {
    const slot = cycle & this.mask
    const n = this.count[slot]!
    if (n === this.capacity) this.grow()
    this.count[slot] = n + 1
    this.target[slot * this.capacity + n] = target
    this.data[slot * this.capacity + n] = data
  }

  private grow(): void {
    const capacity = this.capacity * 2
    const target = new Int32Array(this.slots * capacity)
    const data = new Int32Array(this.slots * capacity)
    for (let slot = 0; slot < this.slots; slot++) {
      const from = slot * this.capacity
      target.set(this.target.subarray(from, from + this.capacity), slot * capacity)
      data.set(this.data.subarray(from, from + this.capacity), slot * capacity)
    }
    this.target = target
    this.data = data
    this.capacity = capacity
  }
}
