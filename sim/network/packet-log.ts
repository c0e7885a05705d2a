import { Journey, type HeadStage, type Place } from './journey.js'
import { LAYOUT } from './layout.js'
import type { Network } from './network.js'
import { type Wait, type WaitReason, waitsOfChannel } from './stuck.js'

const { B_FIRST, B_RELEASED, B_SENT, FLIT_HEAD, FLIT_TAIL, I_COUNT, I_HEAD, I_HELD, I_RING, I_STATE, P_IN, VC_BRANCHING } = LAYOUT

/**
 * What a cycle was lost to: a wait of the flit that decides when the packet is complete, `packet` when that is behind another
 * packet in the same buffer, `queue` when it is behind another packet at its source.
 */
export type WaitCause = Exclude<WaitReason, 'route'> | 'packet' | 'queue'

/** Cycles lost at a router, by what to. */
export type WaitCycles = Partial<Record<WaitCause, number>>

/** One packet (or one copy, with repeated unicast) at one router. */
export interface HopRecord {
  readonly router: number
  readonly inputPort: number
  readonly inputVc: number
  /** Cycle the head entered the buffer. */
  readonly arrived: number
  /** Output ports the head left through, each with the VC it took and the cycle of its switch grant. */
  readonly left: { readonly outputPort: number, readonly outputVc: number, readonly cycle: number }[]
  /**
   * Cycles lost here, for packets with one destination. Waits for credits of flits still at the source stand at the first
   * router, whose buffer is full; waits of the head there are `injected - created`.
   */
  readonly waits: WaitCycles
}

/** Cycles lost at a router, or before the packet entered its first. */
export interface LostCycles {
  readonly router: number | 'source'
  readonly cause: WaitCause
  cycles: number
}

export interface DeliveryRecord {
  readonly endpoint: number
  /** Cycle the tail arrived; `unloadedCycles` after creation, had nobody been in the way and no buffer been too short. */
  readonly cycle: number
  readonly unloadedCycles: number
  /** All cycles beyond that: they sum to cycle - created - unloadedCycles. */
  readonly waits: readonly LostCycles[]
}

export interface PacketRecord {
  readonly packet: number
  readonly source: number
  readonly flits: number
  readonly created: number
  /** Cycle the head left the source queue; -1 while it waits there. */
  injected: number
  readonly hops: HopRecord[]
  readonly deliveries: DeliveryRecord[]
}

/** A packet under way to one of its destinations. */
interface OpenDelivery {
  readonly journey: Journey
  readonly record: PacketRecord
  readonly worm: number
  /** Output ids on the way, where they are fixed: those of a tree. */
  readonly path: ReadonlySet<number> | undefined
  readonly unloadedCycles: number
  readonly lost: LostCycles[]
  readonly hops: HopRecord[]
  /** Waits of the first router's record, which begin before the head is there. */
  readonly first: WaitCycles
}

/**
 * Follows packets from creation to delivery. It looks at each of them every cycle: for traces and questions, not for
 * sweeps. Call `created` right after each enqueue that is to be followed, `skipped` after others, and `afterStep` after each
 * step.
 */
export class PacketLog {
  private readonly network: Network
  private readonly ofWorm = new Map<number, OpenDelivery[]>()
  private readonly open = new Map<number, PacketRecord>()
  private queued: number[] = []
  readonly records: PacketRecord[] = []

  constructor(network: Network) {
    this.network = network
    network.routers.observer = {
      queued: (worm) => { this.queued.push(worm) },
      arrived: (flit, router, port, vc) => this.arrived(flit, router, port, vc),
      left: (flit, router, port, vc) => this.left(flit, router, port, vc),
    }
  }

  /** Whether every packet that was followed has arrived. */
  get idle(): boolean {
    return this.open.size === 0
  }

  created(packet: number, source: number, flits: number, created: number): PacketRecord {
    const record: PacketRecord = { packet, source, flits, created, injected: -1, hops: [], deliveries: [] }
    this.open.set(packet, record)
    this.records.push(record)
    for (const worm of this.queued) this.follow(worm, record)
    this.queued = []
    return record
  }

  /** The packet just enqueued is not followed. */
  skipped(): void {
    this.queued = []
  }

  private follow(worm: number, record: PacketRecord): void {
    const { routers, worms, sets, config } = this.network
    const { fabric } = routers
    const target = worms.target[worm]!
    const endpoints = target >= 0 ? [target] : sets.endpointsOf(~target)
    this.ofWorm.set(worm, endpoints.map((endpoint) => {
      const journey = new Journey(fabric, config, record.source, endpoint, record.flits, record.created)
      const path = target >= 0 ? undefined : new Set([...fabric.path(journey.head.router, journey.target), this.outputId(endpoint)])
      const unloadedCycles = journey.earliest - record.created
      // A source that is behind hands packets over late: until then they waited for those before them.
      const behind = this.network.cycle - record.created
      journey.earliest += behind
      const lost: LostCycles[] = behind > 0 ? [{ router: 'source', cause: 'queue', cycles: behind }] : []
      return { journey, record, worm, path, unloadedCycles, lost, hops: [], first: {} }
    }))
  }

