import type { FabricDescription, TopologyName } from './description.js'
import type { Fabric } from './fabric.js'
import { Mesh, meshRefusals } from './mesh.js'
import type { Refusal } from './refusal.js'
import { TableFabric, tableRefusals } from './table.js'
import { Torus, torusRefusals } from './torus.js'
import { MOST_PORTS } from './wiring.js'

export { type Attachment, type FabricDescription, type FabricTable, type Routing, ROUTINGS, type TableLink, TOPOLOGIES, type TopologyName } from './description.js'
export { type Fabric, firstOutput, type Metric, PHASE_NEW, routePhase, secondOutput, type Tree } from './fabric.js'
export { describeRefusal, type Refusal } from './refusal.js'
export { type Link, LINK_CHIP, LINK_EJECT, LINK_NONE, LINK_TILE, linksOf, type Wiring } from './wiring.js'

/** Every topology: how it is built, and what it refuses. A new one is a file and a row here. */
const KINDS: Readonly<Record<TopologyName, {
  readonly build: (description: FabricDescription) => Fabric
  readonly refusals: (description: FabricDescription) => Refusal[]
}>> = {
  mesh: { build: (description) => new Mesh(description), refusals: meshRefusals },
  torus: { build: (description) => new Torus(description), refusals: torusRefusals },
  table: { build: (description) => new TableFabric(description), refusals: tableRefusals },
}

/** What no topology allows. */
function commonRefusals({ topology, table, attached, endpointsPerRouter, columns, rows }: FabricDescription): Refusal[] {
  if (table !== undefined && topology !== 'table') {
    return [{ key: 'table', why: `does not apply to topology '${topology}'`, instead: [{ key: 'topology', choice: `'table'` }] }]
  }
  const names = attached.map(({ name }) => name)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) return [{ key: 'attached', why: `names '${twice}' twice`, instead: [] }]
  const astray = attached.find(({ router }) => !Number.isInteger(router) || router < 0 || router >= columns * rows)
  if (astray !== undefined) {
    return [{ key: 'attached', why: `puts '${astray.name}' on router ${astray.router}, routers are 0 to ${columns * rows - 1}`, instead: [] }]
  }
  const most = MOST_PORTS - endpointsPerRouter - 4
  const full = attached.find(({ router }) => attached.filter((other) => other.router === router).length > most)
  if (full === undefined) return []
  return [{ key: 'attached', why: `puts more than ${most} endpoints on router ${full.router}`, instead: [] }]
}

/** Why a fabric is refused; empty when it may be built. The ranges of sizes are the caller's to check. */
export function refusalsOf(description: FabricDescription): Refusal[] {
  const common = commonRefusals(description)
  return common.length > 0 ? common : KINDS[description.topology].refusals(description)
}

/** Builds a fabric that nothing refuses (`refusalsOf`). */
export function buildFabric(description: FabricDescription): Fabric {
  return KINDS[description.topology].build(description)
}

/** Where an attached endpoint (host, memory port) stands: its endpoint index, its router and port. */
export function attachment(fabric: Fabric, name: string): { endpoint: number, router: number, port: number } | undefined {
  const { cores, endpointRouter, endpointPort } = fabric.wiring
  const index = fabric.description.attached.findIndex((attached) => attached.name === name)
  if (index < 0) return undefined
  const endpoint = cores + index
  return { endpoint, router: endpointRouter[endpoint]!, port: endpointPort[endpoint]! }
}
