import { InputError } from '../errors.js'
import { type NetworkConfig, type ResolvedConfig, resolveConfig } from './config.js'
import { DestinationSets, SET_COPIES, SET_SEVERAL, SET_UNICAST } from './destination-sets.js'
import { LAYOUT, roundRobin } from './layout.js'
import { Routers } from './router/router.js'
import { describeStuck } from './stuck.js'
import { Worms } from './worms.js'

export type { NetworkConfig } from './config.js'

const { FLIT_HEAD, FLIT_TAIL, O_INJECT, O_SIZE, P_IN, P_INJECT, P_OUT } = LAYOUT

/** Cycles between two times that counters are carried into doubles. */
const CARRY_CYCLES = 2 ** 27

/**
 * A cycle-accurate network of input-buffered virtual-channel routers, usable on its own. A packet enqueued in
 * cycle t on an idle network is delivered in cycle t + hopCycles * H + 2, H the routers it traverses.
 *
 * Use: `enqueue`, then `step()` simulates cycle `cycle`; after it, the delivered and injected arrays describe that
 * cycle until the next step. Runs with the same calls and seed are identical.
 */
export class Network {
  readonly config: ResolvedConfig
  readonly worms = new Worms()
  readonly routers: Routers
  readonly sets: DestinationSets
  readonly endpoints: number

  /** Deliveries of the last step: endpoint, packet, and the flit's index in its packet (tail: flits - 1). */
  deliveredCount = 0
  readonly deliveredEndpoint: Int32Array
  readonly deliveredPacket: Int32Array
  readonly deliveredFlit: Int32Array
  /** Endpoints whose source queue lost a flit to the network in the last step. */
  injectedCount = 0
  readonly injectedEndpoint: Int32Array
  /** The packet and flit index that left; parallel to injectedEndpoint. */
  readonly injectedPacket: Int32Array
  readonly injectedFlit: Int32Array
  readonly injectedWorm: Int32Array

  private carryAt = CARRY_CYCLES
  private readonly queueHead: Int32Array
  private readonly queueTail: Int32Array
  private readonly queueFlits: Float64Array
  private readonly sentOfHead: Int32Array
  private readonly sourceVc: Int32Array
  /** Sources with something to send that are not waiting for a credit. */
  private readonly activeSources: Int32Array
  private activeSourceCount = 0
  private readonly isActiveSource: Uint8Array
  /** Port record an endpoint is on. */
  private readonly injectPort: Int32Array

  /**
   * @param config see NetworkConfig; checked, also for deadlock freedom
   * @param seed for the choices a routing function leaves open (o1turn, ties on a ring)
   * @throws InputError when the configuration is out of range or could deadlock
   */
  constructor(config: NetworkConfig, seed: number) {
    this.config = resolveConfig(config)
    this.routers = new Routers(this.config, seed, this.worms)
    const { wiring, fabric } = this.routers
    this.sets = new DestinationSets(this.config, fabric)
    this.routers.sets = this.sets
    const { endpoints } = wiring
    this.endpoints = endpoints
    this.deliveredEndpoint = new Int32Array(endpoints)
    this.deliveredPacket = new Int32Array(endpoints)
    this.deliveredFlit = new Int32Array(endpoints)
    this.injectedEndpoint = new Int32Array(endpoints)
    this.injectedPacket = new Int32Array(endpoints)
    this.injectedFlit = new Int32Array(endpoints)
    this.injectedWorm = new Int32Array(endpoints)
    this.queueHead = new Int32Array(endpoints).fill(-1)
    this.queueTail = new Int32Array(endpoints).fill(-1)
    this.queueFlits = new Float64Array(endpoints)
    this.sentOfHead = new Int32Array(endpoints)
    this.sourceVc = new Int32Array(endpoints).fill(-1)
    this.activeSources = new Int32Array(endpoints)
    this.isActiveSource = new Uint8Array(endpoints)
    this.injectPort = Int32Array.from({ length: endpoints }, (_, e) =>
      this.routers.portAt(wiring.endpointRouter[e]!, wiring.endpointPort[e]!))
  }

  /** The cycle about to be simulated. */
  get cycle(): number {
    return this.routers.now
  }

  /** Whether a packet is queued or in flight. */
  get busy(): boolean {
    return this.worms.livePackets > 0
  }

  /** Flits through routers so far: one per flit and router, however many outputs it takes there. */
  get flitHops(): number {
    return this.routers.flitHops
  }

  /** Flits that left each output, ejection included; index router * wiring.ports + port. */
  linkFlits(): Float64Array {
    return this.routers.linkFlitCounts()
  }

  /** Flits that entered each router. */
  routerFlits(): Float64Array {
    return this.routers.routerFlits()
  }

