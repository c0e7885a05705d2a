import type { ChipSpec } from '../../sim/config/chip-spec.js'
import { fabricOf } from '../../sim/config/fabric.js'
import { coreCount } from '../../sim/config/size.js'

/** Orders of all cores along which units can be laid. */

/** Core after core as they are numbered: along the rows of the whole system. */
export function rowMajor(spec: ChipSpec): number[] {
  return Array.from({ length: coreCount(spec) }, (_, core) => core)
}

/** Cores along the fabric's walk, on which neighbours follow each other. */
export function snake(spec: ChipSpec): number[] {
  const { coresPerTile } = spec.grid
  return fabricOf(spec).walk().flatMap((tile) => Array.from({ length: coresPerTile }, (_, local) => tile * coresPerTile + local))
}
