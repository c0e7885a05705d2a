import { line, scaleLinear } from 'd3'
import { drawAxes } from './charts/axes.js'
import { CHART_WIDTH, drawHeatScale, heatOpacity, px as rounded } from './charts/common.js'
import type { Chart } from './svg.js'

/** One measured load: offered and accepted flits per node and cycle, latency in cycles. */
export interface LoadLatency {
  readonly offeredRate: number
  readonly acceptedRate: number
  readonly meanCycles: number
  readonly p99Cycles: number
  readonly saturated: boolean
}

export interface Curve {
  readonly label: string
  readonly points: readonly LoadLatency[]
}

const WIDTH = 640
const HEIGHT = 360
const MARGIN = { left: 56, right: 110, top: 16, bottom: 44 }

/** Latency against offered load: a curve per configuration; a vertical tick marks where it saturates. */
export function latencyLoadChart(curves: readonly Curve[], title = 'Latency against load'): Chart {
  const stable = curves.map((curve) => curve.points.filter((point) => !point.saturated))
  const zero = Math.min(...stable.flat().map((point) => point.meanCycles))
  const top = Math.min(Math.max(...stable.flat().map((point) => point.meanCycles)), 6 * zero)
  const right = Math.max(...curves.flatMap((curve) => curve.points.map((point) => point.saturated ? 0 : point.offeredRate)))
  const x = scaleLinear([0, right * 1.05], [MARGIN.left, WIDTH - MARGIN.right])
  const y = scaleLinear([0, top * 1.05], [HEIGHT - MARGIN.bottom, MARGIN.top])
  const px = (value: number): number => Math.round(value * 10) / 10
  return {
    name: 'latency-load', title, width: WIDTH, height: HEIGHT,
    description: curves.map((curve, k) => `${curve.label}: ${stable[k]![0]?.meanCycles.toFixed(1) ?? '–'} cycles unloaded, ` +
      `stable up to ${Math.max(0, ...stable[k]!.map((p) => p.offeredRate))} flits per node and cycle`).join('; '),
    draw: (svg) => {
      drawAxes(svg, { width: WIDTH, height: HEIGHT, margin: MARGIN }, x, y, 'offered flits per node and cycle', 'mean latency, cycles')
      curves.forEach((curve, k) => {
        const shown = stable[k]!.filter((point) => point.meanCycles <= top * 1.05)
        const opacity = 1 - (0.6 * k) / Math.max(1, curves.length)
        svg.append('path').attr('class', 'heatline').attr('stroke-width', 2).attr('stroke-opacity', opacity)
          .attr('d', line<LoadLatency>((p) => px(x(p.offeredRate)), (p) => px(y(p.meanCycles)))([...shown]))
        for (const point of shown) {
          svg.append('circle').attr('class', 'heat').attr('fill-opacity', opacity).attr('r', 2.5)
            .attr('cx', px(x(point.offeredRate))).attr('cy', px(y(point.meanCycles))).append('title')
            .text(`${curve.label}: ${point.offeredRate} offered, ${point.meanCycles.toFixed(2)} cycles, p99 ${point.p99Cycles}`)
        }
        const last = shown.at(-1)
        if (!last) return
        svg.append('text').attr('x', px(x(last.offeredRate) + 8)).attr('y', px(y(last.meanCycles) + 4)).text(curve.label)
      })
    },
  }
}

/** Load of one directed link between two routers. */
export interface LinkLoad {
  readonly from: { readonly column: number, readonly row: number }
  readonly to: { readonly column: number, readonly row: number }
  readonly utilisation: number
}

const LARGEST_TILE = 54

/** A step to the neighbour, -1, 0 or 1; over the edge of a torus it leaves the grid on the short side. */
function towards(from: number, to: number): number {
  return Math.abs(to - from) <= 1 ? to - from : Math.sign(from - to)
}

/** The routers as squares; beside each other the two directions of a link, shaded by the share of busy cycles. */
export function linkLoadChart(columns: number, rows: number, links: readonly LinkLoad[]): Chart {
  const tile = Math.min(LARGEST_TILE, (CHART_WIDTH - 20) / columns)
  const top = Math.max(0, ...links.map((link) => link.utilisation))
  const busiest = links.find((link) => link.utilisation === top)
  return {
    name: 'link-heat', title: 'Link utilisation', width: rounded(Math.max(columns * tile, 320)), height: rounded(rows * tile + 30),
    description: busiest === undefined ? 'one router, no links' : `the busiest link, (${busiest.from.column}, ` +
      `${busiest.from.row}) to (${busiest.to.column}, ${busiest.to.row}), carries a flit in ${(100 * top).toFixed(1)} % of the cycles`,
    draw: (svg) => {
      const width = Math.min(6, tile * 0.13)
      for (const link of links) {
        const dx = towards(link.from.column, link.to.column)
        const dy = towards(link.from.row, link.to.row)
        const x = (link.from.column + 0.5) * tile - dy * width * 0.75
        const y = (link.from.row + 0.5) * tile + dx * width * 0.75
        const wraps = Math.abs(link.to.column - link.from.column) > 1 || Math.abs(link.to.row - link.from.row) > 1
        const far = wraps ? 0.48 : 0.81
        svg.append('line').attr('class', link.utilisation > 0 ? 'heatline' : 'idle')
          .attr('x1', rounded(x + dx * 0.19 * tile)).attr('y1', rounded(y + dy * 0.19 * tile))
          .attr('x2', rounded(x + dx * far * tile)).attr('y2', rounded(y + dy * far * tile))
          .attr('stroke-width', rounded(link.utilisation > 0 ? width : 1))
          .attr('stroke-opacity', link.utilisation > 0 ? heatOpacity(link.utilisation, top) : 1)
          .append('title').text(`(${link.from.column}, ${link.from.row}) to (${link.to.column}, ${link.to.row}): ` +
            `${(100 * link.utilisation).toFixed(1)} %`)
      }
      for (let r = 0; r < columns * rows; r++) {
        svg.append('rect').attr('class', 'node').attr('x', rounded(((r % columns) + 0.33) * tile))
          .attr('y', rounded((Math.floor(r / columns) + 0.33) * tile)).attr('width', rounded(0.34 * tile))
          .attr('height', rounded(0.34 * tile))
      }
      drawHeatScale(svg, 2, rounded(rows * tile + 12), '0 %', `${(100 * top).toFixed(1)} % of cycles`)
    },
  }
}
