import { type FabricDescription, type FabricTable, type TableLink } from '../../sim/fabric/index.js'
import type { Random } from '../../sim/random.js'

/** A description with everything at its plainest. */
export function fabricDescription(more: Partial<FabricDescription> = {}): FabricDescription {
  return {
    topology: 'mesh', columns: 4, rows: 4, endpointsPerRouter: 1, attached: [], routing: 'xy', multicast: 'tree', virtualChannels: 2,
    linkCycles: 1, chipColumns: 1, chipRows: 1, chipLinkCycles: 8, chipLinkCyclesPerFlit: 1, table: undefined, ...more,
  }
}

export const tableLink = (from: number, to: number, more: Partial<TableLink> = {}): TableLink =>
  ({ from, to, cycles: 1, cyclesPerFlit: 1, ...more })

/**
 * The links of a mesh as a table, in an order that gives each router's ports the order east, west, south, north, and XY
 * routes written out.
 */
export function meshTable(columns: number, rows: number): FabricTable {
  const links: TableLink[] = []
  for (let c = columns - 2; c >= 0; c--) for (let r = 0; r < rows; r++) links.push(tableLink(r * columns + c, r * columns + c + 1))
  for (let r = rows - 2; r >= 0; r--) for (let c = 0; c < columns; c++) links.push(tableLink(r * columns + c, (r + 1) * columns + c))
  const routes = Array.from({ length: columns * rows }, (_, at) => Array.from({ length: columns * rows }, (_, to) => {
    const dx = Math.sign((to % columns) - (at % columns))
    const dy = Math.sign(Math.floor(to / columns) - Math.floor(at / columns))
    return to === at ? -1 : dx !== 0 ? at + dx : at + dy * columns
  }))
  return { links, routes, dead: [] }
}

/** A random connected network: a spanning tree and further links, none twice, a few of them long or narrow. */
export function randomLinks(routers: number, further: number, random: Random): TableLink[] {
  const links: TableLink[] = []
  const joined = new Set<number>()
  const join = (a: number, b: number): void => {
    const pair = Math.min(a, b) * routers + Math.max(a, b)
    const degree = (router: number): number => links.filter(({ from, to }) => from === router || to === router).length
    if (a === b || joined.has(pair) || degree(a) >= 8 || degree(b) >= 8) return
    joined.add(pair)
    links.push(tableLink(a, b, { cycles: 1 + (random.below(4) === 0 ? random.below(5) : 0), cyclesPerFlit: random.below(6) === 0 ? 3 : 1 }))
  }
  for (let router = 1; router < routers; router++) join(router, Math.max(0, router - 1 - random.below(4)))
  for (let k = 0; k < further; k++) join(random.below(routers), random.below(routers))
  return links
}
