import { ACTION_COUNT, ACTION_INDEX } from '../../isa/actions.js'
import { INSTRUCTIONS, UNIT_LANES } from '../../isa/index.js'
import type { InstructionSpec, Unit } from '../../isa/index.js'
import type { Core } from './core.js'
import { UNITS } from './units.js'

/**
 * Cycles and action counts, derived from the instruction table and nothing else. The counts are
 * flattened into typed arrays at load, because the table's objects are too slow for every instruction.
 */

/** What an instruction worked on, as far as its row asks. */
export interface Work {
  len: number
  /** r[rb], or len where rb is r0. */
  rbOrLen: number
  positions: number
  /** Sum of the magnitudes of the integers at r[rb]. */
  spikes: number
}

/** Most actions of one kind of cost of an instruction. */
const MOST_ACTIONS = 8

/** Actions and multiplicities of one kind of cost, for every opcode. */
class ActionLists {
  private readonly actions = new Int16Array(256 * MOST_ACTIONS)
  private readonly times = new Float64Array(256 * MOST_ACTIONS)
  private readonly length = new Uint8Array(256)

  constructor(rows: readonly InstructionSpec[], kind: 'fixed' | 'perElement' | 'perRow' | 'perQuad' | 'perLen' | 'perEvent') {
    for (const row of rows) {
      const booked = Object.entries(row[kind])
      if (booked.length > MOST_ACTIONS) {
        throw new Error(`isa/table: ${row.mnemonic} books ${booked.length} actions ${kind}, at most ${MOST_ACTIONS}`)
      }
      for (const [action, times] of booked) {
        const index = (ACTION_INDEX as Readonly<Record<string, number>>)[action]
        if (index === undefined) throw new Error(`isa/table: ${row.mnemonic} books '${action}' ${kind}, which is no action`)
        const at = row.opcode * MOST_ACTIONS + this.length[row.opcode]!++
        this.actions[at] = index
        this.times[at] = times
      }
    }
  }

  charge(core: Core, opcode: number, n: number): void {
    const { counts, tagBase } = core
    const first = opcode * MOST_ACTIONS
    const end = first + this.length[opcode]!
    for (let at = first; at < end; at++) counts[tagBase + this.actions[at]!]! += this.times[at]! * n
  }
}

const FACTORS = ['none', 'len', 'rbOrLen', 'positions', 'spikes', 'running'] as const
const NONE = 0
const LEN = 1
const RB_OR_LEN = 2
const POSITIONS = 3
const SPIKES = 4

/** The table's rows as arrays by opcode. @throws Error for a row that they cannot hold */
export class CostTable {
  readonly fixed: ActionLists
  readonly perElement: ActionLists
  readonly perRow: ActionLists
  readonly perQuad: ActionLists
  readonly perLength: ActionLists
  readonly perEvent: ActionLists
  readonly unit = new Uint8Array(256)
  readonly lanes: ((typeof UNIT_LANES)[Unit])[] = Array.from({ length: 256 }, () => null)
  readonly fixedCycles = new Float64Array(256)
  readonly passes = new Float64Array(256)
  /** The elements are the product of two factors; rows of one of them start in lane 0 if it is the row's width. */
  readonly outer = new Uint8Array(256)
  readonly inner = new Uint8Array(256)
  readonly hasWidth = new Uint8Array(256)
  readonly rows = new Uint8Array(256)

  constructor(rows: readonly InstructionSpec[]) {
    this.fixed = new ActionLists(rows, 'fixed')
    this.perElement = new ActionLists(rows, 'perElement')
    this.perRow = new ActionLists(rows, 'perRow')
    this.perQuad = new ActionLists(rows, 'perQuad')
    this.perLength = new ActionLists(rows, 'perLen')
    this.perEvent = new ActionLists(rows, 'perEvent')
    for (const row of rows) this.add(row)
  }

