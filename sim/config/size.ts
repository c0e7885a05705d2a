import type { ChipSpec } from './chip-spec.js'

/** Sizes of the whole system: all chips together form one grid of tiles. */

export function systemColumns(spec: ChipSpec): number {
  return spec.grid.columns * spec.system.chipColumns
}

export function systemRows(spec: ChipSpec): number {
  return spec.grid.rows * spec.system.chipRows
}

export function tileCount(spec: ChipSpec): number {
  return systemColumns(spec) * systemRows(spec)
}

export function coreCount(spec: ChipSpec): number {
  return tileCount(spec) * spec.grid.coresPerTile
}
