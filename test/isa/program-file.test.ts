import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { IsaError, readProgramFile, writeProgramFile } from '../../isa/index.js'

describe('program file', () => {
  it('is a header and little-endian words', () => {
    const bytes = writeProgramFile(BigUint64Array.of(0x0123456789abcdefn))
    expect(Buffer.from(bytes).toString('hex')).toBe(
      Buffer.from('SLOOMISA').toString('hex') + '01000000' + '01000000' + 'efcdab8967452301',
    )
  })

  it('reads what it wrote, at any offset of a larger buffer', () => {
    fc.assert(fc.property(fc.array(fc.bigInt(0n, 2n ** 64n - 1n)), fc.nat(9), (values, offset) => {
      const bytes = writeProgramFile(BigUint64Array.from(values))
      const buffer = new Uint8Array(bytes.length + offset)
      buffer.set(bytes, offset)
      expect([...readProgramFile(buffer.subarray(offset), 'p.bin')]).toEqual(values)
    }))
  })

  it('refuses other files, other versions, and every truncation', () => {
    const bytes = writeProgramFile(BigUint64Array.of(1n, 2n))
    for (let length = 0; length < bytes.length; length++) {
      expect(() => readProgramFile(bytes.subarray(0, length), 'p.bin')).toThrow(IsaError)
    }
    expect(() => readProgramFile(bytes.subarray(0, 25), 'p.bin')).toThrow('2 words need 32 bytes, the file has 25')
    const source = new TextEncoder().encode('LI r1, 0 ; a source')
    expect(() => readProgramFile(source, 'p.asm')).toThrow('p.asm is not a program')
    bytes[8] = 2
    expect(() => readProgramFile(bytes, 'p.bin')).toThrow('version 2')
  })
})
