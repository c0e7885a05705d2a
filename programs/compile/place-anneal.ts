import { exp32 } from '../../sim/numerics.js'
import { Random } from '../../sim/random.js'
import type { PlacementCost } from './place-cost.js'

const ROUNDS = 200
/** Temperature of a round beside the one before: after all rounds, 1/440 of the first. */
const COOLING = 0.97
/** The first temperature, beside the cost of an item. */
const HEAT = 0.3
/** Swaps tried: enough for a good placement of a hundred items, and seconds for thousands. */
const MOVES_PER_ITEM = 2000
const MOST_MOVES = 1_200_000
/** How far from its aim a swap may go at first, tiles. */
const WIDEST_REACH = 8

/**
 * Simulated annealing: swaps an item with what lies near it, or near one of its partners, and keeps what is
 * cheaper, or dearer by chance while it is hot. Ends on the cheapest placement met.
 * @returns core of each item
 */
export function anneal(cost: PlacementCost, start: ArrayLike<number>, seed: number): Int32Array {
  const random = new Random(seed)
  cost.placeAll(start)
  const best = cost.coreOf.slice(0, cost.items)
  let bestTotal = cost.total
  let temperature = (cost.total / cost.items) * HEAT
  const movesPerRound = Math.floor(Math.min(MOST_MOVES, MOVES_PER_ITEM * cost.items) / ROUNDS)
  const widest = Math.min(WIDEST_REACH, Math.ceil(cost.extent / 2))
  for (let round = 0; round < ROUNDS; round++, temperature *= COOLING) {
    swapAtRandom(cost, random, movesPerRound, temperature, Math.max(1, Math.round(widest * (1 - round / ROUNDS))))
    if (cost.total >= bestTotal) continue
    bestTotal = cost.total
    best.set(cost.coreOf.subarray(0, cost.items))
  }
  cost.placeAll(best)
  return best
}

function swapAtRandom(
  cost: PlacementCost, random: Random, moves: number, temperature: number, reach: number,
): void {
  for (let move = 0; move < moves; move++) {
    const from = cost.coreOf[random.below(cost.items)]!
    const to = target(cost, random, from, reach)
    if (to === from) continue
    const delta = cost.trySwap(from, to)
    if (delta <= 0 || random.uniform() < exp32(-delta / temperature)) cost.accept()
    else cost.reject()
  }
}

/** A core near a partner of the item on `from`. */
function target(cost: PlacementCost, random: Random, from: number, reach: number): number {
  const item = cost.itemOn[from]!
  const { first, other } = cost.pairs
  const degree = first[item + 1]! - first[item]!
  const alone = degree === 0 || random.below(4) === 0
  const centre = alone ? from : cost.coreOf[other[first[item]! + random.below(degree)]!]!
  return cost.near(centre, reach, random)
}
