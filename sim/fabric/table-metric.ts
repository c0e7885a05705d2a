import type { Random } from '../random.js'
import type { Metric } from './fabric.js'
import type { Wiring } from './wiring.js'

/** Distances along the routes of a table; trees by walking them. */
export class TableMetric implements Metric {
  readonly extent: number
  private readonly wiring: Wiring
  private readonly next: Int32Array
  private readonly output: Uint8Array
  private readonly hops: Int32Array
  private readonly weight: Int32Array
  private readonly stamp: Int32Array
  private stamped = 0
  /** Routers by their distance in links from each router, made when first asked for. */
  private readonly rings: (readonly number[][] | undefined)[]

  /** @param next next router, and `output` the port to it, of each router (row) towards each router (column) */
  constructor(wiring: Wiring, next: Int32Array, output: Uint8Array, hopsOf: (linkCycles: number) => number) {
    this.wiring = wiring
    this.next = next
    this.output = output
    const { routers, ports, delayCycles } = wiring
    this.weight = Int32Array.from(delayCycles, (cycles) => (cycles === 0 ? 0 : hopsOf(cycles)))
    this.hops = new Int32Array(routers * routers)
    this.stamp = new Int32Array(routers * ports)
    this.rings = Array.from({ length: routers })
    let extent = 1
    for (let from = 0; from < routers; from++) {
      for (let to = 0; to < routers; to++) {
        let links = 0
        for (let at = from; at !== to && at >= 0; at = next[at * routers + to]!, links++) {
          this.hops[from * routers + to]! += this.weight[at * ports + output[at * routers + to]!]!
        }
        extent = Math.max(extent, links + 1)
      }
    }
    this.extent = extent
  }

  distance(from: number, to: number): number {
    return this.hops[from * this.wiring.routers + to]!
  }

  /** Links of all paths together, each once: where paths meet again, the network sends more than one tree. */
  treeHops(source: number, targets: Int32Array, count: number): number {
    const { stamp, next, output, weight } = this
    const { routers, ports } = this.wiring
    const mark = ++this.stamped
    let sum = 0
    for (let k = 0; k < count; k++) {
      const target = targets[k]!
      for (let at = source; at !== target; at = next[at * routers + target]!) {
        const id = at * ports + output[at * routers + target]!
        if (stamp[id] === mark) continue
        stamp[id] = mark
        sum += weight[id]!
      }
    }
    return sum
  }

  near(router: number, reach: number, random: Random): number {
    const rings = this.rings[router] ??= this.ringsOf(router)
    const within = rings[Math.min(reach, rings.length - 1)]!
    return within[random.below(within.length)]!
  }

  /** For each number of links, the routers that are at most so many links away. */
  private ringsOf(router: number): number[][] {
    const rings = [[router]]
    const seen = new Set([router])
    for (;;) {
      const last = rings.at(-1)!
      const more = last.flatMap((at) => this.neighbours(at)).filter((to) => !seen.has(to) && seen.add(to))
      if (more.length === 0) return rings
      rings.push([...last, ...more])
    }
  }

  private neighbours(router: number): number[] {
    const { ports, directions, peer } = this.wiring
    return Array.from({ length: directions }, (_, port) => peer[router * ports + port]!)
      .filter((to) => to >= 0).map((to) => Math.floor(to / ports))
  }
}
