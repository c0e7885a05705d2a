import type { OperatorActivity, RunResult } from '../../sim/result/schema.js'
import { grouped, number3 } from '../format.js'
import type { Chart, Svg } from '../svg.js'
import { layerName, layersOf, operatorsOf } from '../view.js'
import { CHART_WIDTH, drawHeatScale, heatOpacity, px } from './common.js'

const LEFT = 80
const ROW = 26
const HEAD = 24
const WIDEST_CELL = 72

interface Plot {
  readonly layers: readonly number[]
  readonly operators: readonly string[]
  readonly cell: number
  readonly top: number
}

function drawCell(svg: Svg, row: OperatorActivity, { layers, operators, cell, top }: Plot): void {
  const x = LEFT + layers.indexOf(row.layer) * cell
  const y = HEAD + operators.indexOf(row.operator) * ROW
  svg.append('rect').attr('class', 'heat').attr('x', px(x + 1)).attr('y', y + 1).attr('width', px(cell - 2))
    .attr('height', ROW - 2).attr('fill-opacity', heatOpacity(row.spikesPerActivation, top)).append('title')
    .text(`${layerName(row.layer)}, ${row.operator}: ${number3(row.spikesPerActivation)} spikes per activation, ` +
      `${grouped(row.spikes)} spikes`)
  if (cell < 34) return
  svg.append('text').attr('x', px(x + cell / 2)).attr('y', y + 17).attr('text-anchor', 'middle')
    .text(row.spikesPerActivation.toFixed(2))
}

/** Mean spikes that one activation fires, by operator and layer. */
export function spikesPerActivation(result: RunResult, width = CHART_WIDTH): Chart {
  const rows = result.activity.byOperator
  const layers = layersOf(rows)
  const operators = operatorsOf(rows)
  const cell = Math.min(WIDEST_CELL, (width - LEFT) / Math.max(1, layers.length))
  const top = Math.max(0, ...rows.map((row) => row.spikesPerActivation))
  const bottom = HEAD + operators.length * ROW
  return {
    name: 'spikes-per-activation', title: 'Spikes per activation', width, height: bottom + 34,
    description: `mean over everything ${number3(result.activity.spikesPerActivation)}; the highest ${number3(top)}`,
    draw: (svg) => {
      layers.forEach((layer, at) => {
        if (cell < 34 && at % 4 !== 0) return
        svg.append('text').attr('class', 'soft').attr('x', px(LEFT + (at + 0.5) * cell)).attr('y', 15)
          .attr('text-anchor', 'middle').text(cell < 60 ? (layer < 0 ? '–' : layer) : layerName(layer))
      })
      operators.forEach((operator, at) => svg.append('text').attr('x', LEFT - 10).attr('y', HEAD + at * ROW + 17)
        .attr('text-anchor', 'end').text(operator))
      for (const row of rows) drawCell(svg, row, { layers, operators, cell, top })
      drawHeatScale(svg, LEFT, bottom + 14, '0', number3(top))
    },
  }
}
