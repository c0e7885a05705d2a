import type { ChipSpec } from '../../sim/config/chip-spec.js'
import { coreCount, systemColumns, systemRows } from '../../sim/config/size.js'

/** The grid as distances: a link between chips counts as many hops as its cycles are worth. */
export interface Grid {
  /** The two coordinates of each core, in routing order, as indices. */
  readonly first: Int32Array
  readonly second: Int32Array
  /** Position of each index, hops. */
  readonly firstAt: Int32Array
  readonly secondAt: Int32Array
  readonly wraps: boolean
}

function positions(tiles: number, tilesPerChip: number, crossing: number): Int32Array {
  const at = new Int32Array(tiles)
  for (let index = 1; index < tiles; index++) at[index] = at[index - 1]! + (index % tilesPerChip === 0 ? crossing : 1)
  return at
}

/** @param crossingHops hops that a link between chips counts as */
export function gridOf(spec: ChipSpec, crossingHops: number): Grid {
  const { coresPerTile, columns, rows, topology } = spec.grid
  const wide = systemColumns(spec)
  const column = Int32Array.from({ length: coreCount(spec) }, (_, core) => Math.floor(core / coresPerTile) % wide)
  const row = Int32Array.from({ length: coreCount(spec) }, (_, core) => Math.floor(core / coresPerTile / wide))
  const columnAt = positions(wide, columns, crossingHops)
  const rowAt = positions(systemRows(spec), rows, crossingHops)
  const wraps = topology === 'torus'
  return spec.network.routing === 'yx'
    ? { first: row, second: column, firstAt: rowAt, secondAt: columnAt, wraps }
    : { first: column, second: row, firstAt: columnAt, secondAt: rowAt, wraps }
}

/** Hops that a link between chips is worth: its cycles beside those of a hop on a chip. */
export function crossingHops(spec: ChipSpec): number {
  const { hopCycles } = spec.network
  return Math.round((hopCycles - 1 + spec.system.linkCycles) / hopCycles)
}
