import { log1pExact } from '../numerics.js'
import type { Random } from '../random.js'

/**
 * Bernoulli sources: each node makes a packet in each cycle with the same probability. A node's next creation is
 * drawn when the one before has been handed over, so a source that cannot keep up costs no memory: its backlog is
 * the time its next packet is behind. Nodes wait in a calendar, so a cycle costs as much as it creates.
 */
export class BernoulliSources {
  private readonly random: Random
  private readonly logOfMiss: number
  private readonly slots = 4096
  private readonly first: Int32Array
  private readonly following: Int32Array
  /** Creation cycle of a node's next packet. */
  readonly due: Float64Array

  /**
   * @param probability of a packet per node and cycle, 0 to 1
   * @param works whether a node sends at all
   */
  constructor(nodes: number, probability: number, random: Random, works: (node: number) => boolean = () => true) {
    this.random = random
    this.logOfMiss = log1pExact(-probability)
    this.first = new Int32Array(this.slots).fill(-1)
    this.following = new Int32Array(nodes).fill(-1)
    this.due = new Float64Array(nodes)
    for (let node = 0; node < nodes; node++) {
      this.due[node] = works(node) ? this.gap() - 1 : Infinity
      if (this.due[node] !== Infinity) this.file(node)
    }
  }

  /** Cycles to the next creation, geometrically distributed from 1 on. */
  private gap(): number {
    if (this.logOfMiss === -Infinity) return 1
    if (this.logOfMiss === 0) return Infinity
    return 1 + Math.floor(log1pExact(-this.random.uniform()) / this.logOfMiss)
  }

  private file(node: number): void {
    const slot = this.due[node]! % this.slots
    this.following[node] = this.first[slot]!
    this.first[slot] = node
  }

  /** Writes the nodes whose packet is due in this cycle to `out`, returns how many. */
  collect(cycle: number, out: Int32Array): number {
    const slot = cycle % this.slots
    let node = this.first[slot]!
    this.first[slot] = -1
    let count = 0
    while (node >= 0) {
      const next = this.following[node]!
      if (this.due[node] === cycle) out[count++] = node
      else this.file(node)
      node = next
    }
    return count
  }

  /**
   * The node's due packet was handed over: draws the next one.
   * @returns whether that one is due already (in the past or now); otherwise `collect` will return it in time
   */
  advance(node: number, now: number): boolean {
    this.due[node]! += this.gap()
    if (this.due[node]! <= now) return true
    if (this.due[node] !== Infinity) this.file(node)
    return false
  }
}
