import type { NetworkConfig } from '../network/index.js'
import type { ChipSpec } from '../config/chip-spec.js'
import { systemColumns, systemRows } from '../config/size.js'

/** The network of a chip: its grid and router, and one more endpoint for the host on tile (0, 0). */
export function networkConfig(spec: ChipSpec, tags: number): NetworkConfig {
  return {
    columns: systemColumns(spec),
    rows: systemRows(spec),
    chipColumns: spec.system.chipColumns,
    chipRows: spec.system.chipRows,
    chipLinkCycles: spec.system.linkCycles,
    chipLinkCyclesPerFlit: spec.system.linkCyclesPerFlit,
    topology: spec.grid.topology,
    endpointsPerRouter: spec.grid.coresPerTile,
    hostRouter: 0,
    routing: spec.network.routing,
    virtualChannels: spec.network.virtualChannels,
    bufferFlits: spec.network.bufferFlits,
    hopCycles: spec.network.hopCycles,
    multicast: spec.network.multicast,
    receiveBufferFlits: spec.network.bufferFlits,
    tags,
  }
}
