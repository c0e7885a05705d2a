import type { Range } from './arithmetic.js'
import { SRAM_CELL_UM2, type SramCell, type TechnologyNm } from './constants.js'
import { MOST_REGISTER_BYTES, registerReadPj, registerUm2, registerWritePj } from './register-file.js'
import { sramAccessNs, sramReadPj, sramUm2, sramWritePj } from './sram.js'

/** A memory of a core: banks of equal size, each registers or an SRAM macro, whichever its size asks for. */
export interface Memory {
  readonly kind: 'registers' | 'sram'
  readonly cell: SramCell
  readonly banks: number
  /** Of one bank. */
  readonly words: number
  readonly wordBits: number
  readonly bankKib: number
}

const BITS_PER_KIB = 8192

/** @param words of one bank */
export function memoryOf(words: number, wordBits: number, banks: number, cell: SramCell): Memory {
  const bits = Math.max(1, words) * wordBits
  const kind = bits / 8 <= MOST_REGISTER_BYTES ? 'registers' : 'sram'
  return { kind, cell, banks, words: Math.max(1, words), wordBits, bankKib: bits / BITS_PER_KIB }
}

/** Low and high ends of what a memory's energy may be, against its value. */
export const SRAM_RANGE = { low: 0.7, high: 1.6 } as const
/** No memory compiler's figures are published for these nodes. */
export const SRAM_SMALL_NODE_RANGE = { low: 0.6, high: 2.5 } as const
export const REGISTER_RANGE = { low: 0.6, high: 1.6 } as const

function rangeOf(node: TechnologyNm, { kind }: Memory, value: number): Range {
  const range = kind === 'registers' ? REGISTER_RANGE : node === 16 || node === 7 ? SRAM_SMALL_NODE_RANGE : SRAM_RANGE
  return { low: range.low * value, value, high: range.high * value }
}

/** Energy of reading one word of one bank, pJ. */
export function readPj(node: TechnologyNm, memory: Memory): Range {
  const { kind, words, wordBits, bankKib, cell } = memory
  return rangeOf(node, memory, kind === 'registers' ? registerReadPj(node, words, wordBits) : sramReadPj(node, bankKib, wordBits, cell))
}

/** Energy of writing one word of one bank, pJ. */
export function writePj(node: TechnologyNm, memory: Memory): Range {
  const { kind, words, wordBits, bankKib, cell } = memory
  return rangeOf(node, memory, kind === 'registers' ? registerWritePj(node, words, wordBits) : sramWritePj(node, bankKib, wordBits, cell))
}

/** Area of all banks, um2: macros as compiled, registers as cells. */
export function memoryUm2(node: TechnologyNm, { kind, words, wordBits, bankKib, banks }: Memory): number {
  return banks * (kind === 'registers' ? registerUm2(node, words, wordBits) : sramUm2(node, bankKib))
}

/** Time of an access, ns; registers are read within a cycle of any clock. */
export function accessNs(node: TechnologyNm, { kind, bankKib, cell }: Memory): number {
  return kind === 'registers' ? 0 : sramAccessNs(node, bankKib, cell)
}

/** KiB of SRAM cells that leak as much: registers leak as SRAM cells of their area. */
export function leakingKib(node: TechnologyNm, { kind, words, wordBits, bankKib, banks }: Memory): number {
  const cells = kind === 'registers' ? registerUm2(node, words, wordBits) / (words * wordBits * SRAM_CELL_UM2[node]) : 1
  return banks * bankKib * cells
}

/** A memory in words, for the formula of a price. */
export function describeMemory({ kind, words, wordBits, bankKib, banks }: Memory): string {
  const several = banks > 1 ? `, one of ${banks}` : ''
  return kind === 'registers'
    ? `${words} ${words === 1 ? 'word' : 'words'} of ${wordBits} bits in registers${several}`
    : `${wordBits} bits of a ${Number(bankKib.toPrecision(4))} KiB bank${several}`
}

