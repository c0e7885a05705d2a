import { scaleLog } from 'd3-scale'
import type { Chart, Svg } from '../svg.js'
import { textWidth } from '../text-width.js'
import { CHART_WIDTH, px } from './common.js'

/** Points that belong together, in the order in which they are joined. */
export interface Curve {
  readonly label: string
  readonly dashed?: boolean
  /** False for points that are not joined. */
  readonly joined?: boolean
  readonly points: readonly { readonly x: number; readonly y: number; readonly label?: string }[]
}

export interface Curves {
  readonly name: string
  readonly title: string
  readonly xLabel: string
  readonly yLabel: string
  readonly curves: readonly Curve[]
  readonly xTicks: readonly number[]
  readonly yTicks: readonly number[]
}

const HEIGHT = 360
const MARGIN = { left: 70, top: 16, bottom: 48 }
const LABEL_ROW = 15
/** Told apart by shade and dash, the same in print. */
const COLOURS = ['#1c55b8', '#b3261e', '#1f7a43', '#8d62a8', '#de841e', '#5b636f', '#1b1e23']

/** Curves on two logarithmic axes, each named at its last point. */
export function drawnCurves({ name, title, xLabel, yLabel, curves, xTicks, yTicks }: Curves, width = CHART_WIDTH): Chart {
  const right = Math.max(...curves.map(({ label }) => textWidth(label, 11))) + 22
  const points = curves.flatMap((curve) => curve.points)
  const around = (values: readonly number[]): [number, number] => [Math.min(...values) / 1.06, Math.max(...values) * 1.06]
  const x = scaleLog(around(points.map((point) => point.x)), [MARGIN.left, width - right])
  const y = scaleLog(around(points.map((point) => point.y)), [HEIGHT - MARGIN.bottom, MARGIN.top])
  const tops = spread(curves.map(({ points: own }) => y(own.at(-1)!.y) + 4))
  return {
    name, title, width, height: HEIGHT,
    description: curves.map(({ label, points: own }) => `${label}: ${own.map(pointText).join('; ')}`).join('. '),
    table: {
      columns: ['curve', 'x', 'y', 'point'],
      rows: curves.flatMap(({ label, points: own }) => own.map((point) => [label, point.x, point.y, point.label ?? null])),
    },
    draw: (svg) => {
      drawFrame(svg, { x, y, xTicks, yTicks, xLabel, yLabel, end: width - right })
      curves.forEach((curve, at) => {
        drawCurve(svg, curve, { x, y, colour: COLOURS[at % COLOURS.length]!, top: tops[at]!, labelsAt: width - right + 14 })
      })
    },
  }
}

const pointText = ({ x, y }: { x: number; y: number }): string => `${x.toPrecision(3)}, ${y.toPrecision(3)}`

type Scale = ReturnType<typeof scaleLog<number, number>>

/** Labels pushed down so that none lies on another. */
function spread(tops: readonly number[]): number[] {
  const order = tops.map((_, at) => at).sort((a, b) => tops[a]! - tops[b]!)
  const placed = [...tops]
  order.forEach((at, rank) => {
    if (rank > 0) placed[at] = Math.max(placed[at]!, placed[order[rank - 1]!]! + LABEL_ROW)
  })
  const over = Math.max(0, placed[order.at(-1)!]! - (HEIGHT - MARGIN.bottom))
  return placed.map((top) => top - over)
}

interface FrameOf {
  readonly x: Scale
  readonly y: Scale
  readonly xTicks: readonly number[]
  readonly yTicks: readonly number[]
  readonly xLabel: string
  readonly yLabel: string
  readonly end: number
}

function drawFrame(svg: Svg, { x, y, xTicks, yTicks, xLabel, yLabel, end }: FrameOf): void {
  const bottom = HEIGHT - MARGIN.bottom
  const inside = (scale: Scale, ticks: readonly number[]): number[] => {
    const [low, high] = scale.domain() as [number, number]
    return ticks.filter((tick) => tick >= low && tick <= high)
  }
  for (const tick of inside(x, xTicks)) {
    svg.append('line').attr('class', 'grid').attr('x1', px(x(tick))).attr('x2', px(x(tick))).attr('y1', MARGIN.top).attr('y2', bottom)
    svg.append('text').attr('class', 'soft').attr('font-size', 11).attr('text-anchor', 'middle').attr('x', px(x(tick))).attr('y', bottom + 16).text(tick)
  }
  for (const tick of inside(y, yTicks)) {
    svg.append('line').attr('class', 'grid').attr('x1', MARGIN.left).attr('x2', px(end)).attr('y1', px(y(tick))).attr('y2', px(y(tick)))
    svg.append('text').attr('class', 'soft').attr('font-size', 11).attr('text-anchor', 'end').attr('x', MARGIN.left - 8).attr('y', px(y(tick) + 4)).text(tick)
  }
  svg.append('text').attr('x', px((MARGIN.left + end) / 2)).attr('y', HEIGHT - 10).attr('text-anchor', 'middle').text(xLabel)
  svg.append('text').attr('x', -px((bottom + MARGIN.top) / 2)).attr('y', 16).attr('transform', 'rotate(-90)').attr('text-anchor', 'middle').text(yLabel)
}

interface CurveLook {
  readonly x: Scale
  readonly y: Scale
  readonly colour: string
  readonly top: number
  readonly labelsAt: number
}

function drawCurve(svg: Svg, { label, points, dashed = false, joined = true }: Curve, { x, y, colour, top, labelsAt }: CurveLook): void {
  if (joined && points.length > 1) {
    const path = points.map((point, at) => `${at === 0 ? 'M' : 'L'}${px(x(point.x))},${px(y(point.y))}`).join('')
    svg.append('path').attr('d', path).attr('fill', 'none').attr('stroke', colour).attr('stroke-width', 1.75)
      .attr('stroke-dasharray', dashed ? '5 4' : 'none')
  }
  for (const point of points) {
    svg.append('circle').attr('cx', px(x(point.x))).attr('cy', px(y(point.y))).attr('r', 3.5).attr('fill', colour)
      .append('title').text(`${label}: ${pointText(point)}`)
    if (point.label !== undefined) {
      svg.append('text').attr('class', 'soft').attr('font-size', 10).attr('text-anchor', 'middle').attr('x', px(x(point.x))).attr('y', px(y(point.y) - 7)).text(point.label)
    }
  }
  const last = points.at(-1)!
  svg.append('line').attr('class', 'chip').attr('x1', px(x(last.x) + 4)).attr('y1', px(y(last.y))).attr('x2', px(labelsAt - 3)).attr('y2', px(top - 4))
  svg.append('text').attr('font-size', 11).attr('fill', colour).attr('x', px(labelsAt)).attr('y', px(top)).text(label)
}
