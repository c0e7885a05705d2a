import { scaleLinear } from 'd3-scale'
import type { RunResult } from '../../sim/result/schema.js'
import { COMPONENT_LOOK, componentShares } from '../components.js'
import { energy, percent } from '../format.js'
import type { Chart } from '../svg.js'
import { headline } from '../view.js'
import { CHART_WIDTH, px } from './common.js'

const ROW = 26
const LEFT = 120
const RIGHT = 150

/** One bar a component, the largest first, with its energy for one token and its share. */
export function energyByComponent(result: RunResult, width = CHART_WIDTH): Chart {
  const shares = componentShares(result.energy.byComponent, result.energy.totalPj)
  const perToken = headline(result).chipPj / (result.energy.totalPj || 1)
  const x = scaleLinear([0, shares[0]?.pj ?? 1], [0, width - LEFT - RIGHT])
  return {
    name: 'energy-by-component', title: 'Energy of one token by component', width,
    height: Math.max(1, shares.length) * ROW,
    description: shares.map((row) => `${COMPONENT_LOOK[row.component].label} ${percent(row.share)}`).join(', '),
    table: {
      columns: ['component', 'pJ_per_token', 'share'],
      rows: shares.map(({ component, pj, share }) => [component, pj * perToken, share]),
    },
    draw: (svg) => shares.forEach(({ component, pj, share }, at) => {
      const { label, colour } = COMPONENT_LOOK[component]
      const top = at * ROW
      svg.append('text').attr('x', LEFT - 10).attr('y', top + 17).attr('text-anchor', 'end').text(label)
      svg.append('rect').attr('x', LEFT).attr('y', top + 4).attr('width', px(x(pj))).attr('height', ROW - 8)
        .attr('rx', 2).attr('fill', colour)
      const value = svg.append('text').attr('x', px(LEFT + x(pj) + 8)).attr('y', top + 17)
      value.append('tspan').attr('class', 'strong').text(energy(pj * perToken))
      value.append('tspan').attr('class', 'soft').attr('dx', 8).text(percent(share))
    }),
  }
}
