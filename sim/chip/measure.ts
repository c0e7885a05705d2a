import { ACTION_COUNT, ACTION_INDEX } from '../../isa/actions.js'
import { linksOf } from '../fabric/index.js'
import type { CoreResult, LinkResult, RouterResult } from '../result/schema.js'
import { systemColumns } from '../config/size.js'
import type { MemoryReport } from '../component.js'
import type { PathSource } from '../core/arrival.js'
import type { Chip } from './chip.js'
import { criticalPath } from './critical-path.js'
import type { PathRow } from './critical-path.js'
import { operatorName } from './ports.js'

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

/** Sums that accumulators saturated, of all cores. */
export function saturations(chip: Chip): number {
  return chip.components.reduce((sum, component) => sum + (component.report(chip.finishedAt)?.core?.saturations ?? 0), 0)
}

const NO_MEMORY: MemoryReport = { rowHits: 0, rowConflicts: 0, busyCycles: 0, channels: 1, refreshesPerMicrosecond: 0 }

/** What external memory did. */
export function memoryResult(chip: Chip): MemoryReport {
  for (const component of chip.components) {
    const { memory } = component.report(chip.finishedAt) ?? {}
    if (memory !== undefined) return memory
  }
  return NO_MEMORY
}

/** Additions and products with weights of zero that were not made, of all cores, by tag, by turns. */
export function sparedOperations(chip: Chip): Float64Array {
  const sum = new Float64Array(2 * chip.image.tags.length)
  for (const component of chip.components) component.report(chip.finishedAt)?.core?.spared.forEach((count, at) => { sum[at]! += count })
  return sum
}

/** One row per core with a program. */
export function coreResults(chip: Chip, cycles: number): CoreResult[] {
  const { coresPerTile } = chip.spec.grid
  const columns = systemColumns(chip.spec)
  return chip.components.flatMap((component) => {
    const { core } = component.report(cycles) ?? {}
    if (core === undefined) return []
    const { busyCycles: busy } = core
    const tile = Math.floor(component.endpoint / coresPerTile)
    const busyTotal = busy.adders + busy.vector + busy.encoder + busy.packetiser + busy.control
    return [{
      core: component.id,
      column: tile % columns,
      row: Math.floor(tile / columns),
      roles: [...core.roles],
      busyCycles: busy,
      utilisation: cycles === 0 ? 0 : Math.min(1, busyTotal / cycles),
      spikesConsumed: core.spikesConsumed,
      waits: core.waits.map(({ culpritTag, ...wait }) => (
        { ...wait, culpritOperator: culpritTag < 0 ? null : operatorName(chip.image.tags, culpritTag) }
      )),
    }]
  })
}

/** What the run's cycles consist of, backwards from the host's last event; the rows sum to them. */
export function pathResults(chip: Chip): PathRow[] {
  return pathBetween(chip, 0, chip.finishedAt)
}

/** The same for the last token alone, from when it entered the chip. */
export function lastTokenPath(chip: Chip): PathRow[] {
  const last = chip.feeder?.timings.at(-1)
  return last === undefined ? [] : pathBetween(chip, last.startCycle, last.endCycle)
}

function pathBetween(chip: Chip, begin: number, end: number): PathRow[] {
  const sources: (PathSource | undefined)[] = []
  for (const { endpoint, path } of chip.components) if (path !== undefined) sources[endpoint] = path
  return chip.feeder === undefined ? [] : criticalPath(sources, chip.image.tags, chip.feeder.endpoint, end, begin)
}

/** One row per directed link between tiles. */
export function linkResults(chip: Chip, cycles: number): LinkResult[] {
  const { wiring } = chip.network.routers
  const place = (router: number) => ({ column: wiring.columnOf[router]!, row: wiring.rowOf[router]! })
  const linkFlits = chip.network.linkFlits()
  return linksOf(wiring).map(({ id, from, to }) => {
    const flits = linkFlits[id]!
    return { from: place(from), to: place(to), flits, utilisation: cycles === 0 ? 0 : flits / cycles }
  })
}

/** One row per router. */
export function routerResults(chip: Chip): RouterResult[] {
  const routerFlits = chip.network.routerFlits()
  const { wiring } = chip.network.routers
  return Array.from({ length: wiring.routers }, (_, router) => ({
    column: wiring.columnOf[router]!, row: wiring.rowOf[router]!, flitHops: routerFlits[router]!,
  }))
}
