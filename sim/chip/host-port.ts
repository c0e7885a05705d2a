import { ACTION_INDEX } from '../../isa/actions.js'
import type { HostPlan, RouteEntry } from '../image.js'
import { PACKET_EVENTS, PACKET_MARKER, PACKET_WORDS, wordFlits, wordsPerPacketTo } from '../packets.js'
import type { ChipPorts } from './ports.js'
import type { HostPorts } from './host.js'

const PACKET_FLIT = ACTION_INDEX.packetFlit

/** How the host's packets enter the network: what a plan says of routes, as packets. */
export class HostPort implements HostPorts {
  readonly id: number
  readonly endpoint: number
  private readonly plan: HostPlan
  private readonly ports: ChipPorts
  private readonly sets = new Map<string, number>() // by cores, the network's destination set

  /** @param id the host's number as a component */
  constructor(id: number, endpoint: number, plan: HostPlan, ports: ChipPorts) {
    this.id = id
    this.endpoint = endpoint
    this.plan = plan
    this.ports = ports
  }

  get format(): ChipPorts['format'] {
    return this.ports.format
  }

  get store(): ChipPorts['store'] {
    return this.ports.store
  }

  now(): number {
    return this.ports.now()
  }

  scheduleHost(cycle: number): void {
    this.ports.schedule(this.id, cycle)
  }

  sendEmbedding(round: number, token: number): boolean {
    const { embedding, confirms, tag } = this.plan
    let isOwned = false
    let owner = 0
    for (const train of embedding.flat()) if (train.firstToken <= token) owner = Math.max(owner, train.firstToken)
    for (const { cores, firstToken } of embedding[round]!) {
      const events = firstToken === owner ? 1 : 0
      if (events === 1) isOwned = true
      if (events === 0 && !confirms) continue
      if (events === 1) this.fromHost(cores, PACKET_EVENTS, tag, 1, [token - firstToken, 1])
      this.fromHost(cores, PACKET_MARKER, tag, events, [])
    }
    if (round === 0) this.ports.noteSpikes(tag, 1, 1, 1)
    return isOwned
  }

  sendFlag(wantsLogits: boolean, place?: number): void {
    this.wordsFromHost(this.plan.flag, 0, [wantsLogits ? 1 : 0, ...(place === undefined ? [] : [place])])
  }

  sendBatchHeader(words: Int32Array): void {
    this.packetsFromHost(this.plan.batch!.header, words)
  }

  sendInput(words: Int32Array): void {
    this.packetsFromHost(this.plan.input!, words)
  }

  private packetsFromHost(route: RouteEntry, words: Int32Array): void {
    const perPacket = wordsPerPacketTo(route.destinations.length, this.ports.spec.network, this.ports.format)
    for (let first = 0; first < words.length; first += perPacket) {
      this.wordsFromHost(route, first, words.subarray(first, first + perPacket))
    }
  }

  /** One packet of words, to the route's address and `offset` words on. */
  private wordsFromHost({ destinations, address, mode, semaphore }: RouteEntry, offset: number, words: ArrayLike<number>): void {
    const id = this.fromHost(destinations, PACKET_WORDS, this.plan.tag, words.length, words)
    this.ports.store.aim(id, address + offset, mode, semaphore)
  }

  /** Sends a packet from the host port; a route has few destination sets, so they are remembered. */
  private fromHost(cores: readonly number[], kind: number, tag: number, count: number, payload: ArrayLike<number>): number {
    const key = cores.join()
    let set = this.sets.get(key)
    if (set === undefined) this.sets.set(key, set = this.ports.destinations(this.endpoint, cores))
    const flits = kind === PACKET_WORDS ? wordFlits(count, this.ports.format) : 1
    const id = this.ports.inject(this.endpoint, set, kind, tag, count, flits)
    this.ports.store.payload.set(payload, id * this.ports.store.slot)
    const copies = this.ports.spec.network.multicast === 'tree' ? 1 : cores.length
    this.ports.count(tag, PACKET_FLIT, flits * copies)
    return id
  }
}
