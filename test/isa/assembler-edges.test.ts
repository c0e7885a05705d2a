import { describe, expect, it } from 'vitest'
import { assemble, decode, disassemble, disassembleWord, encode, floatBits } from '../../isa/index.js'
import { cacheRowWords } from '../../isa/cache-row.js'

const messages = (source: string): string[] => assemble(source).diagnostics.map(({ message }) => message)
const columns = (source: string): number[] => assemble(source).diagnostics.map(({ column }) => column)
const operands = (source: string): Record<string, number>[] => [...assemble(source).words].map((word) => decode(word).operands)

describe('errors of one line', () => {
  it('come by column, though missing operands are found before bad ones', () => {
    expect(columns('RECV 64, -1, 2')).toEqual([6, 10, 14])
  })

  it('leave no words, and no lines of words', () => {
    const { words, lines } = assemble('NOP\nNOPE')
    expect([words.length, lines.length]).toEqual([0, 0])
  })

  it('say nothing instead of a guess where nothing is near', () => {
    expect(assemble('QQQQQQQQQQ').diagnostics[0]!.hint).toBe('')
    expect(assemble('LI r1, qqqqqqqqqq').diagnostics[0]!.hint).toBe('')
  })

  it('stand behind the directive that has no value', () => {
    expect(columns('a: .word')).toEqual([9])
  })
})

describe('names', () => {
  it('may hold what looks like a register, and not be one', () => {
    expect(messages('xr1: NOP\nr1x: NOP\nJMP xr1\nJMP r1x')).toEqual([])
    expect(messages('r12: NOP')).toEqual(['\'r12\' is a register and cannot name a label or constant'])
    expect(messages('ADD xr1, r2, r3')).toEqual(['ADD: rd takes a register, found \'xr1\''])
    expect(messages('ADD r1x, r2, r3')).toEqual(['ADD: rd takes a register, found \'r1x\''])
    expect(messages('ADD r01, r2, r3')).toEqual(['ADD: rd takes a register, found \'r01\''])
    expect(messages('ADD r1 + 1, r2, r3')).toEqual(['ADD: rd takes a register, found \'r1\''])
    expect(messages('LI r1, r2x')).toEqual(['no label or constant \'r2x\''])
    expect(messages('LI r1, xr2')).toEqual(['no label or constant \'xr2\''])
    expect(messages('LI r1, R12')).toEqual(['expected a number, found register \'R12\''])
  })

  it('of constants are no labels', () => {
    expect([...assemble('.equ N, 3\nstart: LI r1, N').labels]).toEqual([['start', 0]])
  })

  it('of a constant whose value is wrong are reported once, not at every use', () => {
    expect(messages('.equ N, missing\nLI r1, N\nLI r2, N + 1')).toEqual(['no label or constant \'missing\''])
  })

  it('of a constant are one word', () => {
    expect(messages('.equ N + 1, 2')).toEqual(['.equ takes a name and a value'])
  })
})

describe('limits', () => {
  it('.org goes from here to 65536', () => {
    expect(messages('NOP\n.org 1')).toEqual([])
    expect(assemble('.org 65536').words).toHaveLength(65536)
    expect(messages('.org 65537')).toEqual(['.org 65537 leads to no address from 0 (here) to 65536'])
    expect(messages('NOP\nNOP\n.org 1')).toEqual(['.org 1 leads to no address from 2 (here) to 65536'])
    expect(messages('.org 0.5')).toHaveLength(1)
  })

  it('.align takes a step above 0', () => {
    expect(messages('NOP\nNOP\nNOP\nNOP\n.align -4')).toHaveLength(1)
    expect(messages('.align 0')).toHaveLength(1)
    expect(assemble('NOP\n.align 4').words).toHaveLength(4)
    expect(assemble('NOP\n.align 1').words).toHaveLength(1)
  })

  it('.word takes 64 bits, signed or unsigned', () => {
    expect([...assemble('.word -9223372036854775808, 18446744073709551615').words]).toEqual([2n ** 63n, 2n ** 64n - 1n])
    for (const value of ['-9223372036854775809', '18446744073709551616', '1.5']) {
      expect(messages(`.word ${value}`)).toEqual([`.word ${value} is not a 64-bit integer`])
    }
  })
})

describe('expressions', () => {
  it('keep commas in parentheses together, and end with them', () => {
    expect(messages('LI r1, (1, 2)')).toEqual(['this parenthesis is not closed'])
    expect(operands('VADD (1), (2) + 1, ((3))')).toEqual([{ dst: 1, src: 3, len: 3 }])
    expect(messages('LI r1), 1')).toHaveLength(1)
  })

  it('have signs, and nesting that is left again', () => {
    expect(operands('LI r1, +5')[0]!['imm']).toBe(5)
    expect(operands('LI r1, --5')[0]!['imm']).toBe(5)
    expect(operands('LI r1, 7 - 2 - 1')[0]!['imm']).toBe(4)
    expect(operands('LI r1, 2 * 3 + 4 * 5')[0]!['imm']).toBe(26)
    expect(operands(`LI r1, ${'(1) + '.repeat(100)} 1`)[0]!['imm']).toBe(101)
    expect(operands(`LI r1, ${'('.repeat(64)}1${')'.repeat(64)}`)[0]!['imm']).toBe(1)
    expect(messages(`LI r1, ${'('.repeat(65)}1${')'.repeat(65)}`)).toEqual(['expressions nest at most 64 deep'])
  })

  it('say what stands where a number should', () => {
    expect(messages('LI r1, *')).toEqual(['expected a number or a symbol, found \'*\''])
    expect(messages('LI r1, )')).toEqual(['expected a number or a symbol, found \')\''])
    expect(messages('LI r1, (1')).toEqual(['this parenthesis is not closed'])
    // Only what is not defined yet could stand above.
    expect(assemble('.org (1').diagnostics[0]!.hint).toBe('')
    expect(assemble('.org later\nlater:').diagnostics[0]!.hint).toMatch(/stand above/)
  })

  it('take floats alone', () => {
    expect(operands('LI r1, +1.5')[0]!['imm']).toBe(0x3fc00000)
    for (const source of ['1.5 * 2', '2 - 1.5', '2 + 1.5']) {
      expect(messages(`LI r1, ${source}`)).toEqual([expect.stringContaining('takes integers, and one side is a float')])
    }
    expect(messages('LI r1, 3.4e38')).toEqual([])
    expect(messages('LI r1, 3.5e38')).toEqual(['3.5e38 is beyond a 32-bit float'])
  })
})

