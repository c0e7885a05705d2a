import type { PathSource } from './core/arrival.js'
import type { Wait } from './core/waits.js'
import type { PacketFormat, PacketStore } from './packets.js'

/**
 * What stands on a chip beside its network: cores, the host, memory ports. The chip steps components, hands them flits and
 * asks them what it must know at the end; what they are made of it does not know. How to add one: sim/README.md. Laws:
 *   - A component acts only in `step` and `receive`, and reaches others only by packets and barriers; what it sends in a cycle
 *     enters the network in that cycle. So the order of components within a cycle, that of their ids, is the only one.
 *   - It schedules itself for later cycles, and may be stepped in a cycle for which it no longer has work.
 */
export interface Component {
  /** Its place in a cycle: of the components that are due, the one with the lowest number goes first. */
  readonly id: number
  /** Where its packets enter and leave the network; `NO_ENDPOINT` if it has none. */
  readonly endpoint: number
  /** What messages call it: 'core 3', 'the host'. */
  readonly name: string
  /** True if it waits for nothing more: a run may end. */
  readonly isDone: boolean
  /** Does what is due in this cycle. It goes on when it has scheduled itself (`ComponentPorts.schedule`). */
  step(): void
  /**
   * Takes one flit of a packet, of which the store knows the rest.
   * @param flit index within the packet; the tail is the last
   * @returns true if the flit's place in the receive buffer is free at once; else `ComponentPorts.releaseFlit` frees it later
   */
  receive(packet: number, flit: number, isTail: boolean): boolean
  /** A flit has left its injection queue for the network: there may be room for a packet that waits. */
  injected(): void
  /** The barrier at which it waited was passed; it is stepped when the wave arrives. */
  passBarrier(): void
  /**
   * Does what it left undone because nobody could see it, up to the end of a cycle.
   * @returns the last cycle in which it did something; -1 if nothing was left
   */
  settle(cycle: number): number
  /** What it waits for, a line of words for people; undefined if it is done. */
  waitingFor(others: Neighbours): string | undefined
  /** True if something it still has to do may increment a semaphore of an endpoint. */
  increments(endpoint: number, semaphore: number): boolean
  /** Where the critical path may lead through; absent for what never waits for a packet. */
  readonly path?: PathSource
  /** What it did, when a run of so many cycles is over; undefined if there is nothing to report of it. */
  report(cycles: number): ComponentReport | undefined
}

/** What a component asks when it explains what it waits for. */
export interface Neighbours {
  /** In words, who could increment a semaphore of an endpoint. */
  incrementersOf(endpoint: number, semaphore: number): string
}

/** One component's part of a result file: each kind of component has a field here, and fills its own. */
export interface ComponentReport {
  readonly core?: CoreReport
  readonly memory?: MemoryReport
}

/** What external memory did. */
export interface MemoryReport {
  readonly rowHits: number
  readonly rowConflicts: number
  /** Cycles that data buses moved data, summed over channels, and the number of channels. */
  readonly busyCycles: number
  readonly channels: number
  /** Refreshes of all channels in a microsecond. */
  readonly refreshesPerMicrosecond: number
}

/** Endpoint of a component that no packet of the spikes' network reaches or comes from. */
export const NO_ENDPOINT = -1

/** What a core did, whatever its kind. */
export interface CoreReport {
  readonly roles: readonly string[]
  /** Cycles by unit; their sum and `waiting` make the run. */
  readonly busyCycles: {
    readonly adders: number
    readonly vector: number
    readonly encoder: number
    readonly packetiser: number
    readonly control: number
    readonly waiting: number
  }
  readonly spikesConsumed: number
  /** What it waited for and who let it go on; with the busy cycles they make the run. */
  readonly waits: readonly Wait[]
  /** Sums of trains that an accumulator's width did not hold, and that were saturated. */
  readonly saturations: number
  /** Additions and products with weights of zero that it did not make, by tag, by turns; empty where all are made. */
  readonly spared: Float64Array
}

/** What every component may ask of the chip around it. */
export interface ComponentPorts {
  readonly format: PacketFormat
  /** Payloads and headers of the packets in flight. */
  readonly store: PacketStore
  /** The current cycle. */
  now(): number
  /** Steps a component at a later cycle. */
  schedule(component: number, cycle: number): void
  /** The network's number for a set of endpoints that an endpoint sends to; ask for it once, before the run. */
  destinations(endpoint: number, members: readonly number[]): number
  /** True if an endpoint's injection queue has room for this many flits; a longer packet goes when the queue is empty. */
  canInject(endpoint: number, flits: number): boolean
  /**
   * Puts a packet into an endpoint's injection queue. Ask `canInject` first. The payload, `count` words or twice as many for
   * events, is for the caller to write at `packet * store.slot`.
   * @param kind PACKET_* of sim/packets.ts
   * @param tag operator that it, and what its arrival costs, is counted under
   * @returns the packet
   */
  inject(endpoint: number, destinations: number, kind: number, tag: number, count: number, flits: number): number
  /** Gives back the place of one flit in an endpoint's receive buffer. */
  releaseFlit(endpoint: number): void
  /** Counts an action under a tag. */
  count(tag: number, action: number, times: number): void
  /** A component waits at the barrier: all that wait go on when nothing moves any more. */
  enterBarrier(component: number, tag: number): void
  /** What a tag stands for, for messages. */
  operatorName(tag: number): string
}
