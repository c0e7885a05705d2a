import { buildFabric, linksOf } from '../fabric/index.js'
import type { Measurement } from './measure.js'

export interface LinkRow {
  readonly from: { readonly column: number, readonly row: number }
  readonly to: { readonly column: number, readonly row: number }
  /** Share of the measured cycles in which a flit was sent. */
  readonly utilisation: number
}

/** Every directed link between routers, with its load in the measured time. */
export function linkRows(result: Measurement): LinkRow[] {
  const { wiring } = buildFabric(result.config)
  const place = (router: number) => ({ column: wiring.columnOf[router]!, row: wiring.rowOf[router]! })
  return linksOf(wiring).map(({ id, from, to }) => ({ from: place(from), to: place(to), utilisation: result.linkLoad[id]! }))
}
