import { scaleLinear } from 'd3-scale'
import type { Sensitivity } from '../../sim/result/sensitivity.js'
import { swingText } from '../sensitivity-text.js'
import type { Chart } from '../svg.js'
import { CHART_WIDTH, px } from './common.js'

const ROW = 24
const BAR = 14
const LABEL = 130
const VALUE = 80
const SHOWN = 15

/** What each price does to a total or a ratio at the ends of its range, largest first, about the value itself. */
export function tornado({ of, value, swings }: Sensitivity, width = CHART_WIDTH): Chart {
  const rows = swings.slice(0, SHOWN)
  const ends = [value, ...rows.flatMap(({ atLow, atHigh }) => [atLow, atHigh])]
  const x = scaleLinear([Math.min(...ends), Math.max(...ends)], [LABEL + VALUE, width - VALUE])
  return {
    name: 'tornado', title: `${of === 'ratio' ? 'Ratio of energies' : 'Energy per token'}, one price at a time at its ends`, width,
    height: rows.length * ROW + 28,
    description: rows.map(({ name, atLow, atHigh }) => `${name}: ${swingText(of, atLow)} to ${swingText(of, atHigh)}`).join('; '),
    draw: (svg) => {
      rows.forEach(({ name, atLow, atHigh }, at) => {
        const top = at * ROW
        const [left, right] = atLow < atHigh ? [atLow, atHigh] : [atHigh, atLow]
        svg.append('text').attr('x', 0).attr('y', top + 12).text(name)
        const bar = svg.append('rect').attr('class', 'paper').attr('x', px(x(left))).attr('y', top).attr('height', BAR)
          .attr('width', px(Math.max(1, x(right) - x(left))))
        bar.append('title').text(`${name}: ${swingText(of, atLow)} at its low end, ${swingText(of, atHigh)} at its high end`)
        svg.append('text').attr('class', 'soft').attr('text-anchor', 'end').attr('x', px(x(left) - 6)).attr('y', top + 12).text(swingText(of, left))
        svg.append('text').attr('class', 'soft').attr('x', px(x(right) + 6)).attr('y', top + 12).text(swingText(of, right))
      })
      svg.append('line').attr('class', 'grid').attr('x1', px(x(value))).attr('x2', px(x(value))).attr('y1', 0).attr('y2', rows.length * ROW)
      svg.append('text').attr('class', 'strong').attr('text-anchor', 'middle').attr('x', px(x(value))).attr('y', rows.length * ROW + 18)
        .text(swingText(of, value))
    },
  }
}
