import type { ChipSpec } from '../config/chip-spec.js'
import { logExact, powerExact } from '../numerics.js'
import { ROUTER_128_PJ, ROUTER_64_4VC_PJ, ROUTER_64_PJ, ROUTER_UM2 } from './constants.js'

/** Router energy against a 64-bit flit: the line through DSENT's 64- and 128-bit rows (it meets the 32-bit row too). */
export function flitWidthScale(spec: ChipSpec, flitBits = spec.network.flitBits): number {
  const at64 = ROUTER_64_PJ[spec.technologyNm]
  const perBit = (ROUTER_128_PJ[spec.technologyNm] - at64) / 64
  return 1 + (perBit * (flitBits - 64)) / at64
}

/**
 * Router energy against one virtual channel of 4 flits: a power law in the flits an input port holds, through DSENT's
 * 1 x 4 and 4 x 4 rows (exponent about 0.41).
 */
export function bufferScale(spec: ChipSpec): number {
  const node = spec.technologyNm
  const exponent = logExact(ROUTER_64_4VC_PJ[node] / ROUTER_64_PJ[node]) / logExact(4)
  return powerExact((spec.network.virtualChannels * spec.network.bufferFlits) / 4, exponent)
}

/** Area of a router grows as this power of the flit's width, and 2.5 times with 4 times the buffered flits (DSENT). */
const WIDTH_AREA_EXPONENT = 1.16
const BUFFER_AREA_EXPONENT = logExact(2.5) / logExact(4)
const PORTS = 5
/** Flits that an input of a memory router holds: one virtual channel. */
export const MEMORY_BUFFER_FLITS = 4

/** True if external memory reaches cores over a network that has routers and links. */
export function hasMemoryNetwork({ dram, memory }: ChipSpec): boolean {
  return dram.kind !== 'none' && memory.delivery === 'network'
}

/** Area of one router, um2; more ports than five in proportion. */
export function routerUm2(spec: ChipSpec): number {
  const { flitBits, virtualChannels, bufferFlits } = spec.network
  return routerOf(spec, flitBits, virtualChannels * bufferFlits) * ((4 + spec.grid.coresPerTile) / PORTS)
}

/** Area of one router of the memory network, um2: one virtual channel of four flits. */
export function memoryRouterUm2(spec: ChipSpec): number {
  return hasMemoryNetwork(spec) ? routerOf(spec, spec.memory.linkBits, MEMORY_BUFFER_FLITS) : 0
}

function routerOf({ technologyNm }: ChipSpec, flitBits: number, bufferedFlits: number): number {
  return ROUTER_UM2[technologyNm] * powerExact(flitBits / 64, WIDTH_AREA_EXPONENT) * powerExact(bufferedFlits / 4, BUFFER_AREA_EXPONENT)
}
