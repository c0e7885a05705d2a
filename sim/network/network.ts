import { InputError } from '../errors.js'
import { type NetworkConfig, type ResolvedConfig, resolveConfig } from './config.js'
import { DestinationSets, SET_COPIES, SET_UNICAST } from './destination-sets.js'
import { Fabric } from './fabric.js'
import { FLIT_HEAD, FLIT_TAIL, NetworkState, roundRobin } from './state.js'
import { describeStuck } from './stuck.js'
import { Worms } from './worms.js'

export type { NetworkConfig } from './config.js'

/**
 * A cycle-accurate network of input-buffered virtual-channel routers, usable on its own. A packet enqueued in
 * cycle t on an idle network is delivered in cycle t + hopCycles * H + 2, H the routers it traverses.
 *
 * Use: `enqueue`, then `step()` simulates cycle `cycle`; after it, the delivered and injected arrays describe that
 * cycle until the next step. Runs with the same calls and seed are identical.
 */
export class Network {
  readonly config: ResolvedConfig
  readonly state: NetworkState
  readonly worms = new Worms()
  readonly sets: DestinationSets
  readonly fabric: Fabric
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

  private readonly queueHead: Int32Array
  private readonly queueTail: Int32Array
  private readonly queueFlits: Float64Array
  private readonly sentOfHead: Int32Array
  private readonly sourceVc: Int32Array
  private readonly lastVc: Int32Array
  /** Sources with something to send that are not waiting for a credit. */
  private readonly activeSources: Int32Array
  private activeSourceCount = 0
  private readonly isActiveSource: Uint8Array
  /** Flits so far of the packet that an ejection VC is delivering. */
  private readonly deliveredOfVc: Uint16Array

  /**
   * @param config see NetworkConfig; checked, also for deadlock freedom
   * @param seed for the choices a routing function leaves open (o1turn, ties on a ring)
   * @throws InputError when the configuration is out of range or could deadlock
   */
  constructor(config: NetworkConfig, seed: number) {
    this.config = resolveConfig(config)
    this.state = new NetworkState(this.config, seed)
    this.sets = new DestinationSets(this.state)
    this.fabric = new Fabric(this.state, this.worms, this.sets)
    const { endpoints } = this.state.topology
    this.endpoints = endpoints
    this.deliveredEndpoint = new Int32Array(endpoints)
    this.deliveredPacket = new Int32Array(endpoints)
    this.deliveredFlit = new Int32Array(endpoints)
    this.injectedEndpoint = new Int32Array(endpoints)
    this.injectedPacket = new Int32Array(endpoints)
    this.injectedFlit = new Int32Array(endpoints)
    this.queueHead = new Int32Array(endpoints).fill(-1)
    this.queueTail = new Int32Array(endpoints).fill(-1)
    this.queueFlits = new Float64Array(endpoints)
    this.sentOfHead = new Int32Array(endpoints)
    this.sourceVc = new Int32Array(endpoints)
    this.lastVc = new Int32Array(endpoints).fill(-1)
    this.activeSources = new Int32Array(endpoints)
    this.isActiveSource = new Uint8Array(endpoints)
    this.deliveredOfVc = new Uint16Array(this.state.vcState.length)
  }

  /** The cycle about to be simulated. */
  get cycle(): number {
    return this.state.now
  }

  /** Whether a packet is queued or in flight. */
  get busy(): boolean {
    return this.worms.livePackets > 0
  }

  /** Flits through routers so far: one per flit and router, however many outputs it takes there. */
  get flitHops(): number {
    return this.fabric.flitHops
  }

  /** Flits that left each output port (index: see `topology`), ejection included. */
  get linkFlits(): Float64Array {
    return this.state.linkFlits
  }

  get routerFlits(): Float64Array {
    return this.state.routerFlits
  }

  get flitHopsByTag(): Float64Array {
    return this.fabric.flitHopsByTag
  }

  get linkFlitsByTag(): Float64Array {
    return this.fabric.linkFlitsByTag
  }

  /** Flits over links between chips, and between host and chip. */
  get chipLinkFlitsByTag(): Float64Array {
    return this.fabric.chipLinkFlitsByTag
  }

  /** Registers a destination set for packets from `source`; returns its id. See DestinationSets.register. */
  destinations(source: number, endpoints: readonly number[]): number {
    return this.sets.register(source, endpoints)
  }

  /** Registers all endpoints of the routers in a rectangle as a destination set. */
  destinationRectangle(source: number, column0: number, row0: number, column1: number, row1: number): number {
    return this.sets.registerRectangle(source, column0, row0, column1, row1)
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
    const members = this.sets.members[set]!
    const packet = this.worms.newPacket(members, tag)
    if (kind === SET_COPIES) {
      const first = this.sets.first[set]!
      for (let k = 0; k < members; k++) {
        this.queue(source, this.worms.newWorm(packet, source, this.sets.list[first + k]!, flits, 1), flits)
      }
      return packet
    }
    if (flits > this.config.bufferFlits) {
      throw new InputError(
        `network: a multicast packet of ${flits} flits does not fit a buffer of ${this.config.bufferFlits} flits; its ` +
        'branches would wait for each other and could deadlock. Choose bufferFlits >= the longest multicast packet, ' +
        'shorter packets, or multicast unicast')
    }
    this.queue(source, this.worms.newWorm(packet, source, ~set, flits, members), flits)
    return packet
  }

  /** As `enqueue`, to one endpoint and without a registered set. */
  send(source: number, destination: number, flits: number, tag: number): number {
    const packet = this.worms.newPacket(1, tag)
    this.queue(source, this.worms.newWorm(packet, source, destination, flits, 1), flits)
    return packet
  }

