import { InputError } from '../errors.js'
import type { Fabric, Tree } from '../fabric/index.js'
import type { ResolvedConfig } from './config.js'

export const SET_UNICAST = 0
export const SET_TREE = 1
export const SET_RECTANGLE = 2
export const SET_COPIES = 3
/** Several sets, one packet for each: where one tree does not do. `first` is the first of their ids, -1 ends them. */
export const SET_SEVERAL = 4

/** Node of a tree: a mask of outputs in the low bits; bit CLASS_SHIFT + o is the VC class of output o. */
const CLASS_SHIFT = 16

/** Mask of the outputs a tree node sends to. */
export function nodeOutputs(node: number): number {
  return node & 0xffff
}

/** VC class of one output of a tree node. */
export function nodeClass(node: number, output: number): number {
  return (node >> (CLASS_SHIFT + output)) & 1
}

function grown(array: Int32Array<ArrayBuffer>, needed: number): Int32Array<ArrayBuffer> {
  if (needed <= array.length) return array
  const larger = new Int32Array(Math.max(needed, array.length * 2))
  larger.set(array)
  return larger
}

/**
 * The destination sets packets are sent to. A tree comes from the fabric; it is stored as one entry (set, router) ->
 * node in a hash table, so that the routing stage is one look-up and memory grows with the routers a tree touches.
 */
export class DestinationSets {
  private readonly config: ResolvedConfig
  private readonly fabric: Fabric
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

  constructor(config: ResolvedConfig, fabric: Fabric) {
    this.config = config
    this.fabric = fabric
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

  private setNode(set: number, router: number, node: number): void {
    if (2 * (this.used + 1) > this.keys.length) this.rehash()
    const key = set * this.fabric.wiring.routers + router
    const at = this.slot(key)
    if (this.keys[at] === -1) {
      this.keys[at] = key
      this.used++
    }
    this.nodes[at] = node
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
    return this.nodes[this.slot(set * this.fabric.wiring.routers + router)]!
  }

  /** The endpoints of a tree or rectangle. */
  endpointsOf(set: number): number[] {
    const first = this.first[set]!
    if (this.kind[set] !== SET_RECTANGLE) return [...this.list.subarray(first, first + this.members[set]!)]
    const [column0, row0, column1, row1] = this.list.subarray(first, first + 4)
    return this.endpointsIn(column0!, row0!, column1!, row1!)
  }

  private endpointsIn(column0: number, row0: number, column1: number, row1: number): number[] {
    const { columns, endpointsPerRouter } = this.config
    const endpoints: number[] = []
    for (let row = row0; row <= row1; row++) {
      for (let column = column0; column <= column1; column++) {
        const first = (row * columns + column) * endpointsPerRouter
        for (let k = 0; k < endpointsPerRouter; k++) endpoints.push(first + k)
      }
    }
    return endpoints
  }

  private check(what: string, endpoint: number): void {
    const { endpoints, endpointRouter } = this.fabric.wiring
    if (Number.isInteger(endpoint) && endpoint >= 0 && endpoint < endpoints) {
      const router = endpointRouter[endpoint]!
      if (this.config.table === undefined || !this.config.table.dead.includes(router)) return
      throw new InputError(`network: ${what} ${endpoint} hangs on router ${router}, which does not work`)
    }
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
    const trees = this.fabric.trees(source, endpoints).map((tree) => this.addTree(source, tree))
    return trees.length === 1 ? trees[0]! : this.add(SET_SEVERAL, source, this.append([...trees, -1]), endpoints.length)
  }

  private addTree(source: number, { endpoints, nodes }: Tree): number {
    if (endpoints.length === 1) return this.add(SET_UNICAST, source, endpoints[0]!, 1)
    const id = this.add(SET_TREE, source, this.append(endpoints), endpoints.length)
    for (const { router, outputs, classes } of nodes) this.setNode(id, router, outputs | (classes << CLASS_SHIFT))
    return id
  }

  /**
   * Registers every endpoint of the routers in a rectangle (bounds included) as the destinations. Where the
   * fabric can compute such a tree, the header carries the four bounds and no table is needed.
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
    const endpoints = this.endpointsIn(column0, row0, column1, row1)
    const computed = this.fabric.routesRectangles && config.multicast === 'tree'
    if (endpoints.length === 1 || !computed) return this.register(source, endpoints)
    const first = this.append([column0, row0, column1, row1])
    return this.add(SET_RECTANGLE, source, first, endpoints.length)
  }

  /** Outputs of a rectangle packet at a router: along the source's row first, then along columns. */
  rectangleOutputs(set: number, router: number, inPort: number): number {
    const { wiring } = this.fabric
    const at = this.first[set]!
    const column0 = this.list[at]!
    const row0 = this.list[at + 1]!
    const column1 = this.list[at + 2]!
    const row1 = this.list[at + 3]!
    const column = wiring.columnOf[router]!
    const row = wiring.rowOf[router]!
    const outputs = this.fabric.rectangleOutputs(router, inPort, column0, row0, column1, row1)
    if (column < column0 || column > column1 || row < row0 || row > row1) return outputs
    return outputs | (((1 << this.config.endpointsPerRouter) - 1) << wiring.directions)
  }
}
