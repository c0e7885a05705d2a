import { FORMATS, type Field, type Format } from './formats.js'
import type { Actions, InstructionRow, Operand } from './row.js'
import { ATTENTION } from './table/attention.js'
import { CONTROL, SCALAR, SYNC } from './table/control.js'
import { MEMORY } from './table/memory.js'
import { MESSAGES, SPIKES_IN, SPIKES_OUT } from './table/spikes.js'
import { VECTOR } from './table/vector.js'

/**
 * The instruction table: one row per instruction, from which encoder, decoder, assembler, disassembler, cycle
 * and action counts and docs/isa.md derive. The rows stand in isa/table, by class. Opcode 0 is left free,
 * so that a core which runs into cleared memory stops with an error.
 */

const ROWS = [
  ...CONTROL, ...SCALAR, ...SYNC, ...SPIKES_IN, ...SPIKES_OUT, ...MESSAGES, ...MEMORY, ...VECTOR, ...ATTENTION,
] as const

export type Mnemonic = (typeof ROWS)[number]['mnemonic']

/** An operand with the field of the word it stands in. */
export interface OperandField extends Operand, Field {}

type Replaced = 'mnemonic' | 'format' | 'operands' | 'rows' | 'rowWidth'

/** A row of the table with its defaults filled in. */
export interface InstructionSpec extends Required<Omit<InstructionRow, Replaced>> {
  readonly mnemonic: Mnemonic
  readonly format: Format
  /** In the order of the assembly text; `slot` is the position in the format. */
  readonly operands: readonly OperandField[]
  readonly rows: 'none' | 'one' | 'positions'
  readonly rowWidth: 'none' | 'positions' | 'len'
  /** Bits that are zero in every valid word of this instruction. */
  readonly reservedMask: bigint
}

const NO_ACTIONS: Actions = {}

function specOf(row: InstructionRow): InstructionSpec {
  const format = FORMATS[row.format]
  const operands = row.operands.map((operand) => {
    const field = format.fields.find((candidate) => candidate.name === operand.name)
    if (field === undefined) throw new Error(`${row.mnemonic}: format ${format.name} has no field ${operand.name}`)
    return { ...operand, ...field }
  })
  const unused = format.fields.filter((field) => !operands.some((operand) => operand.name === field.name))
  const reservedMask = unused.reduce((mask, field) => mask | fieldMask(field), format.reservedMask)
  return {
    detail: '', elements: 'none', rowWidth: 'none', passes: 0, fixedCycles: 0, rows: 'none', cycles: '', note: '',
    fixed: NO_ACTIONS, perElement: NO_ACTIONS, perRow: NO_ACTIONS, perQuad: NO_ACTIONS, perLen: NO_ACTIONS,
    perEvent: NO_ACTIONS,
    ...row, mnemonic: row.mnemonic as Mnemonic, format, operands, reservedMask,
  }
}

/** The bits of a word that a field occupies. */
function fieldMask(field: Field): bigint {
  return ((1n << BigInt(field.bits)) - 1n) << BigInt(field.low)
}

/** Every instruction, in the order of the manual. */
export const INSTRUCTIONS: readonly InstructionSpec[] = ROWS.map(specOf)

/** Opcode of each mnemonic. */
export const OPCODE = Object.freeze(
  Object.fromEntries(ROWS.map((row) => [row.mnemonic, row.opcode])),
) as Readonly<Record<Mnemonic, number>>

/** The instruction with this opcode, at its index 0..255; undefined where no instruction has it. */
export const instructionByOpcode: readonly (InstructionSpec | undefined)[] = Object.freeze(
  Array.from({ length: 256 }, (_, opcode) => INSTRUCTIONS.find((row) => row.opcode === opcode)),
)

const byMnemonic = new Map<string, InstructionSpec>(INSTRUCTIONS.map((row) => [row.mnemonic, row]))

/** The instruction with this mnemonic in any case, or undefined. */
export function instructionByMnemonic(mnemonic: string): InstructionSpec | undefined {
  return byMnemonic.get(mnemonic.toUpperCase())
}
