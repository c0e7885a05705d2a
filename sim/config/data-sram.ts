import type { ChipSpec } from './chip-spec.js'

/** Widest word that one SRAM macro gives, bits; a wider row is several macros side by side. */
export const MACRO_BITS = 256

const WORD_BITS = 32

/** Width of a row of a bank of data SRAM, bits: as given, or as wide as the vector unit and a flit, up to a macro's width. */
export function dataBankBits({ core, network }: Pick<ChipSpec, 'core' | 'network'>): number {
  return core.dataSramBankBits ?? Math.min(MACRO_BITS, Math.max(WORD_BITS * core.vectorLanes, WORD_BITS * Math.floor(network.flitBits / WORD_BITS)))
}
