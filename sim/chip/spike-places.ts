import { coreCount, systemColumns, systemRows } from '../config/size.js'
import type { ChipSpec } from '../config/chip-spec.js'
import type { Core } from '../core/core.js'

/** A map of a system with so many places at most: of larger ones, several tiles are one place. */
const MOST_PLACES = 1024

/** Where on a system something was: its tiles, or square blocks of them, row by row. */
export interface Places {
  /** Tiles along the side of a block. */
  readonly block: number
  readonly columns: number
  readonly rows: number
  /** The place of each core. */
  readonly ofCore: Int32Array
}

export function placesOf(spec: ChipSpec): Places {
  const [tileColumns, tileRows] = [systemColumns(spec), systemRows(spec)]
  let block = 1
  while (Math.ceil(tileColumns / block) * Math.ceil(tileRows / block) > MOST_PLACES) block++
  const columns = Math.ceil(tileColumns / block)
  const ofCore = Int32Array.from({ length: coreCount(spec) }, (_, core) => {
    const tile = Math.floor(core / spec.grid.coresPerTile)
    return Math.floor(Math.floor(tile / tileColumns) / block) * columns + Math.floor((tile % tileColumns) / block)
  })
  return { block, columns, rows: Math.ceil(tileRows / block), ofCore }
}

/** Spikes that the cores of each place have taken since the start. */
export function spikesByPlace(cores: readonly Core[], { columns, rows, ofCore }: Places): Float64Array {
  const totals = new Float64Array(columns * rows)
  for (const core of cores) totals[ofCore[core.id]!]! += core.spikesConsumed
  return totals
}
