import { CELL_SCALE_FROM_28, LOGIC_AREA_SCALE, type TechnologyNm } from './constants.js'

/**
 * Memories too small for an SRAM: flip-flops up to 4 words, latches up to 256 bytes. Synthesised with multiplexed reads
 * and a clock gated for each word; simulated with random data. 24-bit words at 28 nm and 0.9 V.
 */
const WORDS = [1, 4, 16, 32, 64, 128] as const
const READ_PJ = [0, 0.084, 0.15, 0.22, 0.22, 0.58] as const
const WRITE_PJ = [0.15, 0.17, 0.25, 0.35, 0.56, 0.97] as const
const WORD_BITS = 24
/** um2 a bit at 45 nm: 4.7 (one word) to 5.9 of flip-flops, 3.7 to 4.1 of latches. */
const FLIP_FLOP_UM2 = [4.7, 5.8, 5.6, 5.7, 5.6, 5.9] as const
const LATCH_UM2 = [2.8, 4.0, 3.8, 3.9, 3.7, 4.1] as const
const MOST_FLIP_FLOP_WORDS = 4

/** Bytes up to which registers are taken: below, an SRAM's periphery costs more area (150 to 300 bytes) and energy. */
export const MOST_REGISTER_BYTES = 256

/** The straight line between the two entries around a number of words; past the last, the last segment goes on. */
function line(values: readonly number[], words: number): number {
  let i = 1
  while (i < WORDS.length - 1 && words > WORDS[i]!) i++
  const share = (words - WORDS[i - 1]!) / (WORDS[i]! - WORDS[i - 1]!)
  return values[i - 1]! + share * (values[i]! - values[i - 1]!)
}

/** Energy of reading one word, pJ. One word by itself needs no multiplexer and costs nothing to read. */
export function registerReadPj(node: TechnologyNm, words: number, wordBits: number): number {
  return (line(READ_PJ, words) * wordBits * CELL_SCALE_FROM_28[node]) / WORD_BITS
}

/** Energy of writing one word, pJ: its clock, half its bits toggling, and the data bus. */
export function registerWritePj(node: TechnologyNm, words: number, wordBits: number): number {
  return (line(WRITE_PJ, words) * wordBits * CELL_SCALE_FROM_28[node]) / WORD_BITS
}

/** Cells of the whole file, um2. */
export function registerUm2(node: TechnologyNm, words: number, wordBits: number): number {
  const perBit = line(words <= MOST_FLIP_FLOP_WORDS ? FLIP_FLOP_UM2 : LATCH_UM2, words)
  return perBit * words * wordBits * LOGIC_AREA_SCALE[node]
}
