import { scaleLinear } from 'd3-scale'
import { COMPONENTS } from '../../isa/actions.js'
import type { Comparison } from '../compare.js'
import { COMPONENT_LOOK } from '../components.js'
import { duration, energy, ratio } from '../format.js'
import type { Chart } from '../svg.js'
import { CHART_WIDTH, drawLegend, legendHeight, px } from './common.js'

const ROW = 50
const RIGHT = 130

const COLOURS = new Map(COMPONENTS.map((component) => {
  const { label, colour } = COMPONENT_LOOK[component]
  return [label, colour]
}))

function metricValues(comparison: Comparison, name: string): readonly number[] {
  return comparison.metrics.find((metric) => metric.name === name)!.values
}

/** Energy of one token on each chip, stacked by component. */
export function comparisonEnergy(comparison: Comparison, width = CHART_WIDTH): Chart {
  const totals = metricValues(comparison, 'energy per token')
  const legend = comparison.components.map(({ name }) => ({ label: name, colour: COLOURS.get(name)! }))
  const x = scaleLinear([0, Math.max(...totals, 1e-9)], [0, width - RIGHT])
  return {
    name: 'comparison-energy', title: 'Energy of one token', width,
    height: totals.length * ROW + 10 + legendHeight(legend, width),
    description: comparison.labels.map((label, at) => `${label} ${energy(totals[at]!)}`).join('; '),
    table: {
      columns: ['run', ...comparison.components.map(({ name }) => `${name.replaceAll(' ', '_')}_pJ`), 'total_pJ'],
      rows: comparison.labels.map((label, at) => [label, ...comparison.components.map(({ values }) => values[at]!), totals[at]!]),
    },
    draw: (svg) => {
      comparison.labels.forEach((label, at) => {
        svg.append('text').attr('class', 'strong').attr('x', 0).attr('y', at * ROW + 13).text(label)
        let left = 0
        for (const { name, values } of comparison.components) {
          svg.append('rect').attr('x', px(left)).attr('y', at * ROW + 20).attr('width', px(x(values[at]!)))
            .attr('height', 20).attr('fill', COLOURS.get(name)!).append('title').text(`${name}: ${energy(values[at]!)}`)
          left += x(values[at]!)
        }
        const value = svg.append('text').attr('x', px(left + 8)).attr('y', at * ROW + 35)
        value.append('tspan').attr('class', 'strong').text(energy(totals[at]!))
        if (at > 0) value.append('tspan').attr('class', 'soft').attr('dx', 8).text(ratio(totals[at]! / totals[0]!))
      })
      drawLegend(svg, legend, 0, totals.length * ROW + 8, width)
    },
  }
}

/** Time of one token on each chip. */
export function comparisonLatency(comparison: Comparison, width = CHART_WIDTH): Chart {
  const values = metricValues(comparison, 'latency per token')
  const x = scaleLinear([0, Math.max(...values, 1e-15)], [0, width - RIGHT])
  return {
    name: 'comparison-latency', title: 'Time of one token', width, height: values.length * ROW,
    description: comparison.labels.map((label, at) => `${label} ${duration(values[at]!)}`).join('; '),
    table: { columns: ['run', 'seconds_per_token'], rows: comparison.labels.map((label, at) => [label, values[at]!]) },
    draw: (svg) => comparison.labels.forEach((label, at) => {
      svg.append('text').attr('class', 'strong').attr('x', 0).attr('y', at * ROW + 13).text(label)
      svg.append('rect').attr('class', 'decode').attr('x', 0).attr('y', at * ROW + 20).attr('width', px(x(values[at]!)))
        .attr('height', 20)
      const value = svg.append('text').attr('x', px(x(values[at]!) + 8)).attr('y', at * ROW + 35)
      value.append('tspan').attr('class', 'strong').text(duration(values[at]!))
      if (at > 0) value.append('tspan').attr('class', 'soft').attr('dx', 8).text(ratio(values[at]! / values[0]!))
    }),
  }
}

export const COMPARISON_CHARTS: readonly ((comparison: Comparison, width?: number) => Chart)[] = [
  comparisonEnergy, comparisonLatency,
]
