import { decode, hexWord, inspect, type DecodedInstruction } from './decode.js'
import { bitsToFloat } from './encode.js'
import { OPCODE_LOW } from './formats.js'
import { instructionByOpcode, type OperandField } from './instructions.js'

const INDENT = '        '

/**
 * Assembly that assembles to the same words. Branch targets inside the program get labels 'L' and their index;
 * a word that is no instruction becomes a .word with the reason.
 */
export function disassemble(words: BigUint64Array): string {
  const targets = branchTargets(words)
  const lines: string[] = []
  words.forEach((word, index) => {
    if (targets.has(index)) lines.push(`L${index}:`)
    const spec = inspect(word)
    const isWord = typeof spec === 'string'
    const text = isWord ? `.word   ${hexWord(word)}  ; ${spec}` : instructionText(decode(word), targets)
    lines.push(INDENT + text)
  })
  if (targets.has(words.length)) lines.push(`L${words.length}:`)
  return lines.map((line) => line + '\n').join('')
}

/** One instruction as assembly text, with its target as a number. */
export function disassembleWord(word: bigint): string {
  return instructionText(decode(word), new Set())
}

function branchTargets(words: BigUint64Array): Set<number> {
  const targets = new Set<number>()
  for (const word of words) {
    const field = instructionByOpcode[Number(word >> BigInt(OPCODE_LOW))]?.operands.find((o) => o.kind === 'target')
    if (field === undefined || typeof inspect(word) === 'string') continue
    const target = decode(word).operands[field.name]!
    if (target <= words.length) targets.add(target)
  }
  return targets
}

function instructionText({ spec, operands }: DecodedInstruction, targets: ReadonlySet<number>): string {
  const texts = spec.operands.map((operand) => operandText(operand, operands[operand.name]!, targets))
  const text = `${spec.mnemonic.padEnd(8)}${texts.join(', ')}`.trimEnd()
  const immediate = spec.operands.find((operand) => operand.kind === 'imm')
  if (immediate === undefined) return text
  const asFloat = bitsToFloat(operands[immediate.name]!)
  // A float of everyday size is worth showing; small integers read as denormals, which are not.
  return Math.abs(asFloat) > 1e-20 && Math.abs(asFloat) < 1e20 ? `${text}  ; ${asFloat}` : text
}

function operandText(operand: OperandField, value: number, targets: ReadonlySet<number>): string {
  if (operand.kind === 'reg') return `r${value}`
  if (operand.kind === 'target' && targets.has(value)) return `L${value}`
  if (operand.kind === 'imm' && Math.abs(value) >= 65536) return `0x${(value >>> 0).toString(16).padStart(8, '0')}`
  return String(value)
}
