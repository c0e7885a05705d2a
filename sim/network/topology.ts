import type { ResolvedConfig } from './config.js'

/** Ports of a router, as in BookSim2: 0 east (+column), 1 west, 2 south (+row), 3 north, then endpoints, then the host. */
export const FIRST_LOCAL_PORT = 4

/** A link's kind, by its output port. */
export const LINK_NONE = 0
export const LINK_TILE = 1
export const LINK_CHIP = 2
export const LINK_EJECT = 3

/**
 * The wiring, as flat tables. A port id is router * ports + port; the same numbering serves input and
 * output ports. `peer[output port id]` is the input port id at the other end, and `peer` is its own inverse because
 * the east output of a router meets the west input of its neighbour, whose west output leads back.
 */
export interface Topology {
  readonly routers: number
  readonly ports: number
  readonly endpoints: number
  readonly columnOf: Int32Array
  readonly rowOf: Int32Array
  readonly endpointRouter: Int32Array
  readonly endpointPort: Int32Array
  /** Endpoint on a local port id, -1 elsewhere. */
  readonly portEndpoint: Int32Array
  readonly peer: Int32Array
  readonly kind: Uint8Array
  /** Cycles on the wire of a port id (both directions). */
  readonly delayCycles: Uint16Array
  readonly maxDelayCycles: number
}

function joinRouters(
  config: ResolvedConfig, ports: number, peer: Int32Array, kind: Uint8Array, delay: Uint16Array,
): void {
  const { columns, rows } = config
  const wrap = config.topology === 'torus'
  const chipWidth = columns / config.chipColumns
  const chipHeight = rows / config.chipRows
  const join = (a: number, port: number, b: number, crossing: boolean): void => {
    const id = a * ports + port
    peer[id] = b * ports + (port ^ 1)
    kind[id] = crossing ? LINK_CHIP : LINK_TILE
    delay[id] = crossing ? config.chipLinkCycles : config.linkCycles
  }
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const r = row * columns + column
      if (column + 1 < columns || (wrap && columns > 1)) {
        const east = row * columns + ((column + 1) % columns)
        const crossing = (column + 1) % chipWidth === 0
        join(r, 0, east, crossing && !wrap)
        join(east, 1, r, crossing && !wrap)
      }
      if (row + 1 < rows || (wrap && rows > 1)) {
        const south = ((row + 1) % rows) * columns + column
        const crossing = (row + 1) % chipHeight === 0
        join(r, 2, south, crossing && !wrap)
        join(south, 3, r, crossing && !wrap)
      }
    }
  }
}

/** Builds the wiring of a mesh or torus, concentrated or not, with the host's port if there is one. */
export function buildTopology(config: ResolvedConfig): Topology {
  const { columns, rows, endpointsPerRouter, hostRouter } = config
  const routers = columns * rows
  const ports = FIRST_LOCAL_PORT + endpointsPerRouter + (hostRouter >= 0 ? 1 : 0)
  const endpoints = routers * endpointsPerRouter + (hostRouter >= 0 ? 1 : 0)
  const portIds = routers * ports
  const peer = new Int32Array(portIds).fill(-1)
  const kind = new Uint8Array(portIds)
  const delayCycles = new Uint16Array(portIds)
  const portEndpoint = new Int32Array(portIds).fill(-1)
  const endpointRouter = new Int32Array(endpoints)
  const endpointPort = new Int32Array(endpoints)
  joinRouters(config, ports, peer, kind, delayCycles)
  for (let e = 0; e < endpoints; e++) {
    const isHost = e === routers * endpointsPerRouter
    const r = isHost ? hostRouter : Math.floor(e / endpointsPerRouter)
    const port = FIRST_LOCAL_PORT + (isHost ? endpointsPerRouter : e % endpointsPerRouter)
    endpointRouter[e] = r
    endpointPort[e] = port
    const id = r * ports + port
    portEndpoint[id] = e
    kind[id] = LINK_EJECT
    delayCycles[id] = 1
  }
  return {
    routers, ports, endpoints, endpointRouter, endpointPort, portEndpoint, peer, kind, delayCycles,
    columnOf: Int32Array.from({ length: routers }, (_, r) => r % columns),
    rowOf: Int32Array.from({ length: routers }, (_, r) => Math.floor(r / columns)),
    maxDelayCycles: delayCycles.reduce((a, b) => Math.max(a, b), 1),
  }
}
