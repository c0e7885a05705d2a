import { ACTION_INDEX } from '../../isa/actions.js'
import type { CoreKindName } from '../config/core-kinds.js'
import type { AxonTableEntry } from '../image.js'
import type { Core } from './core.js'
import { chargeProgress } from './cost.js'
import { systolic, vectorMatrix } from './dense-kinds.js'
import { bookLaneSums } from './lane-sums.js'

/**
 * Kinds of core. All run the same programs and compute the same integers; a kind says how its array carries out what an
 * axon table entry asks for, how its encoder finds spikes, and what both count. Times of events are those of `AdderArray`.
 */

/** What one event costs each output. */
export type Operation = NonNullable<AxonTableEntry['operation']>

export interface CoreKind {
  /** How the array carries out an entry's events. */
  operationOf(entry: AxonTableEntry): Operation
  /** True if an entry's events are only gathered as they come, one a cycle, and worked on behind them. Default: none. */
  gathers?(entry: AxonTableEntry): boolean
  /** Of events taken, those that are looked up in the axon table and leave the FIFO one by one. */
  lookups(core: Core, table: number, events: number): number
  /** Books events that the array took, with `operations` operations on each output. */
  bookEvents(core: Core, table: number, events: number, operations: number): void
  /** Books the end of a CONSUME; returns the cycles that the array is busy with it, behind its last event. */
  bookEnd(core: Core, table: number): number
  /** Books neurons that the encoder examined, and the events it found there; returns the cycles that takes. */
  bookScan(core: Core, opcode: number, neurons: number, events: number): number
}

const WEIGHT_READ = ACTION_INDEX.weightWordRead
const SYNAPTIC_ADD = ACTION_INDEX.synapticAdd
const MAC = ACTION_INDEX.mac
const LANE_MAC = ACTION_INDEX.laneMac
const WEIGHT_TEST = ACTION_INDEX.weightTest
const WEIGHT_FIND = ACTION_INDEX.weightFind
const ACCUMULATOR_READ = ACTION_INDEX.accumulatorRead
const ACCUMULATOR_WRITE = ACTION_INDEX.accumulatorWrite
const MEMBRANE_ADD = ACTION_INDEX.membraneAdd
const FIFO_PUSH = ACTION_INDEX.fifoPush
const FIFO_POP = ACTION_INDEX.fifoPop
const WORD_READ = ACTION_INDEX.dataWordRead
const WORD_WRITE = ACTION_INDEX.dataWordWrite
const NONZERO_FIND = ACTION_INDEX.nonzeroFind

/** Signed adders: every row that is read updates accumulators, which are read and written for it. */
const adderArray: CoreKind = {
  operationOf: ({ operation }) => operation ?? 'addition',
  lookups: (_core, _table, events) => events,
  gathers: ({ operation, levels }) => operation === 'levelAddition' && levels?.isOrdered !== true,
  bookEvents(core, table, events, operations) {
    const { adders, counts, tagBase } = core
    const { outputs } = core.image.axonTable[table]!.tile
    const reads = adders.rowReads(events, operations)
    const isProduct = adders.operations[table] === 'multiplyAccumulate'
    if (adders.sparse !== undefined) return bookSparse(core, table, { events, operations, action: isProduct ? MAC : SYNAPTIC_ADD, sums: true })
    counts[tagBase + WEIGHT_READ]! += adders.rowWords[table]! * reads
    counts[tagBase + (isProduct ? MAC : SYNAPTIC_ADD)]! += outputs * operations
    counts[tagBase + ACCUMULATOR_READ]! += outputs * reads
    counts[tagBase + ACCUMULATOR_WRITE]! += outputs * reads
  },
  bookEnd: (core, table) => (core.adders.operations[table] === 'levelAddition' ? bookLevels(core, table) : 0),
  bookScan(core, opcode, neurons) {
    chargeProgress(core, opcode, neurons, 0)
    return Math.ceil(neurons / core.spec.encoderLanes)
  },
}

/** Events whose rows' zero weights cost less than others. */
interface SparseEvents {
  readonly events: number
  readonly operations: number
  /** What is done with each weight that is not zero. */
  readonly action: number
  /** Whether each row that is read updates accumulators. */
  readonly sums: boolean
}

