import { ACTION_COUNT } from '../../isa/actions.js'
import { counterLength } from '../core/cost.js'
import { trainFormat } from '../core/ports.js'
import type { CorePorts, PackedTrains, Transfer } from '../core/ports.js'
import { TimingWheel } from '../engine/wheel.js'
import type { MachineImage } from '../image.js'
import { Network } from '../network/index.js'
import {
  eventFlits, packedFormat, packetFormat, PACKET_EVENTS, PACKET_MARKER, PACKET_SIGNAL, PACKET_WORDS, PacketStore, wordFlits,
} from '../packets.js'
import type { PacketFormat } from '../packets.js'
import type { ChipSpec } from '../config/chip-spec.js'
import { Dram } from './dram.js'
import { networkConfig } from './network-config.js'
import type { Tracing } from './tracing.js'

/** What a tag stands for, in words. */
export function operatorName(tags: MachineImage['tags'], tag: number): string {
  const { operator, layer } = tags[tag] ?? { operator: `tag ${tag}`, layer: -1 }
  return layer < 0 ? operator : `${operator} of layer ${layer}`
}

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

/** What components reach: event queue, network and its packets, external memory, counters. */
export class ChipPorts implements CorePorts {
  readonly spec: ChipSpec
  readonly image: MachineImage
  readonly format: PacketFormat
  readonly computes: boolean
  readonly packed: PackedTrains | undefined
  readonly wheel: TimingWheel
  readonly network: Network
  readonly store: PacketStore
  /** Counts by tag and action: counts[tag * ACTION_COUNT + action]. */
  readonly counts: Float64Array
  readonly activity: SpikeActivity[]
  /** External memory, the last of the components. */
  readonly dram: Dram
  /** Components that wait at the barrier, and the tags of what they wait in. */
  readonly atBarrier: { readonly component: number; readonly tag: number }[] = []
  tracing: Tracing | undefined

  private readonly destinationSets: number[][] // by core and route, the network's destination set

  /**
   * @param components how many stand on the chip
   * @param seed of the choices that routing leaves open
   */
  constructor(spec: ChipSpec, image: MachineImage, components: number, seed: number, routers: 'wasm' | 'plain') {
    this.spec = spec
    this.image = image
    this.wheel = new TimingWheel(components + 1)
    this.computes = image.draws === undefined && image.replay === undefined
    this.format = packetFormat(spec.network, spec.core.spikeTrain)
    const { valueBits } = image
    this.packed = valueBits === undefined ? undefined : { format: packedFormat(this.format, spec.network.flitBits, valueBits), valueBits }
    this.store = new PacketStore(this.format, this.packed?.format)
    this.counts = new Float64Array(counterLength(image.tags.length))
    this.activity = image.tags.map(() => ({ activations: 0, spikes: 0, trains: 0, timeSteps: 0, slots: 0 }))
    this.network = new Network({ ...networkConfig(spec, image.tags.length), kernels: routers }, seed)
    this.dram = new Dram(components, spec, image)
    this.destinationSets = image.cores.map((core, id) => (
      core.routes.map((route) => this.network.destinations(id, route.destinations))
    ))
  }

  // ---- ComponentPorts

  now(): number {
    return this.wheel.now
  }

  schedule(component: number, cycle: number): void {
    this.wheel.push(component, cycle)
  }

  destinations(endpoint: number, members: readonly number[]): number {
    return this.network.destinations(endpoint, members)
  }

  canInject(endpoint: number, flits: number): boolean {
    const queued = this.network.queuedFlits(endpoint)
    return queued === 0 || queued + flits <= this.spec.network.injectionQueueFlits
  }

  /** A packet's header, with the cycle it was handed over in. Returns the offset of its payload. */
  private open(id: number, source: number, kind: number, tag: number, count: number, flits: number): number {
    const at = this.store.open(id, source, kind, tag, count, flits)
    this.store.sentAt[id] = this.wheel.now
    this.tracing?.sink.sent?.(id, source, this.wheel.now)
    return at
  }

  inject(endpoint: number, destinations: number, kind: number, tag: number, count: number, flits: number): number {
    const packet = this.network.enqueue(endpoint, destinations, flits, tag)
    this.open(packet, endpoint, kind, tag, count, flits)
    return packet
  }

  releaseFlit(endpoint: number): void {
    this.network.release(endpoint, 1)
  }

  count(tag: number, action: number, times: number): void {
    this.counts[tag * ACTION_COUNT + action]! += times
  }

  enterBarrier(component: number, tag: number): void {
    this.atBarrier.push({ component, tag })
  }

  operatorName(tag: number): string {
    return operatorName(this.image.tags, tag)
  }

  // ---- CorePorts

  sendEvents(core: number, route: number, axons: Int32Array, lengths: Int32Array, events: number, tag: number): void {
    const format = trainFormat(this, this.image.cores[core]!.routes[route]!)
    const flits = eventFlits(events, format)
    const id = this.network.enqueue(core, this.destinationSets[core]![route]!, flits, tag)
    const at = this.open(id, core, PACKET_EVENTS, tag, events, flits)
    if (format !== this.format) this.store.perFlit[id] = format.eventsPerFlit
    const { payload } = this.store
    for (let event = 0; event < events; event++) {
      payload[at + 2 * event] = axons[event]!
      payload[at + 2 * event + 1] = lengths[event]!
    }
  }

  sendMarker(core: number, route: number, events: number, tag: number): void {
    const id = this.network.enqueue(core, this.destinationSets[core]![route]!, 1, tag)
    this.open(id, core, PACKET_MARKER, tag, events, 1)
  }

  sendWords(
    core: number, route: number, words: Int32Array, first: number, count: number, offset: number, tag: number,
  ): void {
    const entry = this.image.cores[core]!.routes[route]!
    const flits = wordFlits(count, this.format)
    const id = this.network.enqueue(core, this.destinationSets[core]![route]!, flits, tag)
    const at = this.open(id, core, PACKET_WORDS, tag, count, flits)
    this.store.aim(id, entry.address + offset, entry.mode, entry.semaphore)
    const { payload } = this.store
    for (let word = 0; word < count; word++) payload[at + word] = words[first + word]!
  }

  sendSignal(core: number, route: number, tag: number): void {
    const entry = this.image.cores[core]!.routes[route]!
    const id = this.network.enqueue(core, this.destinationSets[core]![route]!, 1, tag)
    this.open(id, core, PACKET_SIGNAL, tag, 0, 1)
    this.store.aim(id, 0, 'write', entry.semaphore)
  }

  transfer(asked: Transfer): number {
    const endCycle = this.dram.transfer(this.wheel.now, asked, this.counts)
    const { core, tag, isWrite } = asked
    this.tracing?.sink.transferred?.({
      core, tag, isWrite, bytes: this.dram.burstBytes(asked.bytes), startCycle: this.wheel.now, endCycle,
    })
    return endCycle
  }

  burstBytes(bytes: number): number {
    return this.dram.burstBytes(bytes)
  }

  noteSpikes(tag: number, activations: number, spikes: number, longestTrain: number): void {
    const activity = this.activity[tag]!
    activity.activations += activations
    activity.spikes += spikes
    activity.trains++
    activity.timeSteps += longestTrain
    activity.slots += activations * longestTrain
  }

  executed(core: number, instruction: number, opcode: number, tag: number, startCycle: number, endCycle: number): void {
    this.tracing?.sink.executed(core, instruction, opcode, tag, startCycle, endCycle)
  }
}
