import type { Random } from '../random.js'
import type { FabricDescription } from './description.js'
import type { Wiring } from './wiring.js'

/** Phase of a packet that has not been routed yet. */
export const PHASE_NEW = 2

/** A routing decision in one integer: two permitted outputs (equal when there is one) and the packet's phase. */
export function routeOf(output: number, phase: number, other = output): number {
  return output | (other << 4) | (phase << 8)
}
export const firstOutput = (route: number): number => route & 15
export const secondOutput = (route: number): number => (route >> 4) & 15
export const routePhase = (route: number): number => route >> 8

/** A router of a multicast tree: a mask of the outputs it sends to, and those of them that use VC class 1. */
export interface TreeNode {
  readonly router: number
  readonly outputs: number
  readonly classes: number
}

/** Part of a destination set that one branching packet serves. */
export interface Tree {
  readonly endpoints: readonly number[]
  readonly nodes: readonly TreeNode[]
}

/** Distances as a placement counts them: each link is worth some hops. Routers are the places. */
export interface Metric {
  /** Hops from router to router. */
  distance(from: number, to: number): number
  /** Links of the tree from a router to the first `count` of `routers`, in hops; of all trees, if one does not do. */
  treeHops(source: number, routers: Int32Array, count: number): number
  /** A random router at most `reach` links away in each dimension. */
  near(router: number, reach: number, random: Random): number
  /** Routers along the longest dimension. */
  readonly extent: number
}

/**
 * How routers are joined and how packets find their way: all that depends on the topology. It holds no state of a run,
 * so programs may ask it as the network does. Routers and endpoints are numbered as in `FabricDescription`.
 */
export interface Fabric {
  readonly description: FabricDescription
  readonly wiring: Wiring
  /** Classes of VCs that packets are kept apart in, 1 or 2: class 0 is the lower half. */
  readonly classes: 1 | 2
  /** Whether routing is plain dimension order, columns first, in one class: the network then computes it in place. */
  readonly columnsFirst: boolean
  /** Whether `route` may permit two outputs, of which the network chooses by load. */
  readonly adaptive: boolean
  /** Whether a tree to a rectangle can be computed at each router from the rectangle's bounds. */
  readonly routesRectangles: boolean
  /** The most links a packet crosses between two routers. */
  readonly diameter: number
  /** Links a packet crosses from router to router; every routing function takes as many. */
  distance(from: number, to: number): number
  /** Output port ids of a way from router to router: that of trees, and of packets unless they choose by coin or load. */
  path(from: number, to: number): number[]
  /** The router at the other end of an output port, -1 where there is none. */
  neighbour(router: number, port: number): number
  /**
   * Where a head may go from a router that is not its target (`routeOf`). With two outputs, the network takes the one
   * with more credits, the first when they are equal.
   * @param inPort the port it came in by
   * @param source the router it started at
   * @param phase the phase it left the router before with, PHASE_NEW at its first router
   * @param coin a bit for choices that do not depend on load; see `wantsCoin`
   */
  route(router: number, inPort: number, target: number, source: number, phase: number, coin: number): number
  /** Whether a decision in this phase needs a coin. */
  wantsCoin(phase: number): boolean
  /** The trees by which a packet from an endpoint reaches several endpoints; more than one where paths meet again. */
  trees(source: number, endpoints: readonly number[]): Tree[]
  /** Outputs to other routers of a packet to a rectangle of routers, bounds included; only if `routesRectangles`. */
  rectangleOutputs(router: number, inPort: number, column0: number, row0: number, column1: number, row1: number): number
  /** @param hopsOf hops that a link of so many cycles is worth */
  metric(hopsOf: (linkCycles: number) => number): Metric
  /** All routers along a path on which neighbours follow each other, as far as the fabric has one. */
  walk(): number[]
  /** Name of a port for people: a direction, or the endpoint on it. */
  portName(router: number, port: number): string
}
