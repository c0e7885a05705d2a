import type { ComponentPorts } from '../component.js'
import { ZEROS } from '../image.js'
import type { RouteEntry } from '../image.js'
import type { PacketFormat } from '../packets.js'

/** A transfer between a core and external memory. */
export interface Transfer {
  readonly core: number
  /** Row of the counters. */
  readonly tag: number
  /** Part of the core's external memory: an axon table entry's tile, or behind those an external buffer. */
  readonly region: number
  /** Place in it, bytes. */
  readonly offset: number
  readonly bytes: number
  readonly isWrite: boolean
}

/** Dense trains as values in the order of their neurons. */
export interface PackedTrains {
  readonly format: PacketFormat
  readonly valueBits: number
}

/** What a core may ask of the chip around it, beside what every component may. */
export interface CorePorts extends ComponentPorts {
  /** False in statistics mode: data that nobody draws is not kept. */
  readonly computes: boolean
  /** How dense trains travel that are no events; absent where they are. */
  readonly packed?: PackedTrains | undefined
  /** Sends spike events on a route. Ask `canInject` first, here and below. */
  sendEvents(core: number, route: number, axons: Int32Array, lengths: Int32Array, events: number, tag: number): void
  /** Sends an end-of-train marker that announces the train's events. */
  sendMarker(core: number, route: number, events: number, tag: number): void
  /** Sends words to `offset` words past the route's address. */
  sendWords(
    core: number, route: number, words: Int32Array, first: number, count: number, offset: number, tag: number,
  ): void
  /** Sends a signal. */
  sendSignal(core: number, route: number, tag: number): void
  /** Reserves external memory for a transfer of whole bursts, and counts it; returns the cycle at which its last byte arrives. */
  transfer(asked: Transfer): number
  /** Bytes that a transfer moves: whole bursts. */
  burstBytes(bytes: number): number
  /** Books the spikes of one train or time step: activity statistics of a tag. */
  noteSpikes(tag: number, activations: number, spikes: number, longestTrain: number): void
  /** An instruction is over, for who traces the run. */
  executed(core: number, instruction: number, opcode: number, tag: number, startCycle: number, endCycle: number): void
}

/** Format of the trains that go on a route. */
export function trainFormat({ format, packed }: Pick<CorePorts, 'format' | 'packed'>, { train }: RouteEntry): PacketFormat {
  return packed !== undefined && train?.zeros === ZEROS.sent ? packed.format : format
}

/** Width of an event in the spike FIFO. */
export const FIFO_EVENT_BITS = 32

/** What a value of a dense train takes of an event's place in the FIFO. */
export function valueShare({ packed }: Pick<CorePorts, 'packed'>): number {
  return packed === undefined ? 1 : packed.valueBits / FIFO_EVENT_BITS
}
