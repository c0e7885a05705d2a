import { nearest } from './nearest.js'
import type { Token } from './lexer.js'

/** Numeric expressions: integers of any size with + - * and parentheses, symbols, or one signed float literal. */

export type Value =
  | { readonly kind: 'int', readonly value: bigint }
  | { readonly kind: 'float', readonly value: number }

export type Symbols = ReadonlyMap<string, Value>

/** Signs and parentheses inside each other; what is deeper would run out of stack. */
const MAX_DEPTH = 64

/** An expression that has no value: where, why, and what to write instead. */
export class ExpressionError extends Error {
  readonly token: Token
  readonly hint: string
  /** A symbol is not defined, or not yet. */
  readonly isUndefined: boolean

  constructor(token: Token, message: string, hint = '', isUndefined = false) {
    super(message)
    this.token = token
    this.hint = hint
    this.isUndefined = isUndefined
  }
}

/**
 * The value of tokens[start .. end - 1].
 * @throws ExpressionError
 */
export function evaluate(tokens: readonly Token[], start: number, end: number, symbols: Symbols): Value {
  const parser = new Parser(tokens, start, end, symbols)
  const value = parser.sum()
  const rest = parser.peek()
  if (rest !== undefined) throw new ExpressionError(rest, `expected an operator or a comma before '${rest.text}'`)
  return value
}

class Parser {
  readonly #tokens: readonly Token[]
  readonly #end: number
  readonly #symbols: Symbols
  #at: number
  #depth = 0

  constructor(tokens: readonly Token[], start: number, end: number, symbols: Symbols) {
    this.#tokens = tokens
    this.#at = start
    this.#end = end
    this.#symbols = symbols
  }

  peek(): Token | undefined {
    return this.#at < this.#end ? this.#tokens[this.#at] : undefined
  }

  sum(): Value {
    let left = this.#product()
    for (let operator = this.peek(); operator?.text === '+' || operator?.text === '-'; operator = this.peek()) {
      this.#at++
      const right = this.#product()
      const [a, b] = integers(operator, left, right)
      left = { kind: 'int', value: operator.text === '+' ? a + b : a - b }
    }
    return left
  }

  #product(): Value {
    let left = this.#unary()
    for (let operator = this.peek(); operator?.text === '*'; operator = this.peek()) {
      this.#at++
      const [a, b] = integers(operator, left, this.#unary())
      left = { kind: 'int', value: a * b }
    }
    return left
  }

  #unary(): Value {
    const sign = this.peek()
    if (sign?.text !== '-' && sign?.text !== '+') return this.#atom()
    this.#at++
    const operand = this.#nested(sign, () => this.#unary())
    if (sign.text === '+') return operand
    return operand.kind === 'int' ? { kind: 'int', value: -operand.value } : { kind: 'float', value: -operand.value }
  }

  #atom(): Value {
    const token = this.peek()
    if (token === undefined) throw new ExpressionError(this.#tokens[this.#end]!, 'expected a number or a symbol')
    this.#at++
    switch (token.kind) {
      case 'integer': return { kind: 'int', value: BigInt(token.text.replaceAll('_', '')) }
      case 'float': return floatValue(token)
      case 'name': return this.#symbol(token)
      default: break
    }
    if (token.text !== '(') throw new ExpressionError(token, `expected a number or a symbol, found '${token.text}'`)
    const value = this.#nested(token, () => this.sum())
    const close = this.peek()
    if (close?.text !== ')') throw new ExpressionError(token, 'this parenthesis is not closed')
    this.#at++
    return value
  }

  #nested(token: Token, parse: () => Value): Value {
    if (++this.#depth > MAX_DEPTH) throw new ExpressionError(token, `expressions nest at most ${MAX_DEPTH} deep`)
    const value = parse()
    this.#depth--
    return value
  }

  #symbol(token: Token): Value {
    const value = this.#symbols.get(token.text)
    if (value !== undefined) return value
    if (/^r\d+$/i.test(token.text)) {
      throw new ExpressionError(token, `expected a number, found register '${token.text}'`)
    }
    const match = nearest(token.text, this.#symbols.keys())
    throw new ExpressionError(
      token, `no label or constant '${token.text}'`, match === undefined ? '' : `did you mean '${match}'?`, true,
    )
  }
}

function floatValue(token: Token): Value {
  const value = Math.fround(Number(token.text))
  if (!Number.isFinite(value)) throw new ExpressionError(token, `${token.text} is beyond a 32-bit float`)
  return { kind: 'float', value }
}

function integers(operator: Token, left: Value, right: Value): [bigint, bigint] {
  if (left.kind === 'int' && right.kind === 'int') return [left.value, right.value]
  throw new ExpressionError(
    operator, `'${operator.text}' takes integers, and one side is a float`, 'write the result as one float literal',
  )
}