/**
 * Books events that `sparse` has weighed: a weight that is zero switches neither its adder nor its accumulator. Where such
 * weights are only gated each weight that is read is tested; where they are skipped, each other one is found in a mask.
 */
function bookSparse({ adders, counts, tagBase, tag, image, spared }: Core, table: number, { events, operations, action, sums }: SparseEvents): void {
  const sparse = adders.sparse!
  const { outputs } = image.axonTable[table]!.tile
  counts[tagBase + WEIGHT_READ]! += sparse.words
  counts[tagBase + action]! += sparse.operations
  if (sparse.skips) counts[tagBase + WEIGHT_FIND]! += sparse.weights
  else counts[tagBase + WEIGHT_TEST]! += outputs * adders.rowReads(events, operations)
  spared[2 * tag + (action === SYNAPTIC_ADD ? 0 : 1)]! += outputs * operations - sparse.operations
  if (!sums) return
  counts[tagBase + ACCUMULATOR_READ]! += sparse.weights
  counts[tagBase + ACCUMULATOR_WRITE]! += sparse.weights
}

/**
 * The end of a train in level order: currents are added to membranes once a time step, between the rows of its level. Rows
 * whose events had to wait for the train's end, written to a buffer by level and read from it, are read now.
 */
function bookLevels(core: Core, table: number): number {
  const { levels, tile: { outputs } } = core.image.axonTable[table]!
  if (core.intake.events === 0 || levels === undefined) return 0
  const passes = Math.ceil(outputs / core.spec.lanes)
  core.count(MEMBRANE_ADD, levels.steps * outputs)
  core.count(ACCUMULATOR_READ, 2 * levels.steps * outputs)
  core.count(ACCUMULATOR_WRITE, levels.steps * outputs)
  if (levels.isOrdered) return levels.steps * passes
  core.count(FIFO_PUSH, core.intake.events)
  core.count(FIFO_POP, core.intake.events)
  const { sparse } = core.adders
  if (sparse?.skips === true) {
    const waited = sparse.waitingCycles
    sparse.waitingCycles = 0
    return levels.steps * passes + waited
  }
  const reads = Math.ceil(core.adders.rowWords[table]! / core.spec.weightBanks)
  return levels.steps * passes + core.intake.events * Math.max(reads, passes)
}

/** Bits of a mask that one find-first looks at. */
const MASK_BITS = 64

/**
 * Multiply-accumulate lanes that skip zeros, after EIE (ISCA 2016): an event is (index, value), whatever the encoding calls
 * it, and each of its outputs costs one product. A lane keeps one sum in its register over a whole train and hands it to
 * the accumulators at the end; where a row is wider than the lanes, events are taken again for each further part of it.
 * The sender finds values that are not 0 in a mask of one bit an activation, which QNT's results set: one a cycle.
 */
const macLanes: CoreKind = {
  operationOf: () => 'multiplyAccumulate',
  lookups: (_core, _table, events) => events,
  bookEvents(core, table, events, operations) {
    const { adders, counts, tagBase } = core
    const { outputs } = core.image.axonTable[table]!.tile
    if (adders.sparse !== undefined) bookSparse(core, table, { events, operations, action: LANE_MAC, sums: false })
    else {
      counts[tagBase + WEIGHT_READ]! += adders.rowWords[table]! * adders.rowReads(events, operations)
      counts[tagBase + LANE_MAC]! += outputs * operations
    }
    counts[tagBase + FIFO_POP]! += (Math.ceil(outputs / core.spec.lanes) - 1) * events
  },
  bookEnd: bookLaneSums,
  bookScan(core, _opcode, neurons, events) {
    const masks = Math.ceil(neurons / MASK_BITS)
    core.count(WORD_WRITE, (masks * MASK_BITS) / 32)
    core.count(WORD_READ, (masks * MASK_BITS) / 32 + events)
    core.count(NONZERO_FIND, events)
    return Math.max(masks, events)
  },
}

const KINDS: Readonly<Record<CoreKindName, CoreKind>> = {
  'adder-array': adderArray, 'mac-lanes': macLanes, 'vector-matrix': vectorMatrix, systolic,
}

/** The kind of a name. */
export function coreKind(name: CoreKindName): CoreKind {
  return KINDS[name]
}
