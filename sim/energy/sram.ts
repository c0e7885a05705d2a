import {
  SRAM_KIB, SRAM_READ_256_PJ, SRAM_READ_64_PJ, SRAM_STORE_OVER_LOAD, SRAM_WIDE_KIB, type TechnologyNm,
} from './constants.js'

/** Share of the 22 nm figure in the log-log interpolation to 28 nm between 32 and 22 nm. */
const SHARE_22 = Math.log(32 / 28) / Math.log(32 / 22)

function atNode(table: Readonly<Record<45 | 32 | 22, readonly number[]>>, node: TechnologyNm, index: number): number {
  if (node !== 28) return table[node][index]!
  return Math.exp((1 - SHARE_22) * Math.log(table[32][index]!) + SHARE_22 * Math.log(table[22][index]!))
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
  const exponent = Math.log(values(i) / low) / Math.log(sizes[i]! / sizes[i - 1]!)
  return low * Math.pow(size / sizes[i - 1]!, exponent)
}

/** Exponent of energy over word width, from the 64- and 256-bit rows; ends of the size range hold beyond it. */
function widthExponent(node: TechnologyNm, kib: number): number {
  const at = (index: number): number => {
    const narrow = atNode(SRAM_READ_64_PJ, node, SRAM_KIB.indexOf(SRAM_WIDE_KIB[index]!))
    return Math.log(atNode(SRAM_READ_256_PJ, node, index) / narrow) / Math.log(4)
  }
  const first = SRAM_WIDE_KIB[0]
  const last = SRAM_WIDE_KIB[SRAM_WIDE_KIB.length - 1]!
  return powerLaw(SRAM_WIDE_KIB, at, Math.min(Math.max(kib, first), last))
}

/**
 * Energy of one read of a low-leakage (LSTP) SRAM, pJ: CACTI 7 rows, a power law in the size between rows and a
 * power law in the word's width. A memory below 1 KiB costs what 1 KiB costs.
 * @param kib size of the memory, KiB
 * @param wordBits width of the word read, bits
 */
export function sramReadPj(node: TechnologyNm, kib: number, wordBits: number): number {
  const word64 = powerLaw(SRAM_KIB, (index) => atNode(SRAM_READ_64_PJ, node, index), kib)
  return word64 * Math.pow(wordBits / 64, widthExponent(node, kib))
}

/** Energy of one write, pJ: the read times SENECA's store/load ratio (CACTI's own writes are 37 % too low there). */
export function sramWritePj(node: TechnologyNm, kib: number, wordBits: number): number {
  return sramReadPj(node, kib, wordBits) * SRAM_STORE_OVER_LOAD
}
