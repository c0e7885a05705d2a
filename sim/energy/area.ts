import type { ChipSpec } from '../config/chip-spec.js'
import { coreCount, tileCount } from '../config/size.js'
import { addUm2, multiplyUm2 } from './arithmetic.js'
import { LOGIC_AREA_SCALE } from './constants.js'
import { coreGeometry, elementBits } from './geometry.js'
import { memoryUm2 } from './memory.js'
import { memoryRouterUm2, routerUm2 } from './router-scale.js'

/** Parts of a chip that have an area; `spare` is what is left between them in a tile. */
export const AREA_PARTS = [
  'weightSram', 'dataSram', 'accumulators', 'programSram', 'queues', 'adders', 'vectorUnit', 'encoder', 'sequencer',
  'routers', 'spare',
] as const
export type AreaPart = (typeof AREA_PARTS)[number]
export type AreaByPart = Record<AreaPart, number>

/** Share of placed logic that is cells. */
const PLACEMENT = 0.75
/** Share of a tile that its parts fill where the tile's pitch follows from them, and the most that may be given. */
const DERIVED_FILL = 0.75
export const MOST_FILL = 0.85

/** 32-bit float units at 45 nm, um2: Horowitz, ISSCC 2014 (add, multiply); the rest of a lane is inferred. */
const FLOAT_LANE_UM2 = 4184 + 7700 + 3000
/** A flip-flop at 45 nm, um2 (Nangate). */
const FLIP_FLOP_UM2 = 4.52
/** A two-input NAND gate at 45 nm, um2 (Nangate), and the gates of a small in-order processor without its memories. */
const GATE_UM2 = 0.798
const SEQUENCER_GATES = 20_000
/** A leading-nonzero detector at 45 nm, um2 (EIE, table II), of which a lane that skips zero weights has one. */
const NONZERO_FINDER_UM2 = 189
/** An operand of attention's products, bits: the lanes multiply too (QKD, PVD). */
const MULTIPLIER_BITS = 8

const UM2_PER_MM2 = 1e6

/** Area of the parts of one core, mm2. */
function coreParts(spec: ChipSpec): Omit<AreaByPart, 'routers' | 'spare'> {
  const { core, technologyNm: node } = spec
  const g = coreGeometry(spec)
  const logic = (um2At45: number): number => (um2At45 * LOGIC_AREA_SCALE[node]) / PLACEMENT / UM2_PER_MM2
  const memory = (...memories: readonly (typeof g.weights)[]): number => memories.reduce((sum, one) => (
    sum + memoryUm2(node, one) / (one.kind === 'registers' ? PLACEMENT : 1) / UM2_PER_MM2
  ), 0)
  const lane = addUm2(node, core.accumulatorBits) + multiplyUm2(node, MULTIPLIER_BITS, MULTIPLIER_BITS)
  const finderUm2 = core.zeroWeights === 'skipped' ? NONZERO_FINDER_UM2 : 0
  const laneRegisters = (core.accumulatorBits + elementBits(spec)) * FLIP_FLOP_UM2 + finderUm2
  return {
    weightSram: memory(g.weights), dataSram: memory(g.data), accumulators: memory(g.accumulators),
    programSram: memory(g.program), queues: memory(g.fifo, g.axonTable, g.injectionQueue),
    adders: (core.lanes * lane) / PLACEMENT / UM2_PER_MM2 + logic(core.lanes * laneRegisters),
    vectorUnit: logic(core.vectorLanes * (FLOAT_LANE_UM2 + 96 * FLIP_FLOP_UM2)),
    encoder: (core.encoderLanes * 2 * addUm2(node, 32)) / PLACEMENT / UM2_PER_MM2 + logic(core.encoderLanes * 32 * FLIP_FLOP_UM2),
    sequencer: logic(SEQUENCER_GATES * GATE_UM2),
  }
}

/** Area of all parts of one tile without spare room, mm2. */
function tileParts(spec: ChipSpec): Omit<AreaByPart, 'spare'> {
  const core = coreParts(spec)
  const cores = spec.grid.coresPerTile
  const scaled = Object.fromEntries(Object.entries(core).map(([part, mm2]) => [part, mm2 * cores])) as typeof core
  return { ...scaled, routers: (routerUm2(spec) + memoryRouterUm2(spec)) / PLACEMENT / UM2_PER_MM2 }
}

/** Area that the parts of one tile fill, mm2. */
export function tilePartsMm2(spec: ChipSpec): number {
  return Object.values(tileParts(spec)).reduce((sum, mm2) => sum + mm2, 0)
}

/** Side of a tile, mm: the chip's own, or one that leaves a quarter of the tile free. */
export function tilePitchMm(spec: ChipSpec): number {
  return spec.grid.tilePitchMm ?? Math.sqrt(tilePartsMm2(spec) / DERIVED_FILL)
}

/** Length of a link between neighbouring tiles, mm: a folded torus skips every other tile. */
export function linkMm(spec: ChipSpec): number {
  return tilePitchMm(spec) * (spec.grid.topology === 'torus' ? 2 : 1)
}

/**
 * Mean length of the wires between banks of the weight memory and the lanes, mm. The banks that a row's word can come from
 * lie around the lanes that it goes to: half the side of their area.
 * @param weightBits of one weight: how many words the lanes take in a cycle
 */
export function weightWireMm(spec: ChipSpec, weightBits: number): number {
  const { lanes, weightBanks, weightBankBits } = spec.core
  const words = Math.min(weightBanks, Math.ceil((lanes * weightBits) / weightBankBits))
  return Math.sqrt(memoryUm2(spec.technologyNm, coreGeometry(spec).weights) / UM2_PER_MM2 / words) / 2
}

export interface Area {
  readonly totalMm2: number
  readonly tileMm2: number
  readonly chipMm2: number
  /** The parts and `spare` sum to totalMm2. */
  readonly byPart: AreaByPart
}

/** Area of all chips of the system, without pads and the interface to external memory. */
export function areaOf(spec: ChipSpec): Area {
  const tiles = tileCount(spec)
  const parts = tileParts(spec)
  const tileMm2 = tilePitchMm(spec) ** 2
  const spare = tileMm2 - tilePartsMm2(spec)
  const byPart = Object.fromEntries(AREA_PARTS.map((part) => [part, tiles * (part === 'spare' ? spare : parts[part])])) as AreaByPart
  const totalMm2 = AREA_PARTS.reduce((sum, part) => sum + byPart[part], 0)
  return { totalMm2, tileMm2, chipMm2: spec.grid.columns * spec.grid.rows * tileMm2, byPart }
}

/** Memory on the chips of the whole system, KiB. */
export function systemMemoryKib(spec: ChipSpec): number {
  return coreCount(spec) * coreGeometry(spec).memoryKib
}
