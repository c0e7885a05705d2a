/**
 * The event queue: a timing wheel for the near future and a heap for the far one, with one total order: (cycle,
 * component id). A component is stepped at most once a cycle, however often it was scheduled for it, so neither the
 * order nor the number of pushes can be seen: a step that would change nothing may be left out, or added.
 * A slot of the wheel is a bitmap of components, with a summary of its words that are not 0.
 * Benchmark: bench/wheel.ts.
 */
const SLOTS = 1024
const MASK = SLOTS - 1

export class TimingWheel {
  /** The cycle whose events are being taken. */
  now = 0
  /** Events waiting behind the current cycle; 0 means none. A far event scheduled twice counts twice. */
  size = 0

  private readonly words: number // words of a slot's bitmap
  private readonly bits: Int32Array
  private readonly summaryWords: number // words of a slot's summary
  private readonly summary: Int32Array // one bit per word of the bitmap that is not 0
  private readonly occupied = new Int32Array(SLOTS / 32) // one bit per slot with events
  private readonly due: Int32Array // events of the current cycle, in order
  private dueCount = 0
  private taken = 0 // of them

  private farCycle = new Float64Array(64) // a binary heap by cycle: equal cycles meet in a bitmap before they are taken
  private farId = new Int32Array(64)
  private farSize = 0

  /** @param components ids are 0 .. components - 1 */
  constructor(components: number) {
    this.words = Math.ceil(components / 32)
    this.summaryWords = Math.ceil(this.words / 32)
    this.bits = new Int32Array(SLOTS * this.words)
    this.summary = new Int32Array(SLOTS * this.summaryWords)
    this.due = new Int32Array(components)
  }

  /**
   * Schedules a component. Laws: an event lies in the future; the same event twice is one.
   * @param cycle absolute cycle, greater than `now`
   */
  push(id: number, cycle: number): void {
    if (!(cycle > this.now)) throw new RangeError(`event for component ${id} at cycle ${cycle}, but it is ${this.now}`)
    if (cycle - this.now < SLOTS) this.pushNear(id, cycle & MASK)
    else this.pushFar(id, cycle)
  }

  /** The next cycle that has an event, or -1. */
  nextCycle(): number {
    if (this.size === 0) return -1
    if (this.size === this.farSize) return this.farCycle[0]!
    const start = (this.now + 1) & MASK
    let word = start >>> 5
    let bits = this.occupied[word]! & (-1 << (start & 31))
    for (let n = 0; n <= SLOTS / 32; n++) {
      if (bits !== 0) {
        const slot = (word << 5) + (31 - Math.clz32(bits & -bits))
        return this.now + 1 + ((slot - start) & MASK)
      }
      word = (word + 1) & (SLOTS / 32 - 1)
      bits = this.occupied[word]!
    }
    throw new Error('timing wheel: events counted but none found')
  }

  /** Moves to a cycle and collects its events. */
  advance(cycle: number): void {
    this.now = cycle
    while (this.farSize > 0 && this.farCycle[0]! - cycle < SLOTS) {
      this.size--
      this.pushNear(this.farId[0]!, this.farCycle[0]! & MASK)
      this.popFar()
    }
    this.taken = this.dueCount = 0
    const slot = cycle & MASK
    if (((this.occupied[slot >>> 5]! >>> (slot & 31)) & 1) !== 0) this.collect(slot)
  }

  /** Takes the next event of the current cycle: the lowest component, or -1 when there is none left. */
  pop(): number {
    return this.taken === this.dueCount ? -1 : this.due[this.taken++]!
  }

  private collect(slot: number): void {
    const { bits, summary, due } = this
    let count = 0
    for (let k = 0; k < this.summaryWords; k++) {
      const at = slot * this.summaryWords + k
      for (let words = summary[at]!; words !== 0; words &= words - 1) {
        const word = (k << 5) + (31 - Math.clz32(words & -words))
        const from = slot * this.words + word
        for (let ids = bits[from]!; ids !== 0; ids &= ids - 1) due[count++] = (word << 5) + (31 - Math.clz32(ids & -ids))
        bits[from] = 0
      }
      summary[at] = 0
    }
    this.dueCount = count
    this.size -= count
    this.occupied[slot >>> 5]! &= ~(1 << (slot & 31))
  }

  private pushNear(id: number, slot: number): void {
    const word = id >>> 5
    const at = slot * this.words + word
    const before = this.bits[at]!
    const after = before | (1 << (id & 31))
    if (after === before) return
    this.bits[at] = after
    this.size++
    if (before !== 0) return
    const group = slot * this.summaryWords + (word >>> 5)
    const words = this.summary[group]!
    this.summary[group] = words | (1 << (word & 31))
    if (words === 0) this.occupied[slot >>> 5]! |= 1 << (slot & 31)
  }

  private pushFar(id: number, cycle: number): void {
    if (this.farSize === this.farId.length) {
      this.farCycle = grown(this.farCycle)
      this.farId = grown(this.farId)
    }
    this.size++
    let hole = this.farSize++
    while (hole > 0) {
      const parent = (hole - 1) >> 1
      if (this.farCycle[parent]! <= cycle) break
      this.moveFar(parent, hole)
      hole = parent
    }
    this.farCycle[hole] = cycle
    this.farId[hole] = id
  }

  private popFar(): void {
    const last = --this.farSize
    const cycle = this.farCycle[last]!
    const id = this.farId[last]!
    let hole = 0
    for (let child = 1; child < last; child = 2 * hole + 1) {
      if (child + 1 < last && this.farCycle[child + 1]! < this.farCycle[child]!) child++
      if (this.farCycle[child]! >= cycle) break
      this.moveFar(child, hole)
      hole = child
    }
    this.farCycle[hole] = cycle
    this.farId[hole] = id
  }

  private moveFar(from: number, to: number): void {
    this.farCycle[to] = this.farCycle[from]!
    this.farId[to] = this.farId[from]!
  }
}

function grown<T extends Int32Array | Float64Array>(array: T): T {
  const larger = new (array.constructor as new (length: number) => T)(array.length * 2)
  larger.set(array as never)
  return larger
}
