import { ACTION_INDEX, type Action } from './actions.js'
import { INSTRUCTIONS } from './instructions.js'
import type { Actions } from './row.js'

/** Cycles and counted actions of an instruction, from its row of the table. Everything is by opcode. */

const passes = new Int32Array(256)
const fixedCycles = new Int32Array(256)
/** The entries of opcode o are firstEntry[o] .. firstEntry[o + 1] - 1. */
const firstEntry = new Int32Array(257)

const FIXED = 0
const PER_ELEMENT = 1
const PER_ROW = 2
const PER_QUAD = 3
const PER_LEN = 4
const PER_EVENT = 5

function flatten(): { action: Int32Array, driver: Int32Array, amount: Int32Array } {
  const entries: [action: number, driver: number, amount: number][] = []
  const bySpec = new Map(INSTRUCTIONS.map((spec) => [spec.opcode, spec]))
  for (let opcode = 0; opcode < 256; opcode++) {
    const spec = bySpec.get(opcode)
    if (spec !== undefined) {
      passes[opcode] = spec.passes
      fixedCycles[opcode] = spec.fixedCycles
      const groups: [number, Actions][] = [
        [FIXED, { instruction: 1, ...spec.fixed }], [PER_ELEMENT, spec.perElement], [PER_ROW, spec.perRow],
        [PER_QUAD, spec.perQuad], [PER_LEN, spec.perLen], [PER_EVENT, spec.perEvent],
      ]
      for (const [driver, actions] of groups) {
        for (const [name, amount] of Object.entries(actions)) {
          entries.push([ACTION_INDEX[name as Action], driver, amount])
        }
      }
    }
    firstEntry[opcode + 1] = entries.length
  }
  return {
    action: Int32Array.from(entries, (entry) => entry[0]), driver: Int32Array.from(entries, (entry) => entry[1]),
    amount: Int32Array.from(entries, (entry) => entry[2]),
  }
}

const { action, driver, amount } = flatten()

/**
 * Cycles from issue to completion, waiting and data-dependent work apart: 1 + fixed + ceil(elements / lanes) * passes.
 * @param elements the n of the row's `elements`
 * @param lanes lanes of the row's unit
 */
export function instructionCycles(opcode: number, elements: number, lanes: number): number {
  return 1 + fixedCycles[opcode]! + Math.ceil(elements / lanes) * passes[opcode]!
}

/**
 * Adds the actions of one executed instruction to counters, its fetch and issue included.
 * @param counts counters; those of this instruction are counts[offset .. offset + ACTION_COUNT - 1]
 * @param elements the n of the row's `elements`
 * @param rows rows of the KV cache touched, 0 where the table says none
 * @param len the operand len, 0 where there is none
 * @param events spike events sent or taken
 */
export function addInstructionActions(
  counts: Float64Array, offset: number, opcode: number, elements: number, rows: number, len: number, events: number,
): void {
  for (let entry = firstEntry[opcode]!; entry < firstEntry[opcode + 1]!; entry++) {
    let times = 1
    switch (driver[entry]!) {
      case PER_ELEMENT: times = elements; break
      case PER_ROW: times = rows; break
      case PER_QUAD: times = rows * Math.ceil(len / 4); break
      case PER_LEN: times = len; break
      case PER_EVENT: times = events; break
    }
    counts[offset + action[entry]!]! += amount[entry]! * times
  }
}

