import { IsaError } from './diagnostics.js'
import { fieldRange, OPCODE_LOW, type Field } from './formats.js'
import { instructionByMnemonic, INSTRUCTIONS, type InstructionSpec } from './instructions.js'
import { nearest } from './nearest.js'

/** An instruction outside its word: the operands by the names of the table, an immediate as an integer. */
export interface Instruction {
  readonly mnemonic: string
  readonly operands: Readonly<Record<string, number>>
}

/** A value that does not fit its field, in words; undefined when it fits. */
export function misfit(mnemonic: string, field: Field, value: number | bigint): string | undefined {
  const { min, max } = fieldRange(field.kind)
  const whole = typeof value === 'bigint' || Number.isInteger(value)
  if (whole && value >= min && value <= max) return undefined
  const why = whole ? `does not fit its ${field.bits} bits` : 'is not an integer'
  return `${mnemonic}: ${field.name} = ${value} ${why} (${min}..${max})`
}

/**
 * The 64-bit word of an instruction.
 * @throws IsaError for an unknown mnemonic, a missing or unknown operand, or a value that does not fit its field
 */
export function encode(instruction: Instruction): bigint {
  const spec = instructionByMnemonic(instruction.mnemonic)
  if (spec === undefined) throw new IsaError(unknownMnemonic(instruction.mnemonic))
  for (const name of Object.keys(instruction.operands)) {
    if (spec.operands.some((operand) => operand.name === name)) continue
    throw new IsaError(`${spec.mnemonic} has no operand '${name}': it takes ${operandList(spec)}`)
  }
  let word = BigInt(spec.opcode) << BigInt(OPCODE_LOW)
  for (const operand of spec.operands) {
    const value = instruction.operands[operand.name]
    if (value === undefined) throw new IsaError(`${spec.mnemonic}: operand '${operand.name}' is missing`)
    const message = misfit(spec.mnemonic, operand, value)
    if (message !== undefined) throw new IsaError(message)
    word |= BigInt.asUintN(operand.bits, BigInt(value)) << BigInt(operand.low)
  }
  return word
}

/** The operands of an instruction as they are written, for messages. */
export function operandList(spec: InstructionSpec): string {
  return spec.operands.length === 0 ? 'none' : spec.operands.map((operand) => operand.name).join(', ')
}

function unknownMnemonic(mnemonic: string): string {
  const match = nearest(mnemonic, INSTRUCTIONS.map((row) => row.mnemonic))
  return `no instruction '${mnemonic}'${match === undefined ? '' : `; did you mean '${match}'?`}`
}

/** The float's bits as an integer that fits an immediate. */
export function floatBits(value: number): number {
  scratch.setFloat32(0, value)
  return scratch.getInt32(0)
}

/** The 32-bit float whose bits are this integer. */
export function bitsToFloat(bits: number): number {
  scratch.setInt32(0, bits | 0)
  return scratch.getFloat32(0)
}

const scratch = new DataView(new ArrayBuffer(4))

