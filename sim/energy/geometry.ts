import type { ChipSpec } from '../config/chip-spec.js'
import { dataBankBits, MACRO_BITS } from '../config/data-sram.js'
import { leakingKib, type Memory, memoryOf } from './memory.js'

/** Width of one spike event in the FIFO and of one axon-table entry, bits. */
export const EVENT_BITS = 32
/** Largest macro of the program memory: fetches are in order, so larger ones are banks that take turns. */
const PROGRAM_MACRO_KIB = 64
const INSTRUCTION_BITS = 64
/** Registers of the sequencer: program counter, 16 scalar and 16 semaphore registers, decoded instruction. */
const SEQUENCER_BITS = 32 * 34 + 64

/** Memories and registers of one core, derived from its specification. */
export interface CoreGeometry {
  readonly weights: Memory
  readonly data: Memory
  /** One word is one lane's accumulator if it is a register file for each lane; else a row of lanes. */
  readonly accumulators: Memory
  readonly program: Memory
  readonly fifo: Memory
  readonly axonTable: Memory
  readonly injectionQueue: Memory
  readonly memories: readonly Memory[]
  /** Capacity of all memories, KiB. */
  readonly memoryKib: number
  /** What leaks like SRAM, in KiB of it. */
  readonly leakingKib: number
  /** Pipeline and architectural registers, bits: what the clock drives. */
  readonly clockedBits: number
}

/**
 * Accumulators: each lane has a file of ceil(accumulators / lanes) words beside it while that is small enough for
 * registers; else rows of lanes lie in macros of at most 256 bits side by side.
 */
function accumulatorsOf({ core }: ChipSpec): Memory {
  const rows = Math.ceil(core.accumulators / core.lanes)
  const lane = memoryOf(rows, core.accumulatorBits, Math.min(core.lanes, core.accumulators), core.sramCell)
  if (lane.kind === 'registers') return lane
  const rowBits = core.lanes * core.accumulatorBits
  const macros = Math.max(1, Math.ceil(rowBits / MACRO_BITS))
  return { ...memoryOf(rows, Math.min(MACRO_BITS, rowBits), macros, core.sramCell), kind: 'sram' }
}

function programOf({ core }: ChipSpec): Memory {
  const kib = (core.programWords * INSTRUCTION_BITS) / 8192
  const banks = Math.ceil(kib / PROGRAM_MACRO_KIB)
  return memoryOf(Math.ceil(core.programWords / banks), INSTRUCTION_BITS, banks, core.sramCell)
}

/** Registers of a processing element beside its sum: the weight it keeps and the activation it passes on, of 8 bits at most. */
export function elementBits({ core: { kind } }: ChipSpec): number {
  return kind === 'systolic' ? 16 : 0
}

export function coreGeometry(spec: ChipSpec): CoreGeometry {
  const { core, network } = spec
  const cell = core.sramCell
  const wordsOf = (kib: number, banks: number, bits: number): number => (kib * 8192) / (banks * bits)
  const weightRows = Math.max(1, Math.floor(wordsOf(core.weightSramKiB, core.weightBanks, core.weightBankBits)))
  const dataBits = dataBankBits(spec)
  const weights = memoryOf(wordsOf(core.weightSramKiB, core.weightBanks, core.weightBankBits), core.weightBankBits, core.weightBanks, cell)
  const data = memoryOf(wordsOf(core.dataSramKiB, core.dataSramBanks, dataBits), dataBits, core.dataSramBanks, cell)
  const accumulators = accumulatorsOf(spec)
  const program = programOf(spec)
  const fifo = memoryOf(core.spikeFifoEvents, EVENT_BITS, 1, cell)
  const axonTable = memoryOf(weightRows, EVENT_BITS, 1, cell)
  const injectionQueue = memoryOf(network.injectionQueueFlits, network.flitBits, 1, cell)
  const memories = [weights, data, accumulators, program, fifo, axonTable, injectionQueue]
  const clockedBits = core.lanes * (core.accumulatorBits + elementBits(spec)) + core.vectorLanes * 3 * 32 + core.encoderLanes * 32 + SEQUENCER_BITS
  return {
    weights, data, accumulators, program, fifo, axonTable, injectionQueue, memories, clockedBits,
    memoryKib: memories.reduce((sum, { banks, bankKib }) => sum + banks * bankKib, 0),
    leakingKib: memories.reduce((sum, memory) => sum + leakingKib(spec.technologyNm, memory), 0),
  }
}

/** Ports of a router: four neighbours and the cores of its tile. */
export function routerPorts({ grid }: ChipSpec): number {
  return 4 + grid.coresPerTile
}

/**
 * Bits of a router that the clock drives: a flit at each input and output, and the state of each virtual channel. The
 * buffers are not among them: their words are clocked when they are written, which is in the price of a hop.
 */
export function routerClockedBits(spec: ChipSpec): number {
  const { flitBits, virtualChannels } = spec.network
  const stateBits = 24
  return routerPorts(spec) * (2 * flitBits + virtualChannels * stateBits)
}

/** The same of a router of the memory network, which has five ports and one channel. */
export function memoryRouterClockedBits(spec: ChipSpec): number {
  return 5 * 2 * spec.memory.linkBits
}
