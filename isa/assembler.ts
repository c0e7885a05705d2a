import type { Diagnostic } from './diagnostics.js'
import { floatBits, misfit, operandList } from './encode.js'
import { evaluate, ExpressionError, type Symbols, type Value } from './expression.js'
import { FIELD_KINDS, OPCODE_LOW } from './formats.js'
import { instructionByMnemonic, INSTRUCTIONS, type InstructionSpec, type OperandField } from './instructions.js'
import { tokenize, type Token } from './lexer.js'
import { nearest } from './nearest.js'

export interface Assembly {
  /** The program; empty when there are diagnostics. */
  readonly words: BigUint64Array
  /** Label to instruction index. */
  readonly labels: ReadonlyMap<string, number>
  /** Source line of each word, from 1; 0 for padding. */
  readonly lines: Int32Array
  /** Every error of the source, in order of line and column. */
  readonly diagnostics: readonly Diagnostic[]
}

/** Programs end where a branch target's 16 bits do. */
const MAX_WORDS = 2 ** FIELD_KINDS.target.bits
const NOP = BigInt(instructionByMnemonic('NOP')!.opcode) << BigInt(OPCODE_LOW)
const ABOVE_ONLY = 'directives use labels and constants that stand above them'
const DIRECTIVES = ['.equ', '.word', '.org', '.align']

/**
 * Assembles a source in two passes: labels, constants and addresses, then words.
 * Constants and the directives that move the address use what stands above them; instructions use any label.
 * @param file its name, for diagnostics
 */
export function assemble(source: string, file = 'source.asm'): Assembly {
  return new Assembler(file).run(source)
}

/** An instruction or a .word whose operands are read in the second pass. */
interface Pending {
  readonly line: number
  readonly index: number
  readonly tokens: readonly Token[]
  readonly operands: readonly OperandRange[]
  /** Undefined for a .word. */
  readonly spec: InstructionSpec | undefined
}

/** Operand tokens[start .. end - 1]; `end` is the comma or the end of the line. */
interface OperandRange { readonly start: number, readonly end: number }

class Assembler {
  readonly #file: string
  readonly #symbols = new Map<string, Value>()
  readonly #definedAt = new Map<string, number>()
  readonly #labels = new Map<string, number>()
  readonly #words: bigint[] = []
  readonly #lines: number[] = []
  readonly #pending: Pending[] = []
  readonly #diagnostics: Diagnostic[] = []
  #line = 0

  constructor(file: string) {
    this.#file = file
  }

  run(source: string): Assembly {
    const lines = source.split(/\r\n|\r|\n/)
    lines.forEach((text, index) => {
      this.#line = index + 1
      this.#statement(text)
    })
    for (const pending of this.#pending) this.#emit(pending)
    this.#diagnostics.sort((a, b) => a.line - b.line || a.column - b.column)
    const valid = this.#diagnostics.length === 0
    return {
      words: BigUint64Array.from(valid ? this.#words : []), labels: this.#labels,
      lines: Int32Array.from(valid ? this.#lines : []), diagnostics: this.#diagnostics,
    }
  }

  #report(column: number, length: number, message: string, hint = ''): void {
    this.#diagnostics.push({
      file: this.#file, line: this.#line, column, length: Math.max(1, length), message, hint,
    })
  }

