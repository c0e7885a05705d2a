import { chargeProgress } from './cost.js'
import type { Core } from './core.js'
import { ADDER_PIPELINE_CYCLES, consumeNext, loadWeights } from './spikes.js'
import { fireNextPacket, sendControlPacket, sendWordPacket, stepNextPacket } from './send.js'

/**
 * Instructions that run over many cycles: their handlers are called again until they are over. They
 * keep their place in `core.phase` (0: not started) and `core.progress`.
 */

/** Called at the start of each: true once, when the instruction begins. */
function begins(core: Core): boolean {
  if (core.phase !== 0) return false
  core.phase = 1
  core.progress = 0
  core.partial = 0
  return true
}

function ends(core: Core): void {
  core.phase = 0
  core.pc++
}

function setRegister(core: Core, register: number, value: number): void {
  if (register !== 0) core.registers[register] = value
}

/** CONSUME rd, table, markers */
export function consume(core: Core, rd: number, table: number, markers: number, _d: number, _e: number, opcode: number): number {
  if (begins(core)) return 1
  const spikesBefore = core.progress
  const cycles = consumeNext(core, table, markers)
  if (core.progress !== spikesBefore) chargeProgress(core, opcode, 0, 1)
  if (cycles >= 0) return cycles
  core.fifo.markers -= markers
  setRegister(core, rd, core.progress)
  ends(core)
  return ADDER_PIPELINE_CYCLES
}

/** WLOAD table */
export function loadTile(core: Core, _rd: number, table: number): number {
  const cycles = loadWeights(core, table)
  core.pc++
  return 1 + cycles
}

/** FIRE rd, route, src, len */
export function fire(core: Core, rd: number, route: number, src: number, len: number, _e: number, opcode: number): number {
  if (begins(core)) {
    setRegister(core, rd, noteTrain(core, src, len))
    return 1
  }
  return encode(core, opcode, len, () => fireNextPacket(core, route, src, len, core.ports.format))
}

/** STEP rd, route, src, len */
export function step(core: Core, rd: number, route: number, src: number, len: number, _e: number, opcode: number): number {
  if (begins(core)) {
    if (core.eventsOnRoute[route] === 0) noteTrain(core, src, len)
    return 1
  }
  const cycles = encode(core, opcode, len, () => stepNextPacket(core, route, src, len, core.ports.format))
  if (core.phase === 0) setRegister(core, rd, charged(core, src, len))
  return cycles
}

/** One packet of an encoder instruction; ends it when all neurons were scanned and sent. */
function encode(core: Core, opcode: number, len: number, send: () => number): number {
  const scannedBefore = core.progress
  const eventsBefore = core.emitted
  const cycles = send()
  if (cycles === 0) return 0
  chargeProgress(core, opcode, core.progress - scannedBefore, core.emitted - eventsBefore)
  if (core.progress === len) ends(core)
  return cycles
}

/** Activity statistics of a train about to be sent: returns its spikes. */
function noteTrain(core: Core, src: number, len: number): number {
  let spikes = 0
  let longest = 0
  for (let i = 0; i < len; i++) {
    const count = Math.abs(core.data[src + i]!)
    spikes += count
    if (count > longest) longest = count
  }
  core.ports.noteSpikes(core.tag, len, spikes, longest)
  return spikes
}

function charged(core: Core, src: number, len: number): number {
  let neurons = 0
  for (let i = 0; i < len; i++) if (core.data[src + i] !== 0) neurons++
  return neurons
}

/** ENDT rd, route */
export function endTrain(core: Core, rd: number, route: number): number {
  const events = core.eventsOnRoute[route]!
  const cycles = sendControlPacket(core, () => core.ports.sendMarker(core.id, route, events, core.tag))
  if (cycles === 0) return 0
  core.eventsOnRoute[route] = 0
  setRegister(core, rd, events)
  core.pc++
  return 1 + cycles
}

/** SIGNAL route */
export function signal(core: Core, _rd: number, route: number): number {
  const cycles = sendControlPacket(core, () => core.ports.sendSignal(core.id, route, core.tag))
  if (cycles === 0) return 0
  core.pc++
  return 1 + cycles
}

/** SENDA route, acc, len */
export function sendAccumulators(core: Core, route: number, acc: number, len: number, _d: number, _e: number, opcode: number): number {
  return sendWords(core, opcode, route, core.adders.accumulators, acc, len)
}

/** SENDV route, src, len */
export function sendVector(core: Core, _rd: number, route: number, src: number, len: number, _e: number, opcode: number): number {
  return sendWords(core, opcode, route, core.data, src, len)
}

function sendWords(core: Core, opcode: number, route: number, source: Int32Array, first: number, len: number): number {
  if (begins(core)) return 1
  const before = core.progress
  const cycles = sendWordPacket(core, route, source, first, len, core.ports.format)
  if (cycles === 0) return 0
  chargeProgress(core, opcode, core.progress - before, 0)
  if (core.progress === len) ends(core)
  return cycles
}
