import type { Random } from '../../sim/random.js'
import type { ChipSpec } from '../../sim/config/chip-spec.js'
import { fabricOf } from '../../sim/config/fabric.js'
import { coreCount } from '../../sim/config/size.js'
import type { Metric } from '../../sim/fabric/index.js'
import { bothWays, PARTS, splitFlows, tableOf } from './place-table.js'
import type { Table } from './place-table.js'
import type { Flow } from './traffic.js'

/**
 * Flit-hops per token of a placement, kept up to date under swaps. Items (units, or groups of units that share a
 * core) lie on cores. A flow to one destination costs its path, a flow to several the tree that the
 * routers build. How long they are, the fabric says.
 */
export class PlacementCost {
  readonly items: number
  readonly cores: number
  /** Core of each item; one more entry for the host, which hangs on the first tile. */
  readonly coreOf: Int32Array
  /** Item on each core, -1 for none. */
  readonly itemOn: Int32Array
  /** What the placement costs, flit-hops per token in sixteenths, without the router that each flit starts at. */
  total = 0

  /** Flows to one destination, at both ends. */
  readonly pairs: Table
  /** All flows, a tree as one flow to each destination. */
  readonly links: Table
  /** Trees by the items in them, the source included. */
  private readonly treesOf: Table
  /** Destinations of each tree. */
  private readonly members: Table
  private readonly treeSource: Int32Array
  private readonly treeWeight: Int32Array
  private readonly treeCost: Float64Array
  private readonly metric: Metric
  /** Routers along the longest dimension. */
  readonly extent: number
  private readonly coresPerTile: number
  /** Router of each core. */
  private readonly routerOf: Int32Array

  // Scratch of one swap.
  private readonly touched: Int32Array
  private readonly touchedCost: Float64Array
  private touchedCount = 0
  private readonly stamp: Int32Array
  private stamped = 0
  private readonly ends: Int32Array
  private pendingDelta = 0
  private pendingA = 0
  private pendingB = 0

  /**
   * @param hopsOf hops that a link of so many cycles counts as
   * @param coreOf core of each item, no core twice
   */
  constructor(
    spec: ChipSpec, items: number, flows: readonly Flow[], hopsOf: (linkCycles: number) => number, coreOf: ArrayLike<number>,
  ) {
    this.items = items
    this.cores = coreCount(spec)
    this.metric = fabricOf(spec).metric(hopsOf)
    this.extent = this.metric.extent
    this.coresPerTile = spec.grid.coresPerTile
    this.routerOf = Int32Array.from({ length: this.cores }, (_, core) => Math.floor(core / this.coresPerTile))
    this.coreOf = new Int32Array(items + 1)
    this.itemOn = new Int32Array(this.cores).fill(-1)
    const { pairs, trees } = splitFlows(flows, items, spec.network.multicast)
    this.pairs = bothWays(items, pairs)
    const branches = trees.flatMap(({ from, to, weight }) => to.map((b) => ({ a: from, b, weight })))
    this.links = bothWays(items, [...pairs, ...branches])
    this.treesOf = tableOf(items + 1, trees.flatMap(({ from, to, weight }, tree) => (
      [from, ...to].map((row) => ({ row, other: tree, weight }))
    )))
    this.members = tableOf(trees.length, trees.flatMap(({ to, weight }, row) => (
      to.map((other) => ({ row, other, weight }))
    )))
    this.treeSource = Int32Array.from(trees, ({ from }) => from)
    this.treeWeight = Int32Array.from(trees, ({ weight }) => weight)
    this.treeCost = new Float64Array(trees.length)
    this.touched = new Int32Array(trees.length)
    this.touchedCost = new Float64Array(trees.length)
    this.stamp = new Int32Array(trees.length)
    this.ends = new Int32Array(this.members.other.length)
    this.placeAll(coreOf)
  }

  /** Puts every item where `coreOf` says and adds up the cost anew. */
  placeAll(coreOf: ArrayLike<number>): void {
    this.itemOn.fill(-1)
    for (let item = 0; item < this.items; item++) {
      this.coreOf[item] = coreOf[item]!
      this.itemOn[coreOf[item]!] = item
    }
    let both = 0
    for (let item = 0; item <= this.items; item++) both += this.pairCost(item)
    this.total = both / 2
    for (let tree = 0; tree < this.treeCost.length; tree++) {
      this.treeCost[tree] = this.costOfTree(tree)
      this.total += this.treeCost[tree]!
    }
  }

