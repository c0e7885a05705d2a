import { COMPONENTS, type Component } from '../../isa/actions.js'
import { COMPONENT_LOOK } from '../components.js'
import { energy, percent } from '../format.js'
import type { Chart } from '../svg.js'
import { textWidth } from '../text-width.js'
import { CHART_WIDTH, drawLegend, legendHeight, px } from './common.js'

/** One bar: what makes up its energy. */
export interface SharesBar {
  readonly label: string
  readonly byComponent: Readonly<Record<Component, number>>
  readonly totalPj: number
}

const ROW = 26

/** Bars of equal length, each its total's shares by component; the total stands behind it. */
export function stackedShares(name: string, title: string, bars: readonly SharesBar[], width = CHART_WIDTH): Chart {
  const shown = COMPONENTS.filter((component) => bars.some(({ byComponent, totalPj }) => byComponent[component] > 0.004 * totalPj))
  const legend = shown.map((component) => COMPONENT_LOOK[component])
  const left = Math.max(...bars.map(({ label }) => textWidth(label, 12))) + 12
  const right = Math.max(...bars.map(({ totalPj }) => textWidth(energy(totalPj), 12, true))) + 14
  const length = width - left - right
  return {
    name, title, width, height: bars.length * ROW + 10 + legendHeight(legend, width),
    description: bars.map(({ label, byComponent, totalPj }) => (
      `${label} ${energy(totalPj)}: ${shown.map((component) => `${COMPONENT_LOOK[component].label} ${percent(byComponent[component] / totalPj)}`).join(', ')}`
    )).join('; '),
    table: {
      columns: ['run', ...shown.map((component) => `${component}_pJ`), 'total_pJ'],
      rows: bars.map(({ label, byComponent, totalPj }) => [label, ...shown.map((component) => byComponent[component]), totalPj]),
    },
    draw: (svg) => {
      bars.forEach(({ label, byComponent, totalPj }, at) => {
        const top = at * ROW
        svg.append('text').attr('x', px(left - 10)).attr('y', top + 16).attr('text-anchor', 'end').text(label)
        let x = left
        for (const component of shown) {
          const wide = (length * byComponent[component]) / totalPj
          svg.append('rect').attr('class', 'gap').attr('x', px(x)).attr('y', top + 3).attr('width', px(wide)).attr('height', ROW - 8)
            .attr('fill', COMPONENT_LOOK[component].colour).append('title')
            .text(`${COMPONENT_LOOK[component].label}: ${energy(byComponent[component])}, ${percent(byComponent[component] / totalPj)}`)
          x += wide
        }
        svg.append('text').attr('class', 'strong').attr('x', px(left + length + 8)).attr('y', top + 16).text(energy(totalPj))
      })
      drawLegend(svg, legend, 0, bars.length * ROW + 10, width)
    },
  }
}
