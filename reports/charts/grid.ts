import type { ChipSpec } from '../../sim/config/chip-spec.js'
import type { Svg } from '../svg.js'
import { heatOpacity, px } from './common.js'

const LARGEST_TILE = 54

/** Side of a tile so that the grid fits the chart. */
export function tileSize(columns: number, chartWidth: number): number {
  return Math.min(LARGEST_TILE, Math.floor(((chartWidth - 20) / columns) * 100) / 100)
}

/** Above this many tiles a heat map is drawn dense: a path for each shade, no tooltips. Elements cost time and space. */
const DETAILED_TILES = 1024
const SHADES = 20

export function isDense(tiles: number): boolean {
  return tiles > DETAILED_TILES
}

/** Collects path pieces by shade, so that a map of any size is at most SHADES elements. */
export class ShadedPaths {
  private readonly paths = new Map<number, string[]>()
  private readonly top: number

  /** @param top the value of the deepest shade */
  constructor(top: number) {
    this.top = top
  }

  add(value: number, piece: string): void {
    const shade = value <= 0 || this.top <= 0 ? 0 : Math.max(1, Math.ceil((value / this.top) * SHADES))
    const pieces = this.paths.get(shade)
    if (pieces === undefined) this.paths.set(shade, [piece])
    else pieces.push(piece)
  }

  /** @param opacity the attribute that carries the shade */
  draw(svg: Svg, heatClass: string, idleClass: string, opacity: 'fill-opacity' | 'stroke-opacity', width: number): void {
    for (const [shade, pieces] of [...this.paths].sort(([a], [b]) => a - b)) {
      const path = svg.append('path').attr('class', shade === 0 ? idleClass : heatClass).attr('d', pieces.join(''))
        .attr('stroke-width', px(shade === 0 ? Math.min(0.5, width) : width))
      if (shade > 0) path.attr(opacity, heatOpacity(shade, SHADES))
    }
  }
}

/** Outlines the chips of a system of several. */
export function drawChips(svg: Svg, { grid, system }: ChipSpec, tile: number): void {
  if (system.chipColumns * system.chipRows === 1) return
  for (let row = 0; row < system.chipRows; row++) {
    for (let column = 0; column < system.chipColumns; column++) {
      svg.append('rect').attr('class', 'chip').attr('x', px(column * grid.columns * tile))
        .attr('y', px(row * grid.rows * tile)).attr('width', px(grid.columns * tile)).attr('height', px(grid.rows * tile))
    }
  }
}
