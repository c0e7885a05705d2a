import { buildFabric, type Fabric, type FabricDescription, type FabricTable } from '../fabric/index.js'
import type { ChipSpec } from './chip-spec.js'
import { systemColumns, systemRows } from './size.js'

type TableInput = NonNullable<ChipSpec['grid']['table']>

/** The endpoint over which tokens come and logits go, on the first tile. */
export const HOST_PORT = 'host'

/** A table as a file names it, with what it leaves out filled in: a link narrower than a flit carries one every few cycles. */
export function completeTable({ links, routes }: TableInput, flitBits: number): FabricTable {
  return {
    links: links.map(({ from, to, cycles, bits }) => ({
      from, to, cycles, cyclesPerFlit: bits === undefined ? 1 : Math.ceil(flitBits / bits),
    })),
    routes,
    dead: [],
  }
}

/** What a chip's network is built from: all chips of the system together form one fabric. */
export function fabricDescription(spec: ChipSpec): FabricDescription {
  const { grid, network, system } = spec
  return {
    topology: grid.topology,
    columns: systemColumns(spec),
    rows: systemRows(spec),
    endpointsPerRouter: grid.coresPerTile,
    attached: [{ name: HOST_PORT, router: 0, offChip: true }],
    routing: network.routing,
    multicast: network.multicast,
    virtualChannels: network.virtualChannels,
    linkCycles: 1,
    chipColumns: system.chipColumns,
    chipRows: system.chipRows,
    chipLinkCycles: system.linkCycles,
    chipLinkCyclesPerFlit: system.linkCyclesPerFlit,
    table: grid.table === undefined ? undefined : completeTable(grid.table, network.flitBits),
  }
}

/** The fabric of a chip: what placement, barriers and reports ask about distances, trees and links. */
export function fabricOf(spec: ChipSpec): Fabric {
  return buildFabric(fabricDescription(spec))
}
