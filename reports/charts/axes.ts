import type { ScaleLinear } from 'd3'
import type { Svg } from '../svg.js'

/** The drawing area of a chart with two axes. */
export interface Frame {
  readonly width: number
  readonly height: number
  readonly margin: { readonly left: number; readonly right: number; readonly top: number; readonly bottom: number }
}

type Scale = ScaleLinear<number, number>

const px = (value: number): number => Math.round(value * 10) / 10

/** Grid lines with their values, and what the axes show. */
export function drawAxes(svg: Svg, { width, height, margin }: Frame, x: Scale, y: Scale, xLabel: string, yLabel: string): void {
  for (const tick of x.ticks(6)) {
    svg.append('g').attr('class', 'axis').append('line').attr('x1', px(x(tick))).attr('x2', px(x(tick)))
      .attr('y1', margin.top).attr('y2', height - margin.bottom)
    svg.append('text').attr('class', 'soft').attr('x', px(x(tick))).attr('y', height - margin.bottom + 16)
      .attr('text-anchor', 'middle').text(tick)
  }
  for (const tick of y.ticks(6)) {
    svg.append('g').attr('class', 'axis').append('line').attr('x1', margin.left).attr('x2', width - margin.right)
      .attr('y1', px(y(tick))).attr('y2', px(y(tick)))
    svg.append('text').attr('class', 'soft').attr('x', margin.left - 8).attr('y', px(y(tick) + 4))
      .attr('text-anchor', 'end').text(tick)
  }
  svg.append('text').attr('x', px((margin.left + width - margin.right) / 2)).attr('y', height - 8)
    .attr('text-anchor', 'middle').text(xLabel)
  svg.append('text').attr('x', -height / 2 + 12).attr('y', 14).attr('transform', 'rotate(-90)')
    .attr('text-anchor', 'middle').text(yLabel)
}