  private outputId(endpoint: number): number {
    const { endpointRouter, endpointPort, ports } = this.network.routers.wiring
    return endpointRouter[endpoint]! * ports + endpointPort[endpoint]!
  }

  private arrived(flit: number, router: number, inputPort: number, inputVc: number): void {
    const open = this.ofWorm.get(flit >> 2)
    if (!open) return
    let hop: HopRecord | undefined
    if ((flit & FLIT_HEAD) !== 0) {
      const { hops, first } = open[0]!
      hop = { router, inputPort, inputVc, arrived: this.network.cycle, left: [], waits: hops.length === 0 ? first : {} }
      open[0]!.record.hops.push(hop)
    }
    for (const delivery of open) {
      const { head, tail } = delivery.journey
      if (hop && head.at !== 'buffer' && head.router === router) {
        Object.assign(head, { at: 'buffer', router, inputPort, inputVc })
        delivery.hops.push(hop)
      }
      if ((flit & FLIT_TAIL) !== 0 && tail.router === router) Object.assign(tail, { at: 'buffer', router, inputPort, inputVc })
    }
  }

  private left(flit: number, router: number, outputPort: number, outputVc: number): void {
    const open = this.ofWorm.get(flit >> 2)
    if (!open) return
    const { wiring } = this.network.routers
    const cycle = this.network.cycle
    const id = router * wiring.ports + outputPort
    const next = Math.floor(wiring.peer[id]! / wiring.ports)
    let noted = false
    for (const { journey, path, hops } of open) {
      if (path !== undefined && !path.has(id)) continue
      for (const [place, mask] of [[journey.head, FLIT_HEAD], [journey.tail, FLIT_TAIL]] as const) {
        if ((flit & mask) === 0) continue
        if (mask === FLIT_HEAD) {
          journey.headAllows = journey.headGranted(cycle)
          if (!noted) hops.at(-1)!.left.push({ outputPort, outputVc, cycle })
          noted = true
        }
        place.at = wiring.peer[id]! < 0 ? 'delivered' : 'wire'
        if (place.at === 'wire') place.router = next
      }
    }
  }

  /** Books the injections, lost cycles and deliveries of the step just made. */
  afterStep(): void {
    const { network } = this
    const now = network.cycle - 1
    for (let i = 0; i < network.injectedCount; i++) {
      const record = this.open.get(network.injectedPacket[i]!)
      if (!record) continue
      if (record.injected < 0) record.injected = now
      this.leftSource(network.injectedWorm[i]!, network.injectedFlit[i]!, now)
    }
    for (let i = 0; i < network.deliveredCount; i++) {
      const record = this.open.get(network.deliveredPacket[i]!)
      if (record && network.deliveredFlit[i] === record.flits - 1) this.delivered(record, network.deliveredEndpoint[i]!, now)
    }
    for (const open of this.ofWorm.values()) for (const delivery of open) this.bookCycle(delivery, now)
  }

  private leftSource(worm: number, flit: number, now: number): void {
    for (const { journey } of this.ofWorm.get(worm) ?? []) {
      if (flit === 0) {
        journey.head.at = 'wire'
        journey.headAllows = journey.headLeavesSource(now)
      }
      if (flit === journey.flits - 1) journey.tail.at = 'wire'
    }
  }

  private delivered(record: PacketRecord, endpoint: number, cycle: number): void {
    for (const [worm, open] of this.ofWorm) {
      const at = open.findIndex((delivery) => delivery.record === record && delivery.journey.destination === endpoint)
      if (at < 0) continue
      const [{ unloadedCycles, lost }] = open.splice(at, 1) as [OpenDelivery]
      record.deliveries.push({ endpoint, cycle, unloadedCycles, waits: lost })
      if (open.length === 0) this.ofWorm.delete(worm)
      return
    }
  }

  /** If the packet can no longer be complete as early as it could before this cycle, books the cycle. */
  private bookCycle(delivery: OpenDelivery, now: number): void {
    const { journey } = delivery
    const byHead = this.headBound(delivery, now)
    const byTail = journey.flits === 1 ? 0 : this.tailBound(delivery, now)
    const earliest = Math.max(byHead, byTail)
    const cycles = earliest - journey.earliest
    if (cycles <= 0) return
    journey.earliest = earliest
    const place = byHead >= byTail ? journey.head : journey.tail
    this.book(delivery, place, place.at === 'source' ? this.causeAtSource(delivery) : this.causeInBuffer(delivery, place), cycles)
  }

