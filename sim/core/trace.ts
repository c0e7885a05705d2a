import type { Tag } from '../image.js'

/** What a trace must know of the machine before the run. */
export interface TracedMachine {
  /** Names of wait reasons, by number. */
  readonly waitReasons: readonly string[]
  /** Router ports, by number: what a router sends through each, and where it leads. */
  readonly routerPorts: readonly RouterPort[]
  /** The endpoint of the host. */
  readonly hostEndpoint: number
  /** What an instruction takes of packets that have come: trains, or posts of a semaphore; undefined if nothing. */
  readonly takes: (core: number, instruction: number) => Taking | undefined
}

/** Trains (`semaphore` -1), or posts of a semaphore. */
export interface Taking {
  readonly semaphore: number
  readonly count: number
}

/** An output of a router: to another router, or to what stands on it. */
export interface RouterPort {
  /** Index into `TraceSample.portFlits`. */
  readonly id: number
  readonly column: number
  readonly row: number
  readonly name: string
}

/** How full the chip is, now and then. */
export interface TraceSample {
  readonly cycle: number
  /** Flits that left their sources and have not arrived; one to several places counts once for each. */
  readonly flitsInFlight: number
  /** Flits that wait in injection queues. */
  readonly flitsQueued: number
  /** Spike events that wait in the cores' FIFOs. */
  readonly eventsQueued: number
  /** Flits that left each router port since the start. */
  readonly portFlits: Float64Array
}

/** A packet whose tail has arrived. */
export interface Delivery {
  readonly packet: number
  readonly endpoint: number
  /** True for the marker that ends a train. */
  readonly endsTrain: boolean
  /** Semaphore it posts; -1 for spikes. */
  readonly semaphore: number
}

/** A transfer between a core and external memory. */
export interface TracedTransfer {
  readonly core: number
  readonly tag: number
  readonly bytes: number
  readonly isWrite: boolean
  readonly startCycle: number
  readonly endCycle: number
}

/**
 * Receives what a chip did, for a trace; methods that a sink leaves out are not called. Every call is about what is over,
 * or happens in this cycle: for an instruction, first its waits, then `executed`.
 */
export interface TraceSink {
  /**
   * Called before the run: the tags, and what each core is for. Of a run in parts, such as the tokens of statistics mode, each
   * part calls it, with the cycles that the parts before it took; cycles of other calls are counted from there.
   */
  begin(tags: readonly Tag[], roles: readonly (readonly string[])[], machine: TracedMachine, cyclesBefore: number): void
  /**
   * Called once per finished instruction.
   * @param core core number
   * @param instruction index in its program
   * @param opcode the instruction's opcode
   * @param tag operator it is counted under
   * @param startCycle first try; for a wait, when it began
   * @param endCycle when the next instruction may start
   */
  executed(core: number, instruction: number, opcode: number, tag: number, startCycle: number, endCycle: number): void
  /**
   * A core has waited in the instruction that `executed` will tell of.
   * @param reason index into the machine's `waitReasons`
   * @param culpritCore endpoint of who let it go on, or -1
   * @param culpritTag what that did, or -1
   */
  waited?(core: number, reason: number, culpritCore: number, culpritTag: number, cycles: number): void
  /** A packet was handed over to the network. */
  sent?(packet: number, source: number, cycle: number): void
  delivered?(delivery: Delivery): void
  transferred?(transfer: TracedTransfer): void
  sampled?(sample: TraceSample): void
}
