import type { LinkResult, RunResult } from '../../sim/result/schema.js'
import { systemColumns, systemRows } from '../../sim/config/size.js'
import { grouped, percent } from '../format.js'
import type { Chart, Svg } from '../svg.js'
import { CHART_WIDTH, drawHeatScale, heatOpacity, px } from './common.js'
import { drawChips, isDense, ShadedPaths, tileSize } from './grid.js'

const WIDEST = 6

/** Steps from one column or row to the next, -1, 0 or 1; a wrap-around link of a torus goes the short way. */
function step(from: number, to: number): number {
  return Math.abs(to - from) <= 1 ? to - from : Math.sign(from - to)
}

interface Line {
  readonly x1: number
  readonly y1: number
  readonly x2: number
  readonly y2: number
}

function strokeWidth(tile: number): number {
  return Math.min(WIDEST, tile * 0.13)
}

/** The two directions of a channel lie side by side, each on its right-hand side as seen in its direction. */
function lineOf(link: LinkResult, tile: number): Line {
  const dx = step(link.from.column, link.to.column)
  const dy = step(link.from.row, link.to.row)
  const side = strokeWidth(tile) * 0.75
  const x = (link.from.column + 0.5) * tile - dy * side
  const y = (link.from.row + 0.5) * tile + dx * side
  const wraps = Math.abs(link.to.column - link.from.column) > 1 || Math.abs(link.to.row - link.from.row) > 1
  const near = tile * 0.19
  const far = tile * (wraps ? 0.48 : 0.81)
  return { x1: px(x + dx * near), y1: px(y + dy * near), x2: px(x + dx * far), y2: px(y + dy * far) }
}

function drawLink(svg: Svg, link: LinkResult, tile: number, top: number): void {
  const { x1, y1, x2, y2 } = lineOf(link, tile)
  const width = strokeWidth(tile)
  const line = svg.append('line').attr('class', link.flits > 0 ? 'heatline' : 'idle').attr('x1', x1).attr('y1', y1)
    .attr('x2', x2).attr('y2', y2).attr('stroke-width', px(link.flits > 0 ? width : Math.min(1, width)))
  if (link.flits > 0) line.attr('stroke-opacity', heatOpacity(link.utilisation, top))
  line.append('title').text(`(${link.from.column}, ${link.from.row}) to (${link.to.column}, ${link.to.row}): ` +
    `${grouped(link.flits)} flits, ${percent(link.utilisation)} of the cycles`)
}

function drawDense(svg: Svg, links: readonly LinkResult[], tile: number, top: number): void {
  const paths = new ShadedPaths(top)
  for (const link of links) {
    const { x1, y1, x2, y2 } = lineOf(link, tile)
    paths.add(link.utilisation, `M${x1} ${y1}L${x2} ${y2}`)
  }
  paths.draw(svg, 'heatline', 'idle', 'stroke-opacity', strokeWidth(tile))
}

function drawDetailed(svg: Svg, result: RunResult, tile: number, top: number): void {
  for (const link of result.links) drawLink(svg, link, tile, top)
  for (const router of result.routers) {
    svg.append('rect').attr('class', 'node').attr('x', px((router.column + 0.33) * tile))
      .attr('y', px((router.row + 0.33) * tile)).attr('width', px(tile * 0.34)).attr('height', px(tile * 0.34))
      .attr('rx', px(Math.min(3, tile * 0.06))).append('title')
      .text(`router (${router.column}, ${router.row}): ${grouped(router.flitHops)} flits`)
  }
}

/** The network: routers as squares, each directed link shaded by the share of cycles a flit was on it. */
export function linkHeat(result: RunResult, width = CHART_WIDTH): Chart {
  const { spec } = result.chip
  const [columns, rows] = [systemColumns(spec), systemRows(spec)]
  const tile = tileSize(columns, width)
  const top = Math.max(0, ...result.links.map((link) => link.utilisation))
  const busiest = result.links.find((link) => link.utilisation === top)
  return {
    name: 'link-utilisation', title: 'Link utilisation', width: Math.max(px(columns * tile), 320),
    height: px(rows * tile + 30),
    description: busiest === undefined
      ? 'the chip has one tile and no links'
      : `the busiest link, (${busiest.from.column}, ${busiest.from.row}) to (${busiest.to.column}, ` +
        `${busiest.to.row}), carries a flit in ${percent(busiest.utilisation)} of the cycles`,
    draw: (svg) => {
      drawChips(svg, spec, tile)
      if (isDense(columns * rows)) drawDense(svg, result.links, tile, top)
      else drawDetailed(svg, result, tile, top)
      drawHeatScale(svg, 2, px(rows * tile + 12), '0 %', `${percent(top)} of cycles`)
    },
  }
}
