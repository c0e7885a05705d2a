/**
 * A timing wheel of words: what arrives in a cycle, in push order. All slots share one array that grows when one
 * of them is full, so a slot costs no more than the busiest cycle so far.
 */
export class Wheel {
  readonly slots: number
  readonly mask: number
  /** Words in each slot; slot k's words start at k * capacity. */
  readonly count: Int32Array
  capacity = 64
  words: Int32Array

  /** @param slots a power of two above the longest delay */
  constructor(slots: number) {
    this.slots = slots
    this.mask = slots - 1
    this.count = new Int32Array(slots)
    this.words = new Int32Array(slots * this.capacity)
  }

  push1(cycle: number, word: number): void {
    const slot = cycle & this.mask
    const n = this.count[slot]!
    if (n === this.capacity) this.grow()
    this.count[slot] = n + 1
    this.words[slot * this.capacity + n] = word
  }

  /** Pushes two words; a wheel holds either single words or pairs. */
  push2(cycle: number, first: number, second: number): void {
    const slot = cycle & this.mask
    const n = this.count[slot]!
    if (n === this.capacity) this.grow()
    const at = slot * this.capacity + n
    this.count[slot] = n + 2
    this.words[at] = first
    this.words[at + 1] = second
  }

  private grow(): void {
    const words = new Int32Array(this.words.length * 2)
    for (let slot = 0; slot < this.slots; slot++) {
      const from = slot * this.capacity
      words.set(this.words.subarray(from, from + this.capacity), 2 * from)
    }
    this.words = words
    this.capacity *= 2
  }
}
