import type { LinkResult, RunResult } from '../../sim/result/schema.js'
import { systemColumns, systemRows } from '../../sim/config/size.js'
import { grouped, percent } from '../format.js'
import type { Chart, Svg } from '../svg.js'
import { CHART_WIDTH, drawHeatScale, HEAT_SCALE_WIDTH, px, SHARE_SCALE, shadeOf } from './common.js'
import { blockOf, drawChips, drawCoordinates, EDGE, gridFrame, ShadedPaths, tileGrid, type TileGrid } from './grid.js'

const WIDEST = 7

type Ends = Pick<LinkResult, 'from' | 'to'>

/** The size of a torus, whose outermost links lead around; undefined for other networks, whose links lead where they lead. */
export interface Around {
  readonly columns: number
  readonly rows: number
}

function strokeWidth(tile: number): number {
  return Math.min(WIDEST, tile * 0.15)
}

/** Steps from one column or row to the next; a link of a torus that leads around goes the short way, out of the picture. */
function step(from: number, to: number, size: number | undefined): { readonly by: number; readonly wraps: boolean } {
  const by = to - from
  const wraps = size !== undefined && Math.abs(by) > 1 && Math.abs(by) === size - 1
  return wraps ? { by: -Math.sign(by), wraps } : { by, wraps }
}

/**
 * The two directions of a channel lie side by side, each on its right-hand side as seen in its direction. A link to a router
 * that is no neighbour bows to that side, so that it does not lie on those of the routers between.
 */
function drawLink(svg: Svg, link: Ends, tile: number, around: Around | undefined): Svg {
  const across = step(link.from.column, link.to.column, around?.columns)
  const down = step(link.from.row, link.to.row, around?.rows)
  const length = Math.hypot(across.by, down.by)
  const [dx, dy] = [across.by / length, down.by / length]
  const side = strokeWidth(tile) * 0.75
  const at = (along: number, aside: number): readonly [number, number] => [
    px(EDGE + (link.from.column + 0.5 + along * dx - aside * dy) * tile), px(EDGE + (link.from.row + 0.5 + along * dy + aside * dx) * tile),
  ]
  const [near, aside] = [0.19, side / tile]
  const wraps = across.wraps || down.wraps
  const [x1, y1] = at(near, aside)
  const [x2, y2] = at(wraps ? 0.48 : length - near, aside)
  if (wraps || length < 1.5) return svg.append('line').attr('x1', x1).attr('y1', y1).attr('x2', x2).attr('y2', y2)
  return svg.append('path').attr('d', `M${x1} ${y1}Q${at(length / 2, 0.25 + 0.12 * length).join(' ')} ${x2} ${y2}`)
}

/** A link as the chart needs it. */
export interface ShadedLink extends Ends {
  readonly utilisation: number
  readonly title: string
}

/** Links one by one, and the routers they join. */
export function drawLinks(
  svg: Svg, links: readonly ShadedLink[], routers: readonly { column: number; row: number; title: string }[],
  { tile, around }: { readonly tile: number; readonly around: Around | undefined },
): void {
  for (const link of links) {
    drawLink(svg, link, tile, around).attr('class', `line${shadeOf(link.utilisation, SHARE_SCALE)}`)
      .attr('stroke-width', px(strokeWidth(tile))).append('title').text(link.title)
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
        })), { tile: grid.size, around: spec.grid.topology === 'torus' ? { columns: systemColumns(spec), rows: systemRows(spec) } : undefined })
      }
      drawChips(svg, spec, grid)
      drawHeatScale(svg, 2, px(EDGE + grid.rows * grid.size + 12), SHARE_SCALE, grid.block > 1
        ? `share of cycles with a flit; busiest link of ${grid.block} × ${grid.block} tiles` : 'share of cycles with a flit on the link')
    },
  }
}
