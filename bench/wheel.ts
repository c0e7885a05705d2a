import { Random } from '../sim/random.js'
import { TimingWheel } from '../sim/engine/wheel.js'
import { compare, main } from './harness.js'
import type { BenchRow, Work } from './harness.js'

/**
 * The event queue, ordered by (cycle, component), against a plain binary heap of (cycle, push order). The 'hold' model: each event taken schedules
 * one more, after a delay drawn as a core's are: most of a few cycles, some of hundreds, few beyond the wheel.
 */
const EVENTS = 1_000_000

/** Delays in cycles, drawn once, so that both queues see the same. */
function delays(): Int32Array {
  const random = new Random(1)
  return Int32Array.from({ length: 65536 }, () => {
    const kind = random.below(100)
    return 1 + random.below(kind < 80 ? 8 : kind < 99 ? 500 : 5000)
  })
}

const DELAYS = delays()

function holdWheel(pending: number): Work {
  return () => {
    const wheel = new TimingWheel(pending)
    let draw = 0
    for (let id = 0; id < pending; id++) wheel.push(id, DELAYS[draw++ & 65535]!)
    let taken = 0
    while (taken < EVENTS) {
      wheel.advance(wheel.nextCycle())
      for (let id = wheel.pop(); id >= 0; id = wheel.pop(), taken++) wheel.push(id, wheel.now + DELAYS[draw++ & 65535]!)
    }
    return taken
  }
}

/** The textbook queue: three parallel arrays, sift up, sift down. */
class BinaryHeap {
  readonly cycle: Float64Array
  readonly order: Float64Array
  readonly id: Int32Array
  size = 0
  pushes = 0

  constructor(capacity: number) {
    this.cycle = new Float64Array(capacity)
    this.order = new Float64Array(capacity)
    this.id = new Int32Array(capacity)
  }

  before(a: number, b: number): boolean {
    return this.cycle[a]! < this.cycle[b]! || (this.cycle[a] === this.cycle[b] && this.order[a]! < this.order[b]!)
  }

  swap(a: number, b: number): void {
    const [cycle, order, id] = [this.cycle[a]!, this.order[a]!, this.id[a]!]
    this.cycle[a] = this.cycle[b]!
    this.order[a] = this.order[b]!
    this.id[a] = this.id[b]!
    this.cycle[b] = cycle
    this.order[b] = order
    this.id[b] = id
  }

  push(id: number, cycle: number): void {
    let at = this.size++
    this.cycle[at] = cycle
    this.order[at] = this.pushes++
    this.id[at] = id
    for (let parent = (at - 1) >> 1; at > 0 && this.before(at, parent); at = parent, parent = (at - 1) >> 1) this.swap(at, parent)
  }

  pop(): number {
    const id = this.id[0]!
    this.swap(0, --this.size)
    for (let at = 0, child = 1; child < this.size; at = child, child = 2 * at + 1) {
      if (child + 1 < this.size && this.before(child + 1, child)) child++
      if (!this.before(child, at)) break
      this.swap(child, at)
    }
    return id
  }
}

function holdHeap(pending: number): Work {
  return () => {
    const heap = new BinaryHeap(pending)
    let draw = 0
    for (let id = 0; id < pending; id++) heap.push(id, DELAYS[draw++ & 65535]!)
    for (let taken = 0; taken < EVENTS; taken++) {
      const now = heap.cycle[0]!
      heap.push(heap.pop(), now + DELAYS[draw++ & 65535]!)
    }
    return EVENTS
  }
}

export function wheelBenchmarks(): BenchRow[] {
  return [64, 1024, 16384].map((pending) => (
    compare(`event queue, ${pending} pending`, 'events/s', holdWheel(pending), 'a binary heap', holdHeap(pending))
  ))
}

await main(import.meta.url, wheelBenchmarks)
