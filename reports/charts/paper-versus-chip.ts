import { scaleLinear } from 'd3-scale'
import type { RunResult } from '../../sim/result/schema.js'
import { COMPONENT_LOOK, componentShares } from '../components.js'
import { constant, energy } from '../format.js'
import type { Chart, Svg } from '../svg.js'
import { textWidth } from '../text-width.js'
import { headline } from '../view.js'
import { CHART_WIDTH, drawLegend, legendHeight, px } from './common.js'

const ROW = 56
const BAR = 20

interface Part {
  readonly label: string
  /** Absent for the literature's bars, which are in ink. */
  readonly colour?: string
  readonly pj: number
}

interface Bar {
  readonly label: string
  readonly note: string
  readonly parts: readonly Part[]
  readonly pj: number
}

function literatureBars(result: RunResult): Bar[] {
  const { paper } = result.energy
  const view = headline(result)
  const bar = (label: string, note: string, pj: number): Bar => ({ label, note, pj, parts: [{ label, pj }] })
  return [
    bar('Literature: additions alone', `× ${constant(paper.additionPj)} pJ`, view.additionsPj),
    ...(paper.macs === 0 ? [] : [bar('with what stays multiplied', `× ${constant(paper.macPj)} pJ`, view.paperPj)]),
    bar(`no spikes, ${paper.bits}-bit`, `× ${constant(paper.macPj)} pJ`, view.denseQuantizedPj),
    bar('no spikes, 32-bit float', '× 4.6 pJ', view.denseFloatPj),
  ]
}

function chipBar(result: RunResult): Bar {
  const perToken = headline(result).chipPj / (result.energy.totalPj || 1)
  const parts = componentShares(result.energy.byComponent, result.energy.totalPj)
    .map(({ component, pj }) => ({ ...COMPONENT_LOOK[component], pj: pj * perToken }))
  return { label: 'This chip', note: 'every component', parts, pj: headline(result).chipPj }
}

function drawBar(svg: Svg, bar: Bar, top: number, x: (pj: number) => number): void {
  svg.append('text').attr('class', 'strong').attr('x', 0).attr('y', top + 12).text(bar.label)
  svg.append('text').attr('class', 'soft').attr('x', px(textWidth(bar.label, 12, true) + 8)).attr('y', top + 12).text(bar.note)
  let left = 0
  for (const { colour, pj, label } of bar.parts) {
    const rect = svg.append('rect').attr('x', px(left)).attr('y', top + 20).attr('width', px(Math.max(x(pj), 0)))
      .attr('height', BAR)
    if (colour === undefined) rect.attr('class', 'paper')
    else rect.attr('fill', colour)
    rect.append('title').text(`${label}: ${energy(pj)}`)
    left += x(pj)
  }
  svg.append('text').attr('class', 'strong').attr('x', px(Math.max(left, 1.5) + 8)).attr('y', top + 35)
    .text(energy(bar.pj))
}

/** Energy of one token: what the literature would print, beside what the chip pays, on one linear scale. */
export function paperVersusChip(result: RunResult, width = CHART_WIDTH): Chart {
  const bars = [...literatureBars(result), chipBar(result)]
  const legend = bars.at(-1)!.parts.map(({ label, colour }) => ({ label, colour: colour! }))
  const x = scaleLinear([0, Math.max(...bars.map((bar) => bar.pj), 1e-12)], [0, width - 90])
  return {
    name: 'paper-versus-chip', title: 'Energy of one token, counted two ways', width,
    height: bars.length * ROW + 8 + legendHeight(legend, width),
    description: bars.map((bar) => `${bar.label}: ${energy(bar.pj)}`).join('; '),
    table: {
      columns: ['account', 'part', 'pJ_per_token'],
      rows: bars.flatMap((bar) => bar.parts.map((part) => [bar.label, part.label, part.pj])),
    },
    draw: (svg) => {
      bars.forEach((bar, at) => drawBar(svg, bar, at * ROW, x))
      drawLegend(svg, legend, 0, bars.length * ROW + 6, width)
    },
  }
}
