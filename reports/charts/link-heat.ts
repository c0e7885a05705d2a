import type { LinkResult, RunResult } from '../../sim/result/schema.js'
import { grouped, percent } from '../format.js'
import type { Chart, Svg } from '../svg.js'
import { CHART_WIDTH, drawHeatScale, heatOpacity, px } from './common.js'
import { tileSize } from './core-heat.js'

const WIDEST = 6

/** Steps from one column or row to the next, -1, 0 or 1; a wrap-around link of a torus goes the short way. */
function step(from: number, to: number): number {
  return Math.abs(to - from) <= 1 ? to - from : Math.sign(from - to)
}

/** The two directions of a channel lie side by side, each on its right-hand side as seen in its direction. */
function drawLink(svg: Svg, link: LinkResult, tile: number, top: number): void {
  const dx = step(link.from.column, link.to.column)
  const dy = step(link.from.row, link.to.row)
  const width = Math.min(WIDEST, tile * 0.13)
  const side = width * 0.75
  const centreX = (link.from.column + 0.5) * tile
  const centreY = (link.from.row + 0.5) * tile
  const near = tile * 0.19
  const wraps = Math.abs(link.to.column - link.from.column) > 1 || Math.abs(link.to.row - link.from.row) > 1
  const far = wraps ? tile * 0.48 : tile * 0.81
  const line = svg.append('line').attr('class', link.flits > 0 ? 'heatline' : 'idle')
    .attr('x1', px(centreX + dx * near - dy * side)).attr('y1', px(centreY + dy * near + dx * side))
    .attr('x2', px(centreX + dx * far - dy * side)).attr('y2', px(centreY + dy * far + dx * side))
    .attr('stroke-width', px(link.flits > 0 ? width : Math.min(1, width)))
  if (link.flits > 0) line.attr('stroke-opacity', heatOpacity(link.utilisation, top))
  line.append('title').text(`(${link.from.column}, ${link.from.row}) to (${link.to.column}, ${link.to.row}): ` +
    `${grouped(link.flits)} flits, ${percent(link.utilisation)} of the cycles`)
}

/** The network: routers as squares, each directed link shaded by the share of cycles a flit was on it. */
export function linkHeat(result: RunResult, width = CHART_WIDTH): Chart {
  const { columns, rows } = result.chip.spec.grid
  const tile = tileSize(columns, width)
  const top = Math.max(0, ...result.links.map((link) => link.utilisation))
  const busiest = result.links.find((link) => link.utilisation === top)
  return {
    name: 'link-utilisation', title: 'Link utilisation', width: Math.max(columns * tile, 320),
    height: px(rows * tile + 30),
    description: busiest === undefined
      ? 'the chip has one tile and no links'
      : `the busiest link, (${busiest.from.column}, ${busiest.from.row}) to (${busiest.to.column}, ` +
        `${busiest.to.row}), carries a flit in ${percent(busiest.utilisation)} of the cycles`,
    draw: (svg) => {
      for (const link of result.links) drawLink(svg, link, tile, top)
      for (const router of result.routers) {
        svg.append('rect').attr('class', 'node').attr('x', px((router.column + 0.33) * tile))
          .attr('y', px((router.row + 0.33) * tile)).attr('width', px(tile * 0.34)).attr('height', px(tile * 0.34))
          .attr('rx', px(Math.min(3, tile * 0.06))).append('title')
          .text(`router (${router.column}, ${router.row}): ${grouped(router.flitHops)} flits`)
      }
      drawHeatScale(svg, 2, px(rows * tile + 12), '0 %', `${percent(top)} of cycles`)
    },
  }
}
