import type { FabricDescription, FabricTable } from './description.js'
import { cycleOfChannels } from './channels.js'
import { type Fabric, type Metric, routeOf, type Tree, type TreeNode } from './fabric.js'
import type { Refusal } from './refusal.js'
import { TableMetric } from './table-metric.js'
import { routesOf } from './table-routes.js'
import { LINK_TILE, MOST_PORTS, wire, type WireEnd, type Wiring } from './wiring.js'

/** Each table's links as port pairs: a router's ports are numbered in the order of the list. */
function tableLinks(routers: number, { links }: FabricTable): { ends: WireEnd[], directions: number } {
  const used = new Int32Array(routers)
  const ends: WireEnd[] = []
  for (const { from, to, cycles, cyclesPerFlit } of links) {
    const port = used[from]!++
    const toPort = used[to]!++
    ends.push({ router: from, port, toRouter: to, toPort, kind: LINK_TILE, cycles, cyclesPerFlit })
    ends.push({ router: to, port: toPort, toRouter: from, toPort: port, kind: LINK_TILE, cycles, cyclesPerFlit })
  }
  return { ends, directions: Math.max(1, ...used) }
}

/** A network given as a list of links, with the routes it names. */
export class TableFabric implements Fabric {
  readonly description: FabricDescription
  readonly wiring: Wiring
  readonly classes = 1
  readonly columnsFirst = false
  readonly routesRectangles = false
  readonly adaptive = false
  readonly diameter: number
  private readonly next: Int32Array
  /** Output port of each router (row) towards each router (column). */
  private readonly output: Uint8Array
  private readonly links: Uint16Array

  constructor(description: FabricDescription) {
    this.description = description
    const table = description.table!
    const routers = description.columns * description.rows
    const { ends, directions } = tableLinks(routers, table)
    this.wiring = wire(description, directions, ends)
    this.next = routesOf(routers, table)
    this.output = new Uint8Array(routers * routers)
    for (const { router, port, toRouter } of ends) {
      for (let target = 0; target < routers; target++) {
        if (this.next[router * routers + target] === toRouter) this.output[router * routers + target] = port
      }
    }
    this.links = linkCounts(this.next, routers)
    this.diameter = this.links.reduce((a, b) => Math.max(a, b), 0)
  }

  distance(from: number, to: number): number {
    return this.links[from * this.wiring.routers + to]!
  }

  neighbour(router: number, port: number): number {
    const peer = this.wiring.peer[router * this.wiring.ports + port]!
    return peer < 0 ? -1 : Math.floor(peer / this.wiring.ports)
  }

  route(router: number, _inPort: number, target: number): number {
    return routeOf(this.output[router * this.wiring.routers + target]!, 0)
  }

  wantsCoin(): boolean {
    return false
  }

  path(from: number, to: number): number[] {
    const { ports, routers } = this.wiring
    return this.routersOn(from, to).slice(0, -1).map((router) => router * ports + this.output[router * routers + to]!)
  }

  /** Routers from one to another, both included. */
  private routersOn(from: number, to: number): number[] {
    const path = [from]
    while (path.at(-1) !== to) path.push(this.next[path.at(-1)! * this.wiring.routers + to]!)
    return path
  }

  /**
   * Paths from one source may part and meet again, where a branching packet would come twice. A destination joins the
   * first tree that its path enters at the root and leaves once; else it begins a new one.
   */
  trees(source: number, endpoints: readonly number[]): Tree[] {
    const { endpointRouter, endpointPort, routers } = this.wiring
    const trees: { endpoints: number[], outputs: Map<number, number> }[] = []
    for (const endpoint of endpoints) {
      const path = this.routersOn(endpointRouter[source]!, endpointRouter[endpoint]!)
      let tree = trees.find(({ outputs }) => this.joins(path, outputs))
      if (!tree) trees.push(tree = { endpoints: [], outputs: new Map() })
      tree.endpoints.push(endpoint)
      for (const router of path) {
        const target = endpointRouter[endpoint]!
        const output = router === target ? endpointPort[endpoint]! : this.output[router * routers + target]!
        tree.outputs.set(router, (tree.outputs.get(router) ?? 0) | (1 << output))
      }
    }
    return trees.map((tree) => ({
      endpoints: tree.endpoints,
      nodes: [...tree.outputs].map(([router, outputs]): TreeNode => ({ router, outputs, classes: 0 })),
    }))
  }

  /** Whether a path, once it has left a tree, stays outside. */
  private joins(path: readonly number[], outputs: ReadonlyMap<number, number>): boolean {
    const { routers } = this.wiring
    const target = path.at(-1)!
    let outside = false
    for (const router of path) {
      const mask = outputs.get(router)
      if (outside && mask !== undefined) return false
      if (router === target) return true
      if (mask === undefined || ((mask >> this.output[router * routers + target]!) & 1) === 0) outside = true
    }
    return true
  }

  rectangleOutputs(): number {
    throw new Error('a table has no rectangles')
  }

  metric(hopsOf: (linkCycles: number) => number): Metric {
    return new TableMetric(this.wiring, this.next, this.output, hopsOf)
  }

  /** In the order of their numbers. */
  walk(): number[] {
    return Array.from({ length: this.wiring.routers }, (_, router) => router)
  }

  portName(router: number, port: number): string {
    const to = this.neighbour(router, port)
    return to >= 0 ? `to router ${to}` : `endpoint ${this.wiring.portEndpoint[router * this.wiring.ports + port]}`
  }
}

