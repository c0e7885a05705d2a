import { InputError } from '../errors.js'
import { ringClass, ringDirection, ringWraps } from './rings.js'
import type { ResolvedConfig } from './config.js'
import { FIRST_LOCAL_PORT, type Topology } from './topology.js'

export const SET_UNICAST = 0
export const SET_TREE = 1
export const SET_RECTANGLE = 2
export const SET_COPIES = 3

/** Node of a tree: a mask of outputs in the low bits; bit WRAP_SHIFT + o says that output o's ring is crossed. */
const WRAP_SHIFT = 16

/** Mask of the outputs a tree node sends to. */
export function nodeOutputs(node: number): number {
  return node & 0xffff
}

/** VC class of one mesh output of a tree node on a torus. */
export function nodeClass(node: number, output: number): number {
  return ringClass((node >> (WRAP_SHIFT + output)) & 1, output & 1)
}

function grown(array: Int32Array<ArrayBuffer>, needed: number): Int32Array<ArrayBuffer> {
  if (needed <= array.length) return array
  const larger = new Int32Array(Math.max(needed, array.length * 2))
  larger.set(array)
  return larger
}

/**
 * The destination sets packets are sent to. A tree is the union of the dimension-order paths from the source to
 * each destination; it is stored as one entry (set, router) -> node in a hash table, so that the routing stage
 * is one look-up and memory grows with the routers a tree touches.
 */
export class DestinationSets {
  private readonly config: ResolvedConfig
  private readonly topology: Topology
  count = 0
  kind = new Int32Array(64)
  /** Unicast: the endpoint. Rectangle: index of its four bounds. Copies: first entry of its member list. */
  first = new Int32Array(64)
  members = new Int32Array(64)
  source = new Int32Array(64)
  list = new Int32Array(256)
  private listLength = 0
  private keys = new Float64Array(256).fill(-1)
  private nodes = new Int32Array(256)
  private used = 0

  constructor(config: ResolvedConfig, topology: Topology) {
    this.config = config
    this.topology = topology
  }

  private add(kind: number, source: number, first: number, members: number): number {
    const id = this.count++
    this.kind = grown(this.kind, this.count)
    this.first = grown(this.first, this.count)
    this.members = grown(this.members, this.count)
    this.source = grown(this.source, this.count)
    this.kind[id] = kind
    this.source[id] = source
    this.first[id] = first
    this.members[id] = members
    return id
  }

  private append(values: readonly number[]): number {
    const first = this.listLength
    this.list = grown(this.list, first + values.length)
    this.list.set(values, first)
    this.listLength += values.length
    return first
  }

  private slot(key: number): number {
    const mask = this.keys.length - 1
    let at = (Math.imul(key % 0x7fffffff, 0x9e3779b1) >>> 7) & mask
    while (this.keys[at] !== -1 && this.keys[at] !== key) at = (at + 1) & mask
    return at
  }

  private orNode(set: number, router: number, bits: number): void {
    if (2 * (this.used + 1) > this.keys.length) this.rehash()
    const key = set * this.topology.routers + router
    const at = this.slot(key)
    if (this.keys[at] === -1) {
      this.keys[at] = key
      this.used++
    }
    this.nodes[at]! |= bits
  }

  private rehash(): void {
    const keys = this.keys
    const nodes = this.nodes
    this.keys = new Float64Array(keys.length * 2).fill(-1)
    this.nodes = new Int32Array(keys.length * 2)
    for (let i = 0; i < keys.length; i++) {
      if (keys[i] === -1) continue
      const at = this.slot(keys[i]!)
      this.keys[at] = keys[i]!
      this.nodes[at] = nodes[i]!
    }
  }

  /** The node of a tree at a router: outputs and VC classes. */
  node(set: number, router: number): number {
    return this.nodes[this.slot(set * this.topology.routers + router)]!
  }

  private check(what: string, endpoint: number): void {
    const { endpoints } = this.topology
    if (Number.isInteger(endpoint) && endpoint >= 0 && endpoint < endpoints) return
    throw new InputError(`network: ${what} ${endpoint} does not exist, endpoints are 0 to ${endpoints - 1}`)
  }

  /**
   * Registers the destinations of packets from `source`.
   * @throws InputError for an empty set, an endpoint that does not exist, or one named twice
   */
  register(source: number, endpoints: readonly number[]): number {
    this.check('source endpoint', source)
    for (const endpoint of endpoints) this.check('destination endpoint', endpoint)
    if (endpoints.length === 0) throw new InputError(`network: empty destination set for source ${source}`)
    const distinct = new Set(endpoints)
    if (distinct.size < endpoints.length) {
      const twice = endpoints.find((e, i) => endpoints.indexOf(e) !== i)
      throw new InputError(`network: destination ${twice} stands twice in a destination set of source ${source}`)
    }
    if (endpoints.length === 1) return this.add(SET_UNICAST, source, endpoints[0]!, 1)
    if (this.config.multicast === 'unicast') {
      return this.add(SET_COPIES, source, this.append(endpoints), endpoints.length)
    }
    const id = this.add(SET_TREE, source, this.append(endpoints), endpoints.length)
    for (const endpoint of endpoints) this.addPath(id, source, endpoint)
    if (this.config.topology === 'torus') {
      for (const endpoint of endpoints) this.markWraps(id, source, endpoint)
    }
    return id
  }

