import type { ChipSpec } from './chip-spec.js'
import { systemColumns } from './size.js'

/** Kinds of core, by the arithmetic of their array; they run the same programs (sim/core/kinds.ts says what each does). */
export const CORE_KINDS = ['adder-array', 'mac-lanes'] as const
export type CoreKindName = (typeof CORE_KINDS)[number]

/** The kind of one core: that of the last entry of `cores` on whose tiles it stands, or `core.kind`. */
export function coreKindOf(spec: ChipSpec, core: number): CoreKindName {
  if (spec.cores.length === 0) return spec.core.kind
  const tile = Math.floor(core / spec.grid.coresPerTile)
  const columns = systemColumns(spec)
  const column = tile % columns
  const row = Math.floor(tile / columns)
  const stands = spec.cores.findLast(({ columns: [west, east], rows: [north, south] }) => (
    column >= west && column <= east && row >= north && row <= south
  ))
  return stands?.kind ?? spec.core.kind
}