  private queue(source: number, worm: number, flits: number): void {
    const tail = this.queueTail[source]!
    if (tail < 0) this.queueHead[source] = worm
    else this.worms.next[tail] = worm
    this.queueTail[source] = worm
    this.queueFlits[source]! += flits
    if (tail < 0) this.wakeSource(source)
  }

  private wakeSource(source: number): void {
    if (this.isActiveSource[source] !== 0 || this.queueHead[source]! < 0) return
    this.isActiveSource[source] = 1
    this.activeSources[this.activeSourceCount++] = source
  }

  /** Simulates the current cycle: arrivals and deliveries, credits, injection, then the routers. */
  step(): void {
    const s = this.state
    this.worms.recycle()
    this.arrivals()
    this.credits(s.now)
    this.inject()
    if (s.activeCount !== 0) this.fabric.routers()
    if ((s.routeNowCount | s.routeNextCount) !== 0) this.fabric.routeStage()
    s.now++
  }

  /** Moves the clock forward while nothing is queued or in flight. */
  skipTo(cycle: number): void {
    const s = this.state
    if (this.busy || cycle < s.now) {
      throw new Error(`network: skipTo(${cycle}) in cycle ${s.now}${this.busy ? ' while packets are in flight' : ''}`)
    }
    const last = Math.min(cycle, s.now + s.creditWheel.slots)
    for (let t = s.now; t < last; t++) this.credits(t)
    this.worms.recycle()
    this.deliveredCount = 0
    this.injectedCount = 0
    s.now = cycle
  }

  /** The receiver at an endpoint freed receive-buffer flits. */
  release(endpoint: number, flits: number): void {
    if (this.state.finiteReceive) this.state.receiveFree[endpoint]! += flits
  }

  /** Which packet waits where for what: one line per waiting head, for the message of a deadlock. */
  describeStuck(): string[] {
    return describeStuck(this)
  }

  /** Worm at the head of a source queue, or -1: for reports and logs. */
  sourceHead(source: number): number {
    return this.queueHead[source]!
  }

  private arrivals(): void {
    const { flits } = this.state
    const slot = this.state.now & flits.mask
    const count = flits.count[slot]!
    const first = slot * flits.capacity
    this.deliveredCount = 0
    for (let k = first; k < first + count; k++) {
      const target = flits.target[k]!
      if (target >= 0) this.fabric.receive(target, flits.data[k]!)
      else this.deliver(~target, flits.data[k]!)
    }
    flits.count[slot] = 0
  }

  private deliver(ovc: number, flit: number): void {
    const s = this.state
    const n = this.deliveredCount++
    this.deliveredEndpoint[n] = s.topology.portEndpoint[ovc >> s.vcShift]!
    this.deliveredPacket[n] = this.worms.packet[flit >> 2]!
    this.deliveredFlit[n] = this.deliveredOfVc[ovc]!
    s.creditWheel.push(s.now + 2, ovc, 0)
    if ((flit & FLIT_TAIL) === 0) {
      this.deliveredOfVc[ovc]!++
      return
    }
    this.deliveredOfVc[ovc] = 0
    this.worms.tailDelivered(flit >> 2)
  }

  private credits(cycle: number): void {
    const s = this.state
    const { creditWheel } = s
    const slot = cycle & creditWheel.mask
    const count = creditWheel.count[slot]!
    const first = slot * creditWheel.capacity
    for (let k = first; k < first + count; k++) {
      const target = creditWheel.target[k]!
      if (target >= 0) {
        this.fabric.creditArrives(target)
        continue
      }
      const ivc = ~target
      const inPort = ivc >> s.vcShift
      s.injectCredits[ivc]!++
      s.injectVcs[inPort]! |= 1 << (ivc & s.vcMask)
      this.wakeSource(s.topology.portEndpoint[inPort]!)
    }
    creditWheel.count[slot] = 0
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
    const s = this.state
    const { topology } = s
    const worm = this.queueHead[source]!
    const inPort = (topology.endpointRouter[source]! << s.portShift) | topology.endpointPort[source]!
    const sent = this.sentOfHead[source]!
    const last = this.worms.flits[worm]! - 1
    let vc = this.sourceVc[source]!
    let open: number = s.injectVcs[inPort]!
    if (sent === 0) {
      if (this.config.ordered) open &= this.fabric.pinned(s.allVcs, worm)
      if (open === 0) return false
      vc = roundRobin(open, this.lastVc[source]! + 1)
      this.sourceVc[source] = vc
      this.lastVc[source] = vc
    } else if (((open >> vc) & 1) === 0) return false
    const ivc = (inPort << s.vcShift) | vc
    if (--s.injectCredits[ivc]! === 0) s.injectVcs[inPort]! &= ~(1 << vc)
    s.flits.push(s.now + 2, ivc, (worm << 2) | (sent === 0 ? FLIT_HEAD : 0) | (sent === last ? FLIT_TAIL : 0))
    this.recordInjection(source, worm, sent)
    if (sent < last) {
      this.sentOfHead[source] = sent + 1
      return true
    }
    this.sentOfHead[source] = 0
    const next = this.worms.next[worm]!
    this.queueHead[source] = next
    if (next < 0) this.queueTail[source] = -1
    return next >= 0
  }

  private recordInjection(source: number, worm: number, flit: number): void {
    const n = this.injectedCount++
    this.injectedEndpoint[n] = source
    this.injectedPacket[n] = this.worms.packet[worm]!
    this.injectedFlit[n] = flit
    this.queueFlits[source]!--
    this.fabric.countInjection(source, worm)
  }
}
