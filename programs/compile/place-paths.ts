import type { ChipSpec } from '../../sim/config/chip-spec.js'
import { coreCount, systemColumns } from '../../sim/config/size.js'

/** Orders of all cores along which units can be laid. */

/** Core after core as they are numbered: along the rows of the whole system. */
export function rowMajor(spec: ChipSpec): number[] {
  return Array.from({ length: coreCount(spec) }, (_, core) => core)
}

/** Every second row backwards. */
function serpentine(columns: number, rows: number): { column: number; row: number }[] {
  return Array.from({ length: columns * rows }, (_, step) => {
    const row = Math.floor(step / columns)
    const along = step % columns
    return { column: row % 2 === 0 ? along : columns - 1 - along, row }
  })
}

/** Core indices along a boustrophedon over the chips, and over the tiles in each. */
export function snake(spec: ChipSpec): number[] {
  const { columns, rows, coresPerTile } = spec.grid
  const path: number[] = []
  for (const chip of serpentine(spec.system.chipColumns, spec.system.chipRows)) {
    for (const { column, row } of serpentine(columns, rows)) {
      const tile = (chip.row * rows + row) * systemColumns(spec) + chip.column * columns + column
      for (let local = 0; local < coresPerTile; local++) path.push(tile * coresPerTile + local)
    }
  }
  return path
}
