import { ringClass, ringDirection, ringWraps } from './rings.js'
import type { Routers } from './router.js'

/** Phase of a worm: which half of the VCs it may use (o1turn: 0 XY, 1 YX; torus: the ring's class). */
export const PHASE_NEW = 2

/** Dimension order on a mesh: output port towards the target router, which is not `router`. */
function meshOutput(routers: Routers, router: number, target: number, rowFirst: boolean): number {
  const { columnOf, rowOf } = routers.topology
  const dx = columnOf[target]! - columnOf[router]!
  const dy = rowOf[target]! - rowOf[router]!
  if (dx !== 0 && (rowFirst || dy === 0)) return dx > 0 ? 0 : 1
  return dy > 0 ? 2 : 3
}

/** Of two outputs the one with more credits, the first when they are equal: what the adaptive routings choose by. */
function moreCredits(routers: Routers, router: number, a: number, b: number): number {
  return routers.creditsOf(router, b) > routers.creditsOf(router, a) ? b : a
}

/**
 * West-first turn model (Glass and Ni, 1992): all westward hops come first, then any minimal direction.
 * Of two directions the one with more credits is taken.
 */
function westFirstOutput(routers: Routers, router: number, target: number): number {
  const { columnOf, rowOf } = routers.topology
  const dx = columnOf[target]! - columnOf[router]!
  const dy = rowOf[target]! - rowOf[router]!
  if (dx < 0) return 1
  const vertical = dy > 0 ? 2 : 3
  if (dx === 0) return vertical
  return dy === 0 ? 0 : moreCredits(routers, router, 0, vertical)
}

/**
 * Odd-even turn model (Chiu, 2000), minimal: no east-to-vertical turn in an even column, no vertical-to-west
 * turn in an odd column.
 */
function oddEvenOutput(routers: Routers, router: number, target: number, source: number): number {
  const { columnOf, rowOf } = routers.topology
  const column = columnOf[router]!
  const dx = columnOf[target]! - column
  const dy = rowOf[target]! - rowOf[router]!
  const vertical = dy > 0 ? 2 : 3
  if (dx === 0) return vertical
  const odd = (column & 1) === 1
  if (dx > 0) {
    if (dy === 0) return 0
    const mayTurn = odd || column === columnOf[source]
    const mayGoEast = (columnOf[target]! & 1) === 1 || dx !== 1
    if (mayTurn && mayGoEast) return moreCredits(routers, router, 0, vertical)
    return mayTurn ? vertical : 0
  }
  return dy !== 0 && !odd ? moreCredits(routers, router, 1, vertical) : 1
}

/** Dimension order on a torus; the phase is set when a ring is entered and kept along it. */
function torusRoute(
  routers: Routers, router: number, inPort: number, target: number, phase: number, tie: number,
): number {
  const { columnOf, rowOf } = routers.topology
  const { config } = routers
  const columnsLeft = columnOf[router] !== columnOf[target]
  const rowsLeft = rowOf[router] !== rowOf[target]
  const dimension = columnsLeft && (config.routing === 'xy' || !rowsLeft) ? 0 : 1
  if (inPort >> 1 === dimension) return encodeRoute(inPort ^ 1, phase)
  const coordinate = dimension === 0 ? columnOf : rowOf
  const from = coordinate[router]!
  const to = coordinate[target]!
  const direction = ringDirection(from, to, dimension === 0 ? config.columns : config.rows, tie)
  return encodeRoute(2 * dimension + direction, ringClass(ringWraps(from, to, direction), direction))
}

/** A mesh output and a phase in one integer. */
function encodeRoute(output: number, phase: number): number {
  return output | (phase << 4)
}

/**
 * Output port and phase (in bits 0-3 and 4 up) of a unicast head flit at a router that is not its target.
 * @param phase the worm's phase, PHASE_NEW at its first router
 * @param coin a random or flow-derived bit for choices that do not depend on load
 */
export function unicastRoute(
  routers: Routers, router: number, inPort: number, target: number, source: number, phase: number, coin: number,
): number {
  const { routing, topology } = routers.config
  if (topology === 'torus') return torusRoute(routers, router, inPort, target, phase, coin)
  switch (routing) {
    case 'xy': return encodeRoute(meshOutput(routers, router, target, true), 0)
    case 'yx': return encodeRoute(meshOutput(routers, router, target, false), 0)
    case 'o1turn': {
      const order = phase === PHASE_NEW ? coin : phase
      return encodeRoute(meshOutput(routers, router, target, order === 0), order)
    }
    case 'west-first': return encodeRoute(westFirstOutput(routers, router, target), 0)
    case 'odd-even': return encodeRoute(oddEvenOutput(routers, router, target, source), 0)
  }
}
