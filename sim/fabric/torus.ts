import type { FabricDescription } from './description.js'
import { routeOf } from './fabric.js'
import { Grid } from './grid.js'
import type { Refusal } from './refusal.js'

/**
 * Shortest way round a ring of `size` routers: 0 for increasing, 1 for decreasing coordinates.
 * @param tie the answer when both ways are equally long
 */
function ringDirection(from: number, to: number, size: number, tie: number): number {
  const balance = size - 2 * ((to - from + size) % size)
  if (balance === 0) return tie
  return balance > 0 ? 0 : 1
}

/** Whether the way from `from` to `to` in a direction crosses the wrap-around link: 1 or 0. */
function ringWraps(from: number, to: number, direction: number): number {
  return direction === 0 ? (from > to ? 1 : 0) : (from < to ? 1 : 0)
}

/**
 * VC class on a ring: packets that wrap and packets that do not use different classes for the whole ring, which
 * breaks the cycle (no packet that wraps passes the middle of the ring). Which class is which depends on the
 * direction, as in BookSim2's dim_order_torus.
 */
function ringClass(wraps: number, direction: number): number {
  return wraps ^ direction
}

/** A grid whose rows and columns are rings, routed in dimension order. */
export class Torus extends Grid {
  readonly classes = 2
  readonly columnsFirst = false
  readonly routesRectangles = false
  readonly adaptive = false
  readonly diameter: number

  constructor(description: FabricDescription) {
    super(description, true)
    this.diameter = Math.floor(description.columns / 2) + Math.floor(description.rows / 2)
  }

  protected between(from: number, to: number, size: number): number {
    const up = (to - from + size) % size
    return Math.min(up, size - up)
  }

  protected direction(from: number, to: number, size: number): number {
    return ringDirection(from, to, size, 0)
  }

  protected armClass(from: number, to: number, direction: number): number {
    return ringClass(ringWraps(from, to, direction), direction)
  }

  /** Where arms of one tree share an output, the class of those that wrap is taken all along. */
  protected prevailingClass(direction: number): number {
    return ringClass(1, direction)
  }

  /** Ties half-way round a ring. */
  wantsCoin(): boolean {
    return true
  }

  /** The phase is the ring's VC class; it is set when a ring is entered and kept along it. */
  route(router: number, inPort: number, target: number, _source: number, phase: number, coin: number): number {
    const { columnOf, rowOf } = this.wiring
    const { columns, rows, routing } = this.description
    const columnsLeft = columnOf[router] !== columnOf[target]
    const rowsLeft = rowOf[router] !== rowOf[target]
    const dimension = columnsLeft && (routing === 'xy' || !rowsLeft) ? 0 : 1
    if (inPort >> 1 === dimension) return routeOf(inPort ^ 1, phase)
    const coordinate = dimension === 0 ? columnOf : rowOf
    const from = coordinate[router]!
    const to = coordinate[target]!
    const direction = ringDirection(from, to, dimension === 0 ? columns : rows, coin)
    return routeOf(2 * dimension + direction, ringClass(ringWraps(from, to, direction), direction))
  }
}

/** What could deadlock on a torus, or is no torus; the arguments stand in docs/network.md. */
export function torusRefusals({ routing, virtualChannels, chipColumns, chipRows }: FabricDescription): Refusal[] {
  const refusals: Refusal[] = []
  if (routing !== 'xy' && routing !== 'yx') {
    refusals.push({
      key: 'routing',
      why: 'can deadlock on a torus: its turn rules do not order the wrap-around links',
      instead: [{ key: 'routing', choice: `'xy' or 'yx'` }, { key: 'topology', choice: `'mesh'` }],
    })
  }
  if (virtualChannels < 2) {
    refusals.push({
      key: 'virtualChannels',
      why: 'can deadlock on a torus: packets that wrap around a ring need virtual channels of their own',
      instead: [{ key: 'virtualChannels', choice: 'of at least 2' }, { key: 'topology', choice: `'mesh'` }],
    })
  }
  if (chipColumns * chipRows > 1) {
    refusals.push({
      key: 'topology',
      why: `is for one chip, but the system has ${chipColumns}x${chipRows}: the links between chips form a mesh`,
      instead: [{ key: 'topology', choice: `'mesh'` }],
    })
  }
  return refusals
}
