import type { NetworkConfig } from '../network/index.js'
import type { ChipSpec } from '../config/chip-spec.js'
import { fabricDescription } from '../config/fabric.js'

/** The network of a chip: its fabric, and the routers that the chip file describes. */
export function networkConfig(spec: ChipSpec, tags: number): NetworkConfig {
  const { bufferFlits, hopCycles } = spec.network
  return { ...fabricDescription(spec), bufferFlits, hopCycles, receiveBufferFlits: bufferFlits, tags }
}