/** Links on the route between any two routers. */
function linkCounts(next: Int32Array, routers: number): Uint16Array {
  const links = new Uint16Array(routers * routers)
  for (let target = 0; target < routers; target++) {
    for (let router = 0; router < routers; router++) {
      let count = 0
      for (let at = router; at !== target && at >= 0; at = next[at * routers + target]!) count++
      links[router * routers + target] = count
    }
  }
  return links
}

const MOST_ROUTERS = 1024

const refuse = (why: string, instead: Refusal['instead'] = []): Refusal[] => [{ key: 'table', why, instead }]

/** What is wrong with the links of a table, the first found. */
function linkRefusals({ links, dead }: FabricTable, routers: number, portsLeft: number): Refusal[] {
  const degree = new Int32Array(routers)
  const seen = new Set<number>()
  for (const [index, { from, to }] of links.entries()) {
    const name = `link ${index + 1} (${from} to ${to})`
    const wrong = [from, to].find((router) => !Number.isInteger(router) || router < 0 || router >= routers)
    if (wrong !== undefined) return refuse(`${name}: there is no router ${wrong}, routers are 0 to ${routers - 1}`)
    if (from === to) return refuse(`${name} leads back to its router`)
    const pair = Math.min(from, to) * routers + Math.max(from, to)
    if (seen.has(pair)) return refuse(`${name} joins two routers that another link joins already`)
    seen.add(pair)
    degree[from]!++
    degree[to]!++
  }
  const busiest = degree.indexOf(Math.max(...degree))
  if (degree[busiest]! > portsLeft) {
    return refuse(`gives router ${busiest} ${degree[busiest]} links, at most ${portsLeft} fit beside its endpoints`)
  }
  const wrong = dead.find((router) => !Number.isInteger(router) || router < 0 || router >= routers)
  return wrong === undefined ? [] : refuse(`there is no router ${wrong} that could be dead, routers are 0 to ${routers - 1}`)
}

/** What is wrong with routes that the table lists itself: shape, links that do not exist, ways that never arrive. */
function listedRouteRefusals(table: FabricTable, routers: number): Refusal[] {
  const { routes } = table
  if (typeof routes === 'string') return []
  const short = routes.findIndex((row) => row.length !== routers)
  if (routes.length !== routers || short >= 0) {
    return refuse(`has routes for ${routes.length} routers${short < 0 ? '' : `, the row of router ${short} with ${routes[short]!.length} entries`}; ` +
      `a row of ${routers} entries is needed for each of the ${routers} routers`)
  }
  const joined = new Set(table.links.flatMap(({ from, to }) => [from * routers + to, to * routers + from]))
  for (const [router, row] of routes.entries()) {
    for (const [target, next] of row.entries()) {
      if (router === target || table.dead.includes(router) || table.dead.includes(target)) continue
      if (!joined.has(router * routers + next)) {
        return refuse(`routes router ${router} towards ${target} by ${next}, to which it has no link`)
      }
    }
  }
  return []
}

/** What keeps routes from working: routers without a way to each other, packets that run in circles, deadlock. */
function routeRefusals(table: FabricTable, routers: number): Refusal[] {
  const next = routesOf(routers, table)
  const { dead } = table
  for (let from = 0; from < routers; from++) {
    for (let target = 0; target < routers; target++) {
      if (dead.includes(from) || dead.includes(target)) continue
      let at = from
      for (let steps = 0; at !== target; steps++) {
        const step = next[at * routers + target]!
        if (step < 0 || dead.includes(step)) return refuse(`has no way from router ${from} to router ${target}`)
        if (steps > routers) return refuse(`sends packets from router ${from} to router ${target} round in circles, past router ${at}`)
        at = step
      }
    }
  }
  const cycle = cycleOfChannels(next, routers)
  return cycle === undefined ? [] : refuse(
    `can deadlock: packets on the links ${cycle.slice(0, -1).map((router, k) => `${router}-${cycle[k + 1]}`).join(', ')} can wait ` +
    `for each other in a circle`, [{ key: 'table', choice: `routes 'up-down', or routes without such a circle` }])
}

/** What is wrong with a network given as a table. */
export function tableRefusals(description: FabricDescription): Refusal[] {
  const { table, routing, columns, rows, chipColumns, chipRows, endpointsPerRouter, attached } = description
  const routers = columns * rows
  const mesh: Refusal['instead'] = [{ key: 'topology', choice: `'mesh' or 'torus'` }]
  if (table === undefined) return refuse(`is missing: topology 'table' needs its links`, mesh)
  if (routing !== 'xy') {
    return [{ key: 'routing', why: 'does not apply to a table, which has routes of its own', instead: [{ key: 'routing', choice: `'xy' (the default)` }] }]
  }
  if (chipColumns * chipRows > 1) {
    return [{ key: 'topology', why: `is for one chip, but the system has ${chipColumns}x${chipRows}`, instead: mesh }]
  }
  if (routers > MOST_ROUTERS) return refuse(`has ${routers} routers, at most ${MOST_ROUTERS} may be listed`, mesh)
  const found = linkRefusals(table, routers, MOST_PORTS - endpointsPerRouter - attached.length)
  if (found.length > 0) return found
  const listed = listedRouteRefusals(table, routers)
  return listed.length > 0 ? listed : routeRefusals(table, routers)
}
