import { scaleLog } from 'd3-scale'
import type { Chart, Svg } from '../svg.js'
import { fitText, textWidth } from '../text-width.js'
import { CHART_WIDTH, px } from './common.js'

/** A ratio with its bounds; `value` undefined where there is none. */
export interface RatioDot {
  readonly label: string
  readonly value?: number
  readonly low?: number
  readonly high?: number
}

export interface RatioPanel {
  readonly title: string
  readonly groups: readonly { readonly title: string; readonly dots: readonly RatioDot[] }[]
}

export interface RatioDots {
  readonly name: string
  readonly title: string
  /** What lies to the left of 1, and to the right. */
  readonly sides: readonly [string, string]
  readonly panels: readonly RatioPanel[]
}

const ROW = 18
const GROUP = 26
const HEAD = 22
const FOOT = 40
const GAP = 18

/** Ratios side by side, a panel each, on one logarithmic axis about 1; hollow where the bounds hold 1. */
export function ratioDots({ name, title, sides, panels }: RatioDots, width = CHART_WIDTH): Chart {
  const { groups } = panels[0]!
  const labels = groups.flatMap(({ dots }) => dots.map(({ label }) => label))
  const left = Math.max(...labels.map((label) => textWidth(label, 11))) + 14
  const panelWidth = (width - left - GAP * (panels.length - 1) - 6) / panels.length
  const all = panels.flatMap((panel) => panel.groups.flatMap(({ dots }) => dots.flatMap(({ value, low, high }) => [value, low, high])))
    .filter((value) => value !== undefined)
  const ends: [number, number] = [Math.min(0.8, ...all) / 1.03, Math.max(1.25, ...all) * 1.03]
  const bottom = HEAD + groups.reduce((sum, { dots }) => sum + GROUP + dots.length * ROW, 0)
  const rows = panels.flatMap((panel) => panel.groups.flatMap((group) => group.dots.map((dot) => (
    [panel.title, group.title, dot.label, dot.value ?? null, dot.low ?? null, dot.high ?? null]
  ))))
  return {
    name, title, width, height: bottom + FOOT,
    description: rows.map(([panel, group, label, value]) => `${panel}, ${group}, ${label}: ${typeof value === 'number' ? value.toFixed(2) : 'none'}`).join('; '),
    table: { columns: ['system', 'workload', 'rival', 'ratio', 'low', 'high'], rows },
    draw: (svg) => panels.forEach((panel, at) => {
      const from = left + at * (panelWidth + GAP)
      const x = scaleLog(ends, [from, from + panelWidth])
      svg.append('text').attr('class', 'strong').attr('x', px(from)).attr('y', 13).text(fitText(panel.title, panelWidth))
      drawAxis(svg, x, bottom, [from, panelWidth], sides)
      drawGroups(svg, panel, x, at === 0 ? left : undefined)
    }),
  }
}

type Scale = ReturnType<typeof scaleLog<number, number>>

const TICKS = [0.5, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 6]

function drawAxis(svg: Svg, x: Scale, bottom: number, [from, panelWidth]: readonly [number, number], sides: readonly [string, string]): void {
  const [low, high] = x.domain() as [number, number]
  for (const tick of TICKS.filter((value) => value >= low && value <= high)) {
    svg.append('line').attr('class', tick === 1 ? 'curve' : 'grid').attr('x1', px(x(tick))).attr('x2', px(x(tick)))
      .attr('y1', HEAD).attr('y2', bottom)
    svg.append('text').attr('class', 'soft').attr('font-size', 10.5).attr('text-anchor', 'middle').attr('x', px(x(tick))).attr('y', bottom + 15).text(tick)
  }
  svg.append('text').attr('class', 'soft').attr('font-size', 10).attr('x', px(from)).attr('y', bottom + 32).text(fitText(sides[0], x(1) - from - 4, 10))
  svg.append('text').attr('class', 'soft').attr('font-size', 10).attr('text-anchor', 'end').attr('x', px(from + panelWidth)).attr('y', bottom + 32)
    .text(fitText(sides[1], from + panelWidth - x(1), 10))
}

function drawGroups(svg: Svg, { groups, title }: RatioPanel, x: Scale, labelsTo: number | undefined): void {
  let top = HEAD
  for (const group of groups) {
    if (labelsTo !== undefined) svg.append('text').attr('class', 'strong').attr('font-size', 11).attr('x', 0).attr('y', top + 18).text(group.title)
    top += GROUP
    for (const { label, value, low, high } of group.dots) {
      const middle = top + ROW / 2
      top += ROW
      if (labelsTo !== undefined) {
        svg.append('text').attr('font-size', 11).attr('text-anchor', 'end').attr('x', px(labelsTo - 10)).attr('y', middle + 4).text(label)
      }
      if (value === undefined || low === undefined || high === undefined) {
        svg.append('text').attr('class', 'soft').attr('font-size', 10).attr('x', px(x(1) + 4)).attr('y', middle + 4).text('not run')
        continue
      }
      svg.append('line').attr('class', 'curve').attr('x1', px(x(low))).attr('x2', px(Math.max(x(high), x(low) + 1))).attr('y1', middle).attr('y2', middle)
      svg.append('circle').attr('class', low < 1 && high > 1 ? 'hub' : 'ink').attr('fill', low < 1 && high > 1 ? '#ffffff' : '#1b1e23')
        .attr('cx', px(x(value))).attr('cy', middle).attr('r', 4)
        .append('title').text(`${title}, ${group.title}, ${label}: ${value.toFixed(2)} (${low.toFixed(2)} .. ${high.toFixed(2)})`)
    }
  }
}
