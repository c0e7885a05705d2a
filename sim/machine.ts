import type { ChipSpec } from './config/chip-spec.js'
import { Chip as SimulatedChip } from './chip/chip.js'
import type { MachineImage } from './image.js'
import { Network as SimulatedNetwork } from './network/network.js'
import type { NetworkConfig } from './network/config.js'

/** The machine as the library shows it: what is named here is kept; what stands behind it may change. */

/** How a program of one's own is run. */
export interface ProgramRunOptions {
  /** Cycles after which a run that has not ended is an error. Default 100,000,000. */
  readonly cycleLimit?: number
  /** Cores that serve others for ever, and may wait at the end. */
  readonly servers?: readonly number[]
}

/** How a program that the compiler made is run. */
export interface HostRunOptions {
  /** Cycles after which a run that has not ended is an error. Default: none, as a compiled program ends. */
  readonly cycleLimit?: number
}

/** When a token went through the chip. */
export interface TokenTimes {
  readonly token: number
  readonly position: number
  readonly startCycle: number
  readonly endCycle: number
}

/** A core, for who looks inside. */
export interface CoreView {
  readonly registers: Int32Array
  /** Data SRAM, in 32-bit words. */
  readonly data: Int32Array
  readonly semaphores: Int32Array
  readonly adders: { readonly accumulators: Int32Array }
}

/** A chip with programs. */
export interface Chip {
  readonly cores: readonly CoreView[]
  /** Counts of actions, by tag and action: counts[tag * number of actions + action]; `energyLedger` prices them. */
  readonly counts: Float64Array
  /** The current cycle. */
  now(): number
  /**
   * Runs the programs until nothing happens any more; returns the last cycle.
   * @throws InputError for a limit that is not a whole number of cycles
   * @throws SimulationError if a core that is not a server has not halted, a packet is stuck, or the limit is reached
   */
  runPrograms(options?: ProgramRunOptions): number
  /**
   * Runs a compiled model: the host feeds the token ids of a prompt, and `generate` further ones that `choose` picks.
   * @param choose called with the logits after a position; returns the next token id, or -1 to end
   * @throws SimulationError on a deadlock, naming what every part of the chip waits for
   */
  runTokens(
    prompt: readonly number[], generate: number, choose: (logits: Float32Array, position: number) => number, options?: HostRunOptions,
  ): { readonly timings: readonly TokenTimes[] }
}

/**
 * A chip, and what its cores are loaded with. `seed` is that of the choices that routing leaves open.
 * @throws InputError if the image does not fit the chip, or refers to something that is not there
 */
export const Chip: new (spec: ChipSpec, image: MachineImage, seed: number, options?: { readonly kernels?: 'simd' | 'plain' }) => Chip = SimulatedChip

/** A network of routers, flit by flit. After each `step`, the delivered arrays describe the cycle that was simulated. */
export interface Network {
  readonly endpoints: number
  /** The cycle about to be simulated. */
  readonly cycle: number
  /** Whether a packet is queued or in flight. */
  readonly busy: boolean
  /** Flits through routers so far: one per flit and router. */
  readonly flitHops: number
  /** Deliveries of the last step: endpoint, packet, and the flit's index in its packet. */
  readonly deliveredCount: number
  readonly deliveredEndpoint: Int32Array
  readonly deliveredPacket: Int32Array
  readonly deliveredFlit: Int32Array
  /** Registers a set of destinations of packets from `source`; returns its number. */
  destinations(source: number, endpoints: readonly number[]): number
  /** Queues a packet of `flits` flits at `source` to a set of destinations; returns its number. `tag` is 0 unless the network counts by tags. */
  enqueue(source: number, set: number, flits: number, tag: number): number
  /** The same to one endpoint, without a registered set. */
  send(source: number, destination: number, flits: number, tag: number): number
  step(): void
  /** Moves the clock forward while nothing is queued or in flight. */
  skipTo(cycle: number): void
  /** The receiver at an endpoint freed places of its receive buffer. */
  release(endpoint: number, flits: number): void
  /** Flits that left each output so far, ejection included, router by router. */
  linkFlits(): Float64Array
}

/**
 * A network by itself. `seed` is that of the choices that routing leaves open.
 * @throws InputError when the configuration is out of range or could deadlock
 */
export const Network: new (config: NetworkConfig, seed: number) => Network = SimulatedNetwork
