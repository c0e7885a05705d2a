import { IsaError } from './diagnostics.js'
import { OPCODE_LOW, type Field } from './formats.js'
import { instructionByOpcode, type InstructionSpec, type Mnemonic } from './instructions.js'

export interface DecodedInstruction {
  readonly mnemonic: Mnemonic
  readonly opcode: number
  readonly spec: InstructionSpec
  /** By name; an immediate is a signed 32-bit integer. */
  readonly operands: Readonly<Record<string, number>>
}

function fieldValue(word: bigint, field: Field): number {
  const raw = Number((word >> BigInt(field.low)) & ((1n << BigInt(field.bits)) - 1n))
  return field.kind === 'imm' ? raw | 0 : raw
}

/** What is wrong with a word, or its instruction. */
export function inspect(word: bigint): InstructionSpec | string {
  const opcode = Number(word >> BigInt(OPCODE_LOW))
  const spec = instructionByOpcode[opcode]
  if (spec === undefined) {
    return `no instruction has opcode 0x${opcode.toString(16).padStart(2, '0')} (word ${hexWord(word)})`
  }
  const reserved = word & spec.reservedMask
  if (reserved === 0n) return spec
  return `${spec.mnemonic}: reserved bits are not zero (word ${hexWord(word)}, bits ${hexWord(reserved)})`
}

/** A 64-bit word in 16 hexadecimal digits. */
export function hexWord(word: bigint): string {
  return `0x${word.toString(16).padStart(16, '0')}`
}

/**
 * The instruction in a 64-bit word.
 * @throws IsaError for an opcode no instruction has, or reserved bits that are not zero
 */
export function decode(word: bigint): DecodedInstruction {
  const spec = inspect(word)
  if (typeof spec === 'string') throw new IsaError(spec)
  const operands: Record<string, number> = {}
  for (const operand of spec.operands) operands[operand.name] = fieldValue(word, operand)
  return { mnemonic: spec.mnemonic, opcode: spec.opcode, spec, operands }
}

/**
 * A program for the hot loop: the opcode and the fields of each word, in the slot order of its format
 * (a is slot 0); fields that a format or an instruction lacks are 0.
 */
export interface DecodedProgram {
  readonly op: Int32Array
  readonly a: Int32Array
  readonly b: Int32Array
  readonly c: Int32Array
  readonly d: Int32Array
  readonly e: Int32Array
}

/**
 * Decodes a whole program.
 * @throws IsaError that names the index of the first word that is not an instruction
 */
export function decodeProgram(words: BigUint64Array): DecodedProgram {
  const array = (): Int32Array => new Int32Array(words.length)
  const program = { op: array(), a: array(), b: array(), c: array(), d: array(), e: array() }
  const slots = [program.a, program.b, program.c, program.d, program.e]
  for (let index = 0; index < words.length; index++) {
    const word = words[index]!
    const spec = inspect(word)
    if (typeof spec === 'string') throw new IsaError(`word ${index}: ${spec}`)
    program.op[index] = spec.opcode
    for (const field of spec.format.fields) slots[field.slot]![index] = fieldValue(word, field)
  }
  return program
}
