import { scaleLinear } from 'd3'
import type { RunResult } from '../../sim/result/schema.js'
import { COMPONENT_LOOK, componentShares } from '../components.js'
import { constant, energy } from '../format.js'
import type { Chart, Svg } from '../svg.js'
import { headline } from '../view.js'
import { CHART_WIDTH, drawLegend, legendHeight, px } from './common.js'

const ROW = 56
const BAR = 20

interface Bar {
  readonly label: string
  readonly note: string
  readonly pj: number
}

interface Part {
  readonly label: string
  /** Absent for the paper's bars, which are in ink. */
  readonly colour?: string
  readonly pj: number
}

function bars(result: RunResult): Bar[] {
  const { paper } = result.energy
  const view = headline(result)
  return [
    { label: 'Paper: spikes', note: `additions × ${constant(paper.additionPj)} pJ`, pj: view.paperPj },
    {
      label: `Paper: no spikes, ${paper.bits}-bit`, note: `multiply-adds × ${constant(paper.macPj)} pJ`,
      pj: view.denseQuantizedPj,
    },
    { label: 'Paper: no spikes, 32-bit float', note: 'multiply-adds × 4.6 pJ', pj: view.denseFloatPj },
    { label: 'This chip', note: 'every component, clock and leakage', pj: view.chipPj },
  ]
}

function drawBar(svg: Svg, bar: Bar, top: number, x: (pj: number) => number, parts: readonly Part[]): void {
  const caption = svg.append('text').attr('x', 0).attr('y', top + 12)
  caption.append('tspan').attr('class', 'strong').text(bar.label)
  caption.append('tspan').attr('class', 'soft').attr('dx', 8).text(bar.note)
  let left = 0
  for (const { colour, pj, label } of parts) {
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
  const rows = bars(result)
  const shares = componentShares(result.energy.byComponent, result.energy.totalPj)
  const legend = shares.map(({ component }) => COMPONENT_LOOK[component])
  const perToken = headline(result).chipPj / (result.energy.totalPj || 1)
  const x = scaleLinear([0, Math.max(...rows.map((row) => row.pj), 1e-12)], [0, width - 90])
  return {
    name: 'paper-versus-chip', title: 'Energy of one token, counted two ways', width,
    height: rows.length * ROW + 8 + legendHeight(legend, width),
    description: rows.map((row) => `${row.label}: ${energy(row.pj)}`).join('; '),
    draw: (svg) => {
      rows.forEach((row, at) => {
        const chip = at === rows.length - 1
        drawBar(svg, row, at * ROW, x, chip
          ? shares.map(({ component, pj }) => ({ ...COMPONENT_LOOK[component], pj: pj * perToken }))
          : [{ pj: row.pj, label: row.label }])
      })
      drawLegend(svg, legend, 0, rows.length * ROW + 6, width)
    },
  }
}