  /** Flit-hops per token, without the router that each flit starts at. */
  get flitHops(): number {
    return this.total / PARTS
  }

  /** Hops from core a to core b. */
  distance(a: number, b: number): number {
    return this.metric.distance(this.routerOf[a]!, this.routerOf[b]!)
  }

  /** A random core at most `reach` tiles from another in each dimension. */
  near(core: number, reach: number, random: Random): number {
    const { coresPerTile } = this
    const router = this.metric.near(this.routerOf[core]!, reach, random)
    return router * coresPerTile + (coresPerTile > 1 ? random.below(coresPerTile) : 0)
  }

  private pairCost(item: number): number {
    const { first, other, weight } = this.pairs
    const core = this.coreOf[item]!
    const end = first[item + 1]!
    let sum = 0
    for (let at = first[item]!; at < end; at++) sum += weight[at]! * this.distance(core, this.coreOf[other[at]!]!)
    return sum
  }

  /** Links of the tree times its flits. */
  private costOfTree(tree: number): number {
    const { ends, routerOf, coreOf } = this
    const { first, other } = this.members
    const end = first[tree + 1]!
    let count = 0
    for (let at = first[tree]!; at < end; at++) ends[count++] = routerOf[coreOf[other[at]!]!]!
    return this.treeWeight[tree]! * this.metric.treeHops(routerOf[coreOf[this.treeSource[tree]!]!]!, ends, count)
  }

  /**
   * What swapping the contents of two cores, of which one may be empty, would add to the cost. Call `accept` to
   * keep it or `reject` to take it back before the next one.
   */
  trySwap(coreA: number, coreB: number): number {
    const { itemOn, coreOf } = this
    const a = itemOn[coreA]!
    const b = itemOn[coreB]!
    this.pendingA = coreA
    this.pendingB = coreB
    this.listTrees(a, b)
    let delta = -(a < 0 ? 0 : this.pairCost(a)) - (b < 0 ? 0 : this.pairCost(b))
    if (a >= 0) coreOf[a] = coreB
    if (b >= 0) coreOf[b] = coreA
    delta += (a < 0 ? 0 : this.pairCost(a)) + (b < 0 ? 0 : this.pairCost(b))
    for (let k = 0; k < this.touchedCount; k++) {
      const cost = this.costOfTree(this.touched[k]!)
      this.touchedCost[k] = cost
      delta += cost - this.treeCost[this.touched[k]!]!
    }
    this.pendingDelta = delta
    return delta
  }

  accept(): void {
    const { itemOn, pendingA, pendingB } = this
    const a = itemOn[pendingA]!
    itemOn[pendingA] = itemOn[pendingB]!
    itemOn[pendingB] = a
    for (let k = 0; k < this.touchedCount; k++) this.treeCost[this.touched[k]!] = this.touchedCost[k]!
    this.total += this.pendingDelta
  }

  reject(): void {
    const { itemOn, coreOf, pendingA, pendingB } = this
    if (itemOn[pendingA]! >= 0) coreOf[itemOn[pendingA]!] = pendingA
    if (itemOn[pendingB]! >= 0) coreOf[itemOn[pendingB]!] = pendingB
  }

  /** The trees that change when two items swap: those of either, but not where both are mere destinations. */
  private listTrees(a: number, b: number): void {
    const { first, other } = this.treesOf
    this.touchedCount = 0
    // Stamps: even + 1 for a tree of a, even + 2 for one that both are destinations of.
    this.stamped += 2
    const ofA = this.stamped - 1
    if (a >= 0) for (let at = first[a]!; at < first[a + 1]!; at++) this.stamp[other[at]!] = ofA
    if (b >= 0) {
      for (let at = first[b]!; at < first[b + 1]!; at++) {
        const tree = other[at]!
        if (this.stamp[tree] !== ofA) this.touched[this.touchedCount++] = tree
        else if (this.treeSource[tree] !== a && this.treeSource[tree] !== b) this.stamp[tree] = this.stamped
      }
    }
    if (a < 0) return
    for (let at = first[a]!; at < first[a + 1]!; at++) {
      if (this.stamp[other[at]!] === ofA) this.touched[this.touchedCount++] = other[at]!
    }
  }
}
