import { ACTION_INDEX } from '../../isa/actions.js'
import { eventFlits, LONGEST_BURST } from '../packets.js'
import { OWN_TRAIN, ZEROS } from '../image.js'
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
    const { spikes, longest } = core.encoder
    core.ports.noteSpikes(core.tag, len, spikes, longest)
    if (rd !== 0) core.registers[rd] = spikes
  }
  return cycles
}

/** STEP rd, route, src, len */
export function step(
  core: Core, rd: number, route: number, src: number, len: number, _e: number, opcode: number,
): number {
  const cycles = encode(core, route, src, len, opcode, true)
  if (core.phase === 0) {
    const { stepsOnRoute, spikes, longest, charged } = core.encoder
    // A train's statistics are those of its first step, when its counts are whole.
    if (stepsOnRoute[route] === 0) core.ports.noteSpikes(core.tag, len, spikes, longest)
    stepsOnRoute[route]! += 1
    if (rd !== 0) core.registers[rd] = charged
  }
  return cycles
}

function encode(core: Core, route: number, src: number, len: number, opcode: number, stepping: boolean): number {
  const { encoder, packetiser } = core
  let cycles: number
  if (core.phase === 0) {
    core.phase = 1
    encoder.begin()
    cycles = 1
  } else {
    const { gathered } = encoder
    const packets = packetiser.formatOn[route]!
    const flits = eventFlits(gathered, packets) * packetiser.copiesOnRoute[route]!
    if (!core.ports.canInject(core.id, flits)) return waitForRoom(core, flits)
    core.ports.sendEvents(core.id, route, encoder.axons, encoder.lengths, gathered, core.tag)
    core.count(PACKET_FLIT, flits)
    packetiser.eventsOnRoute[route]! += gathered
    chargeProgress(core, opcode, 0, packets === core.ports.format ? gathered : gathered * valueShare(core.ports))
    cycles = flits
  }
  encoder.gathered = 0
  if (encoder.examined < len) {
    const before = encoder.examined
    const room = packetiser.eventsPerPacketOn[route]!
    const format = core.image.routes[route]!.train ?? OWN_TRAIN
    if (stepping) gatherStep(core, src, len, room, format, encoder.stepsOnRoute[route]!)
    else gatherTrains(core, src, len, room, format)
    const scanCycles = core.kind.bookScan(core, opcode, encoder.examined - before, encoder.gathered)
    cycles = core.phase === 1 ? cycles + scanCycles : Math.max(cycles, scanCycles)
  }
  core.phase = 2
  if (encoder.gathered === 0) {
    core.phase = 0
    core.pc++
  }
  return cycles
}

/**
 * Gathers whole trains from the first neuron that was not examined on, until a packet is full. Where the train's format does
 * not say how much an event carries, the chip does: a burst up to LONGEST_BURST, an unrolled event a single spike.
 */
function gatherTrains(core: Core, src: number, len: number, room: number, format: TrainFormat): void {
  const { data, encoder } = core
  const { axons, lengths } = encoder
  const { offset, zeros } = format
  const cap = format.cap > 0 ? format.cap : core.spec.spikeTrain === 'burst' ? LONGEST_BURST : 1
  let events = 0
  let neuron = encoder.examined
  let partial = encoder.partial
  while (neuron < len && events < room) {
    const count = data[src + neuron]! + offset
    const size = Math.abs(count)
    if (size === 0 && zeros !== ZEROS.silent && sendsZero(core, zeros, events, neuron === len - 1)) {
      axons[events] = neuron
      lengths[events++] = 0
    }
    while (partial < size && events < room) {
      const length = Math.min(size - partial, cap)
      axons[events] = neuron
      lengths[events++] = count < 0 ? -length : length
      partial += length
    }
    if (partial < size) break
    if (size !== 0 || zeros !== ZEROS.silent) note(core, format, size)
    partial = 0
    neuron++
  }
  encoder.gathered = events
  encoder.examined = neuron
  encoder.partial = partial
}

/** Whether a count of 0 sends an event. */
function sendsZero(core: Core, zeros: number, gathered: number, isLast: boolean): boolean {
  return zeros === ZEROS.sent || (isLast && gathered === 0 && core.encoder.spikes === 0)
}

/** Books one neuron's spikes and time steps, as its encoding counts them. */
function note({ encoder }: Core, { spike, zeros, planes, levels }: TrainFormat, count: number): void {
  let spikes = count
  let steps = count
  if (planes > 0) {
    steps = 32 - Math.clz32(count)
    spikes = 0
    for (let rest = count; rest > 0; rest >>= 1) spikes += rest & 1
  } else if (count === 0) spikes = steps = zeros === ZEROS.sent ? 1 : 0
  else {
    if (spike > 1) spikes = steps = Math.ceil(count / spike)
    if (levels > 0) steps = levels
  }
  encoder.spikes += spikes
  if (steps > encoder.longest) encoder.longest = steps
}

/**
 * Gathers one time step: every neuron with a count left emits one spike, and its count moves toward zero. Counts are
 * shifted in the first step; a step of bit planes sends one plane, the most significant first; a step in level order sends
 * the counts of its level whole, the largest first.
 * @param stepsBefore steps of the train already sent
 */
function gatherStep(
  core: Core, src: number, len: number, room: number, format: TrainFormat, stepsBefore: number,
): void {
  const { data, encoder } = core
  const { axons, lengths } = encoder
  const { planes, levels, zeros } = format
  const offset = stepsBefore === 0 ? format.offset : 0
  const plane = planes > 0 ? (1 << (planes - 1)) >> stepsBefore : 0
  const level = levels - stepsBefore
  let events = 0
  let neuron = encoder.examined
  for (; neuron < len && events < room; neuron++) {
    const count = data[src + neuron]! + offset
    if (count === 0) {
      if (offset === 0) continue
      data[src + neuron] = 0
      if (!sendsZero(core, zeros, events, neuron === len - 1)) continue
      axons[events] = neuron
      lengths[events++] = 0
      continue
    }
    const left = Math.abs(count)
    note(core, format, left)
    const size = planes > 0 ? left & plane : levels > 0 ? (left === level ? left : 0) : 1
    if (left > size) encoder.charged++
    if (size === 0) continue
    const sent = count < 0 ? -size : size
    axons[events] = neuron
    lengths[events++] = sent
    data[src + neuron] = count - sent
  }
  encoder.gathered = events
  encoder.examined = neuron
}
