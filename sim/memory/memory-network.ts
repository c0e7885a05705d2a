import { LinkCalendar } from './link-calendar.js'

/**
 * The network between memory ports and cores: a mesh of its own, with links as wide as the chip file says, routed X first.
 * A packet is carried whole: it takes each link on its way for as many cycles as it has flits, from its arrival there on,
 * and its head a hop's cycles from router to router (virtual cut-through, with room for what waits). So a packet costs the
 * simulator its hops, however long it is, and no link carries more than a flit a cycle.
 */

const EAST = 0
const WEST = 1
const SOUTH = 2
const NORTH = 3
const INTO_TILE = 4
const OUT_OF_TILE = 5
const WAYS = 6

export class MemoryNetwork {
  /** Flits times routers passed, and flits times links between tiles. A flit that is partly empty counts in part. */
  hops = 0
  linkFlits = 0

  private readonly columns: number
  private readonly hopCycles: number
  private readonly links: (LinkCalendar | undefined)[]

  constructor(columns: number, rows: number, hopCycles: number) {
    this.columns = columns
    this.hopCycles = hopCycles
    this.links = Array.from({ length: columns * rows * WAYS })
  }

  /**
   * Sends a packet; returns the cycle in which its last flit is there.
   * @param now the present, in which it is asked for, never less than before
   * @param ready when its head could leave
   * @param share of its flits that is not empty
   */
  send(now: number, ready: number, way: readonly [from: number, to: number], flits: number, share = 1): number {
    const { columns } = this
    const [from, to] = way
    let column = from % columns
    let row = Math.floor(from / columns)
    const [toColumn, toRow] = [to % columns, Math.floor(to / columns)]
    let head = this.pass(from, OUT_OF_TILE, now, ready, flits)
    let routers = 1
    while (column !== toColumn || row !== toRow) {
      const tile = row * columns + column
      const out = column < toColumn ? EAST : column > toColumn ? WEST : row < toRow ? SOUTH : NORTH
      head = this.pass(tile, out, now, head, flits) + this.hopCycles
      if (out === EAST) column++
      else if (out === WEST) column--
      else row += out === SOUTH ? 1 : -1
      routers++
    }
    head = this.pass(to, INTO_TILE, now, head, flits)
    this.hops += routers * flits * share
    this.linkFlits += (routers - 1) * flits * share
    return head + flits
  }

  /** Passes a link; returns when the head would have passed it if the tail followed without a gap. */
  private pass(tile: number, out: number, now: number, ready: number, flits: number): number {
    const link = this.links[tile * WAYS + out] ??= new LinkCalendar()
    return link.take(now, ready, flits) - flits
  }
}
