/**
 * The event queue: a timing wheel for the near future and a heap for the far one, with one total
 * order (cycle, push order). Events are component ids. Benchmark: bench/wheel.ts.
 */
const SLOTS = 1024
const MASK = SLOTS - 1

export class TimingWheel {
  /** The cycle whose events are being taken. */
  now = 0
  /** Events waiting, near and far. */
  size = 0

  private readonly head = new Int32Array(SLOTS).fill(-1) // first node of each slot
  private readonly tail = new Int32Array(SLOTS).fill(-1) // last node of each slot
  private readonly occupied = new Uint32Array(SLOTS / 32) // one bit per slot with events
  private nodeId = new Int32Array(256) // component of each node
  private nodeNext = new Int32Array(256) // next node of the slot, or of the free list
  private free = -1 // head of the free list
  private used = 0 // nodes ever taken

  private farCycle = new Float64Array(64) // heap keys: cycle,
  private farOrder = new Float64Array(64) // then push order
  private farId = new Int32Array(64)
  private farSize = 0
  private pushes = 0

  /**
   * Schedules a component. Law: an event lies in the future.
   * @param cycle absolute cycle, greater than `now`
   */
  push(id: number, cycle: number): void {
    if (!(cycle > this.now)) throw new RangeError(`event for component ${id} at cycle ${cycle}, but it is ${this.now}`)
    this.size++
    if (cycle - this.now < SLOTS) this.pushNear(id, cycle & MASK)
    else this.pushFar(id, cycle)
  }

  /** The next cycle that has an event, or -1. */
  nextCycle(): number {
    if (this.size === 0) return -1
    if (this.size === this.farSize) return this.farCycle[0]!
    const start = (this.now + 1) & MASK
    let word = start >>> 5
    let bits = this.occupied[word]! & (0xffffffff << (start & 31))
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

  /** Moves to a cycle; far events that come within reach keep their place in the order. */
  advance(cycle: number): void {
    this.now = cycle
    while (this.farSize > 0 && this.farCycle[0]! - cycle < SLOTS) {
      this.pushNear(this.farId[0]!, this.farCycle[0]! & MASK)
      this.popFar()
    }
  }

  /** Takes the next event of the current cycle: its component, or -1. */
  pop(): number {
    const slot = this.now & MASK
    const node = this.head[slot]!
    if (node < 0) return -1
    const next = this.nodeNext[node]!
    this.head[slot] = next
    if (next < 0) {
      this.tail[slot] = -1
      this.occupied[slot >>> 5]! &= ~(1 << (slot & 31))
    }
    this.nodeNext[node] = this.free
    this.free = node
    this.size--
    return this.nodeId[node]!
  }

  private pushNear(id: number, slot: number): void {
    let node = this.free
    if (node >= 0) this.free = this.nodeNext[node]!
    else {
      node = this.used++
      if (node === this.nodeId.length) {
        this.nodeId = grown(this.nodeId)
        this.nodeNext = grown(this.nodeNext)
      }
    }
    this.nodeId[node] = id
    this.nodeNext[node] = -1
    const last = this.tail[slot]!
    if (last < 0) {
      this.head[slot] = node
      this.occupied[slot >>> 5]! |= 1 << (slot & 31)
    } else this.nodeNext[last] = node
    this.tail[slot] = node
  }

  private pushFar(id: number, cycle: number): void {
    if (this.farSize === this.farId.length) {
      this.farCycle = grown(this.farCycle)
      this.farOrder = grown(this.farOrder)
      this.farId = grown(this.farId)
    }
    const order = this.pushes++
    let hole = this.farSize++
    while (hole > 0) {
      const parent = (hole - 1) >> 1
      if (this.farCycle[parent]! <= cycle) break // an equal cycle was pushed earlier: it stays above
      this.moveFar(parent, hole)
      hole = parent
    }
    this.farCycle[hole] = cycle
    this.farOrder[hole] = order
    this.farId[hole] = id
  }

  private popFar(): void {
    const last = --this.farSize
    const cycle = this.farCycle[last]!
    const order = this.farOrder[last]!
    const id = this.farId[last]!
    let hole = 0
    for (let child = 1; child < last; child = 2 * hole + 1) {
      if (child + 1 < last && this.farBefore(child + 1, this.farCycle[child]!, this.farOrder[child]!)) child++
      if (!this.farBefore(child, cycle, order)) break
      this.moveFar(child, hole)
      hole = child
    }
    this.farCycle[hole] = cycle
    this.farOrder[hole] = order
    this.farId[hole] = id
  }

  private farBefore(node: number, cycle: number, order: number): boolean {
    const other = this.farCycle[node]!
    return other < cycle || (other === cycle && this.farOrder[node]! < order)
  }

  private moveFar(from: number, to: number): void {
    this.farCycle[to] = this.farCycle[from]!
    this.farOrder[to] = this.farOrder[from]!
    this.farId[to] = this.farId[from]!
  }
}

function grown<T extends Int32Array | Float64Array>(array: T): T {
  const larger = new (array.constructor as new (length: number) => T)(array.length * 2)
  larger.set(array as never)
  return larger
}
