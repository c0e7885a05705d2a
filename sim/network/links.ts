import type { Measurement } from './measure.js'
import { buildTopology, FIRST_LOCAL_PORT, LINK_NONE } from './topology.js'

export interface LinkRow {
  readonly from: { readonly column: number, readonly row: number }
  readonly to: { readonly column: number, readonly row: number }
  /** Share of the measured cycles in which a flit was sent. */
  readonly utilisation: number
}

/** Every directed link between routers, with its load in the measured time. */
export function linkRows(result: Measurement): LinkRow[] {
  const topology = buildTopology(result.config)
  const rows: LinkRow[] = []
  const place = (router: number) => ({ column: topology.columnOf[router]!, row: topology.rowOf[router]! })
  for (let id = 0; id < result.linkLoad.length; id++) {
    if (id % topology.ports >= FIRST_LOCAL_PORT || topology.kind[id] === LINK_NONE) continue
    const to = Math.floor(topology.peer[id]! / topology.ports)
    rows.push({ from: place(Math.floor(id / topology.ports)), to: place(to), utilisation: result.linkLoad[id]! })
  }
  return rows
}
