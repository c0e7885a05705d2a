import type { FabricDescription } from './description.js'
import type { Fabric, Metric, Tree } from './fabric.js'
import { GridMetric, positions } from './grid-metric.js'
import { LINK_CHIP, LINK_TILE, wire, type WireEnd, type Wiring } from './wiring.js'

/** Output ports of a grid's routers, as in BookSim2: 0 east (+column), 1 west, 2 south (+row), 3 north. */
const PORT_NAMES = ['east', 'west', 'south', 'north'] as const
const DIRECTIONS = PORT_NAMES.length

/** Every link of a grid, each way by itself. A link of length 1 around a ring joins nothing and is left out. */
function gridLinks(description: FabricDescription, wraps: boolean): WireEnd[] {
  const { columns, rows, linkCycles, chipLinkCycles, chipLinkCyclesPerFlit } = description
  const chipWidth = columns / description.chipColumns
  const chipHeight = rows / description.chipRows
  const ends: WireEnd[] = []
  const join = (router: number, port: number, toRouter: number, crossing: boolean): void => {
    const link = crossing
      ? { kind: LINK_CHIP, cycles: chipLinkCycles, cyclesPerFlit: chipLinkCyclesPerFlit } as const
      : { kind: LINK_TILE, cycles: linkCycles, cyclesPerFlit: 1 } as const
    ends.push({ router, port, toRouter, toPort: port ^ 1, ...link })
    ends.push({ router: toRouter, port: port ^ 1, toRouter: router, toPort: port, ...link })
  }
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const router = row * columns + column
      if (column + 1 < columns || (wraps && columns > 1)) {
        join(router, 0, row * columns + ((column + 1) % columns), !wraps && (column + 1) % chipWidth === 0)
      }
      if (row + 1 < rows || (wraps && rows > 1)) {
        join(router, 2, ((row + 1) % rows) * columns + column, !wraps && (row + 1) % chipHeight === 0)
      }
    }
  }
  return ends
}

/** What mesh and torus have in common: columns and rows, and trees along one dimension, then along the other. */
export abstract class Grid implements Fabric {
  readonly description: FabricDescription
  readonly wiring: Wiring
  private readonly wraps: boolean
  abstract readonly classes: 1 | 2
  abstract readonly columnsFirst: boolean
  abstract readonly routesRectangles: boolean
  abstract readonly adaptive: boolean
  abstract readonly diameter: number

  constructor(description: FabricDescription, wraps: boolean) {
    this.description = description
    this.wraps = wraps
    this.wiring = wire(description, DIRECTIONS, gridLinks(description, wraps))
  }

  abstract route(router: number, inPort: number, target: number, source: number, phase: number, coin: number): number
  abstract wantsCoin(phase: number): boolean
  /** Links between two coordinates of a dimension of `size` routers. */
  protected abstract between(from: number, to: number, size: number): number
  /** 0 when the way between two coordinates goes up, 1 when it goes down; a tie goes up. */
  protected abstract direction(from: number, to: number, size: number): number
  /** VC class of a tree's arm that enters a dimension at `from` and goes on to `to`. */
  protected abstract armClass(from: number, to: number, direction: number): number
  /** Whether one class on an output, if another arm of the same tree asks for another, overrides it. */
  protected abstract prevailingClass(direction: number): number

  distance(from: number, to: number): number {
    const { columnOf, rowOf } = this.wiring
    const { columns, rows } = this.description
    return this.between(columnOf[from]!, columnOf[to]!, columns) + this.between(rowOf[from]!, rowOf[to]!, rows)
  }

  neighbour(router: number, port: number): number {
    const peer = this.wiring.peer[router * this.wiring.ports + port]!
    return peer < 0 ? -1 : Math.floor(peer / this.wiring.ports)
  }

  /** Next output of a tree from a router towards another: dimension order, ties on a ring go east or south. */
  private treeOutput(router: number, target: number): number {
    const { columnOf, rowOf } = this.wiring
    const { columns, rows, routing } = this.description
    const alongRow = routing === 'yx' ? rowOf[router] === rowOf[target] : columnOf[router] !== columnOf[target]
    return alongRow
      ? this.direction(columnOf[router]!, columnOf[target]!, columns)
      : 2 + this.direction(rowOf[router]!, rowOf[target]!, rows)
  }