  get flitHopsByTag(): Float64Array {
    return this.routers.flitHopsByTag
  }

  get linkFlitsByTag(): Float64Array {
    return this.routers.linkFlitsByTag
  }

  /** Flits over links between chips, and between host and chip. */
  get chipLinkFlitsByTag(): Float64Array {
    return this.routers.chipLinkFlitsByTag
  }

  /** Registers a destination set for packets from `source`; returns its id. See DestinationSets.register. */
  destinations(source: number, endpoints: readonly number[]): number {
    this.roomForTrees(endpoints.length)
    return this.sets.register(source, endpoints)
  }

  /** Registers all endpoints of the routers in a rectangle as a destination set. */
  destinationRectangle(source: number, column0: number, row0: number, column1: number, row1: number): number {
    this.roomForTrees(2)
    return this.sets.registerRectangle(source, column0, row0, column1, row1)
  }

  private roomForTrees(endpoints: number): void {
    if (endpoints > 1 && this.config.multicast === 'tree') this.routers.roomForBranches()
  }

  /** Flits that wait in a source queue. */
  queuedFlits(source: number): number {
    return this.queueFlits[source]!
  }

  /**
   * Appends a packet to the queue of `source`; it may be injected in the current cycle.
   * @param set a destination set registered for this source
   * @param flits length of the packet, 1 to 65535
   * @param tag counter the packet's flits are booked under (ignored when config.tags is 0)
   * @returns the packet's id, valid until one step after its last delivery
   * @throws InputError if a branching packet is longer than a buffer, which could deadlock
   */
  enqueue(source: number, set: number, flits: number, tag: number): number {
    const kind = this.sets.kind[set]!
    if (this.sets.source[set] !== source) {
      throw new InputError(`network: destination set ${set} belongs to source ${this.sets.source[set]}, not ${source}`)
    }
    if (kind === SET_UNICAST) return this.send(source, this.sets.first[set]!, flits, tag)
    if (kind !== SET_COPIES && flits > this.config.bufferFlits) this.refuseLongTree(flits)
    const packet = this.worms.newPacket(this.sets.members[set]!, tag)
    this.queueSet(source, packet, set, flits)
    return packet
  }

  /** Queues what serves a destination set: one worm, or several. */
  private queueSet(source: number, packet: number, set: number, flits: number): void {
    const { sets, worms } = this
    const members = sets.members[set]!
    const first = sets.first[set]!
    switch (sets.kind[set]) {
      case SET_UNICAST: return this.queue(source, worms.newWorm(packet, source, first, flits, 1), flits)
      case SET_COPIES:
        for (let k = first; k < first + members; k++) this.queue(source, worms.newWorm(packet, source, sets.list[k]!, flits, 1), flits)
        return
      case SET_SEVERAL:
        for (let k = first; sets.list[k]! >= 0; k++) this.queueSet(source, packet, sets.list[k]!, flits)
        return
      default: this.queue(source, worms.newWorm(packet, source, ~set, flits, members), flits)
    }
  }

  private refuseLongTree(flits: number): never {
    throw new InputError(
      `network: a multicast packet of ${flits} flits does not fit a buffer of ${this.config.bufferFlits} flits; its ` +
      'branches would wait for each other and could deadlock. Choose bufferFlits >= the longest multicast packet, ' +
      'shorter packets, or multicast unicast')
  }

  /** As `enqueue`, to one endpoint and without a registered set. */
  send(source: number, destination: number, flits: number, tag: number): number {
    const packet = this.worms.newPacket(1, tag)
    this.queue(source, this.worms.newWorm(packet, source, destination, flits, 1), flits)
    return packet
  }

  private queue(source: number, worm: number, flits: number): void {
    this.routers.setWorm(worm, this.worms.target[worm]!, this.worms.tag[worm]!)
    const tail = this.queueTail[source]!
    if (tail < 0) this.queueHead[source] = worm
    else this.worms.next[tail] = worm
    this.queueTail[source] = worm
    this.queueFlits[source]! += flits
    this.routers.observer?.queued(worm)
    if (tail < 0) this.wakeSource(source)
  }

  private wakeSource(source: number): void {
    if (this.isActiveSource[source] !== 0 || this.queueHead[source]! < 0) return
    this.isActiveSource[source] = 1
    this.activeSources[this.activeSourceCount++] = source
  }

  /** Simulates the current cycle: arrivals and deliveries, credits, injection, then the routers. */
  step(): void {
    const { routers } = this
    if (routers.now >= this.carryAt) this.carry()
    this.worms.recycle()
    this.arrivals()
    this.credits(routers.now)
    this.inject()
    routers.step()
    routers.now++
  }

