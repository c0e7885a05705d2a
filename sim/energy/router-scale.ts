import type { ChipSpec } from '../config/chip-spec.js'
import { ROUTER_128_PJ, ROUTER_64_4VC_PJ, ROUTER_64_PJ } from './constants.js'

/** Router energy against a 64-bit flit: the line through DSENT's 64- and 128-bit rows (it meets the 32-bit row too). */
export function flitWidthScale(spec: ChipSpec): number {
  const at64 = ROUTER_64_PJ[spec.technologyNm]
  const perBit = (ROUTER_128_PJ[spec.technologyNm] - at64) / 64
  return 1 + (perBit * (spec.network.flitBits - 64)) / at64
}

/**
 * Router energy against one virtual channel of 4 flits: a power law in the flits an input port holds, through DSENT's
 * 1 x 4 and 4 x 4 rows (exponent about 0.41).
 */
export function bufferScale(spec: ChipSpec): number {
  const node = spec.technologyNm
  const exponent = Math.log(ROUTER_64_4VC_PJ[node] / ROUTER_64_PJ[node]) / Math.log(4)
  return Math.pow((spec.network.virtualChannels * spec.network.bufferFlits) / 4, exponent)
}
