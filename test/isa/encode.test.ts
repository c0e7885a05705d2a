import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  bitsToFloat, decode, decodeProgram, encode, floatBits, INSTRUCTIONS, IsaError, OPCODE,
} from '../../isa/index.js'
import { anyInstruction, operandsOf } from './arbitrary.js'

describe('encode', () => {
  it('puts fields where the manual says', () => {
    // By hand: opcode 0x11, rd 1, rs 2, imm at 47..16.
    expect(encode({ mnemonic: 'ADDI', operands: { rd: 1, rs: 2, imm: -2 } })).toBe(0x11_12_fffffffe_0000n)
    // dst 47..31, src 30..14, len 13..0, ra 55..52, rb 51..48.
    const qnt = encode({ mnemonic: 'QNT', operands: { dst: 3, src: 5, len: 64, ra: 6, rb: 7 } })
    expect(qnt).toBe((0x58_67n << 48n) | (3n << 31n) | (5n << 14n) | 64n)
    expect(encode({ mnemonic: 'halt', operands: {} })).toBe(0x02n << 56n)
  })

  it.each(INSTRUCTIONS)('$mnemonic: decode(encode(i)) = i', (spec) => {
    fc.assert(fc.property(operandsOf(spec), (operands) => {
      const decoded = decode(encode({ mnemonic: spec.mnemonic, operands }))
      expect(decoded.mnemonic).toBe(spec.mnemonic)
      expect(decoded.operands).toEqual(operands)
    }), { numRuns: 50 })
  })

  it('gives different words to different instructions', () => {
    fc.assert(fc.property(anyInstruction, anyInstruction, (a, b) => {
      const same = a.mnemonic === b.mnemonic && JSON.stringify(a.operands) === JSON.stringify(b.operands)
      expect(encode(a) === encode(b)).toBe(same)
    }))
  })

  it('takes an immediate signed or unsigned', () => {
    const word = (imm: number): bigint => encode({ mnemonic: 'LI', operands: { rd: 1, imm } })
    expect(word(0xffffffff)).toBe(word(-1))
    expect(decode(word(0xffffffff)).operands['imm']).toBe(-1)
  })

  it.each(INSTRUCTIONS)('$mnemonic: a value that does not fit names mnemonic, field, width and value', (spec) => {
    const zeros = Object.fromEntries(spec.operands.map((operand) => [operand.name, 0]))
    for (const { name, bits, kind } of spec.operands) {
      for (const value of [2 ** bits, kind === 'imm' ? -(2 ** 31) - 1 : -1, 0.5, NaN]) {
        const attempt = (): bigint => encode({ mnemonic: spec.mnemonic, operands: { ...zeros, [name]: value } })
        expect(attempt).toThrow(IsaError)
        expect(attempt).toThrow(`${spec.mnemonic}: ${name} = ${value} `)
        if (Number.isInteger(value)) expect(attempt).toThrow(`${bits} bits`)
      }
    }
  })

  it('names an unknown instruction, a missing operand and one too many', () => {
    expect(() => encode({ mnemonic: 'CONSUM', operands: {} })).toThrow('did you mean \'CONSUME\'?')
    expect(() => encode({ mnemonic: 'LOOP', operands: { rd: 1 } })).toThrow('LOOP: operand \'target\' is missing')
    expect(() => encode({ mnemonic: 'JMP', operands: { target: 1, len: 2 } })).toThrow('JMP has no operand \'len\'')
  })
})

describe('decode', () => {
  it('refuses an opcode no instruction has', () => {
    const used = new Set(INSTRUCTIONS.map((row) => row.opcode))
    for (let opcode = 0; opcode < 256; opcode++) {
      if (used.has(opcode)) continue
      expect(() => decode(BigInt(opcode) << 56n)).toThrow(`0x${opcode.toString(16).padStart(2, '0')}`)
    }
  })

  it.each(INSTRUCTIONS)('$mnemonic: refuses each reserved bit that is set', (spec) => {
    for (let bit = 0n; bit < 64n; bit++) {
      const word = (BigInt(spec.opcode) << 56n) | (1n << bit)
      if ((spec.reservedMask >> bit) & 1n) expect(() => decode(word)).toThrow(`${spec.mnemonic}: reserved bits`)
    }
  })
})

describe('decodeProgram', () => {
  it('writes the fields to a..e in the slot order of the format, 0 where an instruction has none', () => {
    const words = BigUint64Array.of(
      encode({ mnemonic: 'PWQ', operands: { dst: 10, src: 20, len: 30, ra: 4, rb: 5 } }),
      encode({ mnemonic: 'SMAX', operands: { dst: 10, ra: 4, rb: 5 } }),
      encode({ mnemonic: 'LI', operands: { rd: 3, imm: -7 } }),
    )
    const { op, a, b, c, d, e } = decodeProgram(words)
    expect([...op]).toEqual([OPCODE.PWQ, OPCODE.SMAX, OPCODE.LI])
    expect([a, b, c, d, e].map((slot) => slot[0])).toEqual([10, 20, 30, 4, 5])
    expect([a, b, c, d, e].map((slot) => slot[1])).toEqual([10, 0, 0, 4, 5])
    expect([a, b, c, d, e].map((slot) => slot[2])).toEqual([3, 0, -7, 0, 0])
  })

  it('names the first word that is no instruction', () => {
    expect(() => decodeProgram(BigUint64Array.of(0x02n << 56n, 0n))).toThrow('word 1: no instruction has opcode 0x00')
  })
})

describe('float immediates', () => {
  it('are the IEEE bits', () => {
    expect(floatBits(1.5)).toBe(0x3fc00000)
    expect(floatBits(-0)).toBe(-0x80000000)
    fc.assert(fc.property(fc.float({ noNaN: true }), (value) => {
      expect(bitsToFloat(floatBits(value))).toBe(value)
    }))
  })
})
