import type { Random } from '../random.js'
import type { Metric } from './fabric.js'

/** A dimension: the coordinate of each router, and the position of each coordinate, hops. */
export interface Dimension {
  readonly of: Int32Array
  readonly at: Int32Array
}

/** Positions along a dimension: a step within a chip is worth `step` hops, one to the next chip `crossing`. */
export function positions(routers: number, perChip: number, step: number, crossing: number): Int32Array {
  const at = new Int32Array(routers)
  for (let index = 1; index < routers; index++) at[index] = at[index - 1]! + (index % perChip === 0 ? crossing : step)
  return at
}

/**
 * Distances in a grid routed in dimension order. A tree goes along the source's line of the first dimension, then along
 * the second: its links are that line's reach both ways, and in each of its arms what sticks out of the line.
 */
export class GridMetric implements Metric {
  readonly extent: number
  private readonly columns: number
  private readonly rows: number
  private readonly first: Dimension
  private readonly second: Dimension
  private readonly wraps: boolean
  private readonly armStamp: Int32Array
  private readonly armUp: Int32Array
  private readonly armDown: Int32Array
  private stamped = 0

  constructor(columns: number, rows: number, first: Dimension, second: Dimension, wraps: boolean) {
    this.columns = columns
    this.rows = rows
    this.first = first
    this.second = second
    this.wraps = wraps
    this.extent = Math.max(columns, rows)
    this.armStamp = new Int32Array(first.at.length)
    this.armUp = new Int32Array(first.at.length)
    this.armDown = new Int32Array(first.at.length)
  }

  distance(from: number, to: number): number {
    const { first, second } = this
    return Math.abs(this.along(first.of[from]!, first.of[to]!, first.at)) +
      Math.abs(this.along(second.of[from]!, second.of[to]!, second.at))
  }

  /** Signed hops along one dimension; ties on a ring go up, as in the routers. */
  private along(from: number, to: number, at: Int32Array): number {
    const straight = at[to]! - at[from]!
    if (!this.wraps) return straight
    const size = at.length
    const up = straight < 0 ? straight + size : straight
    return 2 * up <= size ? up : up - size
  }

  treeHops(source: number, routers: Int32Array, count: number): number {
    const { first, second, armStamp, armUp, armDown } = this
    const stamp = ++this.stamped
    let forward = 0
    let backward = 0
    let arms = 0
    for (let k = 0; k < count; k++) {
      const arm = first.of[routers[k]!]!
      const along = this.along(first.of[source]!, arm, first.at)
      const across = this.along(second.of[source]!, second.of[routers[k]!]!, second.at)
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
    return forward + backward + arms
  }

  /** Past the edge, the router on the edge. */
  near(router: number, reach: number, random: Random): number {
    const column = (router % this.columns) - reach + random.below(2 * reach + 1)
    const row = Math.floor(router / this.columns) - reach + random.below(2 * reach + 1)
    return Math.max(0, Math.min(this.rows - 1, row)) * this.columns + Math.max(0, Math.min(this.columns - 1, column))
  }
}
