import type { ScaleLinear } from 'd3-scale'
import type { Svg } from '../svg.js'
import { px } from './common.js'

/** The drawing area of a chart with two axes. */
export interface Frame {
  readonly width: number
  readonly height: number
  readonly margin: { readonly left: number; readonly right: number; readonly top: number; readonly bottom: number }
}

type Scale = ScaleLinear<number, number>
type Format = (value: number) => string

/** Grid lines with their values, and what the axes show. */
export function drawAxes(
  svg: Svg, { width, height, margin }: Frame, x: Scale, y: Scale, xLabel: string, yLabel: string,
  { xFormat = String, yFormat = String, ticks = 6 }: { xFormat?: Format; yFormat?: Format; ticks?: number } = {},
): void {
  for (const tick of x.ticks(ticks)) {
    svg.append('line').attr('class', 'grid').attr('x1', px(x(tick))).attr('x2', px(x(tick)))
      .attr('y1', margin.top).attr('y2', height - margin.bottom)
    svg.append('text').attr('class', 'soft').attr('font-size', 11).attr('x', px(x(tick))).attr('y', height - margin.bottom + 16)
      .attr('text-anchor', 'middle').text(xFormat(tick))
  }
  for (const tick of y.ticks(6)) {
    svg.append('line').attr('class', 'grid').attr('x1', margin.left).attr('x2', width - margin.right)
      .attr('y1', px(y(tick))).attr('y2', px(y(tick)))
    svg.append('text').attr('class', 'soft').attr('font-size', 11).attr('x', margin.left - 8).attr('y', px(y(tick) + 4))
      .attr('text-anchor', 'end').text(yFormat(tick))
  }
  svg.append('text').attr('x', px((margin.left + width - margin.right) / 2)).attr('y', height - 8)
    .attr('text-anchor', 'middle').text(xLabel)
  svg.append('text').attr('x', -px((height - margin.bottom + margin.top) / 2)).attr('y', 14).attr('transform', 'rotate(-90)')
    .attr('text-anchor', 'middle').text(yLabel)
}

/** Vertical grid lines from the top to `bottom`, their values below. */
export function drawBottomAxis(svg: Svg, x: Scale, bottom: number, ticks: number, format: Format): void {
  for (const tick of x.ticks(ticks)) {
    svg.append('line').attr('class', 'grid').attr('x1', px(x(tick))).attr('x2', px(x(tick))).attr('y1', 0).attr('y2', px(bottom))
    svg.append('text').attr('class', 'soft').attr('font-size', 11).attr('x', px(x(tick))).attr('y', px(bottom + 17))
      .attr('text-anchor', 'middle').text(format(tick))
  }
}
