import type { ChipSpec } from '../../sim/config/chip-spec.js'
import { systemColumns, systemRows } from '../../sim/config/size.js'
import { SHADES } from '../colours.js'
import type { Svg } from '../svg.js'
import { px } from './common.js'

const LARGEST_TILE = 60
/** Room for the numbers of columns above the grid, and of rows to its left. */
export const EDGE = 22

/** How the tiles of a system are drawn: each, or in square blocks when there are thousands. */
export interface TileGrid {
  readonly columns: number
  readonly rows: number
  /** Tiles along the side of a block; 1: each tile is drawn. */
  readonly block: number
  /** Side of what is drawn for a block. */
  readonly size: number
}

/** Above this many tiles a heat map shows blocks: nobody reads thousands of squares, and a page should stay small. */
const MOST_DRAWN = 1024

export function tileGrid(spec: ChipSpec, chartWidth: number): TileGrid {
  const [tileColumns, tileRows] = [systemColumns(spec), systemRows(spec)]
  let block = 1
  while (Math.ceil(tileColumns / block) * Math.ceil(tileRows / block) > MOST_DRAWN) block++
  const [columns, rows] = [Math.ceil(tileColumns / block), Math.ceil(tileRows / block)]
  return { columns, rows, block, size: Math.min(LARGEST_TILE, Math.floor(((chartWidth - EDGE - 4) / columns) * 100) / 100) }
}

/** Frame of the chart around a grid; `below` is room for its scale. */
export function gridFrame({ columns, rows, size }: TileGrid, below: number, least: number): { width: number; height: number } {
  return { width: Math.max(px(EDGE + columns * size + 4), least), height: px(EDGE + rows * size + below) }
}

/** Which block a tile is in. */
export function blockOf({ columns, block }: TileGrid, column: number, row: number): number {
  return Math.floor(row / block) * columns + Math.floor(column / block)
}

/** Numbers of columns and rows, in tiles, as many as there is room for. */
export function drawCoordinates(svg: Svg, { columns, rows, block, size }: TileGrid): void {
  const every = Math.max(1, Math.ceil((block > 1 ? 26 : 18) / size))
  for (let column = 0; column < columns; column += every) {
    svg.append('text').attr('class', 'soft').attr('font-size', 9.5).attr('x', px(EDGE + (column + 0.5) * size)).attr('y', EDGE - 7)
      .attr('text-anchor', 'middle').text(column * block)
  }
  for (let row = 0; row < rows; row += every) {
    svg.append('text').attr('class', 'soft').attr('font-size', 9.5).attr('x', EDGE - 5).attr('y', px(EDGE + (row + 0.5) * size + 3.5))
      .attr('text-anchor', 'end').text(row * block)
  }
}

/** Collects path pieces by shade, so that a map of any size is at most as many elements as there are shades. */
export class ShadedPaths {
  private readonly pieces: string[][] = Array.from({ length: SHADES }, () => [])

  add(shade: number, piece: string): void {
    this.pieces[shade]!.push(piece)
  }

  /** @param look 'heat' fills, 'line' strokes */
  draw(svg: Svg, look: 'heat' | 'line', width = 0): void {
    this.pieces.forEach((pieces, shade) => {
      if (pieces.length === 0) return
      const path = svg.append('path').attr('class', `${look}${shade}`).attr('d', pieces.join(''))
      if (width > 0) path.attr('stroke-width', px(width))
    })
  }
}

/** Outlines the chips of a system of several. */
export function drawChips(svg: Svg, { grid, system }: ChipSpec, { block, size }: TileGrid): void {
  if (system.chipColumns * system.chipRows === 1) return
  const side = size / block
  for (let row = 0; row < system.chipRows; row++) {
    for (let column = 0; column < system.chipColumns; column++) {
      svg.append('rect').attr('class', 'chip').attr('x', px(EDGE + column * grid.columns * side))
        .attr('y', px(EDGE + row * grid.rows * side)).attr('width', px(grid.columns * side)).attr('height', px(grid.rows * side))
    }
  }
}
