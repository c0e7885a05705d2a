import { scaleLinear } from 'd3-scale'
import { COMPONENTS } from '../../isa/actions.js'
import type { Comparison } from '../compare.js'
import { COMPONENT_LOOK } from '../components.js'
import { duration, energy, ratio } from '../format.js'
import type { Chart } from '../svg.js'
import { fitText, textWidth } from '../text-width.js'
import { drawAxes } from './axes.js'
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
        svg.append('text').attr('class', 'strong').attr('x', 0).attr('y', at * ROW + 13).text(fitText(label, width / 1.15))
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
      svg.append('text').attr('class', 'strong').attr('x', 0).attr('y', at * ROW + 13).text(fitText(label, width / 1.15))
      svg.append('rect').attr('class', 'bar').attr('x', 0).attr('y', at * ROW + 20).attr('width', px(x(values[at]!)))
        .attr('height', 20)
      const value = svg.append('text').attr('x', px(x(values[at]!) + 8)).attr('y', at * ROW + 35)
      value.append('tspan').attr('class', 'strong').text(duration(values[at]!))
      if (at > 0) value.append('tspan').attr('class', 'soft').attr('dx', 8).text(ratio(values[at]! / values[0]!))
    }),
  }
}

const HEIGHT = 340
const LABEL_ROW = 15

/** Where labels go so that none lies on another: pushed down, in the order of their points. */
function spread(tops: readonly number[]): number[] {
  const order = tops.map((_, at) => at).sort((a, b) => tops[a]! - tops[b]!)
  const placed = [...tops]
  order.forEach((at, rank) => {
    if (rank > 0) placed[at] = Math.max(placed[at]!, placed[order[rank - 1]!]! + LABEL_ROW)
  })
  const over = Math.max(0, placed[order.at(-1)!]! - (HEIGHT - 60))
  return placed.map((top) => top - over)
}

/** Energy against time of one token: towards the lower left is better in both. */
export function comparisonScatter(comparison: Comparison, width = CHART_WIDTH): Chart {
  const energies = metricValues(comparison, 'energy per token')
  const times = metricValues(comparison, 'latency per token')
  const room = Math.min(width * 0.36, Math.max(...comparison.labels.map((label) => textWidth(label))) + 20)
  const margin = { left: 74, right: room, top: 14, bottom: 46 }
  const x = scaleLinear([0, Math.max(...times, 1e-15) * 1.05], [margin.left, width - margin.right])
  const y = scaleLinear([0, Math.max(...energies, 1e-9) * 1.08], [HEIGHT - margin.bottom, margin.top])
  const labels = spread(energies.map((pj) => y(pj) + 4))
  return {
    name: 'comparison-scatter', title: 'Energy against time of one token', width, height: HEIGHT,
    description: comparison.labels.map((label, at) => `${label} ${energy(energies[at]!)} in ${duration(times[at]!)}`).join('; '),
    table: {
      columns: ['run', 'seconds_per_token', 'pJ_per_token'],
      rows: comparison.labels.map((label, at) => [label, times[at]!, energies[at]!]),
    },
    draw: (svg) => {
      drawAxes(svg, { width, height: HEIGHT, margin }, x, y, 'time of a token', 'energy of a token', {
        xFormat: duration, yFormat: energy, ticks: Math.max(2, Math.floor((width - margin.left - room) / 90)),
      })
      comparison.labels.forEach((label, at) => {
        const [cx, cy, left, top] = [x(times[at]!), y(energies[at]!), width - room + 10, labels[at]!]
        svg.append('line').attr('class', 'chip').attr('x1', px(cx)).attr('y1', px(cy)).attr('x2', px(left - 3)).attr('y2', px(top - 4))
        svg.append('circle').attr('class', 'ink').attr('cx', px(cx)).attr('cy', px(cy)).attr('r', 4.5)
          .append('title').text(`${label}: ${energy(energies[at]!)}, ${duration(times[at]!)}`)
        svg.append('text').attr('x', px(left)).attr('y', px(top)).text(fitText(label, room - 12))
      })
    },
  }
}

export const COMPARISON_CHARTS: readonly ((comparison: Comparison, width?: number) => Chart)[] = [
  comparisonEnergy, comparisonLatency, comparisonScatter,
]
