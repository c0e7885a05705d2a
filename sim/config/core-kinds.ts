import type { ChipSpec } from './chip-spec.js'
import { systemColumns } from './size.js'

/** Kinds of core, by the arithmetic of their array; they run the same programs (sim/core/kinds.ts says what each does). */
export const CORE_KINDS = ['adder-array', 'mac-lanes', 'vector-matrix', 'systolic'] as const
export type CoreKindName = (typeof CORE_KINDS)[number]

/** Kinds without events: every activation is sent, in order, several to a flit. They take dense trains only. */
const DENSE_KINDS: readonly CoreKindName[] = ['vector-matrix', 'systolic']

export function isDenseKind(kind: CoreKindName): boolean {
  return DENSE_KINDS.includes(kind)
}

/** Every kind that stands on a chip. */
export function kindsOn(spec: ChipSpec): CoreKindName[] {
  return [...new Set([spec.core.kind, ...spec.cores.map(({ kind }) => kind)])]
}

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
