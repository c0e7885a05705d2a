import { ACTION_INDEX } from '../../isa/actions.js'
import { wordFlits } from '../packets.js'
import { WAIT_INJECTION } from './core.js'
import type { Core } from './core.js'
import { chargeProgress } from './cost.js'

/**
 * The packetiser: SENDA, SENDV, SIGNAL and ENDT. One cycle to issue, then a cycle a flit. A packet enters the
 * injection queue in the cycle its header is built, if there is room for all of it, and leaves a flit a cycle behind
 * the packetiser. Where the network does not branch, a send builds one packet for each destination.
 */

const PACKET_FLIT = ACTION_INDEX.packetFlit

/** Waits until `flits` fit the injection queue; returns 0 so that the caller can return it. */
export function waitForRoom(core: Core, flits: number): number {
  core.state = WAIT_INJECTION
  core.packetiser.flitsWanted = flits
  return 0
}

/** SENDA route, acc, len */
export function sendAccumulators(
  core: Core, route: number, acc: number, len: number, _d: number, _e: number, opcode: number,
): number {
  return sendWords(core, opcode, route, core.adders.accumulators, acc, len)
}

/** SENDV route, src, len */
export function sendVector(
  core: Core, _rd: number, route: number, src: number, len: number, _e: number, opcode: number,
): number {
  return sendWords(core, opcode, route, core.data, src, len)
}

/** Sends words packet by packet; each is read from its memory when its packet is built. */
function sendWords(core: Core, opcode: number, route: number, source: Int32Array, first: number, len: number): number {
  if (core.phase === 0) {
    core.phase = 1
    core.packetiser.words = 0
    return 1
  }
  const words = Math.min(core.ports.format.wordsPerPacket, len - core.packetiser.words)
  const flits = wordFlits(words, core.ports.format) * core.packetiser.copiesOnRoute[route]!
  if (!core.ports.canInject(core.id, flits)) return waitForRoom(core, flits)
  core.ports.sendWords(core.id, route, source, first + core.packetiser.words, words, core.packetiser.words, core.tag)
  core.count(PACKET_FLIT, flits)
  chargeProgress(core, opcode, words, 0)
  core.packetiser.words += words
  if (core.packetiser.words === len) finish(core)
  return flits
}

/** ENDT rd, route */
export function endTrain(core: Core, rd: number, route: number): number {
  const flits = beginControlPacket(core, route)
  if (core.phase !== 0) return flits
  const events = core.packetiser.eventsOnRoute[route]!
  core.ports.sendMarker(core.id, route, events, core.tag)
  core.packetiser.eventsOnRoute[route] = 0
  core.encoder.stepsOnRoute[route] = 0
  if (rd !== 0) core.registers[rd] = events
  return flits
}

/** SIGNAL route */
export function signal(core: Core, _rd: number, route: number): number {
  const flits = beginControlPacket(core, route)
  if (core.phase === 0) core.ports.sendSignal(core.id, route, core.tag)
  return flits
}

/** Issues, then waits for room for a packet of one flit; it is due, and the instruction over, when `phase` is 0. */
function beginControlPacket(core: Core, route: number): number {
  if (core.phase === 0) {
    core.phase = 1
    return 1
  }
  const flits = core.packetiser.copiesOnRoute[route]!
  if (!core.ports.canInject(core.id, flits)) return waitForRoom(core, flits)
  core.count(PACKET_FLIT, flits)
  finish(core)
  return flits
}

function finish(core: Core): void {
  core.phase = 0
  core.pc++
}
