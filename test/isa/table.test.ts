import { describe, expect, it } from 'vitest'
import { ACTIONS, FORMATS, INSTRUCTIONS, instructionByMnemonic, instructionByOpcode, OPCODE } from '../../isa/index.js'

const mask = (low: number, bits: number): bigint => ((1n << BigInt(bits)) - 1n) << BigInt(low)

describe('the instruction table', () => {
  it('gives no opcode or mnemonic twice, and leaves opcode 0 free', () => {
    expect(new Set(INSTRUCTIONS.map((row) => row.opcode)).size).toBe(INSTRUCTIONS.length)
    expect(new Set(INSTRUCTIONS.map((row) => row.mnemonic)).size).toBe(INSTRUCTIONS.length)
    expect(instructionByOpcode[0]).toBeUndefined()
    for (const { opcode } of INSTRUCTIONS) expect(opcode).toBeLessThan(256)
  })

  it('has an index that agrees with the rows', () => {
    expect(Object.keys(OPCODE)).toHaveLength(INSTRUCTIONS.length)
    for (const row of INSTRUCTIONS) {
      expect(OPCODE[row.mnemonic]).toBe(row.opcode)
      expect(instructionByOpcode[row.opcode]).toBe(row)
      expect(instructionByMnemonic(row.mnemonic.toLowerCase())).toBe(row)
    }
  })

  it('covers the classes a spike-driven core needs', () => {
    const mnemonics = INSTRUCTIONS.map((row): string => row.mnemonic)
    const needed = ['RECV', 'CONSUME', 'SENDA', 'FIRE', 'STEP', 'ENDT', 'RMSN', 'ROPE', 'SILU', 'SMAX', 'VADD', 'KVW',
      'WLOAD', 'LOOP', 'BEQ', 'BARRIER', 'HALT']
    expect(mnemonics).toEqual(expect.arrayContaining(needed))
  })

  it.each(Object.values(FORMATS))('format $name: its parts fill the word without overlap', (format) => {
    const parts = [mask(56, 8), format.reservedMask, ...format.fields.map((field) => mask(field.low, field.bits))]
    let seen = 0n
    for (const part of parts) {
      expect(seen & part).toBe(0n)
      seen |= part
    }
    expect(seen).toBe(2n ** 64n - 1n)
    expect(format.fields.map((field) => field.slot)).toEqual(format.fields.map((_, index) => index))
    expect(format.fields.length).toBeLessThanOrEqual(5)
  })

  it.each(INSTRUCTIONS)('$mnemonic: no two valid encodings of any two instructions are the same word', (row) => {
    const used = row.operands.reduce((bits, operand) => bits | mask(operand.low, operand.bits), mask(56, 8))
    expect(used & row.reservedMask).toBe(0n)
    expect(used | row.reservedMask).toBe(2n ** 64n - 1n)
    expect(new Set(row.operands.map((operand) => operand.name)).size).toBe(row.operands.length)
  })

  it.each(INSTRUCTIONS)('$mnemonic: names only actions that exist, with whole positive counts', (row) => {
    for (const actions of [row.fixed, row.perElement, row.perRow, row.perQuad, row.perLen, row.perEvent]) {
      for (const [name, times] of Object.entries(actions)) {
        expect(ACTIONS).toContain(name)
        expect(name).not.toBe('instruction')
        expect(Number.isInteger(times) && times > 0).toBe(true)
      }
    }
  })

  it.each(INSTRUCTIONS)('$mnemonic: its costs have the numbers that drive them', (row) => {
    const has = (name: string): boolean => row.operands.some((operand) => operand.name === name)
    const drivenBy = row.elements.split('*')
    if (drivenBy.includes('len')) expect(has('len')).toBe(true)
    if (drivenBy.includes('positions') || row.rows === 'positions') expect(has('ra')).toBe(true)
    if (drivenBy.includes('spikes') || row.elements === 'rbOrLen') expect(has('rb')).toBe(true)
    if (Object.keys({ ...row.perQuad, ...row.perLen }).length > 0) expect(has('len')).toBe(true)
    if (Object.keys({ ...row.perRow, ...row.perQuad }).length > 0) expect(row.rows).not.toBe('none')
    if (row.elements === 'none') expect(row.perElement).toEqual({})
    if (row.elements === 'running') expect(row.cycles).not.toBe('')
    else expect(row.passes > 0).toBe(row.elements !== 'none')
    if (row.rowWidth !== 'none') expect(drivenBy).toContain(row.rowWidth)
  })

  it('says for every register and data address whether it is read or written', () => {
    for (const row of INSTRUCTIONS) {
      for (const { kind, access, meaning } of row.operands) {
        if (meaning === 'external buffer') continue // its number stands in the address field of format V
        expect(access !== 'none').toBe(kind === 'reg' || kind === 'addr' || kind === 'acc')
      }
    }
  })
})
