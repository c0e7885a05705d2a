import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { assemble, decode, disassemble, disassembleWord, encode, formatDiagnostics } from '../../isa/index.js'
import { anyInstruction } from './arbitrary.js'

const immediateOf = (source: string): number | undefined => decode(assemble(source).words[0]!).operands['imm']

describe('assemble and disassemble', () => {
  it('assemble(disassemble(w)) = w for valid programs, branches inside and outside', () => {
    fc.assert(fc.property(fc.array(anyInstruction, { maxLength: 40 }), fc.nat(50), (instructions, target) => {
      const near = instructions.map((i) => ('target' in i.operands ? { ...i, operands: { ...i.operands, target } } : i))
      for (const program of [instructions, near]) {
        const words = BigUint64Array.from(program, encode)
        const { words: again, diagnostics } = assemble(disassemble(words))
        expect(diagnostics).toEqual([])
        expect(again).toEqual(words)
      }
    }))
  })

  it('assemble(disassemble(w)) = w for any 64-bit words', () => {
    fc.assert(fc.property(fc.array(fc.bigInt(0n, 2n ** 64n - 1n), { maxLength: 20 }), (values) => {
      const words = BigUint64Array.from(values)
      expect(assemble(disassemble(words)).words).toEqual(words)
    }))
  })

  it('labels branch targets', () => {
    const { words } = assemble('start: LOOP r1, start\nBEQ r1, r0, end\nend:')
    expect(disassemble(words)).toBe('L0:\n        LOOP    r1, L0\n        BEQ     r1, r0, L2\nL2:\n')
  })
})

describe('disassembleWord', () => {
  it('is one instruction as the assembler takes it, a float shown as one', () => {
    const word = encode({ mnemonic: 'LI', operands: { rd: 2, imm: 0x3fc00000 } })
    expect(disassembleWord(word)).toBe('LI      r2, 0x3fc00000  ; 1.5')
    fc.assert(fc.property(anyInstruction, (instruction) => {
      expect([...assemble(disassembleWord(encode(instruction))).words]).toEqual([encode(instruction)])
    }))
  })
})

describe('numbers', () => {
  it.each([
    ['LI r1, 2 + 3 * 4', 14], ['LI r1, (2 + 3) * -4', -20], ['LI r1, 1_000', 1000], ['LI r1, 0xFF', 255],
    ['LI r1, 0b101', 5], ['LI r1, 0xffffffff', -1], ['LI r1, 1.5', 0x3fc00000], ['LI r1, -1.5', 0xbfc00000 | 0],
    ['LI r1, 1e0', 0x3f800000], ['LI r1, .5', 0x3f000000], ['LI r1, 0x1e5', 0x1e5],
  ])('%s', (source, expected) => {
    expect(immediateOf(source)).toBe(expected)
  })

  it('float literals round to the nearest 32-bit float', () => {
    expect(immediateOf('LI r1, 0.1')).toBe(0x3dcccccd)
  })
})

describe('layout', () => {
  it('.org leaves zero words, .align fills with NOP, labels count both', () => {
    const { words, labels } = assemble('HALT\n.org 3\nmiddle: .align 4\n.word 5, middle\nend:')
    const nop = encode({ mnemonic: 'NOP', operands: {} })
    expect([...words]).toEqual([encode({ mnemonic: 'HALT', operands: {} }), 0n, 0n, nop, 5n, 3n])
    expect([...labels]).toEqual([['middle', 3], ['end', 6]])
  })

  it('knows the source line of each word', () => {
    expect([...assemble('NOP\n\n.align 2\n.word 1, 2').lines]).toEqual([1, 0, 4, 4])
  })
})

describe('diagnostics', () => {
  it('reports two errors of one file, each with line and column, and gives no words', () => {
    const { words, diagnostics } = assemble('start:\n  CONSME r1, 0, 1\n  NOP\n  JMP strat\n', 'tile.asm')
    expect(words).toHaveLength(0)
    expect(diagnostics).toEqual([
      {
        file: 'tile.asm', line: 2, column: 3, length: 6,
        message: 'no instruction \'CONSME\'', hint: 'did you mean \'CONSUME\'?',
      },
      {
        file: 'tile.asm', line: 4, column: 7, length: 5,
        message: 'no label or constant \'strat\'', hint: 'did you mean \'start\'?',
      },
    ])
  })

  it('reports every bad operand of a line', () => {
    const { diagnostics } = assemble('VADD 131072, 0, -1')
    expect(diagnostics.map(({ column, length }) => [column, length])).toEqual([[6, 6], [17, 2]])
  })

  it('keeps the caret under the place behind tabs', () => {
    const source = '\tLI\tr16, 0'
    expect(formatDiagnostics(assemble(source, 'x.asm').diagnostics, source).split('\n').slice(1, 3))
      .toEqual(['    \tLI\tr16, 0', '    \t  \t^~~'])
  })

  it('reports a program that passes 65536 words once', () => {
    const { diagnostics } = assemble('.org 65536\nNOP\nNOP\n')
    expect(diagnostics.map(({ line, message }) => [line, message]))
      .toEqual([[2, 'the program passes 65536 words, the most a branch target reaches']])
  })

  it('refuses nesting that no one writes instead of running out of stack', () => {
    for (const nested of ['('.repeat(100_000) + '1', '-'.repeat(100_000) + '1']) {
      expect(assemble(`LI r1, ${nested}`).diagnostics.map(({ message }) => message))
        .toEqual(['expressions nest at most 64 deep'])
    }
  })

  it('never fails on text of any kind, and points inside the source', () => {
    const piece = fc.constantFrom('LI', 'r1', ',', ' ', '\n', ':', 'a', '(', ')', '+', '-', '*', '.equ', '.org',
      '.align', '.word', '7', '1.5', '0x', '$', '@', '\t', ';', 'VADD', '99999999999999999999', '.', '\r\n')
    const anything = fc.oneof(piece, fc.string({ maxLength: 3 }))
    const text = fc.array(anything, { maxLength: 30 }).map((parts) => parts.join(''))
    fc.assert(fc.property(text, (source) => {
      const lines = source.split(/\r\n|\r|\n/)
      for (const { line, column, length } of assemble(source).diagnostics) {
        expect(line).toBeLessThanOrEqual(lines.length)
        expect(column).toBeGreaterThanOrEqual(1)
        expect(column + length - 1).toBeLessThanOrEqual(lines[line - 1]!.length + 1)
      }
    }), { numRuns: 500 })
  })
})
