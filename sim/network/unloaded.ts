import type { Fabric, Metric } from '../fabric/index.js'
import type { ResolvedConfig } from './config.js'
import { Journey } from './journey.js'

/** Latencies in an empty network: creation to the tail's delivery, nobody in the way and no buffer too short. */
export class UnloadedLatency {
  private readonly fabric: Fabric
  private readonly config: ResolvedConfig
  private readonly links: Metric
  private readonly cycles: Metric
  private readonly narrow: boolean
  private readonly known = new Map<number, number>()

  constructor(fabric: Fabric, config: ResolvedConfig) {
    this.fabric = fabric
    this.config = config
    this.links = fabric.metric(() => 1)
    this.cycles = fabric.metric((linkCycles) => linkCycles)
    this.narrow = fabric.wiring.cyclesPerFlit.some((cycles) => cycles > 1)
  }

  /** Of a packet of so many flits from endpoint to endpoint: hopCycles H + 2, and a cycle for each further flit. */
  between(source: number, destination: number, flits: number): number {
    if (this.narrow) return this.overNarrowLinks(source, destination, flits)
    const { endpointRouter } = this.fabric.wiring
    const from = endpointRouter[source]!
    const to = endpointRouter[destination]!
    const { hopCycles } = this.config
    return hopCycles + 2 + this.links.distance(from, to) * (hopCycles - 1) + this.cycles.distance(from, to) + flits - 1
  }

  private overNarrowLinks(source: number, destination: number, flits: number): number {
    const key = source * this.fabric.wiring.endpoints + destination
    let latency = this.known.get(key)
    if (latency === undefined) {
      latency = new Journey(this.fabric, this.config, source, destination, flits, 0).earliest
      this.known.set(key, latency)
    }
    return latency
  }
}
