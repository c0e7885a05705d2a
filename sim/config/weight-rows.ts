import type { ChipSpec } from './chip-spec.js'

/**
 * What becomes of weights that are zero: `paid`, added like any other; `gated`, read like any other, but no adder,
 * multiplier or accumulator switches for them; `skipped`, neither read nor added: a row is a mask of one bit an output and
 * behind it the weights that are not zero.
 */
export const ZERO_WEIGHTS = ['paid', 'gated', 'skipped'] as const

/**
 * Bank words of one row's place in weight SRAM and external memory. A row that skips zeros has room for its mask and all its
 * weights, so that rows lie at equal distances and need no table of their addresses.
 */
export function rowWords(core: Pick<ChipSpec['core'], 'zeroWeights' | 'weightBankBits'>, outputs: number, bits: number): number {
  return Math.ceil((outputs * (bits + (core.zeroWeights === 'skipped' ? 1 : 0))) / core.weightBankBits)
}
