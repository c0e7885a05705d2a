import { logExact, powerExact } from '../numerics.js'
import {
  SRAM_CELL_UM2, SRAM_KIB, SRAM_STORE_OVER_LOAD, SRAM_TABLES, SRAM_WIDE_KIB, type SramCell, type TechnologyNm,
} from './constants.js'

/** Share of the 22 nm figure in the log-log interpolation to 28 nm between 32 and 22 nm. */
const SHARE_22 = logExact(32 / 28) / logExact(32 / 22)

/** Energy at 16 and 7 nm against 22 nm: wires shrink with the cell's side, and 7 nm has 0.7 V for 0.8 V. */
function finfetEnergy(node: TechnologyNm): number {
  if (node === 16) return Math.sqrt(SRAM_CELL_UM2[16] / SRAM_CELL_UM2[22])
  return node === 7 ? Math.sqrt(SRAM_CELL_UM2[7] / SRAM_CELL_UM2[22]) * (0.7 / 0.8) ** 2 : 1
}

/** Access time at 16 and 7 nm against 22 nm: as logic. */
function finfetTime(node: TechnologyNm): number {
  return node === 16 ? 0.7 : node === 7 ? 0.55 : 1
}

type Column = keyof (typeof SRAM_TABLES)[SramCell]

function atNode(cell: SramCell, column: Column, node: TechnologyNm, index: number): number {
  const table = SRAM_TABLES[cell][column]
  if (node === 45) return table[45][index]!
  if (node === 28) return table[32][index]! * powerExact(table[22][index]! / table[32][index]!, SHARE_22)
  return table[22][index]! * (column === 'accessNs' ? finfetTime(node) : finfetEnergy(node))
}

/**
 * Piecewise power law through (sizes[i], values(i)). Below the first size the first value holds; past the last,
 * the last segment is extended.
 */
function powerLaw(sizes: readonly number[], values: (index: number) => number, size: number): number {
  if (size <= sizes[0]!) return values(0)
  let i = 1
  while (i < sizes.length - 1 && size > sizes[i]!) i++
  const low = values(i - 1)
  const exponent = logExact(values(i) / low) / logExact(sizes[i]! / sizes[i - 1]!)
  return low * powerExact(size / sizes[i - 1]!, exponent)
}

/** Exponent of energy over word width, from the 64- and 256-bit rows; ends of the size range hold beyond it. */
function widthExponent(node: TechnologyNm, kib: number, cell: SramCell): number {
  const at = (index: number): number => {
    const narrow = atNode(cell, 'read64', node, SRAM_KIB.indexOf(SRAM_WIDE_KIB[index]!))
    return logExact(atNode(cell, 'read256', node, index) / narrow) / logExact(4)
  }
  const first = SRAM_WIDE_KIB[0]
  const last = SRAM_WIDE_KIB[SRAM_WIDE_KIB.length - 1]!
  return powerLaw(SRAM_WIDE_KIB, at, Math.min(Math.max(kib, first), last))
}

/**
 * Energy of one read of an SRAM bank, pJ: CACTI 7 rows, a power law in the size between rows and a power law in the
 * word's width. A memory below 1 KiB costs what 1 KiB costs.
 * @param kib size of the bank, KiB
 * @param wordBits width of the word read, bits
 */
export function sramReadPj(node: TechnologyNm, kib: number, wordBits: number, cell: SramCell = 'low-leakage'): number {
  const word64 = powerLaw(SRAM_KIB, (index) => atNode(cell, 'read64', node, index), kib)
  return word64 * powerExact(wordBits / 64, widthExponent(node, kib, cell))
}

/** Energy of one write, pJ: the read times SENECA's store/load ratio (CACTI's own writes are 37 % too low there). */
export function sramWritePj(node: TechnologyNm, kib: number, wordBits: number, cell: SramCell = 'low-leakage'): number {
  return sramReadPj(node, kib, wordBits, cell) * SRAM_STORE_OVER_LOAD
}

/** Access time of one bank, ns (CACTI 7). */
export function sramAccessNs(node: TechnologyNm, kib: number, cell: SramCell = 'low-leakage'): number {
  return powerLaw(SRAM_KIB, (index) => atNode(cell, 'accessNs', node, index), kib)
}

/** Share of a macro that is cells, by its size in KiB: memory compilers at 28 and 12 nm. */
const CELL_SHARE_KIB = [0.25, 1, 4, 16, 64, 256, 1024] as const
const CELL_SHARE = [0.2, 0.4, 0.5, 0.63, 0.72, 0.8, 0.87] as const

/** Area of one macro, um2: its cells over the share of the macro that they are. */
export function sramUm2(node: TechnologyNm, kib: number): number {
  const size = Math.max(kib, CELL_SHARE_KIB[0])
  const share = Math.min(CELL_SHARE[CELL_SHARE.length - 1]!, powerLaw(CELL_SHARE_KIB, (index) => CELL_SHARE[index]!, size))
  return (8192 * size * SRAM_CELL_UM2[node]) / share
}
