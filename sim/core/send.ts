import { ACTION_INDEX } from '../../isa/actions.js'
import { eventFlits, wordFlits } from '../packets.js'
import type { PacketFormat } from '../packets.js'
import { WAIT_INJECTION } from './core.js'
import type { Core } from './core.js'

/**
 * The packetiser and the encoder's second step. Each function sends at most one packet and returns
 * the cycles it takes; 0 means the injection queue was full and the core waits for room. Progress is
 * kept in the core, so a long send is a series of packets, each when there is room.
 */

const PACKET_FLIT = ACTION_INDEX.packetFlit

/** Waits until `flits` fit; returns 0 so that the caller can return it. */
function waitForRoom(core: Core, flits: number): number {
  core.state = WAIT_INJECTION
  core.flitsWanted = flits
  return 0
}

/** Sends the next packet of `length` words of `source` from `first` on; `core.progress` counts words sent. */
export function sendWordPacket(core: Core, route: number, source: Int32Array, first: number, length: number, format: PacketFormat): number {
  const words = Math.min(format.wordsPerPacket, length - core.progress)
  const flits = wordFlits(words, format)
  if (!core.ports.canInject(core.id, flits)) return waitForRoom(core, flits)
  core.ports.sendWords(core.id, route, source, first + core.progress, words, core.progress, core.tag)
  core.count(PACKET_FLIT, flits)
  core.progress += words
  return flits
}

/** Sends a signal or a marker: one flit. */
export function sendControlPacket(core: Core, send: () => void): number {
  if (!core.ports.canInject(core.id, 1)) return waitForRoom(core, 1)
  send()
  core.count(PACKET_FLIT, 1)
  return 1
}

const axons = new Int32Array(256)
const lengths = new Int32Array(256)

/**
 * Encoder, whole trains: scans counts from `core.progress` on and sends one packet of events. A burst
 * event carries a whole train; unrolled events carry one spike each (`core.partial` spikes of the
 * neuron in progress were sent before).
 */
export function fireNextPacket(core: Core, route: number, at: number, length: number, format: PacketFormat): number {
  const burst = core.spec.spikeTrain === 'burst'
  let events = 0
  let neuron = core.progress
  let partial = core.partial
  for (; neuron < length && events < format.eventsPerPacket; neuron++, partial = 0) {
    const count = core.data[at + neuron]!
    if (count === 0) continue
    const spikes = Math.abs(count)
    const sign = count < 0 ? -1 : 1
    const room = format.eventsPerPacket - events
    const emitted = burst ? 1 : Math.min(spikes - partial, room)
    for (let n = 0; n < emitted; n++) {
      axons[events] = neuron
      lengths[events++] = burst ? count : sign
    }
    if (!burst && partial + emitted < spikes) {
      partial += emitted
      break
    }
  }
  return emitPacket(core, route, events, neuron, partial, format)
}

/** Encoder, one time step: every neuron with a count left emits one spike and its count moves toward zero. */
export function stepNextPacket(core: Core, route: number, at: number, length: number, format: PacketFormat): number {
  let events = 0
  let neuron = core.progress
  for (; neuron < length && events < format.eventsPerPacket; neuron++) {
    const count = core.data[at + neuron]!
    if (count === 0) continue
    axons[events] = neuron
    lengths[events++] = count < 0 ? -1 : 1
  }
  const from = core.progress
  const cycles = emitPacket(core, route, events, neuron, 0, format)
  if (cycles === 0) return 0
  for (let i = from; i < neuron; i++) {
    const count = core.data[at + i]!
    if (count !== 0) core.data[at + i] = count - Math.sign(count)
  }
  return cycles
}

/** Sends the gathered events, counts them, and moves on. Encoder and packetiser overlap: the slower one counts. */
function emitPacket(core: Core, route: number, events: number, neuron: number, partial: number, format: PacketFormat): number {
  const scanned = neuron - core.progress
  const scanCycles = Math.ceil(scanned / core.spec.encoderLanes)
  let flits = 0
  if (events > 0) {
    flits = eventFlits(events, format)
    if (!core.ports.canInject(core.id, flits)) return waitForRoom(core, flits)
    core.ports.sendEvents(core.id, route, axons, lengths, events, core.tag)
    core.count(PACKET_FLIT, flits)
    core.eventsOnRoute[route]! += events
    core.emitted += events
  }
  core.progress = neuron
  core.partial = partial
  return Math.max(1, scanCycles, flits)
}
