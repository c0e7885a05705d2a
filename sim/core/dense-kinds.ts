import { ACTION_INDEX } from '../../isa/actions.js'
import type { AxonTableEntry } from '../image.js'
import type { Core } from './core.js'
import type { CoreKind } from './kinds.js'
import { bookLaneSums } from './lane-sums.js'
import { valueShare } from './ports.js'

/**
 * Kinds of core without events: the dense rivals. Activations come in the order of their neurons, several to a flit, zeros
 * too; nothing is looked up, tested or encoded. What comes as an event all the same (an embedding's one spike) reads its
 * row as on any core.
 */

const WEIGHT_READ = ACTION_INDEX.weightWordRead
const LANE_MAC = ACTION_INDEX.laneMac
const ACCUMULATOR_READ = ACTION_INDEX.accumulatorRead
const ACCUMULATOR_WRITE = ACTION_INDEX.accumulatorWrite
const FIFO_POP = ACTION_INDEX.fifoPop
const WORD_READ = ACTION_INDEX.dataWordRead
const WORD_WRITE = ACTION_INDEX.dataWordWrite
const ROW_STEP = ACTION_INDEX.rowStep
const ACTIVATION_SHIFT = ACTION_INDEX.activationShift
const WEIGHT_SHIFT = ACTION_INDEX.weightShift

/** True if an entry takes dense trains: the values of all neurons in order. */
function isDense(entry: AxonTableEntry): boolean {
  return entry.operation === 'multiplyAccumulate'
}

/** Reading counts in order and packing them: as many a cycle as the encoder has lanes, without comparing any. */
function bookScan(core: Core, _opcode: number, neurons: number): number {
  core.count(WORD_READ, neurons)
  return Math.ceil(neurons / core.spec.encoderLanes)
}

/**
 * Vector-matrix lanes, after NorthPole: an activation is broadcast to all lanes, each of which multiplies it by its weight
 * and keeps one sum in a register over the whole train. Where a row is wider than the lanes, activations are read again for
 * each further part of it. Rows follow each other, so a counter finds them.
 */
export const vectorMatrix: CoreKind = {
  operationOf: () => 'multiplyAccumulate',
  lookups: ({ image }, table, events) => (isDense(image.axonTable[table]!) ? 0 : events),
  bookEvents(core, table, events) {
    const { adders, counts, tagBase } = core
    const entry = core.image.axonTable[table]!
    const { outputs } = entry.tile
    const parts = Math.ceil(outputs / core.spec.lanes)
    counts[tagBase + WEIGHT_READ]! += adders.rowWords[table]! * events
    counts[tagBase + LANE_MAC]! += outputs * events
    if (!isDense(entry)) {
      counts[tagBase + FIFO_POP]! += (parts - 1) * events
      return
    }
    counts[tagBase + FIFO_POP]! += parts * events * valueShare(core.ports)
    counts[tagBase + ROW_STEP]! += events
  },
  bookEnd: bookLaneSums,
  bookScan,
}

/** What a systolic array was loaded for: an axon table entry, and how many trains have shared the load. */
export interface ArrayContents {
  table: number
  trains: number
}

/** Shape of a core's array for a tile: parts of the tile that fill it one after the other. */
export function foldsOf(lanes: number, arrayRows: number, inputs: number, outputs: number) {
  const columns = lanes / arrayRows
  return { columns, rowFolds: Math.ceil(inputs / arrayRows), columnFolds: Math.ceil(outputs / columns) }
}

/**
 * Cycles that a train adds to those before it on the same weights. Over M trains they sum to
 *   R + (F - 1) max(R, M) + M + (R + C - 2)
 * the first load, F folds of which each but the last hides the load of the next, and filling and draining once.
 * @param train which of them, from 1
 */
export function trainCycles(rows: number, columns: number, folds: number, train: number): number {
  if (train === 1) return rows + (folds - 1) * rows + 1 + rows + columns - 2
  return train <= rows ? 1 : folds
}

/**
 * A weight-stationary systolic array of R x C processing elements (R: core.arrayRows, R C: core.lanes). A fold of a tile is
 * loaded, then the trains of a batch go through it, a row of R activations a cycle; an element keeps its weight, passes the
 * activation on to the right and the sum down. Trains wait in data SRAM and are read once for each column of folds; their
 * sums wait in the accumulators between row folds, so how many trains share a load is bound by C accumulators each. They
 * share one as far as the entry says that they come together, or if the tile is one fold; else each loads all. A train's
 * sums are handed on when it is over, as if the others had been gathered before: what a load costs falls on the first.
 */
export const systolic: CoreKind = {
  operationOf: () => 'multiplyAccumulate',
  lookups: vectorMatrix.lookups,
  gathers: isDense,
  bookEvents(core, table, events, operations) {
    if (!isDense(core.image.axonTable[table]!)) vectorMatrix.bookEvents(core, table, events, operations)
    else core.count(FIFO_POP, events * valueShare(core.ports))
  },
  bookEnd(core, table) {
    if (core.intake.events === 0) return 0
    return isDense(core.image.axonTable[table]!) ? bookArray(core, table) : bookLaneSums(core, table)
  },
  bookScan,
}

/** A train through the array; the cycles that it takes longer than its activations took to arrive. */
function bookArray(core: Core, table: number): number {
  const { lanes, arrayRows, accumulators } = core.spec
  const { tile: { inputs, outputs }, trains = 1 } = core.image.axonTable[table]!
  const { columns, rowFolds, columnFolds } = foldsOf(lanes, arrayRows, inputs, outputs)
  const folds = rowFolds * columnFolds
  const together = folds === 1 ? Infinity : Math.min(trains, Math.max(1, Math.floor(accumulators / columns)))
  const { held } = core
  if (held.table !== table || held.trains >= together) held.trains = 0
  held.table = table
  held.trains++
  if (held.trains === 1) {
    core.count(WEIGHT_READ, core.adders.rowWords[table]! * inputs)
    core.count(WEIGHT_SHIFT, (inputs * outputs * (arrayRows + 1)) / 2) // a weight passes half the rows to its own
  }
  const words = inputs * valueShare(core.ports)
  core.count(WORD_WRITE, words)
  core.count(WORD_READ, columnFolds * words)
  core.count(LANE_MAC, inputs * outputs)
  core.count(ACTIVATION_SHIFT, inputs * outputs)
  core.count(ACCUMULATOR_READ, rowFolds * outputs)
  core.count(ACCUMULATOR_WRITE, rowFolds * outputs)
  const drain = held.trains === 1 ? arrayRows + columns - 1 : 1
  return Math.max(drain, trainCycles(arrayRows, columns, folds, held.trains) - core.intake.events)
}
