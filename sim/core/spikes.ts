import { ACTION_INDEX } from '../../isa/actions.js'
import { WAIT_SPIKES } from './core.js'
import type { Core } from './core.js'
import { chargeProgress } from './cost.js'

/** CONSUME and WLOAD: spike trains into the accumulators, weight tiles into weight SRAM. */

const FIFO_POP = ACTION_INDEX.fifoPop
const WEIGHT_READ = ACTION_INDEX.weightWordRead
const WEIGHT_WRITE = ACTION_INDEX.weightWordWrite
const MAC = ACTION_INDEX.mac
const SYNAPTIC_ADD = ACTION_INDEX.synapticAdd
const ACCUMULATOR_READ = ACTION_INDEX.accumulatorRead
const ACCUMULATOR_WRITE = ACTION_INDEX.accumulatorWrite
const DRAM_BIT = ACTION_INDEX.dramBit

/**
 * Stages an event passes besides the adders: axon lookup, row read, write-back. They overlap with the events that
 * follow, so only the last event of a CONSUME is seen to take them.
 */
export const ADDER_PIPELINE_CYCLES = 3

/** CONSUME rd, table, markers */
export function consume(
  core: Core, rd: number, table: number, markers: number, _d: number, _e: number, opcode: number,
): number {
  const fifo = core.fifo
  if (core.phase === 0) {
    if (!core.weights.holds(table)) {
      throw core.error(
        `the weight tile of axon table entry ${table} is not in weight SRAM: it shares bytes with another entry, ` +
          'so WLOAD it first',
      )
    }
    const loading = core.weights.ready(table) - core.ports.now()
    if (loading > 0) return core.waitForMemory(loading)
    core.phase = 1
    core.progress = core.eventsTaken = 0
    core.drainedAt = 0
    core.streams.begin(core, table)
    return 1 + preload(core, table)
  }
  if (fifo.count > 0) return takeEvent(core, table, opcode)
  if (!fifo.complete(markers)) {
    core.state = WAIT_SPIKES
    return 0
  }
  const announced = fifo.takeMarkers(markers)
  if (announced !== core.eventsTaken) {
    throw core.error(
      `took ${core.eventsTaken} events, but the ${markers === 1 ? 'marker' : `${markers} markers`} announced ${announced}: ` +
        'events of a later train arrived among them. The sender must wait (RECV) until a train was taken before it ' +
        'sends the next.',
    )
  }
  core.count(FIFO_POP, markers)
  core.streams.isActive = false
  if (rd !== 0) core.registers[rd] = core.progress
  core.phase = 0
  core.pc++
  return Math.max(1, core.drainedAt - core.ports.now())
}

/** Takes the next event; returns the cycles the adder array is busy with it. */
function takeEvent(core: Core, table: number, opcode: number): number {
  const { fifo, adders } = core
  const axon = fifo.headAxon()
  const length = fifo.headLength()
  const { tile } = core.image.axonTable[table]!
  if (axon >= tile.inputs) {
    throw core.error(
      `spike on axon ${axon}, but axon table entry ${table} has ${tile.inputs} inputs (0..${tile.inputs - 1})`,
    )
  }
  const late = core.streams.isActive ? core.streams.waitForRow(core) : 0
  if (late > 0) return core.waitForMemory(late)
  fifo.pop()
  while (fifo.freeHeldFlit()) core.ports.releaseFlit(core.id)
  if (!adders.add(table, axon, length)) throw overflow(core)
  const operation = core.image.axonTable[table]!.operation ?? 'addition'
  const spikes = operationsOf(operation, length)
  core.progress += spikes
  core.eventsTaken++
  core.spikesConsumed += spikes
  chargeProgress(core, opcode, 0, 1)
  const reads = adders.rowReads(spikes)
  const counts = core.counts
  const base = core.tagBase
  counts[base + WEIGHT_READ]! += adders.rowWords[table]! * reads
  counts[base + (operation === 'multiplyAccumulate' ? MAC : SYNAPTIC_ADD)]! += tile.outputs * spikes
  counts[base + ACCUMULATOR_READ]! += tile.outputs * reads
  counts[base + ACCUMULATOR_WRITE]! += tile.outputs * reads
  const cycles = adders.eventCycles(table, spikes)
  core.drainedAt = core.ports.now() + cycles + ADDER_PIPELINE_CYCLES
  return cycles
}

/** Operations an event costs each output: a value of 0 is sent to be multiplied, or to say that a train was not empty. */
function operationsOf(operation: 'addition' | 'shiftedAddition' | 'multiplyAccumulate', value: number): number {
  if (operation === 'multiplyAccumulate' || value === 0) return 1
  let rest = Math.abs(value)
  if (operation === 'addition') return rest
  let bits = 0
  for (; rest > 0; rest >>= 1) bits += rest & 1
  return bits
}

/** Starts the accumulators of a binary train from its correction; returns the cycles that takes. */
function preload(core: Core, table: number): number {
  const entry = core.image.axonTable[table]!
  if (entry.preload === undefined) return 0
  const { outputs } = entry.tile
  const words = Math.ceil((outputs * core.spec.accumulatorBits) / core.spec.weightBankBits)
  core.adders.preload(table, entry.preload)
  core.count(WEIGHT_READ, words)
  core.count(ACCUMULATOR_WRITE, outputs)
  return Math.max(Math.ceil(words / core.spec.weightBanks), Math.ceil(outputs / core.spec.lanes))
}

function overflow(core: Core): Error {
  const at = core.adders.overflowed
  const bits = core.spec.accumulatorBits
  return core.error(
    `accumulator ${at} holds ${core.adders.accumulators[at]}, past its ${bits} bits ` +
      `(${-(2 ** (bits - 1))}..${2 ** (bits - 1) - 1}). Give core.accumulatorBits more bits, or set core.overflow to saturate`,
  )
}

/**
 * WLOAD table: starts the load and goes on; a CONSUME of the entry waits until it is complete. Of a tile whose rows are
 * kept, it only opens the place: what lay there is gone, and rows come when spikes ask for them.
 */
export function loadTile(core: Core, _rd: number, table: number): number {
  if (core.image.axonTable[table]!.streamed === 'kept') {
    core.weights.load(table, core.ports.now())
    core.streams.open(table)
    core.pc++
    return 1
  }
  const words = core.adders.rowWords[table]! * core.image.axonTable[table]!.tile.inputs
  const bytes = Math.ceil((words * core.spec.weightBankBits) / 8)
  core.count(DRAM_BIT, 8 * core.ports.burstBytes(bytes))
  core.count(WEIGHT_WRITE, words)
  const writeCycles = Math.ceil(words / core.spec.weightBanks)
  core.weights.load(table, Math.max(core.ports.loadFromDram(bytes), core.ports.now() + writeCycles))
  core.pc++
  return 1
}
