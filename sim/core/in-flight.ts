import { eventsPerPacketTo } from '../packets.js'
import type { PacketFormat } from '../packets.js'
import type { ChipSpec } from '../config/chip-spec.js'
import type { CoreImage } from '../image.js'
import { EventStretch } from './fifo.js'
import { trainFormat } from './ports.js'
import type { CorePorts } from './ports.js'

/**
 * What the units of a core keep of an instruction that takes more than one step. Each unit has its own; of the others, a
 * unit sees what is not private here.
 */

/** The encoder, in FIRE or STEP (encoder.ts). */
export class EncoderState {
  /** Neurons examined. */
  examined = 0
  /** The packet in the making: events, their axons and signed lengths. */
  gathered = 0
  readonly axons: Int32Array
  readonly lengths: Int32Array
  /** Spikes of the neuron in progress that earlier packets hold already. */
  partial = 0
  /** Spikes, longest train and neurons still charged of the instruction. */
  spikes = 0
  longest = 0
  charged = 0
  /** Time steps that the open train of each route has had; 0 where none is open, or it is sent whole. */
  readonly stepsOnRoute: Uint32Array

  constructor(eventsPerPacket: number, routes: number) {
    this.axons = new Int32Array(eventsPerPacket)
    this.lengths = new Int32Array(eventsPerPacket)
    this.stepsOnRoute = new Uint32Array(routes)
  }

  /** A new instruction. */
  begin(): void {
    this.examined = this.partial = this.spikes = this.longest = this.charged = 0
  }
}

/** The adder array's intake, in CONSUME (spikes.ts, take.ts). */
export class IntakeState {
  /** Events that were taken, and the operations they cost each output. */
  events = 0
  operations = 0
  /** The cycle at which the last row has left the adder array. */
  drainedAt = 0
  /** Cycle in which the next event is taken; Infinity when there is none to take, or it is taken in a step. */
  nextAt = Infinity
  /** Cycle of the event taken last. */
  lastAt = 0
  /** The events next in the FIFO, as far as their cycles are known. */
  readonly ahead = new EventStretch()

  /** A new instruction. */
  begin(): void {
    this.operations = this.events = 0
    this.drainedAt = 0
    this.nextAt = Infinity
  }
}

/** The packetiser, in SENDA, SENDV, SIGNAL and ENDT (send.ts), and what it must know of each route. */
export class PacketiserState {
  /** Words sent. */
  words = 0
  /** Flits the injection queue must have room for before a blocked send goes on. */
  flitsWanted = 0
  /** Spike events sent on each route since its last end-of-train marker. */
  readonly eventsOnRoute: Int32Array
  /** Packets that a send on each route makes: 1, or one a destination where the network does not branch. */
  readonly copiesOnRoute: Int32Array
  /** Spike events one packet on each route carries at most, and how they fill its flits. */
  readonly eventsPerPacketOn: Int32Array
  readonly formatOn: readonly PacketFormat[]

  constructor({ routes }: CoreImage, network: ChipSpec['network'], ports: CorePorts) {
    this.eventsOnRoute = new Int32Array(routes.length)
    const copies = (members: number): number => (network.multicast === 'unicast' ? members : 1)
    this.copiesOnRoute = Int32Array.from(routes, (route) => copies(route.destinations.length))
    this.formatOn = routes.map((route) => trainFormat(ports, route))
    this.eventsPerPacketOn = Int32Array.from(routes, (route, at) => eventsPerPacketTo(route.destinations.length, network, this.formatOn[at]!))
  }
}