  private add(row: InstructionSpec): void {
    const { opcode, mnemonic, rowWidth } = row
    const unit = UNITS.indexOf(row.unit === 'scalar' ? 'sequencer' : row.unit) // scalars run in the sequencer
    if (unit < 0) throw new Error(`isa/table: ${mnemonic} runs in '${row.unit}', which is no unit`)
    this.unit[opcode] = unit
    this.lanes[opcode] = UNIT_LANES[row.unit]
    this.fixedCycles[opcode] = row.fixedCycles
    this.passes[opcode] = row.passes
    const factors = row.elements.split('*')
    const codes = factors.map((factor) => (FACTORS as readonly string[]).indexOf(factor))
    const width = factors.indexOf(rowWidth)
    if (codes.includes(-1) || codes.length > 2 || (rowWidth !== 'none' && width < 0)) {
      throw new Error(`isa/table: ${mnemonic} has elements '${row.elements}' in rows of '${rowWidth}'`)
    }
    const [first, second] = width === 0 ? [codes[1] ?? NONE, codes[0]!] : [codes[0]!, codes[1] ?? NONE]
    this.outer[opcode] = first!
    this.inner[opcode] = second!
    this.hasWidth[opcode] = rowWidth === 'none' ? 0 : 1
    this.rows[opcode] = ['none', 'one', 'positions'].indexOf(row.rows)
  }
}

/** `CostTable.rows` holds 0 or 1 row, or this. */
const ROWS_ARE_POSITIONS = 2

const table = new CostTable(INSTRUCTIONS)

/** Value of a factor; 'running' is known to who runs the instruction, not to its row. */
function factorOf(work: Work, code: number): number {
  switch (code) {
    case LEN: return work.len
    case RB_OR_LEN: return work.rbOrLen
    case POSITIONS: return work.positions
    case SPIKES: return work.spikes
    default: return 0
  }
}

const INSTRUCTION = ACTION_INDEX.instruction

/** Books the fetch and the fixed actions; called once an instruction, however long it runs. */
export function chargeIssue(core: Core, opcode: number): void {
  core.counts[core.tagBase + INSTRUCTION]!++
  table.fixed.charge(core, opcode, 1)
}

/** Books the actions of elements and events of an instruction that runs over many cycles. */
export function chargeProgress(core: Core, opcode: number, elements: number, events: number): void {
  if (elements !== 0) table.perElement.charge(core, opcode, elements)
  if (events !== 0) table.perEvent.charge(core, opcode, events)
}

/**
 * Books everything an instruction did at once and returns its cycles, all as its row says: 1 + fixed +
 * ceil(slots / lanes) * passes, where each of its rows starts in lane 0 and so takes whole slots.
 */
export function chargeWhole(core: Core, opcode: number, work: Work): number {
  const inner = table.inner[opcode]!
  const outer = factorOf(work, table.outer[opcode]!)
  const width = inner === NONE ? 1 : factorOf(work, inner)
  const rows = table.rows[opcode] === ROWS_ARE_POSITIONS ? work.positions : table.rows[opcode]!
  const key = table.lanes[opcode]
  const lanes = key === null || key === undefined ? 1 : core.spec[key]
  table.perElement.charge(core, opcode, outer * width)
  table.perRow.charge(core, opcode, rows)
  table.perQuad.charge(core, opcode, rows * Math.ceil(work.len / 4))
  table.perLength.charge(core, opcode, work.len)
  const turns = table.hasWidth[opcode] === 1 ? outer * Math.ceil(width / lanes) : Math.ceil((outer * width) / lanes)
  return 1 + table.fixedCycles[opcode]! + turns * table.passes[opcode]!
}

/** Index of the unit an opcode keeps busy. */
export function unitIndex(opcode: number): number {
  return table.unit[opcode]!
}

/** Size of the counter array for a number of tags. */
export function counterLength(tags: number): number {
  return tags * ACTION_COUNT
}
