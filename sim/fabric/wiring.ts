import type { FabricDescription } from './description.js'

/** A link's kind, by its output port. */
export const LINK_NONE = 0
export const LINK_TILE = 1
export const LINK_CHIP = 2
export const LINK_EJECT = 3

/** Ports of a router at most: the request words of the routers keep a bit for each, and one for themselves. */
export const MOST_PORTS = 15

/**
 * The wires, as flat tables. A port id is router * ports + port; the same numbering serves input and output ports. Ports
 * 0 to directions - 1 lead to other routers, then come the endpoints of the router. `peer[output port id]` is the input
 * port id at the other end, and `peer` is its own inverse: both directions of a link use the same two ports.
 */
export interface Wiring {
  readonly routers: number
  readonly ports: number
  readonly directions: number
  /** Endpoints in all, and those that are cores; attached ones (host, memory ports) come after the cores. */
  readonly endpoints: number
  readonly cores: number
  readonly columnOf: Int32Array
  readonly rowOf: Int32Array
  readonly endpointRouter: Int32Array
  readonly endpointPort: Int32Array
  /** 1 for endpoints whose link leaves the die. */
  readonly offChip: Uint8Array
  /** Endpoint on a local port id, -1 elsewhere. */
  readonly portEndpoint: Int32Array
  readonly peer: Int32Array
  readonly kind: Uint8Array
  /** Cycles on the wire of a port id (both directions). */
  readonly delayCycles: Uint16Array
  /** Cycles between two flits on the wire of a port id. */
  readonly cyclesPerFlit: Uint16Array
  readonly maxDelayCycles: number
}

/** One way of a link between routers: the output port it leaves from, and where it leads. */
export interface WireEnd {
  readonly router: number
  readonly port: number
  readonly toRouter: number
  readonly toPort: number
  readonly kind: typeof LINK_TILE | typeof LINK_CHIP
  readonly cycles: number
  readonly cyclesPerFlit: number
}

/** A directed link between routers. */
export interface Link {
  /** Port id of the output it leaves from. */
  readonly id: number
  readonly from: number
  readonly to: number
  readonly kind: number
  readonly cycles: number
}

/** Ports of each router: to other routers, to its cores, and to what is attached to the fullest router. */
function portCount(description: FabricDescription, directions: number): number {
  const attachedTo = new Map<number, number>()
  for (const { router } of description.attached) attachedTo.set(router, (attachedTo.get(router) ?? 0) + 1)
  return directions + description.endpointsPerRouter + Math.max(0, ...attachedTo.values())
}

/**
 * Wires routers and endpoints.
 * @param directions ports of a router that lead to other routers
 * @param ends every link, each of its two directions by itself
 */
export function wire(description: FabricDescription, directions: number, ends: readonly WireEnd[]): Wiring {
  const { columns, rows, endpointsPerRouter, attached } = description
  const routers = columns * rows
  const ports = portCount(description, directions)
  const cores = routers * endpointsPerRouter
  const endpoints = cores + attached.length
  const peer = new Int32Array(routers * ports).fill(-1)
  const kind = new Uint8Array(routers * ports)
  const delayCycles = new Uint16Array(routers * ports)
  const cyclesPerFlit = new Uint16Array(routers * ports).fill(1)
  for (const end of ends) {
    const id = end.router * ports + end.port
    peer[id] = end.toRouter * ports + end.toPort
    kind[id] = end.kind
    delayCycles[id] = end.cycles
    cyclesPerFlit[id] = end.cyclesPerFlit
  }
  const portEndpoint = new Int32Array(routers * ports).fill(-1)
  const endpointRouter = new Int32Array(endpoints)
  const endpointPort = new Int32Array(endpoints)
  const used = new Int32Array(routers).fill(directions)
  for (let e = 0; e < endpoints; e++) {
    const router = e < cores ? Math.floor(e / endpointsPerRouter) : attached[e - cores]!.router
    const port = used[router]!++
    endpointRouter[e] = router
    endpointPort[e] = port
    portEndpoint[router * ports + port] = e
    kind[router * ports + port] = LINK_EJECT
    delayCycles[router * ports + port] = 1
  }
  return {
    routers, ports, directions, endpoints, cores, endpointRouter, endpointPort, portEndpoint, peer, kind, delayCycles,
    cyclesPerFlit,
    offChip: Uint8Array.from({ length: endpoints }, (_, e) => (e >= cores && attached[e - cores]!.offChip ? 1 : 0)),
    columnOf: Int32Array.from({ length: routers }, (_, r) => r % columns),
    rowOf: Int32Array.from({ length: routers }, (_, r) => Math.floor(r / columns)),
    maxDelayCycles: delayCycles.reduce((a, b) => Math.max(a, b), 1),
  }
}

/** Every directed link between routers, in the order of routers and ports. */
export function linksOf(wiring: Wiring): Link[] {
  const links: Link[] = []
  for (let from = 0; from < wiring.routers; from++) {
    for (let port = 0; port < wiring.directions; port++) {
      const id = from * wiring.ports + port
      if (wiring.kind[id] === LINK_NONE) continue
      const to = Math.floor(wiring.peer[id]! / wiring.ports)
      links.push({ id, from, to, kind: wiring.kind[id]!, cycles: wiring.delayCycles[id]! })
    }
  }
  return links
}
