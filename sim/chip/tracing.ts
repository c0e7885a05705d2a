import { OPCODE } from '../../isa/index.js'
import type { Delivery, RouterPort, Taking, TracedMachine, TraceSink } from '../core/trace.js'
import { WAIT_REASONS } from '../core/waits.js'
import { coreCount } from '../config/size.js'
import { LINK_NONE } from '../fabric/index.js'
import type { Network } from '../network/index.js'
import { PACKET_EVENTS, PACKET_MARKER } from '../packets.js'
import type { PacketStore } from '../packets.js'
import type { Chip } from './chip.js'

/** What a sink is told of a chip, beside the instructions: waits, packets, and how full the chip is now and then. */
export class Tracing {
  readonly sink: TraceSink
  private readonly chip: Chip
  private readonly store: PacketStore
  private flitsInFlight = 0

  constructor(chip: Chip, store: PacketStore, sink: TraceSink, cyclesBefore: number) {
    this.chip = chip
    this.store = store
    this.sink = sink
    for (const core of chip.cores) {
      core.waits.onNote = (reason, culprit, tag, cycles) => sink.waited?.(core.id, reason, culprit, tag, cycles)
    }
    sink.begin(chip.image.tags, chip.image.cores.map(({ roles }) => roles), machineOf(chip), cyclesBefore)
  }

  /** Books what entered and left the network in its last step, before components take it. */
  afterStep(): void {
    const { network } = this.chip
    for (let n = 0; n < network.injectedCount; n++) this.flitsInFlight += destinationsOf(network, network.injectedWorm[n]!)
    this.flitsInFlight -= network.deliveredCount
    for (let n = 0; n < network.deliveredCount; n++) {
      const packet = network.deliveredPacket[n]!
      if (network.deliveredFlit[n] === this.store.tail[packet]) this.delivered(packet, network.deliveredEndpoint[n]!)
    }
  }

  private delivered(packet: number, endpoint: number): void {
    const kind = this.store.kind[packet]!
    const isSpikes = kind === PACKET_EVENTS || kind === PACKET_MARKER
    const delivery: Delivery = { packet, endpoint, endsTrain: kind === PACKET_MARKER, semaphore: isSpikes ? -1 : this.store.semaphore[packet]! }
    this.sink.delivered?.(delivery)
  }

  /** Tells how full the chip is at the end of a cycle, in which every core has done what it does by then. */
  sample(cycle: number): void {
    if (this.sink.sampled === undefined) return
    const { network, cores } = this.chip
    let flitsQueued = 0
    for (let endpoint = 0; endpoint < network.endpoints; endpoint++) flitsQueued += network.queuedFlits(endpoint)
    this.sink.sampled({
      cycle, flitsInFlight: this.flitsInFlight, flitsQueued, eventsQueued: cores.reduce((sum, { fifo }) => sum + fifo.count, 0),
      portFlits: network.linkFlits(),
    })
  }
}

/** Places a worm goes to: one, or the members of its destination set. */
function destinationsOf({ worms, sets }: Network, worm: number): number {
  const target = worms.target[worm]!
  return target >= 0 ? 1 : sets.members[~target]!
}

function machineOf(chip: Chip): TracedMachine {
  return {
    waitReasons: WAIT_REASONS, routerPorts: routerPorts(chip), hostEndpoint: coreCount(chip.spec),
    takes: (core, instruction): Taking | undefined => {
      const { op, a, b, c } = chip.cores[core]!.program
      if (op[instruction] === OPCODE.CONSUME) return { semaphore: -1, count: c[instruction]! }
      return op[instruction] === OPCODE.RECV ? { semaphore: a[instruction]!, count: b[instruction]! } : undefined
    },
  }
}

/** Every output of every router that leads somewhere. */
function routerPorts({ network }: Chip): RouterPort[] {
  const { wiring, fabric } = network.routers
  const { attached } = fabric.description
  const { ports, columnOf, rowOf, kind, peer, portEndpoint } = wiring
  const found: RouterPort[] = []
  for (let id = 0; id < kind.length; id++) {
    if (kind[id] === LINK_NONE) continue
    const router = Math.floor(id / ports)
    const next = Math.floor(peer[id]! / ports)
    const endpoint = portEndpoint[id]!
    const to = peer[id]! >= 0 ? `(${columnOf[next]!}, ${rowOf[next]!})` : endpoint < wiring.cores ? `core ${endpoint}`
      : attached[endpoint - wiring.cores]!.name
    found.push({ id, column: columnOf[router]!, row: rowOf[router]!, name: `router (${columnOf[router]!}, ${rowOf[router]!}) to ${to}` })
  }
  return found
}
