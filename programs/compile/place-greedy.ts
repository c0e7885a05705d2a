import type { PlacementCost } from './place-cost.js'
import type { Table } from './place-table.js'

/** Free cores looked at for one item. */
const CANDIDATES = 24

/** Regions that items are confined to, such as layers. */
export interface Regions {
  readonly ofItem: Int32Array
  readonly ofCore: Int32Array
}

/**
 * Places items one by one, the one with the most traffic to what is placed first (the host is placed from the
 * start), each on the core that adds least, of the free ones next to its heaviest partner.
 * @returns core of each item
 */
export function placeGreedily(cost: PlacementCost, regions: Regions | undefined): Int32Array {
  const { items } = cost
  const coreOf = new Int32Array(items + 1).fill(-1)
  coreOf[items] = 0
  const taken = new Uint8Array(cost.cores)
  const pull = new Float64Array(items)
  attract(cost.links, items, pull)
  for (let placed = 0; placed < items; placed++) {
    let item = -1
    for (let other = 0; other < items; other++) {
      if (coreOf[other] === -1 && (item === -1 || pull[other]! > pull[item]!)) item = other
    }
    const partner = heaviestPartner(cost.links, coreOf, item)
    const core = cheapestCore(cost, coreOf, item, nearestFree(cost, taken, partner, regions, item))
    coreOf[item] = core
    taken[core] = 1
    attract(cost.links, item, pull)
  }
  return coreOf.subarray(0, items)
}

function attract({ first, other, weight }: Table, item: number, pull: Float64Array): void {
  for (let at = first[item]!; at < first[item + 1]!; at++) {
    if (other[at]! < pull.length) pull[other[at]!]! += weight[at]!
  }
}

/** Core of the placed partner with the most traffic; without one, the host's. */
function heaviestPartner({ first, other, weight }: Table, coreOf: Int32Array, item: number): number {
  let partner = -1
  for (let at = first[item]!; at < first[item + 1]!; at++) {
    if (coreOf[other[at]!]! >= 0 && (partner < 0 || weight[at]! > weight[partner]!)) partner = at
  }
  return partner < 0 ? 0 : coreOf[other[partner]!]!
}

function cheapestCore(cost: PlacementCost, coreOf: Int32Array, item: number, candidates: readonly number[]): number {
  const { first, other, weight } = cost.links
  let best = -1
  let bestCost = Infinity
  for (const core of candidates) {
    let sum = 0
    for (let at = first[item]!; at < first[item + 1]!; at++) {
      const partner = coreOf[other[at]!]!
      if (partner >= 0) sum += weight[at]! * cost.distance(core, partner)
    }
    if (sum < bestCost) {
      best = core
      bestCost = sum
    }
  }
  return best
}

/** The free cores nearest to one, of the item's region: CANDIDATES of them and those as near as the last. */
function nearestFree(
  cost: PlacementCost, taken: Uint8Array, near: number, regions: Regions | undefined, item: number,
): number[] {
  const region = regions?.ofItem[item]
  const byDistance: number[][] = []
  for (let core = 0; core < taken.length; core++) {
    if (taken[core] === 1 || (regions !== undefined && regions.ofCore[core] !== region)) continue
    const distance = cost.distance(near, core)
    while (byDistance.length <= distance) byDistance.push([])
    byDistance[distance]!.push(core)
  }
  const free: number[] = []
  for (const ring of byDistance) {
    free.push(...ring)
    if (free.length >= CANDIDATES) break
  }
  return free
}
