import type { Random } from '../../sim/random.js'
import type { ChipSpec } from '../../sim/config/chip-spec.js'
import { coreCount, systemColumns, systemRows } from '../../sim/config/size.js'
import { gridOf } from './place-grid.js'
import type { Grid } from './place-grid.js'
import { bothWays, PARTS, splitFlows, tableOf } from './place-table.js'
import type { Table } from './place-table.js'
import type { Flow } from './traffic.js'

/**
 * Flit-hops per token of a placement, kept up to date under swaps. Items (units, or groups of units that share a
 * core) lie on cores. A flow to one destination costs its shortest path; a flow to several the tree that the
 * routers build: along the source's row, then along columns (the other way round with routing yx).
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
  private readonly grid: Grid
  readonly size: { readonly coresPerTile: number; readonly columns: number; readonly rows: number }

  // Scratch of one swap.
  private readonly touched: Int32Array
  private readonly touchedCost: Float64Array
  private touchedCount = 0
  private readonly stamp: Int32Array
  private stamped = 0
  private readonly armStamp: Int32Array
  private readonly armUp: Int32Array
  private readonly armDown: Int32Array
  private armStamped = 0
  private pendingDelta = 0
  private pendingA = 0
  private pendingB = 0

  /**
   * @param crossing hops that a link between chips counts as
   * @param coreOf core of each item, no core twice
   */
  constructor(spec: ChipSpec, items: number, flows: readonly Flow[], crossing: number, coreOf: ArrayLike<number>) {
    this.items = items
    this.cores = coreCount(spec)
    this.grid = gridOf(spec, crossing)
    this.size = { coresPerTile: spec.grid.coresPerTile, columns: systemColumns(spec), rows: systemRows(spec) }
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
    const arms = this.grid.firstAt.length
    this.armStamp = new Int32Array(arms)
    this.armUp = new Int32Array(arms)
    this.armDown = new Int32Array(arms)
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
    const { first, second, firstAt, secondAt } = this.grid
    return Math.abs(this.along(first[a]!, first[b]!, firstAt)) +
      Math.abs(this.along(second[a]!, second[b]!, secondAt))
  }

  /** A random core at most `reach` tiles from another in each dimension; past the edge, the one on the edge. */
  near(core: number, reach: number, random: Random): number {
    const { coresPerTile, columns, rows } = this.size
    const tile = Math.floor(core / coresPerTile)
    const column = (tile % columns) - reach + random.below(2 * reach + 1)
    const row = Math.floor(tile / columns) - reach + random.below(2 * reach + 1)
    const inside = Math.max(0, Math.min(rows - 1, row)) * columns + Math.max(0, Math.min(columns - 1, column))
    return inside * coresPerTile + (coresPerTile > 1 ? random.below(coresPerTile) : 0)
  }

  /** Signed hops along one dimension; ties on a ring go up, as in the routers. */
  private along(from: number, to: number, at: Int32Array): number {
    const straight = at[to]! - at[from]!
    if (!this.grid.wraps) return straight
    const size = at.length
    const up = straight < 0 ? straight + size : straight
    return 2 * up <= size ? up : up - size
  }

  private pairCost(item: number): number {
    const { first, other, weight } = this.pairs
    const core = this.coreOf[item]!
    const end = first[item + 1]!
    let sum = 0
    for (let at = first[item]!; at < end; at++) sum += weight[at]! * this.distance(core, this.coreOf[other[at]!]!)
    return sum
  }

  /** Links of the tree times its flits: the row's reach both ways, and in each column what sticks out of the row. */
  private costOfTree(tree: number): number {
    const { first, second, firstAt, secondAt } = this.grid
    const { armStamp, armUp, armDown } = this
    const source = this.coreOf[this.treeSource[tree]!]!
    const stamp = ++this.armStamped
    const end = this.members.first[tree + 1]!
    let forward = 0
    let backward = 0
    let arms = 0
    for (let at = this.members.first[tree]!; at < end; at++) {
      const core = this.coreOf[this.members.other[at]!]!
      const arm = first[core]!
      const along = this.along(first[source]!, arm, firstAt)
      const across = this.along(second[source]!, second[core]!, secondAt)
      if (along > forward) forward = along
      else if (-along > backward) backward = -along
      if (armStamp[arm] !== stamp) {
        armStamp[arm] = stamp
        armUp[arm] = armDown[arm] = 0
      }
      if (across > armUp[arm]!) {
        arms += across - armUp[arm]!
        armUp[arm] = across
      } else if (-across > armDown[arm]!) {
        arms += -across - armDown[arm]!
        armDown[arm] = -across
      }
    }
    return this.treeWeight[tree]! * (forward + backward + arms)
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
