import type { Svg } from '../svg.js'

/** Widths a chart is drawn at: the page's column, and a phone. */
export const CHART_WIDTH = 860
export const PHONE_WIDTH = 340

/** Categorical colours for operators: legible on light and on dark. */
const OPERATOR_COLOURS = [
  '#2f6fde', '#d9822b', '#6f9a35', '#8a5ac0', '#c7443f', '#2a9d9a', '#b5892a', '#d0659b', '#737b86', '#4f86a8',
  '#9c6b4a', '#5f96ee',
]

export function operatorColour(operators: readonly string[], operator: string): string {
  return OPERATOR_COLOURS[operators.indexOf(operator) % OPERATOR_COLOURS.length]!
}

/** Coordinates with two decimals are finer than any screen and keep files small. */
export function px(value: number): number {
  return Math.round(value * 100) / 100
}

export interface LegendEntry {
  readonly label: string
  readonly colour: string
}

const SWATCH = 10
const LETTER = 6.6

/** Rows of swatches and labels, wrapped to `width`; legendHeight tells how high they get. */
export function drawLegend(svg: Svg, entries: readonly LegendEntry[], left: number, top: number, width: number): void {
  let x = left
  let y = top
  for (const { label, colour } of entries) {
    const need = SWATCH + 6 + label.length * LETTER + 16
    if (x > left && x + need > left + width) {
      x = left
      y += 20
    }
    svg.append('rect').attr('x', px(x)).attr('y', y).attr('width', SWATCH).attr('height', SWATCH).attr('rx', 2)
      .attr('fill', colour)
    svg.append('text').attr('x', px(x + SWATCH + 6)).attr('y', y + 9).text(label)
    x += need
  }
}

/** Height that drawLegend takes. */
export function legendHeight(entries: readonly LegendEntry[], width: number): number {
  let x = 0
  let rows = 1
  for (const { label } of entries) {
    const need = SWATCH + 6 + label.length * LETTER + 16
    if (x > 0 && x + need > width) {
      x = 0
      rows++
    }
    x += need
  }
  return rows * 20
}

/** Opacity of a heat-map cell: visible for anything above 0, full at `top`. */
export function heatOpacity(value: number, top: number): number {
  if (value <= 0 || top <= 0) return 0
  return px(0.08 + 0.87 * Math.min(1, value / top))
}

/** A ramp from 0 to the largest value, with both ends labelled. */
export function drawHeatScale(svg: Svg, left: number, top: number, low: string, high: string): void {
  const steps = 12
  svg.append('text').attr('class', 'soft').attr('x', left).attr('y', top + 10).text(low)
  const from = left + low.length * LETTER + 8
  for (let i = 0; i < steps; i++) {
    svg.append('rect').attr('class', 'heat').attr('x', px(from + i * 12)).attr('y', top).attr('width', 12)
      .attr('height', 12).attr('fill-opacity', heatOpacity(i + 0.5, steps))
  }
  svg.append('text').attr('class', 'soft').attr('x', px(from + steps * 12 + 8)).attr('y', top + 10).text(high)
}
