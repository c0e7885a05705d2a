/** What a fabric is built from; what `buildFabric` is given. */

export const TOPOLOGIES = ['mesh', 'torus', 'table'] as const
export type TopologyName = (typeof TOPOLOGIES)[number]

export const ROUTINGS = ['xy', 'yx', 'o1turn', 'odd-even', 'west-first'] as const
export type Routing = (typeof ROUTINGS)[number]

/** An endpoint beside the cores: a host port, a memory port. Its index follows those of all cores, in list order. */
export interface Attachment {
  readonly name: string
  /** The router it hangs on. */
  readonly router: number
  /** Its link leaves the die: flits over it are counted like flits between chips. */
  readonly offChip: boolean
}

/** A link of a table: both directions between two routers. */
export interface TableLink {
  readonly from: number
  readonly to: number
  /** Cycles on the wire. */
  readonly cycles: number
  /** Cycles between two flits: 1 is full width, 2 a link half as wide as a flit. */
  readonly cyclesPerFlit: number
}

/**
 * How packets find their way over the links of a table: `shortest` (fewest cycles, ties to the router with the lower
 * number), `up-down` (free of deadlock on any connected network), or the next router of each router (row) towards each
 * router (column).
 */
export type TableRoutes = 'shortest' | 'up-down' | readonly (readonly number[])[]

/** An irregular network: its routers stand on the places of the grid, its links are listed. */
export interface FabricTable {
  readonly links: readonly TableLink[]
  readonly routes: TableRoutes
  /** Routers that do not work: nothing may be sent there, and no route leads through them. */
  readonly dead: readonly number[]
}

/** A network of routers and endpoints. Endpoint e < cores hangs on router floor(e / endpointsPerRouter). */
export interface FabricDescription {
  readonly topology: TopologyName
  /** The places of routers: router r stands in column r % columns, row floor(r / columns). */
  readonly columns: number
  readonly rows: number
  /** Endpoints (cores) of each router, 1 to 4. */
  readonly endpointsPerRouter: number
  readonly attached: readonly Attachment[]
  readonly routing: Routing
  readonly multicast: 'tree' | 'unicast'
  readonly virtualChannels: number
  /** Cycles on a link between routers of one chip. */
  readonly linkCycles: number
  /** A grid of chips that share the routers evenly, joined by links of other speed. */
  readonly chipColumns: number
  readonly chipRows: number
  readonly chipLinkCycles: number
  /** Cycles between two flits on a link between chips. */
  readonly chipLinkCyclesPerFlit: number
  /** The links, when the topology is `table`. */
  readonly table: FabricTable | undefined
}
