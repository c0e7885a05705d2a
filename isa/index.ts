/** The instruction set. Everything here derives from the table in isa/table. */
export {
  ACTION_COUNT, ACTION_INDEX, ACTION_TABLE, ACTIONS, COMPONENTS, type Action, type Component,
} from './actions.js'
export { assemble, type Assembly } from './assembler.js'
export { cacheRowWords } from './cache-row.js'
export { decode, decodeProgram, hexWord, type DecodedInstruction, type DecodedProgram } from './decode.js'
export { formatDiagnostics, IsaError, type Diagnostic } from './diagnostics.js'
export { disassemble, disassembleWord } from './disassembler.js'
export { bitsToFloat, encode, floatBits, type Instruction } from './encode.js'
export {
  FIELD_KINDS, FORMATS, fieldRange, type Field, type FieldKind, type Format, type FormatName,
} from './formats.js'
export {
  instructionByMnemonic, instructionByOpcode, INSTRUCTIONS, OPCODE, type InstructionSpec, type Mnemonic,
  type OperandField,
} from './instructions.js'
export { formatListing } from './listing.js'
export { readProgramFile, writeProgramFile } from './program-file.js'
export { UNIT_LANES } from './row.js'
export type { Actions, Content, ElementCount, InstructionClass, Operand, Unit } from './row.js'
