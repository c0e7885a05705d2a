import type { FabricDescription, TableLink } from './description.js'
import { buildFabric } from './index.js'
import type { Refusal } from './refusal.js'
import { linksOf } from './wiring.js'

/** Links, by the two routers they join, and routers that do not work. */
export interface Faults {
  readonly links: readonly (readonly [number, number])[]
  readonly routers: readonly number[]
}

/** Faults that name what is not there. */
export function faultRefusals(description: FabricDescription, faults: Faults): Refusal[] {
  const joined = new Set(linksOf(buildFabric(description).wiring).map(({ from, to }) => `${from}-${to}`))
  const link = faults.links.find(([a, b]) => !joined.has(`${a}-${b}`))
  if (link !== undefined) {
    return [{ key: 'topology', why: `has no link between routers ${link[0]} and ${link[1]} that could fail`, instead: [] }]
  }
  const routers = description.columns * description.rows
  const router = faults.routers.find((index) => !Number.isInteger(index) || index < 0 || index >= routers)
  return router === undefined ? [] : [{ key: 'topology', why: `has no router ${router} that could fail, routers are 0 to ${routers - 1}`, instead: [] }]
}

/**
 * A grid with faults, as a table: its links without the faulty ones, and up-down routes around them, which cannot deadlock
 * however the rest is joined. What `faultRefusals` refuses must not be given.
 */
export function withFaults(description: FabricDescription, faults: Faults): FabricDescription {
  const broken = new Set(faults.links.flatMap(([a, b]) => [`${a}-${b}`, `${b}-${a}`]))
  const links = new Map<string, TableLink>()
  const { wiring } = buildFabric(description)
  for (const { id, from, to, cycles } of linksOf(wiring)) {
    const name = from < to ? `${from}-${to}` : `${to}-${from}`
    if (faults.routers.includes(from) || faults.routers.includes(to)) continue
    if (!broken.has(name) && !links.has(name)) links.set(name, { from, to, cycles, cyclesPerFlit: wiring.cyclesPerFlit[id]! })
  }
  return {
    ...description, topology: 'table', routing: 'xy', chipColumns: 1, chipRows: 1,
    table: { links: [...links.values()], routes: 'up-down', dead: faults.routers },
  }
}
