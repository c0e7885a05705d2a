import type { ChipSpec } from '../config/chip-spec.js'

/** Width of one spike event in the FIFO and of one axon-table entry, bits. */
export const EVENT_BITS = 32
/** Widest word one SRAM macro gives; a wider row is several macros side by side. */
export const MACRO_BITS = 256
/** Registers of the sequencer: program counter, 16 scalar and 16 semaphore registers, decoded instruction. */
const SEQUENCER_BITS = 32 * 34 + 64

/** Memories and registers of one core, derived from its specification. Sizes in KiB. */
export interface CoreGeometry {
  readonly weightBankKib: number
  readonly accumulatorKib: number
  readonly accumulatorMacros: number
  readonly programKib: number
  readonly fifoKib: number
  readonly axonTableKib: number
  readonly injectionQueueKib: number
  /** Everything that leaks like SRAM. */
  readonly sramKib: number
  /** Pipeline and architectural registers, bits: what the clock drives. */
  readonly registerBits: number
}

export function coreGeometry(spec: ChipSpec): CoreGeometry {
  const { core, network } = spec
  const kib = (bits: number): number => bits / 8192
  const weightRows = Math.max(1, Math.floor((core.weightSramKiB * 8192) / (core.weightBanks * core.weightBankBits)))
  const accumulatorKib = kib(core.accumulators * core.accumulatorBits)
  const programKib = kib(core.programWords * 64)
  const fifoKib = kib(core.spikeFifoEvents * EVENT_BITS)
  const axonTableKib = kib(weightRows * EVENT_BITS)
  const injectionQueueKib = kib(network.injectionQueueFlits * network.flitBits)
  return {
    weightBankKib: core.weightSramKiB / core.weightBanks,
    accumulatorKib,
    accumulatorMacros: Math.max(1, Math.ceil((core.lanes * core.accumulatorBits) / MACRO_BITS)),
    programKib,
    fifoKib,
    axonTableKib,
    injectionQueueKib,
    sramKib: core.weightSramKiB + core.dataSramKiB + accumulatorKib + programKib + fifoKib + axonTableKib +
      injectionQueueKib,
    registerBits: core.lanes * core.accumulatorBits + core.vectorLanes * 3 * 32 + core.encoderLanes * 32 +
      SEQUENCER_BITS,
  }
}