  /**
   * Registers every endpoint of the routers in a rectangle (bounds included) as the destinations. On a mesh with
   * XY-type trees the header carries the four bounds and no table is needed.
   */
  registerRectangle(source: number, column0: number, row0: number, column1: number, row1: number): number {
    const { config } = this
    this.check('source endpoint', source)
    const inside = (value: number, size: number): boolean => Number.isInteger(value) && value >= 0 && value < size
    if (!inside(column0, config.columns) || !inside(column1, config.columns) || column0 > column1 ||
      !inside(row0, config.rows) || !inside(row1, config.rows) || row0 > row1) {
      throw new InputError(
        `network: rectangle (${column0}, ${row0}) to (${column1}, ${row1}) does not lie in the ` +
        `${config.columns} x ${config.rows} routers, or its corners are swapped`)
    }
    const endpoints: number[] = []
    for (let row = row0; row <= row1; row++) {
      for (let column = column0; column <= column1; column++) {
        const first = (row * config.columns + column) * config.endpointsPerRouter
        for (let k = 0; k < config.endpointsPerRouter; k++) endpoints.push(first + k)
      }
    }
    const computed = config.topology === 'mesh' && config.routing !== 'yx' && config.multicast === 'tree'
    if (endpoints.length === 1 || !computed) return this.register(source, endpoints)
    const first = this.append([column0, row0, column1, row1])
    return this.add(SET_RECTANGLE, source, first, endpoints.length)
  }

  /** Outputs of a rectangle packet at a router: along the source's row first, then along columns. */
  rectangleOutputs(set: number, router: number, inPort: number): number {
    const { topology, config } = this
    const at = this.first[set]!
    const column0 = this.list[at]!
    const row0 = this.list[at + 1]!
    const column1 = this.list[at + 2]!
    const row1 = this.list[at + 3]!
    const column = topology.columnOf[router]!
    const row = topology.rowOf[router]!
    let outputs = 0
    const alongRow = inPort !== 2 && inPort !== 3
    if (alongRow && column < column1 && inPort !== 0) outputs |= 1
    if (alongRow && column > column0 && inPort !== 1) outputs |= 2
    if (column < column0 || column > column1) return outputs
    if (row < row1 && inPort !== 2) outputs |= 4
    if (row > row0 && inPort !== 3) outputs |= 8
    if (row >= row0 && row <= row1) outputs |= ((1 << config.endpointsPerRouter) - 1) << FIRST_LOCAL_PORT
    return outputs
  }

  private addPath(id: number, source: number, endpoint: number): void {
    const { topology } = this
    const target = topology.endpointRouter[endpoint]!
    let router = topology.endpointRouter[source]!
    for (;;) {
      const output = router === target ? topology.endpointPort[endpoint]! : this.treeOutput(router, target)
      this.orNode(id, router, 1 << output)
      if (router === target) return
      router = Math.floor(topology.peer[router * topology.ports + output]! / topology.ports)
    }
  }

  /** Next mesh output of a tree from router towards target: dimension order, ties on a ring go east or south. */
  private treeOutput(router: number, target: number): number {
    const { topology, config } = this
    const { columnOf, rowOf } = topology
    const alongRow = config.routing === 'yx' ? rowOf[router] === rowOf[target] : columnOf[router] !== columnOf[target]
    const from = alongRow ? columnOf[router]! : rowOf[router]!
    const to = alongRow ? columnOf[target]! : rowOf[target]!
    const size = alongRow ? config.columns : config.rows
    const direction = config.topology === 'torus' ? ringDirection(from, to, size, 0) : from < to ? 0 : 1
    return (alongRow ? 0 : 2) + direction
  }

  /** Marks every router of an arm that crosses a wrap-around link: such a branch uses the other VC class all along. */
  private markWraps(id: number, source: number, endpoint: number): void {
    const { topology } = this
    const target = topology.endpointRouter[endpoint]!
    let router = topology.endpointRouter[source]!
    let dimension = -1
    let wraps = 0
    while (router !== target) {
      const output = this.treeOutput(router, target)
      if (output >> 1 !== dimension) {
        dimension = output >> 1
        const coordinate = dimension === 0 ? topology.columnOf : topology.rowOf
        wraps = ringWraps(coordinate[router]!, coordinate[target]!, output & 1)
      }
      if (wraps === 1) this.orNode(id, router, 1 << (WRAP_SHIFT + output))
      router = Math.floor(topology.peer[router * topology.ports + output]! / topology.ports)
    }
  }
}