  private book({ record, lost, hops, path, first }: OpenDelivery, place: Place, cause: WaitCause, cycles: number): void {
    const router = place.at === 'source' ? 'source' : place.router
    const known = lost.find((entry) => entry.router === router && entry.cause === cause)
    if (known) known.cycles += cycles
    else lost.push({ router, cause, cycles })
    if (path !== undefined || record.injected < 0) return
    const waits = router === 'source' ? first : hops.find((entry) => entry.router === router)!.waits
    waits[cause] = (waits[cause] ?? 0) + cycles
  }

  /** Earliest delivery of the tail as the head stands. */
  private headBound(delivery: OpenDelivery, now: number): number {
    const { journey } = delivery
    if (journey.head.at === 'source') return journey.headLeavesSource(now + 1)
    if (journey.head.at === 'buffer') return journey.headGranted(now + journey.untilGrant(this.stage(delivery)))
    return journey.headAllows
  }

  /** The same as the tail stands, with the flits of its packet that are before it in the same place. */
  private tailBound(delivery: OpenDelivery, now: number): number {
    const { journey, worm } = delivery
    const { at } = journey.tail
    if (at === 'source') {
      const sent = this.network.sourceHead(delivery.record.source) === worm ? this.network.sentOfSource(delivery.record.source) : 0
      return journey.tailLeavesSource(now + journey.flits - sent)
    }
    return at === 'buffer' ? journey.tailGranted(now + 1, this.ownFlitsAhead(delivery)) : 0
  }

  private ivcOf(place: Place): number {
    const { routers } = this.network
    return routers.m[routers.portAt(place.router, place.inputPort) + P_IN]! + place.inputVc * routers.ivcSize
  }

  private frontWorm(ivc: number): number {
    const { m } = this.network.routers
    return m[ivc + I_RING + m[ivc + I_HEAD]!]! >> 2
  }

  /** What a packet at the front of a buffer waits for on its way to a destination. */
  private waitOf({ path }: OpenDelivery, ivc: number): Wait | undefined {
    const { ports } = this.network.routers.wiring
    return waitsOfChannel(this.network, ivc).find(({ router, outputPort }) =>
      path === undefined || outputPort < 0 || path.has(router * ports + outputPort))
  }

  private stage(delivery: OpenDelivery): HeadStage {
    const ivc = this.ivcOf(delivery.journey.head)
    if (this.frontWorm(ivc) !== delivery.worm) return 'arriving'
    const wait = this.waitOf(delivery, ivc)
    if (wait === undefined || wait.reason === 'route') return 'route'
    return wait.reason === 'vc' ? 'vc' : 'switch'
  }

  /** Flits of the packet between the front of the tail's buffer and the tail, that have not left towards the destination. */
  private ownFlitsAhead(delivery: OpenDelivery): number {
    const { m, ringMask, wiring } = this.network.routers
    const ivc = this.ivcOf(delivery.journey.tail)
    if (this.frontWorm(ivc) !== delivery.worm) return 0
    let position = 0
    while (position < m[ivc + I_COUNT]!) {
      const flit = m[ivc + I_RING + ((m[ivc + I_HEAD]! + position) & ringMask)]!
      if (flit >> 2 === delivery.worm && (flit & FLIT_TAIL) !== 0) break
      position++
    }
    if (m[ivc + I_STATE] !== VC_BRANCHING || delivery.path === undefined) return position
    const record = m[ivc + I_HELD]!
    const { router } = delivery.journey.tail
    for (let port = 0; port < wiring.ports; port++) {
      if (!delivery.path.has(router * wiring.ports + port)) continue
      return position - (m[record + B_FIRST + 4 * port + B_SENT]! - m[record + B_RELEASED]!)
    }
    return position
  }

  private causeAtSource({ record, worm }: OpenDelivery): WaitCause {
    return this.network.sourceHead(record.source) === worm ? 'credit' : 'queue'
  }

  private causeInBuffer(delivery: OpenDelivery, place: Place): WaitCause {
    const ivc = this.ivcOf(place)
    if (this.frontWorm(ivc) !== delivery.worm) return 'packet'
    const reason = this.waitOf(delivery, ivc)?.reason ?? 'switch'
    // The route stage is in every pipeline: who is late there was behind another packet until this cycle.
    return reason === 'route' ? 'packet' : reason
  }

  /** The packet's id is free from now on; its record is complete. */
  forget(packet: number): void {
    this.open.delete(packet)
  }
}
