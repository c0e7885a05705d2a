import { scaleLinear } from 'd3-scale'
import { COMPONENTS, type Component } from '../../isa/actions.js'
import type { RunResult } from '../../sim/result/schema.js'
import { COMPONENT_LOOK } from '../components.js'
import { energy } from '../format.js'
import type { Chart, Svg } from '../svg.js'
import { textWidth } from '../text-width.js'
import { headline, layerName, layersOf, operatorsOf } from '../view.js'
import { drawBottomAxis } from './axes.js'
import { CHART_WIDTH, drawLegend, legendHeight, px } from './common.js'

const LEFT = 80
const RIGHT = 80
const AXIS = 26

type OperatorRow = RunResult['energy']['byOperator'][number]

/** A bar of the chart: energy of one token by component. */
interface Bar {
  readonly label: string
  readonly parts: readonly { readonly component: Component; readonly pj: number }[]
  readonly pj: number
}

function barOf(label: string, rows: readonly OperatorRow[], perToken: number): Bar {
  const parts = COMPONENTS.map((component) => ({
    component, pj: rows.reduce((sum, row) => sum + row.byComponent[component], 0) * perToken,
  })).filter(({ pj }) => pj > 0)
  return { label, parts, pj: parts.reduce((sum, { pj }) => sum + pj, 0) }
}

function rowHeight(bars: number): number {
  return bars <= 16 ? 24 : bars <= 40 ? 16 : 10
}

function drawBar(svg: Svg, bar: Bar, at: number, row: number, x: (pj: number) => number): void {
  const top = at * row
  const baseline = top + row / 2 + 4
  if (row >= 16 || at % 4 === 0) {
    svg.append('text').attr('x', LEFT - 10).attr('y', baseline).attr('text-anchor', 'end').text(bar.label)
  }
  let sum = 0
  for (const { component, pj } of bar.parts) {
    svg.append('rect').attr('class', 'gap').attr('x', px(LEFT + x(sum))).attr('y', top + 2).attr('width', px(x(pj)))
      .attr('height', row - 4).attr('fill', COMPONENT_LOOK[component].colour)
      .append('title').text(`${bar.label}, ${COMPONENT_LOOK[component].label}: ${energy(pj)}`)
    sum += pj
  }
  if (row >= 16) svg.append('text').attr('x', px(LEFT + x(sum) + 8)).attr('y', baseline).text(energy(sum))
}

function stackedBars(name: string, title: string, bars: readonly Bar[], width: number): Chart {
  const row = rowHeight(bars.length)
  const used = COMPONENTS.filter((component) => bars.some(({ parts }) => parts.some((part) => part.component === component)))
  const legend = used.map((component) => COMPONENT_LOOK[component])
  const x = scaleLinear([0, Math.max(...bars.map(({ pj }) => pj), 1e-9)], [0, width - LEFT - RIGHT])
  const bottom = bars.length * row
  return {
    name, title, width, height: bottom + AXIS + 8 + legendHeight(legend, width - LEFT),
    description: bars.map(({ label, pj }) => `${label} ${energy(pj)}`).join(', '),
    table: {
      columns: ['name', ...used.map((component) => `${component}_pJ`), 'total_pJ'],
      rows: bars.map(({ label, parts, pj }) => (
        [label, ...used.map((component) => parts.find((part) => part.component === component)?.pj ?? 0), pj]
      )),
    },
    draw: (svg) => {
      const shifted = x.copy().range(x.range().map((end) => end + LEFT))
      const widest = textWidth(energy(x.domain()[1]!), 11) + 24
      drawBottomAxis(svg, shifted, bottom, Math.max(2, Math.floor((width - LEFT - RIGHT) / widest / 1.5)), energy)
      bars.forEach((bar, at) => drawBar(svg, bar, at, row, x))
      drawLegend(svg, legend, LEFT, bottom + AXIS + 6, width - LEFT)
    },
  }
}

/** Dynamic energy of one token: a bar a layer, split by component. */
export function energyByLayer(result: RunResult, width = CHART_WIDTH): Chart {
  const rows = result.energy.byOperator
  const perToken = 1 / headline(result).tokens
  const bars = layersOf(rows).map((layer) => barOf(layerName(layer), rows.filter((row) => row.layer === layer), perToken))
  return stackedBars('energy-by-layer', 'Dynamic energy of one token by layer', bars, width)
}

/** Dynamic energy of one token: a bar an operator, over all layers, split by component. */
export function energyByOperator(result: RunResult, width = CHART_WIDTH): Chart {
  const rows = result.energy.byOperator
  const perToken = 1 / headline(result).tokens
  const bars = operatorsOf(rows).map((operator) => barOf(operator, rows.filter((row) => row.operator === operator), perToken))
  return stackedBars('energy-by-operator', 'Dynamic energy of one token by operator', bars, width)
}
