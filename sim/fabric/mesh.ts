import type { FabricDescription } from './description.js'
import { PHASE_NEW, routeOf } from './fabric.js'
import { Grid } from './grid.js'
import type { Refusal } from './refusal.js'

/** Routers joined to the next in their row and column. */
export class Mesh extends Grid {
  readonly classes: 1 | 2
  readonly columnsFirst: boolean
  readonly routesRectangles: boolean
  readonly adaptive: boolean
  readonly diameter: number

  constructor(description: FabricDescription) {
    super(description, false)
    const { routing, columns, rows } = description
    this.classes = routing === 'o1turn' ? 2 : 1
    this.columnsFirst = routing === 'xy'
    this.routesRectangles = routing !== 'yx'
    this.adaptive = routing === 'west-first' || routing === 'odd-even'
    this.diameter = columns + rows - 2
  }

  protected between(from: number, to: number): number {
    return Math.abs(from - to)
  }

  protected direction(from: number, to: number): number {
    return from < to ? 0 : 1
  }

  protected armClass(): number {
    return 0
  }

  protected prevailingClass(): number {
    return 0
  }

  /** O1TURN tosses its coin once, at a packet's first router. */
  wantsCoin(phase: number): boolean {
    return this.classes === 2 && phase === PHASE_NEW
  }

  route(router: number, _inPort: number, target: number, source: number, phase: number, coin: number): number {
    const { columnOf, rowOf } = this.wiring
    const dx = columnOf[target]! - columnOf[router]!
    const dy = rowOf[target]! - rowOf[router]!
    const horizontal = dx > 0 ? 0 : 1
    const vertical = dy > 0 ? 2 : 3
    switch (this.description.routing) {
      case 'xy': return routeOf(dx !== 0 ? horizontal : vertical, 0)
      case 'yx': return routeOf(dy !== 0 ? vertical : horizontal, 0)
      case 'o1turn': {
        const order = phase === PHASE_NEW ? coin : phase
        return routeOf(dx !== 0 && (order === 0 || dy === 0) ? horizontal : vertical, order)
      }
      case 'west-first': return westFirst(dx, dy, vertical)
      case 'odd-even': return this.oddEven(router, target, source, dx, dy, vertical)
    }
  }

  /**
   * Odd-even turn model (Chiu, 2000), minimal: no east-to-vertical turn in an even column, no vertical-to-west turn in
   * an odd column.
   */
  private oddEven(router: number, target: number, source: number, dx: number, dy: number, vertical: number): number {
    const { columnOf } = this.wiring
    const column = columnOf[router]!
    if (dx === 0) return routeOf(vertical, 0)
    const odd = (column & 1) === 1
    if (dx < 0) return dy !== 0 && !odd ? routeOf(1, 0, vertical) : routeOf(1, 0)
    if (dy === 0) return routeOf(0, 0)
    const mayTurn = odd || column === columnOf[source]
    const mayGoEast = (columnOf[target]! & 1) === 1 || dx !== 1
    if (mayTurn && mayGoEast) return routeOf(0, 0, vertical)
    return routeOf(mayTurn ? vertical : 0, 0)
  }
}

/** West-first turn model (Glass and Ni, 1992): all westward hops come first, then any minimal direction. */
function westFirst(dx: number, dy: number, vertical: number): number {
  if (dx < 0) return routeOf(1, 0)
  if (dx === 0) return routeOf(vertical, 0)
  return dy === 0 ? routeOf(0, 0) : routeOf(0, 0, vertical)
}

/** What could deadlock on a mesh; the arguments stand in docs/network.md. */
export function meshRefusals({ routing, virtualChannels, multicast }: FabricDescription): Refusal[] {
  const refusals: Refusal[] = []
  if (routing === 'o1turn' && virtualChannels < 2) {
    refusals.push({
      key: 'virtualChannels',
      why: `can deadlock with routing 'o1turn': XY and YX packets need separate virtual channels`,
      instead: [{ key: 'virtualChannels', choice: 'of at least 2' }, { key: 'routing', choice: `'xy'` }],
    })
  }
  if (routing === 'odd-even' && multicast === 'tree') {
    refusals.push({
      key: 'multicast',
      why: `can deadlock with routing 'odd-even': a tree along rows, then columns takes turns that odd-even forbids`,
      instead: [{ key: 'multicast', choice: `'unicast'` }, { key: 'routing', choice: `'west-first' or 'xy'` }],
    })
  }
  return refusals
}
