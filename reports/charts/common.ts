import { SHADES } from '../colours.js'
import type { Svg } from '../svg.js'
import { textWidth } from '../text-width.js'

/** Widths a chart is drawn at: the page's column, and a phone. */
export const CHART_WIDTH = 860
export const PHONE_WIDTH = 340

/** Coordinates with two decimals are finer than any screen and keep files small. */
export function px(value: number): number {
  return Math.round(value * 100) / 100
}

export interface LegendEntry {
  readonly label: string
  readonly colour: string
}

const SWATCH = 10
const LEGEND_ROW = 20

function entryWidth({ label }: LegendEntry): number {
  return SWATCH + 6 + textWidth(label) + 16
}

/** Where each entry stands when rows wrap at `width`. */
function placeLegend(entries: readonly LegendEntry[], width: number): { readonly x: number; readonly row: number }[] {
  let x = 0
  let row = 0
  return entries.map((entry) => {
    const need = entryWidth(entry)
    if (x > 0 && x + need - 16 > width) {
      x = 0
      row++
    }
    const place = { x, row }
    x += need
    return place
  })
}

/** Rows of swatches and labels, wrapped to `width`; legendHeight tells how high they get. */
export function drawLegend(svg: Svg, entries: readonly LegendEntry[], left: number, top: number, width: number): void {
  const places = placeLegend(entries, width)
  entries.forEach(({ label, colour }, at) => {
    const { x, row } = places[at]!
    svg.append('rect').attr('x', px(left + x)).attr('y', top + row * LEGEND_ROW).attr('width', SWATCH).attr('height', SWATCH)
      .attr('rx', 2).attr('fill', colour)
    svg.append('text').attr('x', px(left + x + SWATCH + 6)).attr('y', top + row * LEGEND_ROW + 9).text(label)
  })
}

/** Height that drawLegend takes. */
export function legendHeight(entries: readonly LegendEntry[], width: number): number {
  return ((placeLegend(entries, width).at(-1)?.row ?? 0) + 1) * LEGEND_ROW
}

/** Where the shades of heat begin: none, up to the first limit, up to the second, and so on. */
export interface HeatScale {
  /** Upper ends of all shades but 0; as many as there are shades. */
  readonly limits: readonly number[]
  readonly label: (limit: number) => string
}

/** Shares of time on one scale in all charts and all reports: what hardly works looks cold, whatever the busiest does. */
export const SHARE_SCALE: HeatScale = { limits: [0.001, 0.01, 0.03, 0.1, 0.2, 0.5, 1], label: (limit) => `${limit * 100} %` }

/** Spikes of an activation: 1 is what an integer neuron fires now and then, 7 the most that 4 bits hold. */
export const SPIKE_SCALE: HeatScale = { limits: [0.1, 0.25, 0.5, 1, 2, 4, 7], label: (limit) => String(limit) }

/** The shade of a value: 0 for none at all. */
export function shadeOf(value: number, { limits }: HeatScale): number {
  if (!(value > 0)) return 0
  const at = limits.findIndex((limit) => value <= limit * (1 + 1e-12))
  return at < 0 ? SHADES - 1 : at + 1
}

const SCALE_CELL = 41

/** The shades with where each ends, and what they measure. */
export function drawHeatScale(svg: Svg, left: number, top: number, scale: HeatScale, what: string): void {
  for (let shade = 0; shade < SHADES; shade++) {
    svg.append('rect').attr('class', `heat${shade}`).attr('x', px(left + shade * SCALE_CELL)).attr('y', top)
      .attr('width', SCALE_CELL).attr('height', 10)
    svg.append('text').attr('class', 'soft').attr('font-size', 9.5).attr('x', px(left + (shade + 0.5) * SCALE_CELL)).attr('y', top + 21)
      .attr('text-anchor', 'middle').text(shade === 0 ? 'none' : `≤ ${scale.label(scale.limits[shade - 1]!)}`)
  }
  svg.append('text').attr('class', 'soft').attr('x', left).attr('y', top + 36).attr('font-size', 11).text(what)
}

/** Room that drawHeatScale takes. */
export const HEAT_SCALE_WIDTH = SHADES * SCALE_CELL
