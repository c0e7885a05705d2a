import { ACTION_COUNT, ACTION_INDEX, ACTIONS } from '../../isa/actions.js'
import { INSTRUCTIONS } from '../../isa/index.js'
import type { InstructionSpec } from '../../isa/index.js'
import type { Core } from './core.js'
import { UNITS } from './units.js'

/**
 * Cycles and action counts, derived from the instruction table and nothing else. The counts are
 * flattened into typed arrays at load, because the table's objects are too slow for every instruction.
 */

/** What an instruction worked on, as far as its costs ask. */
export interface Work {
  /** n of the cycle law and of the per-element actions. */
  elements: number
  /** Lane slots taken, when rows do not fill the lanes; at least `elements`. */
  slots: number
  rows: number
  quads: number
  length: number
}

/** Actions and multiplicities of one kind of cost, for every opcode: up to 8 pairs each. */
class ActionLists {
  private readonly actions = new Int16Array(256 * 8)
  private readonly times = new Float64Array(256 * 8)
  private readonly length = new Uint8Array(256)

  constructor(pick: (row: InstructionSpec) => Partial<Record<string, number>>) {
    for (const row of INSTRUCTIONS) {
      for (const action of ACTIONS) {
        const times = pick(row)[action]
        if (times === undefined) continue
        const at = row.opcode * 8 + this.length[row.opcode]!++
        this.actions[at] = ACTION_INDEX[action]
        this.times[at] = times
      }
    }
  }

  charge(core: Core, opcode: number, n: number): void {
    const { counts, tagBase } = core
    const first = opcode * 8
    const end = first + this.length[opcode]!
    for (let at = first; at < end; at++) counts[tagBase + this.actions[at]!]! += this.times[at]! * n
  }
}

const fixed = new ActionLists((row) => row.fixed)
const perElement = new ActionLists((row) => row.perElement)
const perRow = new ActionLists((row) => row.perRow)
const perQuad = new ActionLists((row) => row.perQuad)
const perLength = new ActionLists((row) => row.perLen)
const perEvent = new ActionLists((row) => row.perEvent)

const unitOf = new Uint8Array(256)
const fixedCycles = new Float64Array(256)
const passes = new Float64Array(256)
for (const row of INSTRUCTIONS) {
  unitOf[row.opcode] = Math.max(0, UNITS.indexOf(row.unit as (typeof UNITS)[number])) // scalars run in the sequencer
  fixedCycles[row.opcode] = row.fixedCycles
  passes[row.opcode] = row.passes
}

const INSTRUCTION = ACTION_INDEX.instruction

/** Books the fetch and the fixed actions; called once an instruction, however long it runs. */
export function chargeIssue(core: Core, opcode: number): void {
  core.counts[core.tagBase + INSTRUCTION]!++
  fixed.charge(core, opcode, 1)
}

/** Books the actions of elements and events of an instruction that runs over many cycles. */
export function chargeProgress(core: Core, opcode: number, elements: number, events: number): void {
  if (elements !== 0) perElement.charge(core, opcode, elements)
  if (events !== 0) perEvent.charge(core, opcode, events)
}

/** Books everything an instruction did at once and returns its cycles: 1 + fixed + ceil(slots / lanes) * passes. */
export function chargeWhole(core: Core, opcode: number, work: Work): number {
  perElement.charge(core, opcode, work.elements)
  perRow.charge(core, opcode, work.rows)
  perQuad.charge(core, opcode, work.quads)
  perLength.charge(core, opcode, work.length)
  return 1 + fixedCycles[opcode]! + Math.ceil(work.slots / lanesOf(core, opcode)) * passes[opcode]!
}

/** Index of the unit an opcode keeps busy. */
export function unitIndex(opcode: number): number {
  return unitOf[opcode]!
}

function lanesOf(core: Core, opcode: number): number {
  switch (UNITS[unitOf[opcode]!]) {
    case 'vector': return core.spec.vectorLanes
    case 'adders': return core.spec.lanes
    default: return 1
  }
}

/** Size of the counter array for a number of tags. */
export function counterLength(tags: number): number {
  return tags * ACTION_COUNT
}
