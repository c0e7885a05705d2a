import { scaleLinear } from 'd3-scale'
import { line } from 'd3-shape'
import { drawAxes } from './charts/axes.js'
import { CHART_WIDTH, drawHeatScale, HEAT_SCALE_WIDTH, px as rounded, SHARE_SCALE } from './charts/common.js'
import { drawCoordinates, EDGE } from './charts/grid.js'
import { drawLinks } from './charts/link-heat.js'
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
    table: {
      columns: ['curve', 'offered_rate', 'accepted_rate', 'mean_cycles', 'p99_cycles', 'saturated'],
      rows: curves.flatMap(({ label, points }) => points.map((point) => (
        [label, point.offeredRate, point.acceptedRate, point.meanCycles, point.p99Cycles, point.saturated ? 1 : 0]
      ))),
    },
    draw: (svg) => {
      drawAxes(svg, { width: WIDTH, height: HEIGHT, margin: MARGIN }, x, y, 'offered flits per node and cycle', 'mean latency, cycles')
      curves.forEach((curve, k) => {
        const shown = stable[k]!.filter((point) => point.meanCycles <= top * 1.05)
        const opacity = 1 - (0.6 * k) / Math.max(1, curves.length)
        svg.append('path').attr('class', 'curve').attr('stroke-width', 2).attr('stroke-opacity', opacity)
          .attr('d', line<LoadLatency>((p) => px(x(p.offeredRate)), (p) => px(y(p.meanCycles)))([...shown]) ?? '')
        for (const point of shown) {
          svg.append('circle').attr('class', 'ink').attr('fill-opacity', opacity).attr('r', 2.5)
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

/** The routers, column by column and row by row; `topology` says whether outermost links lead around. */
export interface LoadedGrid {
  readonly columns: number
  readonly rows: number
  readonly topology: string
}

/** The routers as squares; beside each other the two directions of a link, shaded by the share of busy cycles. */
export function linkLoadChart({ columns, rows, topology }: LoadedGrid, links: readonly LinkLoad[]): Chart {
  const tile = Math.min(LARGEST_TILE, (CHART_WIDTH - EDGE - 4) / columns)
  const top = links.reduce((most, link) => Math.max(most, link.utilisation), 0)
  const busiest = links.find((link) => link.utilisation === top)
  const place = ({ column, row }: LinkLoad['from']): string => `(${column}, ${row})`
  const share = (value: number): string => `${(100 * value).toFixed(1)} %`
  return {
    name: 'link-heat', title: 'Link utilisation', width: rounded(Math.max(EDGE + columns * tile + 4, HEAT_SCALE_WIDTH + 8)),
    height: rounded(EDGE + rows * tile + 54),
    description: busiest === undefined ? 'one router, no links' : `the busiest link, ${place(busiest.from)} to ${place(busiest.to)}, ` +
      `carries a flit in ${share(top)} of the cycles`,
    table: {
      columns: ['from_column', 'from_row', 'to_column', 'to_row', 'utilisation'],
      rows: links.map(({ from, to, utilisation }) => [from.column, from.row, to.column, to.row, utilisation]),
    },
    draw: (svg) => {
      const routers = Array.from({ length: columns * rows }, (_, at) => ({ column: at % columns, row: Math.floor(at / columns) }))
      drawCoordinates(svg, { columns, rows, block: 1, size: tile })
      drawLinks(svg, links.map((link) => ({ ...link, title: `${place(link.from)} to ${place(link.to)}: ${share(link.utilisation)}` })),
        routers.map((router) => ({ ...router, title: `router ${place(router)}` })),
        { tile, around: topology === 'torus' ? { columns, rows } : undefined })
      drawHeatScale(svg, 2, rounded(EDGE + rows * tile + 12), SHARE_SCALE, `share of cycles with a flit on the link; most: ${share(top)}`)
    },
  }
}
