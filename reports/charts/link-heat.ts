import type { LinkResult, RunResult } from '../../sim/result/schema.js'
import { grouped, percent } from '../format.js'
import type { Chart, Svg } from '../svg.js'
import { CHART_WIDTH, drawHeatScale, HEAT_SCALE_WIDTH, px, SHARE_SCALE, shadeOf } from './common.js'
import { blockOf, drawChips, drawCoordinates, EDGE, gridFrame, ShadedPaths, tileGrid, type TileGrid } from './grid.js'

const WIDEST = 7

/** Steps from one column or row to the next, -1, 0 or 1; a wrap-around link of a torus goes the short way. */
function step(from: number, to: number): number {
  return Math.abs(to - from) <= 1 ? to - from : Math.sign(from - to)
}

type Ends = Pick<LinkResult, 'from' | 'to'>

function strokeWidth(tile: number): number {
  return Math.min(WIDEST, tile * 0.15)
}

/** The two directions of a channel lie side by side, each on its right-hand side as seen in its direction. */
function lineOf(link: Ends, tile: number): { x1: number; y1: number; x2: number; y2: number } {
  const dx = step(link.from.column, link.to.column)
  const dy = step(link.from.row, link.to.row)
  const side = strokeWidth(tile) * 0.75
  const x = EDGE + (link.from.column + 0.5) * tile - dy * side
  const y = EDGE + (link.from.row + 0.5) * tile + dx * side
  const wraps = Math.abs(link.to.column - link.from.column) > 1 || Math.abs(link.to.row - link.from.row) > 1
  const near = tile * 0.19
  const far = tile * (wraps ? 0.48 : 0.81)
  return { x1: px(x + dx * near), y1: px(y + dy * near), x2: px(x + dx * far), y2: px(y + dy * far) }
}

/** A link as the chart needs it. */
export interface ShadedLink extends Ends {
  readonly utilisation: number
  readonly title: string
}

/** Links one by one, and the routers they join. */
export function drawLinks(
  svg: Svg, links: readonly ShadedLink[], routers: readonly { column: number; row: number; title: string }[], tile: number,
): void {
  for (const link of links) {
    const { x1, y1, x2, y2 } = lineOf(link, tile)
    svg.append('line').attr('class', `line${shadeOf(link.utilisation, SHARE_SCALE)}`).attr('x1', x1).attr('y1', y1).attr('x2', x2)
      .attr('y2', y2).attr('stroke-width', px(strokeWidth(tile))).append('title').text(link.title)
  }
  for (const { column, row, title } of routers) {
    svg.append('rect').attr('class', 'node').attr('x', px(EDGE + (column + 0.33) * tile)).attr('y', px(EDGE + (row + 0.33) * tile))
      .attr('width', px(tile * 0.34)).attr('height', px(tile * 0.34)).attr('rx', px(Math.min(3, tile * 0.06)))
      .append('title').text(title)
  }
}

/** Blocks of tiles, each shaded by the busiest link that leaves one of its routers. */
function drawBlocks(svg: Svg, links: readonly LinkResult[], grid: TileGrid): void {
  const busiest = new Map<number, number>()
  for (const { from, utilisation } of links) {
    const at = blockOf(grid, from.column, from.row)
    busiest.set(at, Math.max(busiest.get(at) ?? 0, utilisation))
  }
  const paths = new ShadedPaths()
  const side = px(grid.size - 0.5)
  for (const [at, utilisation] of busiest) {
    const [x, y] = [px(EDGE + (at % grid.columns) * grid.size), px(EDGE + Math.floor(at / grid.columns) * grid.size)]
    paths.add(shadeOf(utilisation, SHARE_SCALE), `M${x} ${y}h${side}v${side}h${-side}z`)
  }
  paths.draw(svg, 'heat')
}

const at = ({ column, row }: LinkResult['from']): string => `(${column}, ${row})`

/** The network: routers as squares, each directed link shaded by the share of cycles a flit was on it. */
export function linkHeat(result: RunResult, width = CHART_WIDTH): Chart {
  const { spec } = result.chip
  const grid = tileGrid(spec, width)
  const top = result.links.reduce((most, link) => Math.max(most, link.utilisation), 0)
  const busiest = result.links.find((link) => link.utilisation === top)
  return {
    name: 'link-utilisation', title: 'How busy each link was', ...gridFrame(grid, 54, HEAT_SCALE_WIDTH + 8),
    description: busiest === undefined
      ? 'the chip has one tile and no links'
      : `the busiest link, ${at(busiest.from)} to ${at(busiest.to)}, carries a flit in ${percent(busiest.utilisation)} of the cycles`,
    table: {
      columns: ['from_column', 'from_row', 'to_column', 'to_row', 'flits', 'utilisation'],
      rows: result.links.map(({ from, to, flits, utilisation }) => [from.column, from.row, to.column, to.row, flits, utilisation]),
    },
    draw: (svg) => {
      drawCoordinates(svg, grid)
      if (grid.block > 1) drawBlocks(svg, result.links, grid)
      else {
        drawLinks(svg, result.links.map((link) => ({
          ...link, title: `${at(link.from)} to ${at(link.to)}: ${grouped(link.flits)} flits, ${percent(link.utilisation)} of the cycles`,
        })), result.routers.map((router) => ({
          ...router, title: `router ${at(router)}: ${grouped(router.flitHops)} flits`,
        })), grid.size)
      }
      drawChips(svg, spec, grid)
      drawHeatScale(svg, 2, px(EDGE + grid.rows * grid.size + 12), SHARE_SCALE, grid.block > 1
        ? `share of cycles with a flit; busiest link of ${grid.block} × ${grid.block} tiles` : 'share of cycles with a flit on the link')
    },
  }
}
