import type { Fabric } from '../fabric/index.js'
import type { ResolvedConfig } from './config.js'

/** Where the head or the tail of a packet is. */
export interface Place {
  at: 'source' | 'buffer' | 'wire' | 'delivered'
  router: number
  inputPort: number
  inputVc: number
}

/** What a flit at the front of a buffer, or behind others, needs before it can win the switch. */
export type HeadStage = 'arriving' | 'route' | 'vc' | 'switch'

/** The way ahead of a flit that is about to win the switch of a router, in cycles from that grant to the delivery. */
interface WayAhead {
  /** Of a head, which meets RC and VA on the way. */
  readonly head: number
  /** Of a flit behind a head, which finds route and channel there. */
  readonly body: number
  /** Of the tail, when the head is granted. */
  readonly tailBehindHead: number
  /** Most cycles between two flits on a link that is still ahead. */
  readonly slowest: number
}

/** Cycles from a switch grant to the arrival behind a link of one cycle, less the link. */
const SWITCH_AND_WIRE = 2
/** From the last router's grant to the delivery: switch traversal and the endpoint's wire. */
const EJECTION = SWITCH_AND_WIRE + 1

/**
 * A packet on its way to one destination. It keeps the earliest cycle in which the tail can arrive if nobody is in the
 * way from now on. That cycle never goes down, and a cycle in which it goes up is a cycle lost to whatever holds up the
 * flit that decides it: so waits by cause sum to the latency less the unloaded latency, whatever a packet's length.
 */
export class Journey {
  readonly destination: number
  readonly target: number
  readonly flits: number
  readonly head: Place
  readonly tail: Place
  /** Earliest cycle of the tail's delivery, as known at the end of a cycle. */
  earliest: number
  /** Earliest delivery of the tail that the head, wherever it was last, leaves possible. */
  private behindHead = 0
  private readonly fabric: Fabric
  private readonly config: ResolvedConfig
  private ways = new Map<number, WayAhead>()

  constructor(fabric: Fabric, config: ResolvedConfig, source: number, destination: number, flits: number, created: number) {
    this.fabric = fabric
    this.config = config
    this.destination = destination
    this.target = fabric.wiring.endpointRouter[destination]!
    this.flits = flits
    const place = (): Place => ({ at: 'source', router: fabric.wiring.endpointRouter[source]!, inputPort: fabric.wiring.endpointPort[source]!, inputVc: -1 })
    this.head = place()
    this.tail = place()
    this.earliest = this.headLeavesSource(created)
  }

  /** Cycles from a head's arrival in an empty buffer to its switch grant. */
  private get pipeline(): number {
    return this.config.hopCycles - 3
  }

  private wayAhead(router: number): WayAhead {
    const known = this.ways.get(router)
    if (known) return known
    const { delayCycles, cyclesPerFlit } = this.fabric.wiring
    let way: WayAhead = { head: EJECTION, body: EJECTION, tailBehindHead: EJECTION + this.flits - 1, slowest: 1 }
    for (const id of this.fabric.path(router, this.target).reverse()) {
      const body = SWITCH_AND_WIRE + delayCycles[id]!
      const slowest = Math.max(way.slowest, cyclesPerFlit[id]!)
      // The tail is held up most by one link: the head's pace up to there, then one flit after the other.
      const spread = this.flits === 1 ? 0 : cyclesPerFlit[id]! + (this.flits - 2) * slowest
      const head = body + this.pipeline
      way = {
        head: head + way.head, body: body + way.body, slowest,
        tailBehindHead: Math.max(spread + body + way.body, head + way.tailBehindHead),
      }
    }
    this.ways.set(router, way)
    return way
  }

  /** Earliest delivery of the tail if the head leaves its source in a cycle. */
  headLeavesSource(cycle: number): number {
    return cycle + SWITCH_AND_WIRE + this.pipeline + this.wayAhead(this.head.router).tailBehindHead
  }

  /** The same if it is granted at its router. */
  headGranted(cycle: number): number {
    return cycle + this.wayAhead(this.head.router).tailBehindHead
  }

  /** Earliest delivery of the tail if it leaves its source in a cycle, or is granted with `ahead` own flits before it. */
  tailLeavesSource(cycle: number): number {
    return cycle + SWITCH_AND_WIRE + this.wayAhead(this.tail.router).body
  }

  tailGranted(cycle: number, ahead: number): number {
    const way = this.wayAhead(this.tail.router)
    return cycle + ahead * way.slowest + way.body
  }

  /** Cycles until a head in a buffer can be granted at the earliest, at the end of a cycle. */
  untilGrant(stage: HeadStage): number {
    if (stage === 'switch') return 1
    if (stage === 'vc') return this.config.speculative ? 1 : 2
    return this.pipeline + 1
  }

  /** What the head leaves possible from now on; kept when it is on a wire or gone. */
  set headAllows(cycle: number) {
    this.behindHead = cycle
  }

  get headAllows(): number {
    return this.behindHead
  }
}
