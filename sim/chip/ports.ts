import { ACTION_COUNT, ACTION_INDEX } from '../../isa/actions.js'
import { counterLength } from '../core/cost.js'
import type { CorePorts, Transfer } from '../core/ports.js'
import { TimingWheel } from '../engine/wheel.js'
import { InputError } from '../errors.js'
import type { HostPlan, MachineImage, RouteEntry } from '../image.js'
import { Network } from '../network/index.js'
import {
  eventFlits, packetFormat, PACKET_EVENTS, PACKET_MARKER, PACKET_SIGNAL, PACKET_WORDS, PacketStore, wordFlits, wordsPerPacketTo,
} from '../packets.js'
import type { PacketFormat } from '../packets.js'
import type { ChipSpec } from '../config/chip-spec.js'
import { coreCount } from '../config/size.js'
import { Dram } from './dram.js'
import type { DramCounts } from './dram.js'
import type { HostPorts } from './host.js'
import { networkConfig } from './network-config.js'

const PACKET_FLIT = ACTION_INDEX.packetFlit

/** Activity of one tag, beside the action counts. */
export interface SpikeActivity {
  activations: number
  spikes: number
  trains: number
  /** Sum over trains of the longest train: time steps of the unrolled encoding. */
  timeSteps: number
  /** Sum over trains of activations times time steps: what a firing rate is taken of. */
  slots: number
}

/** What cores and host reach: event queue, network and its packets, external memory, counters. */
export class ChipPorts implements CorePorts, HostPorts {
  readonly spec: ChipSpec
  readonly image: MachineImage
  readonly format: PacketFormat
  readonly computes: boolean
  readonly wheel: TimingWheel
  readonly network: Network
  readonly store: PacketStore
  /** Endpoint of the host: behind the last core of the system. */
  readonly hostEndpoint: number
  /** Counts by tag and action: counts[tag * ACTION_COUNT + action]. */
  readonly counts: Float64Array
  readonly activity: SpikeActivity[]
  /** Cores that wait at the barrier. */
  atBarrier = 0

  private readonly dram: Dram
  private readonly destinationSets: number[][] // by core and route, the network's destination set
  private readonly hostSets = new Map<string, number>() // by cores, the host's destination set

  /** @param seed of the choices that routing leaves open */
  constructor(spec: ChipSpec, image: MachineImage, seed: number) {
    this.spec = spec
    this.image = image
    this.wheel = new TimingWheel(image.cores.length + 1)
    this.computes = image.draws === undefined
    this.format = packetFormat(spec.network, spec.core.spikeTrain)
    this.store = new PacketStore(this.format)
    this.counts = new Float64Array(counterLength(image.tags.length))
    this.activity = image.tags.map(() => ({ activations: 0, spikes: 0, trains: 0, timeSteps: 0, slots: 0 }))
    this.network = new Network(networkConfig(spec, image.tags.length), seed)
    this.dram = new Dram(spec, image)
    this.hostEndpoint = coreCount(spec)
    this.destinationSets = image.cores.map((core, id) => (
      core.routes.map((route) => this.network.destinations(id, route.destinations))
    ))
  }

  /** The image's host plan. @throws InputError if it has none */
  plan(): HostPlan {
    if (this.image.host === undefined) throw new InputError('the image has no host plan: run it with runPrograms')
    return this.image.host
  }

  // ---- CorePorts

  now(): number {
    return this.wheel.now
  }

  schedule(core: number, cycle: number): void {
    this.wheel.push(core, cycle)
  }

  canInject(core: number, flits: number): boolean {
    const queued = this.network.queuedFlits(core)
    return queued === 0 || queued + flits <= this.spec.network.injectionQueueFlits
  }

  sendEvents(core: number, route: number, axons: Int32Array, lengths: Int32Array, events: number, tag: number): void {
    const flits = eventFlits(events, this.format)
    const id = this.network.enqueue(core, this.destinationSets[core]![route]!, flits, tag)
    const at = this.store.open(id, PACKET_EVENTS, tag, events, flits)
    const { payload } = this.store
    for (let event = 0; event < events; event++) {
      payload[at + 2 * event] = axons[event]!
      payload[at + 2 * event + 1] = lengths[event]!
    }
  }

  sendMarker(core: number, route: number, events: number, tag: number): void {
    const id = this.network.enqueue(core, this.destinationSets[core]![route]!, 1, tag)
    this.store.open(id, PACKET_MARKER, tag, events, 1)
  }