  #reportAt(token: Token, message: string, hint = ''): void {
    this.#report(token.column, token.text.length, message, hint)
  }

  #statement(text: string): void {
    const { tokens, errors } = tokenize(text)
    for (const error of errors) this.#report(error.column, error.length, error.message)
    let at = 0
    while (tokens[at]!.kind === 'name' && tokens[at + 1]!.text === ':') {
      this.#define(tokens[at]!, { kind: 'int', value: BigInt(this.#words.length) }, true)
      at += 2
    }
    const head = tokens[at]!
    if (head.kind === 'end') return
    // A line that could not be read keeps its place, so that later labels are right.
    if (errors.length > 0) this.#reserve(1)
    else if (head.kind === 'directive') this.#directive(tokens, at)
    else if (head.kind === 'name') this.#instruction(tokens, at)
    else this.#reportAt(head, `expected an instruction, a directive or a label, found '${head.text}'`)
  }

  #define(name: Token, value: Value, isLabel: boolean): void {
    const earlier = this.#definedAt.get(name.text)
    if (/^r\d+$/i.test(name.text)) {
      this.#reportAt(name, `'${name.text}' is a register and cannot name a label or constant`)
    } else if (earlier !== undefined) {
      this.#reportAt(name, `'${name.text}' is defined twice`, `first defined on line ${earlier}`)
    } else {
      this.#symbols.set(name.text, value)
      this.#definedAt.set(name.text, this.#line)
      if (isLabel) this.#labels.set(name.text, Number(value.value))
    }
  }

  #instruction(tokens: readonly Token[], at: number): void {
    const name = tokens[at]!
    const spec = instructionByMnemonic(name.text)
    if (spec !== undefined) {
      const operands = splitOperands(tokens, at + 1)
      this.#pending.push({ line: this.#line, index: this.#words.length, tokens, operands, spec })
    } else {
      const match = nearest(name.text, INSTRUCTIONS.map((row) => row.mnemonic))
      this.#reportAt(name, `no instruction '${name.text}'`, match === undefined ? '' : `did you mean '${match}'?`)
    }
    this.#reserve(1)
  }

  #directive(tokens: readonly Token[], at: number): void {
    const name = tokens[at]!
    const operands = splitOperands(tokens, at + 1)
    switch (name.text.toLowerCase()) {
      case '.equ': this.#equ(tokens, at, operands); break
      case '.org': this.#moveTo(tokens, name, operands, (value) => value, 0n); break
      case '.align': this.#moveTo(tokens, name, operands, (value) => roundUp(this.#words.length, value), NOP); break
      case '.word':
        if (operands.length === 0) this.#reportAt(tokens.at(-1)!, '.word needs at least one value')
        this.#pending.push({ line: this.#line, index: this.#words.length, tokens, operands, spec: undefined })
        this.#reserve(operands.length)
        break
      default: {
        const match = nearest(name.text, DIRECTIVES) ?? DIRECTIVES.join(', ')
        this.#reportAt(name, `no directive '${name.text}'`, `did you mean ${match}?`)
      }
    }
  }

  #equ(tokens: readonly Token[], at: number, operands: readonly OperandRange[]): void {
    const name = tokens[at + 1]!
    if (operands.length !== 2 || name.kind !== 'name' || operands[0]!.end !== at + 2) {
      this.#reportAt(name, '.equ takes a name and a value', 'write: .equ NAME, value')
      return
    }
    // After an error the constant counts as 0, so that its uses are not reported too.
    this.#define(name, this.#value(tokens, operands[1]!, ABOVE_ONLY) ?? { kind: 'int', value: 0n }, false)
  }

  #moveTo(
    tokens: readonly Token[], name: Token, operands: readonly OperandRange[],
    goal: (value: number) => number, padding: bigint,
  ): void {
    if (operands.length !== 1) {
      this.#reportAt(name, `${name.text} takes one value, found ${operands.length}`)
      return
    }
    const value = this.#value(tokens, operands[0]!, ABOVE_ONLY)
    if (value === undefined) return
    const here = this.#words.length
    const to = goal(Number(value.value))
    if (Number.isInteger(to) && to >= here && to <= MAX_WORDS) this.#reserve(to - here, padding, 0)
    else {
      const limits = `leads to no address from ${here} (here) to ${MAX_WORDS}`
      this.#reportRange(tokens, operands[0]!, `${name.text} ${value.value} ${limits}`)
    }
  }

  #reserve(count: number, padding = 0n, line = this.#line): void {
    if (this.#words.length + count > MAX_WORDS && this.#words.length <= MAX_WORDS) {
      this.#report(1, 1, `the program passes ${MAX_WORDS} words, the most a branch target reaches`)
    }
    for (let i = 0; i < count; i++) {
      this.#words.push(padding)
      this.#lines.push(line)
    }
  }

  #reportRange(tokens: readonly Token[], range: OperandRange, message: string, hint = ''): void {
    const first = tokens[range.start]!
    const last = tokens[Math.max(range.start, range.end - 1)]!
    this.#report(first.column, last.column + last.text.length - first.column, message, hint)
  }

  #value(tokens: readonly Token[], range: OperandRange, otherwise = ''): Value | undefined {
    try {
      return evaluate(tokens, range.start, range.end, this.#symbols as Symbols)
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error
      this.#reportAt(error.token, error.message, error.hint === '' && error.isUndefined ? otherwise : error.hint)
      return undefined
    }
  }

  #emit({ line, index, tokens, operands, spec }: Pending): void {
    this.#line = line
    if (spec === undefined) {
      operands.forEach((range, i) => this.#words[index + i] = this.#rawWord(tokens, range))
      return
    }
    if (operands.length !== spec.operands.length) {
      const plural = spec.operands.length === 1 ? '' : 's'
      const takes = `${spec.mnemonic} takes ${spec.operands.length} operand${plural}, found ${operands.length}`
      const place = operands.length > spec.operands.length ? operands[spec.operands.length]! : undefined
      const hint = `write: ${[spec.mnemonic, operandList(spec)].join(' ').replace(/ none$/, '')}`
      if (place === undefined) this.#reportAt(tokens.at(-1)!, takes, hint)
      else this.#reportRange(tokens, place, takes, hint)
    }
    let word = BigInt(spec.opcode) << BigInt(OPCODE_LOW)
    spec.operands.slice(0, operands.length).forEach((operand, i) => {
      const value = this.#operand(spec, operand, tokens, operands[i]!)
      word |= BigInt.asUintN(operand.bits, value ?? 0n) << BigInt(operand.low)
    })
    this.#words[index] = word
  }

  #rawWord(tokens: readonly Token[], range: OperandRange): bigint {
    const value = this.#value(tokens, range)
    if (value === undefined) return 0n
    const fits = value.kind === 'int' && value.value >= -(2n ** 63n) && value.value < 2n ** 64n
    if (fits) return BigInt.asUintN(64, value.value)
    this.#reportRange(tokens, range, `.word ${value.value} is not a 64-bit integer`)
    return 0n
  }

  #operand(
    spec: InstructionSpec, operand: OperandField, tokens: readonly Token[], range: OperandRange,
  ): bigint | undefined {
    if (operand.kind === 'reg') return this.#register(spec, operand, tokens, range)
    const value = this.#value(tokens, range)
    if (value === undefined) return undefined
    if (value.kind === 'float') {
      if (operand.kind === 'imm') return BigInt(floatBits(value.value))
      this.#reportRange(tokens, range, `${spec.mnemonic}: ${operand.name} takes an integer, not a float`)
      return undefined
    }
    const message = misfit(spec.mnemonic, operand, value.value)
    if (message === undefined) return value.value
    this.#reportRange(tokens, range, message)
    return undefined
  }

  #register(
    spec: InstructionSpec, operand: OperandField, tokens: readonly Token[], range: OperandRange,
  ): bigint | undefined {
    const token = tokens[range.start]!
    const number = range.end === range.start + 1 ? /^[rR](0|[1-9]\d*)$/.exec(token.text)?.[1] : undefined
    if (number === undefined) {
      const found = range.end > range.start ? `, found '${token.text}'` : ''
      const message = `${spec.mnemonic}: ${operand.name} takes a register${found}`
      this.#reportRange(tokens, range, message, 'registers are r0 to r15')
      return undefined
    }
    if (Number(number) < 16) return BigInt(number)
    this.#reportAt(token, `no register '${token.text}'`, 'registers are r0 to r15')
    return undefined
  }
}

/** The operands from tokens[from] to the end of the line, split at the commas outside parentheses. */
function splitOperands(tokens: readonly Token[], from: number): OperandRange[] {
  if (tokens[from]!.kind === 'end') return []
  const ranges: OperandRange[] = []
  let start = from
  let depth = 0
  for (let at = from; at < tokens.length; at++) {
    const { kind, text } = tokens[at]!
    if (text === '(') depth++
    else if (text === ')') depth--
    else if (kind === 'end' || (text === ',' && depth <= 0)) {
      ranges.push({ start, end: at })
      start = at + 1
    }
  }
  return ranges
}

function roundUp(value: number, step: number): number {
  return step > 0 ? Math.ceil(value / step) * step : NaN
}