describe('words of a line', () => {
  it('are numbers of every notation, whole', () => {
    expect(operands('LI r1, 0B1_01\nLI r1, 0Xf_f\nLI r1, 1.\nLI r1, 1.5E+1\nLI r1, 2e-1\nLI r1, .5e1').map(({ imm }) => imm))
      .toEqual([5, 255, 0x3f800000, 0x41700000, 0x3e4ccccd, 0x40a00000])
    for (const word of ['0x', '0b2', '12abc', '1.5x', '1.2.3', '0b12', '5$']) expect(messages(`LI r1, ${word}`), word).not.toEqual([])
  })

  it('may hold $ and digits, begin with neither digit, and end before a comment', () => {
    expect(operands('$a1_: LI r1, $a1_ ; , nonsense\n# nothing\n;').map(({ imm }) => imm)).toEqual([0])
    expect(operands('LI\tr1,\t3#4')[0]!['imm']).toBe(3)
  })

  it('that cannot be read are shown whole, and the line keeps its place', () => {
    expect(assemble('NOP @foo, 1\nend: JMP end').diagnostics).toEqual([
      expect.objectContaining({ column: 5, length: 4, message: '\'@foo\' is neither a name nor a number' }),
    ])
    expect(messages('LI r1, 3@')).toHaveLength(1)
  })
})

describe('a row of a KV cache', () => {
  it('is a scale and four integers to a word', () => {
    expect([4, 5, 8, 64, 128].map(cacheRowWords)).toEqual([2, 3, 3, 17, 33])
  })
})

describe('encode', () => {
  it('says what an instruction takes, and guesses no name where none is near', () => {
    expect(() => encode({ mnemonic: 'HALT', operands: { len: 1 } })).toThrow(/^HALT has no operand 'len': it takes none$/)
    expect(() => encode({ mnemonic: 'LOOP', operands: { len: 1 } })).toThrow(/it takes rd, target$/)
    expect(() => encode({ mnemonic: 'QQQQQQQQQQ', operands: {} })).toThrow(/^no instruction 'QQQQQQQQQQ'$/)
  })

  it('writes no more than the field: neighbours of a negative immediate stay', () => {
    expect(encode({ mnemonic: 'LI', operands: { rd: 15, imm: -1 } })).toBe(0x10_f0_ffffffff_0000n)
  })
})

describe('disassembly', () => {
  const word = (mnemonic: string, fields: Record<string, number>): string => disassembleWord(encode({ mnemonic, operands: fields }))

  it('labels what is jumped to, and only targets by labels', () => {
    expect(disassemble(assemble('HALT').words)).toBe('        HALT\n')
    expect(disassemble(assemble('RECV 1, 1\nJMP 1').words)).toBe('        RECV    1, 1\nL1:\n        JMP     L1\n')
    expect(disassemble(assemble('JMP 2').words)).toBe('        JMP     2\n')
    expect(disassemble(assemble('JMP 1').words)).toBe('        JMP     L1\nL1:\n')
  })

  it('shows a word that is no instruction with the reason, and takes no target from it', () => {
    const spoilt = BigUint64Array.of(encode({ mnemonic: 'JMP', operands: { target: 0 } }) | 1n)
    expect(disassemble(spoilt)).toMatch(/^ {8}\.word {3}0x0300000000000001 {2}; JMP: reserved bits are not zero/)
  })

  it('shows an immediate as a float where it is one of everyday size', () => {
    expect(word('HALT', {})).toBe('HALT')
    expect(word('LI', { rd: 1, imm: 5 })).toBe('LI      r1, 5')
    expect(word('LI', { rd: 1, imm: 0 })).toBe('LI      r1, 0')
    expect(word('LI', { rd: 1, imm: floatBits(1e-19) })).toMatch(/; 9\.99\d*e-20$/)
    expect(word('LI', { rd: 1, imm: floatBits(1e-21) })).not.toContain(';')
    expect(word('LI', { rd: 1, imm: floatBits(-3) })).toBe('LI      r1, 0xc0400000  ; -3')
    expect(word('LI', { rd: 1, imm: floatBits(1e21) })).not.toContain(';')
  })

  it('shows large immediates in hexadecimal, and nothing else', () => {
    expect(word('LI', { rd: 1, imm: 65535 })).toBe('LI      r1, 65535')
    expect(word('LI', { rd: 1, imm: 65536 })).toBe('LI      r1, 0x00010000')
    expect(word('LI', { rd: 1, imm: -65535 })).toMatch(/^LI {6}r1, -65535/)
    expect(word('VADD', { dst: 70000, src: 1, len: 2 })).toBe('VADD    70000, 1, 2')
  })
})
