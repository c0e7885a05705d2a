import { ACTION_COUNT, ACTION_INDEX } from '../../isa/actions.js'
import { UNITS } from '../core/core.js'
import type { Core } from '../core/core.js'
import { buildTopology, FIRST_LOCAL_PORT, LINK_CHIP, LINK_TILE } from '../network/topology.js'
import type { CoreResult, LinkResult, RouterResult } from '../result/schema.js'
import { systemColumns } from '../config/size.js'
import type { Chip } from './chip.js'

/** What a finished chip has to say: the counters of cores and network together, and where they were busy. */

/** Counts by tag and action, the network's included. */
export function allCounts(chip: Chip): Float64Array {
  const counts = chip.counts.slice()
  const { flitHopsByTag, linkFlitsByTag, chipLinkFlitsByTag } = chip.network
  for (let tag = 0; tag < chip.image.tags.length; tag++) {
    const base = tag * ACTION_COUNT
    counts[base + ACTION_INDEX.flitHop]! += flitHopsByTag[tag]!
    counts[base + ACTION_INDEX.linkFlit]! += linkFlitsByTag[tag]!
    counts[base + ACTION_INDEX.chipLinkFlit]! += chipLinkFlitsByTag[tag]!
  }
  return counts
}

/** Counts by action, over all tags. */
export function countsByAction(chip: Chip): Float64Array {
  const counts = allCounts(chip)
  const totals = new Float64Array(ACTION_COUNT)
  for (let at = 0; at < counts.length; at++) totals[at % ACTION_COUNT]! += counts[at]!
  return totals
}

/** One row per core with a program. */
export function coreResults(chip: Chip, cycles: number): CoreResult[] {
  const { coresPerTile } = chip.spec.grid
  const columns = systemColumns(chip.spec)
  return chip.cores.filter((core) => core.program.op.length > 0).map((core) => {
    const tile = Math.floor(core.id / coresPerTile)
    const busy = busyCycles(core)
    const busyTotal = Object.values(busy).reduce((sum, unit) => sum + unit, 0)
    return {
      core: core.id,
      column: tile % columns,
      row: Math.floor(tile / columns),
      roles: [...core.image.roles],
      busyCycles: {
        adders: busy.adders, vector: busy.vector, encoder: busy.encoder, packetiser: busy.packetiser,
        control: busy.sequencer + busy.memory, waiting: Math.max(0, cycles - busyTotal),
      },
      utilisation: cycles === 0 ? 0 : Math.min(1, busyTotal / cycles),
      spikesConsumed: core.spikesConsumed,
    }
  })
}

function busyCycles(core: Core): Record<(typeof UNITS)[number], number> {
  return Object.fromEntries(UNITS.map((unit, index) => [unit, core.busyCycles[index]!])) as Record<(typeof UNITS)[number], number>
}

/** One row per directed link between tiles. */
export function linkResults(chip: Chip, cycles: number): LinkResult[] {
  const topology = buildTopology(chip.network.config)
  const place = (router: number) => ({ column: topology.columnOf[router]!, row: topology.rowOf[router]! })
  const linkFlits = chip.network.linkFlits()
  const links: LinkResult[] = []
  for (let router = 0; router < topology.routers; router++) {
    for (let port = 0; port < FIRST_LOCAL_PORT; port++) {
      const id = router * topology.ports + port
      if (topology.kind[id] !== LINK_TILE && topology.kind[id] !== LINK_CHIP) continue
      const flits = linkFlits[id]!
      links.push({
        from: place(router), to: place(Math.floor(topology.peer[id]! / topology.ports)), flits, utilisation: cycles === 0 ? 0 : flits / cycles,
      })
    }
  }
  return links
}

/** One row per router. */
export function routerResults(chip: Chip): RouterResult[] {
  const routerFlits = chip.network.routerFlits()
  const topology = buildTopology(chip.network.config)
  return Array.from({ length: topology.routers }, (_, router) => ({
    column: topology.columnOf[router]!, row: topology.rowOf[router]!, flitHops: routerFlits[router]!,
  }))
}