  path(from: number, to: number): number[] {
    const ids: number[] = []
    for (let router = from; router !== to; router = this.neighbour(router, ids.at(-1)! % this.wiring.ports)) {
      ids.push(router * this.wiring.ports + this.treeOutput(router, to))
    }
    return ids
  }

  trees(source: number, endpoints: readonly number[]): Tree[] {
    const outputs = new Map<number, number>()
    const classes = new Map<number, number>()
    const { endpointRouter, endpointPort } = this.wiring
    for (const endpoint of endpoints) {
      const target = endpointRouter[endpoint]!
      let router = endpointRouter[source]!
      let dimension = -1
      let armClass = 0
      while (router !== target) {
        const output = this.treeOutput(router, target)
        if (output >> 1 !== dimension) {
          dimension = output >> 1
          const coordinate = dimension === 0 ? this.wiring.columnOf : this.wiring.rowOf
          armClass = this.armClass(coordinate[router]!, coordinate[target]!, output & 1)
        }
        this.mark(router, output, armClass, outputs, classes)
        router = this.neighbour(router, output)
      }
      outputs.set(target, (outputs.get(target) ?? 0) | (1 << endpointPort[endpoint]!))
    }
    const nodes = [...outputs].map(([router, mask]) => ({ router, outputs: mask, classes: classes.get(router) ?? 0 }))
    return [{ endpoints, nodes }]
  }

  private mark(
    router: number, output: number, armClass: number, outputs: Map<number, number>, classes: Map<number, number>,
  ): void {
    const before = outputs.get(router) ?? 0
    const known = ((before >> output) & 1) === 1
    const prevailing = this.prevailingClass(output & 1)
    const chosen = known && armClass !== prevailing ? ((classes.get(router) ?? 0) >> output) & 1 : armClass
    outputs.set(router, before | (1 << output))
    classes.set(router, ((classes.get(router) ?? 0) & ~(1 << output)) | (chosen << output))
  }

  rectangleOutputs(router: number, inPort: number, column0: number, row0: number, column1: number, row1: number): number {
    const column = this.wiring.columnOf[router]!
    const row = this.wiring.rowOf[router]!
    const alongRow = inPort !== 2 && inPort !== 3
    let outputs = 0
    if (alongRow && column < column1 && inPort !== 0) outputs |= 1
    if (alongRow && column > column0 && inPort !== 1) outputs |= 2
    if (column < column0 || column > column1) return outputs
    if (row < row1 && inPort !== 2) outputs |= 4
    if (row > row0 && inPort !== 3) outputs |= 8
    return outputs
  }

  metric(hopsOf: (linkCycles: number) => number): Metric {
    const { columns, rows, chipColumns, chipRows, linkCycles, chipLinkCycles, routing } = this.description
    const columnAt = positions(columns, columns / chipColumns, hopsOf(linkCycles), hopsOf(chipLinkCycles))
    const rowAt = positions(rows, rows / chipRows, hopsOf(linkCycles), hopsOf(chipLinkCycles))
    const { columnOf, rowOf } = this.wiring
    const across = { of: columnOf, at: columnAt }
    const down = { of: rowOf, at: rowAt }
    return routing === 'yx'
      ? new GridMetric(columns, rows, down, across, this.wraps) : new GridMetric(columns, rows, across, down, this.wraps)
  }

  /** A boustrophedon over the chips, and over the routers in each. */
  walk(): number[] {
    const { columns, rows, chipColumns, chipRows } = this.description
    const width = columns / chipColumns
    const height = rows / chipRows
    return serpentine(chipColumns, chipRows).flatMap((chip) => serpentine(width, height).map(({ column, row }) =>
      (chip.row * height + row) * columns + chip.column * width + column))
  }

  portName(router: number, port: number): string {
    return PORT_NAMES[port] ?? `endpoint ${this.wiring.portEndpoint[router * this.wiring.ports + port]}`
  }
}

/** Every second row backwards. */
function serpentine(columns: number, rows: number): { column: number; row: number }[] {
  return Array.from({ length: columns * rows }, (_, step) => {
    const row = Math.floor(step / columns)
    const along = step % columns
    return { column: row % 2 === 0 ? along : columns - 1 - along, row }
  })
}