  /** Keeps the routers' counters from wrapping around. */
  private carry(): void {
    this.routers.carryCounters()
    this.carryAt = this.routers.now + CARRY_CYCLES
  }

  /** Moves the clock forward while nothing is queued or in flight. */
  skipTo(cycle: number): void {
    const { routers } = this
    if (this.busy || cycle < routers.now) {
      throw new Error(`network: skipTo(${cycle}) in cycle ${routers.now}${this.busy ? ' while packets are in flight' : ''}`)
    }
    const last = Math.min(cycle, routers.now + routers.wheelMask + 1)
    for (let t = routers.now; t < last; t++) this.credits(t)
    this.worms.recycle()
    this.deliveredCount = 0
    this.injectedCount = 0
    routers.now = cycle
  }

  /** The receiver at an endpoint freed receive-buffer flits. */
  release(endpoint: number, flits: number): void {
    if (this.routers.finiteReceive) this.routers.m[this.routers.receiveFree + endpoint]! += flits
  }

  /** Which packet waits where for what: one line per waiting head, for the message of a deadlock. */
  describeStuck(): string[] {
    return describeStuck(this)
  }

  /** Worm at the head of a source queue, or -1: for reports and logs. */
  sourceHead(source: number): number {
    return this.queueHead[source]!
  }

  /** Flits that the packet at the head of a source queue has sent already. */
  sentOfSource(source: number): number {
    return this.sentOfHead[source]!
  }

  private arrivals(): void {
    const { routers, worms } = this
    const count = routers.arrive()
    const { m } = routers
    for (let n = 0; n < count; n++) {
      const at = routers.delivered + 3 * n
      const flit = m[at + 1]!
      this.deliveredEndpoint[n] = m[at]!
      this.deliveredPacket[n] = worms.packet[flit >> 2]!
      this.deliveredFlit[n] = m[at + 2]!
      if ((flit & FLIT_TAIL) !== 0) worms.tailDelivered(flit >> 2)
    }
    this.deliveredCount = count
  }

  private credits(cycle: number): void {
    const { routers } = this
    const count = routers.takeCredits(cycle)
    for (let k = 0; k < count; k++) this.wakeSource(routers.m[routers.woken + k]!)
  }

  private inject(): void {
    this.injectedCount = 0
    let kept = 0
    for (let k = 0; k < this.activeSourceCount; k++) {
      const source = this.activeSources[k]!
      if (this.injectFlit(source)) this.activeSources[kept++] = source
      else this.isActiveSource[source] = 0
    }
    this.activeSourceCount = kept
  }

  /** Sends one flit of a source's first packet; false when the queue is empty or no credit is left. */
  private injectFlit(source: number): boolean {
    const { routers, worms } = this
    const { m } = routers
    const worm = this.queueHead[source]!
    const port = this.injectPort[source]!
    const sent = this.sentOfHead[source]!
    const last = worms.flits[worm]! - 1
    let vc = this.sourceVc[source]!
    let open = m[port + P_INJECT]!
    if (sent === 0) {
      const { wiring } = routers
      routers.routeAhead(worm, wiring.endpointRouter[source]! * wiring.ports + wiring.endpointPort[source]!)
      if (this.config.ordered) open &= routers.pinned(routers.allVcs, worm)
      if (open === 0) return false
      vc = roundRobin(open, vc + 1)
      this.sourceVc[source] = vc
    } else if (((open >> vc) & 1) === 0) return false
    const credits = m[port + P_OUT]! + vc * O_SIZE + O_INJECT
    m[credits]!--
    if (m[credits] === 0) m[port + P_INJECT]! &= ~(1 << vc)
    const flit = (worm << 2) | (sent === 0 ? FLIT_HEAD : 0) | (sent === last ? FLIT_TAIL : 0)
    routers.pushFlit(routers.now + 2, m[port + P_IN]! + vc * routers.ivcSize, flit)
    this.recordInjection(source, worm, sent)
    if (sent < last) {
      this.sentOfHead[source] = sent + 1
      return true
    }
    this.sentOfHead[source] = 0
    const next = worms.next[worm]!
    this.queueHead[source] = next
    if (next < 0) this.queueTail[source] = -1
    return next >= 0
  }

  private recordInjection(source: number, worm: number, flit: number): void {
    const n = this.injectedCount++
    this.injectedEndpoint[n] = source
    this.injectedPacket[n] = this.worms.packet[worm]!
    this.injectedFlit[n] = flit
    this.injectedWorm[n] = worm
    this.queueFlits[source]!--
    this.routers.countInjection(source, this.worms.tag[worm]!)
  }
}
