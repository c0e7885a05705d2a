import type { ChipSpec } from '../config/chip-spec.js'
import { systemColumns, systemRows } from '../config/size.js'

/** Bytes that one link of the memory network carries in a cycle. */
export function memoryLinkBytes({ memory }: ChipSpec): number {
  return memory.linkBits / 8
}

/**
 * Tiles with a memory port: those that the chip file names, or as many as the bandwidth needs at a link's width each,
 * spread evenly over the west and east edges.
 */
export function memoryPortTiles(spec: ChipSpec): number[] {
  const columns = systemColumns(spec)
  const rows = systemRows(spec)
  if (spec.memory.ports.length > 0) return spec.memory.ports.map(({ column, row }) => row * columns + column)
  const linkGigabytes = (memoryLinkBytes(spec) * spec.clockMHz) / 1000
  const edges = columns === 1 ? 1 : 2
  const wanted = Math.min(edges * rows, Math.max(1, Math.ceil(spec.dram.gigabytesPerSecond / linkGigabytes)))
  return Array.from({ length: wanted }, (_, port) => {
    const edge = port % edges
    const perEdge = Math.ceil((wanted - edge) / edges)
    const row = Math.floor(((Math.floor(port / edges) + 0.5) * rows) / perEdge)
    return row * columns + (edge === 0 ? 0 : columns - 1)
  })
}
