import { ACTION_INDEX } from '../../isa/actions.js'
import { eventFlits, LONGEST_BURST } from '../packets.js'
import type { Core } from './core.js'
import { chargeProgress } from './cost.js'
import { waitForRoom } from './send.js'

/**
 * FIRE and STEP, the encoder's second step. It works in two stages: while the packetiser builds the flits of one
 * packet, the encoder examines the neurons of the next. A packet is handed over when it is full or no neuron is
 * left, so no spike leaves before it was found:
 *   1 + scan of the first packet + for each packet the larger of its flits and the scan of what follows
 */

const PACKET_FLIT = ACTION_INDEX.packetFlit

/** FIRE rd, route, src, len */
export function fire(
  core: Core, rd: number, route: number, src: number, len: number, _e: number, opcode: number,
): number {
  const cycles = encode(core, route, src, len, opcode, false)
  if (core.phase === 0) {
    core.ports.noteSpikes(core.tag, len, core.trainSpikes, core.trainLongest)
    if (rd !== 0) core.registers[rd] = core.trainSpikes
  }
  return cycles
}

/** STEP rd, route, src, len */
export function step(
  core: Core, rd: number, route: number, src: number, len: number, _e: number, opcode: number,
): number {
  const cycles = encode(core, route, src, len, opcode, true)
  if (core.phase === 0) {
    // A train's statistics are those of its first step, when its counts are whole.
    if (core.trainOpen[route] === 0) core.ports.noteSpikes(core.tag, len, core.trainSpikes, core.trainLongest)
    core.trainOpen[route] = 1
    if (rd !== 0) core.registers[rd] = core.charged
  }
  return cycles
}

function encode(core: Core, route: number, src: number, len: number, opcode: number, stepping: boolean): number {
  let cycles: number
  if (core.phase === 0) {
    core.phase = 1
    core.progress = core.partial = 0
    core.trainSpikes = core.trainLongest = core.charged = 0
    cycles = 1
  } else {
    const flits = eventFlits(core.gathered, core.ports.format) * core.copiesOnRoute[route]!
    if (!core.ports.canInject(core.id, flits)) return waitForRoom(core, flits)
    core.ports.sendEvents(core.id, route, core.eventAxons, core.eventLengths, core.gathered, core.tag)
    core.count(PACKET_FLIT, flits)
    core.eventsOnRoute[route]! += core.gathered
    chargeProgress(core, opcode, 0, core.gathered)
    cycles = flits
  }
  core.gathered = 0
  if (core.progress < len) {
    const before = core.progress
    const room = core.eventsPerPacketOn[route]!
    if (stepping) gatherStep(core, src, len, room)
    else gatherTrains(core, src, len, room)
    const examined = core.progress - before
    chargeProgress(core, opcode, examined, 0)
    const scanCycles = Math.ceil(examined / core.spec.encoderLanes)
    cycles = core.phase === 1 ? cycles + scanCycles : Math.max(cycles, scanCycles)
  }
  core.phase = 2
  if (core.gathered === 0) {
    core.phase = 0
    core.pc++
  }
  return cycles
}

/**
 * Gathers whole trains from `core.progress` on until a packet is full. A burst event carries up to LONGEST_BURST
 * spikes, an unrolled one a single spike.
 */
function gatherTrains(core: Core, src: number, len: number, room: number): void {
  const data = core.data
  const longest = core.spec.spikeTrain === 'burst' ? LONGEST_BURST : 1
  let events = 0
  let neuron = core.progress
  let partial = core.partial
  while (neuron < len && events < room) {
    const count = data[src + neuron]!
    const spikes = Math.abs(count)
    while (partial < spikes && events < room) {
      const length = Math.min(spikes - partial, longest)
      core.eventAxons[events] = neuron
      core.eventLengths[events++] = count < 0 ? -length : length
      partial += length
    }
    if (partial < spikes) break
    core.trainSpikes += spikes
    if (spikes > core.trainLongest) core.trainLongest = spikes
    partial = 0
    neuron++
  }
  core.gathered = events
  core.progress = neuron
  core.partial = partial
}

/** Gathers one time step: every neuron with a count left emits one spike, and its count moves toward zero. */
function gatherStep(core: Core, src: number, len: number, room: number): void {
  const data = core.data
  let events = 0
  let neuron = core.progress
  for (; neuron < len && events < room; neuron++) {
    const count = data[src + neuron]!
    if (count === 0) continue
    const sign = count < 0 ? -1 : 1
    const spikes = Math.abs(count)
    core.eventAxons[events] = neuron
    core.eventLengths[events++] = sign
    data[src + neuron] = count - sign
    core.trainSpikes += spikes
    if (spikes > core.trainLongest) core.trainLongest = spikes
    if (spikes > 1) core.charged++
  }
  core.gathered = events
  core.progress = neuron
}
