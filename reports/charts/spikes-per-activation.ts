import type { OperatorActivity, RunResult } from '../../sim/result/schema.js'
import { grouped, number3 } from '../format.js'
import type { Chart, Svg } from '../svg.js'
import { layerName, layersOf, operatorsOf } from '../view.js'
import { CHART_WIDTH, drawHeatScale, HEAT_SCALE_WIDTH, px, shadeOf, SPIKE_SCALE } from './common.js'

const LEFT = 84
const ROW = 26
const HEAD = 24
const WIDEST_CELL = 72

interface Plot {
  readonly layers: readonly number[]
  readonly operators: readonly string[]
  readonly cell: number
}

function drawCell(svg: Svg, row: OperatorActivity, { layers, operators, cell }: Plot): void {
  const x = LEFT + layers.indexOf(row.layer) * cell
  const y = HEAD + operators.indexOf(row.operator) * ROW
  const shade = shadeOf(row.spikesPerActivation, SPIKE_SCALE)
  svg.append('rect').attr('class', `heat${shade}`).attr('x', px(x + 1)).attr('y', y + 1).attr('width', px(cell - 2))
    .attr('height', ROW - 2).append('title')
    .text(`${layerName(row.layer)}, ${row.operator}: ${number3(row.spikesPerActivation)} spikes per activation, ` +
      `${grouped(row.spikes)} spikes`)
  if (cell < 34) return
  svg.append('text').attr('class', `on${shade}`).attr('x', px(x + cell / 2)).attr('y', y + 17).attr('text-anchor', 'middle')
    .text(row.spikesPerActivation.toFixed(2))
}

/** Mean spikes that one activation fires, by operator and layer. */
export function spikesPerActivation(result: RunResult, width = CHART_WIDTH): Chart {
  const rows = result.activity.byOperator
  const layers = layersOf(rows)
  const operators = operatorsOf(rows)
  const cell = Math.min(WIDEST_CELL, (width - LEFT) / Math.max(1, layers.length))
  const top = rows.reduce((most, row) => Math.max(most, row.spikesPerActivation), 0)
  const bottom = HEAD + operators.length * ROW
  const scaleLeft = Math.max(2, Math.min(LEFT, width - HEAT_SCALE_WIDTH - 8))
  return {
    name: 'spikes-per-activation', title: 'Spikes per activation', width, height: bottom + 56,
    description: `mean over everything ${number3(result.activity.spikesPerActivation)}; the highest ${number3(top)}`,
    table: {
      columns: ['operator', 'layer', 'activations', 'spikes', 'spikes_per_activation'],
      rows: rows.map((row) => [row.operator, row.layer, row.activations, row.spikes, row.spikesPerActivation]),
    },
    draw: (svg) => {
      const every = Math.ceil(24 / cell)
      layers.forEach((layer, at) => {
        if (at % every !== 0 && layer >= 0) return
        svg.append('text').attr('class', 'soft').attr('x', px(LEFT + (at + 0.5) * cell)).attr('y', 15)
          .attr('text-anchor', 'middle').text(cell < 60 ? (layer < 0 ? '–' : layer) : layerName(layer))
      })
      operators.forEach((operator, at) => svg.append('text').attr('x', LEFT - 10).attr('y', HEAD + at * ROW + 17)
        .attr('text-anchor', 'end').text(operator))
      for (const row of rows) drawCell(svg, row, { layers, operators, cell })
      drawHeatScale(svg, scaleLeft, bottom + 14, SPIKE_SCALE, 'mean spikes of an activation; columns: layers, –: no layer')
    },
  }
}