  sendWords(
    core: number, route: number, words: Int32Array, first: number, count: number, offset: number, tag: number,
  ): void {
    const entry = this.image.cores[core]!.routes[route]!
    const flits = wordFlits(count, this.format)
    const id = this.network.enqueue(core, this.destinationSets[core]![route]!, flits, tag)
    const at = this.store.open(id, PACKET_WORDS, tag, count, flits)
    this.store.aim(id, entry.address + offset, entry.mode, entry.semaphore)
    const { payload } = this.store
    for (let word = 0; word < count; word++) payload[at + word] = words[first + word]!
  }

  sendSignal(core: number, route: number, tag: number): void {
    const entry = this.image.cores[core]!.routes[route]!
    const id = this.network.enqueue(core, this.destinationSets[core]![route]!, 1, tag)
    this.store.open(id, PACKET_SIGNAL, tag, 0, 1)
    this.store.aim(id, 0, 'write', entry.semaphore)
  }

  transfer(asked: Transfer): number {
    return this.dram.transfer(this.wheel.now, asked, this.counts)
  }

  /** What external memory did so far. */
  dramCounts(): DramCounts {
    return this.dram.counts()
  }

  burstBytes(bytes: number): number {
    return this.dram.burstBytes(bytes)
  }

  operatorName(tag: number): string {
    const { operator, layer } = this.image.tags[tag] ?? { operator: `tag ${tag}`, layer: -1 }
    return layer < 0 ? operator : `${operator} of layer ${layer}`
  }

  noteSpikes(tag: number, activations: number, spikes: number, longestTrain: number): void {
    const activity = this.activity[tag]!
    activity.activations += activations
    activity.spikes += spikes
    activity.trains++
    activity.timeSteps += longestTrain
    activity.slots += activations * longestTrain
  }

  enterBarrier(): void {
    this.atBarrier++
  }

  releaseFlit(core: number): void {
    this.network.release(core, 1)
  }

  // ---- HostPorts

  scheduleHost(cycle: number): void {
    this.wheel.push(this.image.cores.length, cycle)
  }

  sendEmbedding(round: number, token: number): boolean {
    const { embedding, confirms, tag } = this.plan()
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
    if (round === 0) this.noteSpikes(tag, 1, 1, 1)
    return isOwned
  }

  sendFlag(wantsLogits: boolean, place?: number): void {
    this.wordsFromHost(this.plan().flag, 0, [wantsLogits ? 1 : 0, ...(place === undefined ? [] : [place])])
  }

  sendBatchHeader(words: Int32Array): void {
    this.packetsFromHost(this.plan().batch!.header, words)
  }

  sendInput(words: Int32Array): void {
    this.packetsFromHost(this.plan().input!, words)
  }

  private packetsFromHost(route: RouteEntry, words: Int32Array): void {
    const perPacket = wordsPerPacketTo(route.destinations.length, this.spec.network, this.format)
    for (let first = 0; first < words.length; first += perPacket) {
      this.wordsFromHost(route, first, words.subarray(first, first + perPacket))
    }
  }

  /** One packet of words, to the route's address and `offset` words on. */
  private wordsFromHost({ destinations, address, mode, semaphore }: RouteEntry, offset: number, words: ArrayLike<number>): void {
    const id = this.fromHost(destinations, PACKET_WORDS, this.plan().tag, words.length, words)
    this.store.aim(id, address + offset, mode, semaphore)
  }

  /** Sends a packet from the host port; a route has few destination sets, so they are remembered. */
  private fromHost(cores: readonly number[], kind: number, tag: number, count: number, payload: ArrayLike<number>): number {
    const key = cores.join()
    let set = this.hostSets.get(key)
    if (set === undefined) this.hostSets.set(key, set = this.network.destinations(this.hostEndpoint, cores))
    const flits = kind === PACKET_WORDS ? wordFlits(count, this.format) : 1
    const id = this.network.enqueue(this.hostEndpoint, set, flits, tag)
    const at = this.store.open(id, kind, tag, count, flits)
    this.store.payload.set(payload, at)
    const copies = this.spec.network.multicast === 'tree' ? 1 : cores.length
    this.counts[tag * ACTION_COUNT + PACKET_FLIT]! += flits * copies
    return id
  }
}
