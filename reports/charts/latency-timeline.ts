import { scaleLinear } from 'd3-scale'
import type { RunResult } from '../../sim/result/schema.js'
import { duration, grouped, short, visibleToken } from '../format.js'
import type { Chart } from '../svg.js'
import { fitText } from '../text-width.js'
import { drawBottomAxis } from './axes.js'
import { CHART_WIDTH, px } from './common.js'

const LEFT = 110
const RIGHT = 60
const AXIS = 46
/** Above this many tokens rows get thinner and lose their labels. */
const LABELLED = 64
const TALLEST = 900

/** A bar a token, from the cycle it enters the chip to the cycle it leaves; prompt tokens may overlap. */
export function latencyTimeline(result: RunResult, width = CHART_WIDTH): Chart {
  const { timeline, cycles } = result.latency
  const labelled = timeline.length <= LABELLED
  const row = labelled ? 17 : Math.max(0.5, Math.min(8, TALLEST / timeline.length))
  const bottom = Math.max(row, timeline.length * row)
  const x = scaleLinear([0, Math.max(1, cycles)], [LEFT, width - RIGHT])
  const secondsPerCycle = 1 / (result.chip.spec.clockMHz * 1e6)
  return {
    name: 'latency-timeline', title: 'When each token was in the chip', width, height: px(bottom + AXIS),
    description: `${timeline.length} tokens over ${grouped(cycles)} cycles; framed: prompt, solid: after it`,
    table: {
      columns: ['index', 'sequence', 'position', 'phase', 'text', 'start_cycle', 'end_cycle'],
      rows: timeline.map((token) => [
        token.index, token.sequence, token.position, token.phase, token.text, token.startCycle, token.endCycle,
      ]),
    },
    draw: (svg) => {
      drawBottomAxis(svg, x, bottom, Math.ceil(width / 140), short)
      svg.append('text').attr('class', 'soft').attr('x', LEFT).attr('y', px(bottom + 40))
        .text(`cycles; the whole run takes ${duration(cycles * secondsPerCycle)}`)
      timeline.forEach((token, at) => {
        const top = at * row
        const length = x(token.endCycle) - x(token.startCycle)
        if (labelled) {
          svg.append('text').attr('x', LEFT - 10).attr('y', px(top + 12)).attr('text-anchor', 'end')
            .attr('class', token.phase === 'prefill' ? 'soft' : 'ink').text(fitText(visibleToken(token.text), LEFT - 12))
          svg.append('text').attr('class', 'soft').attr('x', px(x(token.endCycle) + 5)).attr('y', px(top + 12))
            .text(short(token.endCycle - token.startCycle))
        }
        svg.append('rect').attr('class', token.phase).attr('x', px(x(token.startCycle))).attr('y', px(top + row * 0.15))
          .attr('width', px(Math.max(0.75, length))).attr('height', px(row * 0.7)).append('title')
          .text(`${token.phase} ${token.index}: ${visibleToken(token.text)}, ` +
            `${grouped(token.endCycle - token.startCycle)} cycles`)
      })
    },
  }
}
