import type { PacketFormat } from '../packets.js'

/** What a core may ask of the chip around it. */
export interface CorePorts {
  readonly format: PacketFormat
  /** The current cycle. */
  now(): number
  /** Steps the core at a later cycle. */
  schedule(core: number, cycle: number): void
  /** True if the core's injection queue has room for a packet of this many flits. */
  canInject(core: number, flits: number): boolean
  /** Opens an events packet on a route; the payload is written with `event`. Ask `canInject` first. */
  sendEvents(core: number, route: number, axons: Int32Array, lengths: Int32Array, events: number, tag: number): void
  /** Sends an end-of-train marker that announces the train's events. */
  sendMarker(core: number, route: number, events: number, tag: number): void
  /** Sends words to `offset` words past the route's address. */
  sendWords(core: number, route: number, words: Int32Array, first: number, count: number, offset: number, tag: number): void
  /** Sends a signal. */
  sendSignal(core: number, route: number, tag: number): void
  /** Reserves external memory for a transfer; returns the cycle at which its last byte arrives. */
  loadFromDram(bytes: number): number
  /** Books the spikes of one train or time step: activity statistics of a tag. */
  noteSpikes(tag: number, activations: number, spikes: number, longestTrain: number): void
  /** A core reached a barrier. */
  enterBarrier(core: number): void
  /** Room was made in the spike FIFO: flits held back may enter. */
  fifoDrained(core: number): void
}
