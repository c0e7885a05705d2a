import { axisBottom, scaleLinear } from 'd3'
import type { RunResult } from '../../sim/result/schema.js'
import { energy } from '../format.js'
import type { Chart, Svg } from '../svg.js'
import { layerName, layersOf, operatorsOf } from '../view.js'
import { CHART_WIDTH, drawLegend, legendHeight, operatorColour, px } from './common.js'

const LEFT = 70
const RIGHT = 80
const AXIS = 26

function rowHeight(layers: number): number {
  return layers <= 16 ? 24 : layers <= 40 ? 16 : 10
}

interface Plot {
  readonly x: (pj: number) => number
  readonly row: number
  readonly operators: readonly string[]
}

function drawLayer(svg: Svg, result: RunResult, layer: number, top: number, plot: Plot): void {
  let sum = 0
  const baseline = top + plot.row / 2 + 4
  if (plot.row >= 16 || layer % 4 === 0) {
    svg.append('text').attr('x', LEFT - 10).attr('y', baseline).attr('text-anchor', 'end').text(layerName(layer))
  }
  for (const row of result.energy.byOperator) {
    if (row.layer !== layer || row.totalPj <= 0) continue
    svg.append('rect').attr('class', 'gap').attr('x', px(LEFT + plot.x(sum))).attr('y', top + 2)
      .attr('width', px(plot.x(row.totalPj))).attr('height', plot.row - 4)
      .attr('fill', operatorColour(plot.operators, row.operator))
      .append('title').text(`${layerName(layer)}, ${row.operator}: ${energy(row.totalPj)}`)
    sum += row.totalPj
  }
  if (plot.row >= 16) svg.append('text').attr('x', px(LEFT + plot.x(sum) + 8)).attr('y', baseline).text(energy(sum))
}

/** Dynamic energy of the whole run: a bar a layer, split by operator. */
export function energyByLayer(result: RunResult, width = CHART_WIDTH): Chart {
  const rows = result.energy.byOperator
  const layers = layersOf(rows)
  const operators = operatorsOf(rows)
  const sums = layers.map((layer) => rows.reduce((sum, row) => sum + (row.layer === layer ? row.totalPj : 0), 0))
  const row = rowHeight(layers.length)
  const x = scaleLinear([0, Math.max(...sums, 1e-9)], [0, width - LEFT - RIGHT])
  const legend = operators.map((operator) => ({ label: operator, colour: operatorColour(operators, operator) }))
  const bottom = layers.length * row
  return {
    name: 'energy-by-layer', title: 'Dynamic energy by layer and operator', width,
    height: bottom + AXIS + 8 + legendHeight(legend, width - LEFT),
    description: layers.map((layer, at) => `${layerName(layer)} ${energy(sums[at]!)}`).join(', '),
    draw: (svg) => {
      svg.append('g').attr('class', 'axis').attr('transform', `translate(${LEFT},${bottom})`)
        .call(axisBottom(x).ticks(Math.ceil(width / 170)).tickSize(-bottom).tickPadding(8)
          .tickFormat((pj) => energy(Number(pj))))
      layers.forEach((layer, at) => drawLayer(svg, result, layer, at * row, { x, row, operators }))
      drawLegend(svg, legend, LEFT, bottom + AXIS + 6, width - LEFT)
    },
  }
}
