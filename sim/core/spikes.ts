import { ACTION_INDEX } from '../../isa/actions.js'
import { SimulationError } from '../errors.js'
import { WAIT_SPIKES } from './core.js'
import type { Core } from './core.js'

/** CONSUME and WLOAD: spike trains into the accumulators, weight tiles into weight SRAM. */

const WEIGHT_READ = ACTION_INDEX.weightWordRead
const WEIGHT_WRITE = ACTION_INDEX.weightWordWrite
const SYNAPTIC_ADD = ACTION_INDEX.synapticAdd
const ACCUMULATOR_READ = ACTION_INDEX.accumulatorRead
const ACCUMULATOR_WRITE = ACTION_INDEX.accumulatorWrite
const DRAM_BIT = ACTION_INDEX.dramBit

/** Axon lookup, row read and write-back are one cycle each; a train's last event leaves them after this many. */
export const ADDER_PIPELINE_CYCLES = 3

/**
 * Takes the next event. Returns the cycles the adder array is busy with it, 0 while it waits for
 * spikes, and -1 when `markers` trains are over.
 */
export function consumeNext(core: Core, table: number, markers: number): number {
  const fifo = core.fifo
  if (fifo.count === 0) {
    if (fifo.complete(markers)) return -1
    core.state = WAIT_SPIKES
    return 0
  }
  const entry = core.image.axonTable[table]!
  const axon = fifo.headAxon()
  const length = fifo.headLength()
  if (axon >= entry.tile.inputs) {
    throw new SimulationError(
      `core ${core.id}: spike on axon ${axon}, but axon table entry ${table} has ${entry.tile.inputs} inputs (0..${entry.tile.inputs - 1})`,
    )
  }
  fifo.pop()
  core.ports.fifoDrained(core.id)
  const spikes = Math.abs(length)
  const adders = core.adders
  adders.add(entry, axon, length)
  core.progress += spikes
  core.spikesConsumed += spikes
  const outputs = entry.tile.outputs
  const reads = adders.rowReads(spikes)
  const counts = core.counts
  const base = core.tagBase
  counts[base + WEIGHT_READ]! += adders.rowWords(entry) * reads
  counts[base + SYNAPTIC_ADD]! += outputs * spikes
  counts[base + ACCUMULATOR_READ]! += outputs * reads
  counts[base + ACCUMULATOR_WRITE]! += outputs * reads
  return adders.eventCycles(entry, spikes)
}

/** Loads a weight tile; returns the cycles until its last word is written. */
export function loadWeights(core: Core, table: number): number {
  const entry = core.image.axonTable[table]!
  const words = core.adders.rowWords(entry) * entry.tile.inputs
  const bits = words * core.spec.weightBankBits
  core.count(DRAM_BIT, bits)
  core.count(WEIGHT_WRITE, words)
  const arrival = core.ports.loadFromDram(Math.ceil(bits / 8))
  const writeCycles = Math.ceil(words / core.spec.weightBanks)
  return Math.max(arrival - core.ports.now(), writeCycles)
}
