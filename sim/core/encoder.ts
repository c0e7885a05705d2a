import { ACTION_INDEX } from '../../isa/actions.js'
import { eventFlits, LONGEST_BURST } from '../packets.js'
import type { TrainFormat } from '../image.js'
import type { Core } from './core.js'
import { chargeProgress } from './cost.js'
import { valueShare } from './ports.js'
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
    core.trainOpen[route]! += 1
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
    const format = core.formatOn[route]!
    const flits = eventFlits(core.gathered, format) * core.copiesOnRoute[route]!
    if (!core.ports.canInject(core.id, flits)) return waitForRoom(core, flits)
    core.ports.sendEvents(core.id, route, core.eventAxons, core.eventLengths, core.gathered, core.tag)
    core.count(PACKET_FLIT, flits)
    core.eventsOnRoute[route]! += core.gathered
    chargeProgress(core, opcode, 0, format === core.ports.format ? core.gathered : core.gathered * valueShare(core.ports))
    cycles = flits
  }
  core.gathered = 0
  if (core.progress < len) {
    const before = core.progress
    const room = core.eventsPerPacketOn[route]!
    const format = core.image.routes[route]!.train ?? TERNARY
    if (stepping) gatherStep(core, src, len, room, format, core.trainOpen[route]!)
    else gatherTrains(core, src, len, room, format)
    const examined = core.progress - before
    const scanCycles = core.kind.bookScan(core, opcode, examined, core.gathered)
    cycles = core.phase === 1 ? cycles + scanCycles : Math.max(cycles, scanCycles)
  }
  core.phase = 2
  if (core.gathered === 0) {
    core.phase = 0
    core.pc++
  }
  return cycles
}

/** Counts without a format of their own: |q| spikes of the sign of q. */
const TERNARY: TrainFormat = { encoding: 'ternary', limit: 0, stepLimit: 0 }

/**
 * Gathers whole trains from `core.progress` on until a packet is full. A burst event carries up to LONGEST_BURST
 * spikes, an unrolled one a single spike, a graded one up to the step limit; bitwise and dense events their count.
 */
function gatherTrains(core: Core, src: number, len: number, room: number, format: TrainFormat): void {
  const data = core.data
  const { encoding, limit, stepLimit } = format
  const isTernary = encoding === 'ternary'
  const offset = encoding === 'binary' ? limit : 0
  const longest = encoding === 'graded' ? stepLimit : encoding === 'latency' ? limit : core.spec.spikeTrain === 'burst' ? LONGEST_BURST : 1
  let events = 0
  let neuron = core.progress
  let partial = core.partial
  while (neuron < len && events < room) {
    const count = data[src + neuron]! + offset
    const spikes = Math.abs(count)
    if (spikes === 0 && !isTernary && sendsZero(core, format, events, neuron === len - 1)) {
      core.eventAxons[events] = neuron
      core.eventLengths[events++] = 0
    }
    while (partial < spikes && events < room) {
      const length = Math.min(spikes - partial, longest)
      core.eventAxons[events] = neuron
      core.eventLengths[events++] = count < 0 ? -length : length
      partial += length
    }
    if (partial < spikes) break
    if (!isTernary) note(core, format, spikes)
    else if (spikes !== 0) {
      core.trainSpikes += spikes
      if (spikes > core.trainLongest) core.trainLongest = spikes
    }
    partial = 0
    neuron++
  }
  core.gathered = events
  core.progress = neuron
  core.partial = partial
}

/**
 * Dense trains send every activation. A binary train sends at least one event, though all its counts may be at the
 * lowest: without one it would look like the silence that means 'nothing to do'.
 */
function sendsZero(core: Core, { encoding }: TrainFormat, gathered: number, isLast: boolean): boolean {
  return encoding === 'dense' || (encoding === 'binary' && isLast && gathered === 0 && core.trainSpikes === 0)
}

/** Books one neuron's spikes and time steps, as its encoding counts them. */
function note(core: Core, { encoding, limit, stepLimit }: TrainFormat, count: number): void {
  let spikes = count
  let steps = count
  if (encoding === 'dense') spikes = steps = 1
  else if (encoding === 'latency' && count !== 0) {
    spikes = 1
    steps = limit
  }
  else if (encoding === 'graded') spikes = steps = Math.ceil(count / stepLimit)
  else if (encoding === 'bitwise') {
    steps = 32 - Math.clz32(count)
    spikes = 0
    for (let rest = count; rest > 0; rest >>= 1) spikes += rest & 1
  }
  core.trainSpikes += spikes
  if (steps > core.trainLongest) core.trainLongest = steps
}

/**
 * Gathers one time step: every neuron with a count left emits one spike, and its count moves toward zero. Binary
 * counts are shifted in the first step; a bitwise step sends one plane of bits, the most significant first; a step in
 * level order sends the counts of its level whole, the largest first.
 * @param stepsBefore steps of the train already sent
 */
function gatherStep(
  core: Core, src: number, len: number, room: number, format: TrainFormat, stepsBefore: number,
): void {
  const data = core.data
  const { encoding, limit } = format
  const offset = encoding === 'binary' && stepsBefore === 0 ? limit : 0
  const plane = encoding === 'bitwise' ? (1 << (31 - Math.clz32(limit))) >> stepsBefore : 0
  const level = limit - stepsBefore
  let events = 0
  let neuron = core.progress
  for (; neuron < len && events < room; neuron++) {
    const count = data[src + neuron]! + offset
    if (count === 0) {
      if (offset === 0) continue
      data[src + neuron] = 0
      if (!sendsZero(core, format, events, neuron === len - 1)) continue
      core.eventAxons[events] = neuron
      core.eventLengths[events++] = 0
      continue
    }
    const spikes = Math.abs(count)
    note(core, format, spikes)
    const size = encoding === 'bitwise' ? spikes & plane : encoding === 'latency' ? (spikes === level ? spikes : 0) : 1
    if (spikes > size) core.charged++
    if (size === 0) continue
    const sent = count < 0 ? -size : size
    core.eventAxons[events] = neuron
    core.eventLengths[events++] = sent
    data[src + neuron] = count - sent
  }
  core.gathered = events
  core.progress = neuron
}
