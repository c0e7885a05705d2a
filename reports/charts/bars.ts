import { scaleLinear } from 'd3-scale'
import type { ChartTable } from '../csv.js'
import type { Chart } from '../svg.js'
import { fitText, textWidth } from '../text-width.js'
import { px } from './common.js'

const ROW = 24

/** One bar of a list: all in one neutral colour, told apart by their labels. */
export interface ListedBar {
  readonly label: string
  readonly value: number
  readonly text: string
  readonly note?: string
}

export interface BarList {
  readonly name: string
  readonly title: string
  readonly bars: readonly ListedBar[]
  readonly table: ChartTable
}

/** Bars from the left, with their label before and their value behind. */
export function barList({ name, title, bars, table }: BarList, width: number): Chart {
  const left = Math.min(width * 0.42, Math.max(40, ...bars.map(({ label }) => textWidth(label))) + 12)
  const behind = Math.max(40, ...bars.map(({ text, note = '' }) => textWidth(text, 12, true) + textWidth(note) + 18))
  const x = scaleLinear([0, Math.max(...bars.map(({ value }) => value), 1e-12)], [0, Math.max(20, width - left - behind - 8)])
  return {
    name, title, width, height: Math.max(1, bars.length) * ROW, table,
    description: bars.map(({ label, text }) => `${label} ${text}`).join(', '),
    draw: (svg) => bars.forEach(({ label, value, text, note }, at) => {
      const top = at * ROW
      svg.append('text').attr('x', px(left - 8)).attr('y', top + 16).attr('text-anchor', 'end').text(fitText(label, left - 10))
      svg.append('rect').attr('class', 'bar').attr('x', px(left)).attr('y', top + 4).attr('width', px(x(value))).attr('height', ROW - 8)
        .append('title').text(`${label}: ${text}`)
      svg.append('text').attr('class', 'strong').attr('x', px(left + x(value) + 8)).attr('y', top + 16).text(text)
      if (note === undefined) return
      svg.append('text').attr('class', 'soft').attr('x', px(left + x(value) + 14 + textWidth(text, 12, true))).attr('y', top + 16).text(note)
    }),
  }
}
