/** Splits one line of assembly into tokens. */

type TokenKind = 'name' | 'directive' | 'integer' | 'float' | 'punctuation' | 'end'

export interface Token {
  readonly kind: TokenKind
  readonly text: string
  /** From 1. */
  readonly column: number
}

/** A place in the line that cannot be read, with what to say about it. */
export interface LexicalError {
  readonly column: number
  readonly length: number
  readonly message: string
}

// In this order: a float needs a point or an exponent, so that 'e' in a hexadecimal number is a digit.
const PATTERNS: readonly (readonly [TokenKind, RegExp])[] = [
  ['integer', /0[xX][0-9a-fA-F][0-9a-fA-F_]*|0[bB][01][01_]*/y],
  ['float', /(?:\d+\.\d*|\.\d+)(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+/y],
  ['integer', /\d[\d_]*/y],
  ['directive', /\.[A-Za-z]\w*/y],
  ['name', /[A-Za-z_$][\w$]*/y],
  ['punctuation', /[,:+\-*()]/y],
]
const BLANK = /[ \t]*/y
const WORD = /[^\s,:;#()]+/y

/** The tokens of a line, closed by an 'end' token; a comment starts at ';' or '#'. */
export function tokenize(line: string): { tokens: Token[], errors: LexicalError[] } {
  const tokens: Token[] = []
  const errors: LexicalError[] = []
  let at = skip(line, 0)
  while (at < line.length && line[at] !== ';' && line[at] !== '#') {
    const token = match(line, at)
    const end = at + (token?.text.length ?? 0)
    const runsOn = token !== undefined && token.kind !== 'punctuation' && /[\w$.]/.test(line[end] ?? '')
    if (token === undefined || runsOn) {
      const text = wordAt(line, at)
      errors.push({ column: at + 1, length: text.length, message: `'${text}' is neither a name nor a number` })
      at += text.length
    } else {
      tokens.push(token)
      at = end
    }
    at = skip(line, at)
  }
  tokens.push({ kind: 'end', text: '', column: Math.max(1, line.slice(0, at).trimEnd().length + 1) })
  return { tokens, errors }
}

function skip(line: string, at: number): number {
  BLANK.lastIndex = at
  BLANK.test(line)
  return BLANK.lastIndex
}

function match(line: string, at: number): Token | undefined {
  for (const [kind, pattern] of PATTERNS) {
    pattern.lastIndex = at
    const found = pattern.exec(line)
    if (found !== null) return { kind, text: found[0], column: at + 1 }
  }
  return undefined
}

function wordAt(line: string, at: number): string {
  WORD.lastIndex = at
  return WORD.exec(line)?.[0] ?? line[at]!
}
