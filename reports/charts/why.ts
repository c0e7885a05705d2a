import { area, line } from 'd3-shape'
import { scaleLinear } from 'd3-scale'
import type { RunResult } from '../../sim/result/schema.js'
import { duration, percent, power, short } from '../format.js'
import type { Chart } from '../svg.js'
import { layerName } from '../view.js'
import { cyclesByLayer, lastTokenByPart, pathByOperator, pathByPart, type Share, waitsByCulprit, waitsByReason, workByUnit } from '../why.js'
import { drawAxes } from './axes.js'
import { barList } from './bars.js'
import { CHART_WIDTH, px } from './common.js'

/** Charts of why a run takes as long as it does. Each is for results that say so. */

const SHOWN = 12

function shareBars(name: string, title: string, rows: readonly Share[], width: number): Chart {
  return barList({
    name, title,
    bars: rows.slice(0, SHOWN).map(({ name: label, cycles, share }) => ({ label, value: cycles, text: percent(share), note: short(cycles) })),
    table: { columns: ['name', 'cycles', 'share'], rows: rows.map(({ name: label, cycles, share }) => [label, cycles, share]) },
  }, width)
}

export function criticalPathByPart(result: RunResult, width = CHART_WIDTH): Chart {
  return shareBars('critical-path-parts', 'The critical path by part, cycles', pathByPart(result), width)
}

export function criticalPathByOperator(result: RunResult, width = CHART_WIDTH): Chart {
  return shareBars('critical-path-operators', 'The critical path by operator, cycles', pathByOperator(result), width)
}

/** Of one token, where the run has several: the prompt's tokens overlap, a token by itself does not. */
export function lastTokenPath(result: RunResult, width = CHART_WIDTH): Chart {
  const { index, cycles } = result.latency.lastToken!
  return shareBars('last-token-parts', `Token ${index} by itself, the last: its ${short(cycles)} cycles by part`, lastTokenByPart(result), width)
}

export function waitReasons(result: RunResult, width = CHART_WIDTH): Chart {
  return shareBars('waits-by-reason', 'What cores waited for, core-cycles', waitsByReason(result), width)
}

export function waitCulprits(result: RunResult, width = CHART_WIDTH): Chart {
  return shareBars('waits-by-culprit', 'Who let them wait, core-cycles', waitsByCulprit(result), width)
}

export function unitWork(result: RunResult, width = CHART_WIDTH): Chart {
  return shareBars('work-by-unit', 'What busy cores did, core-cycles', workByUnit(result), width)
}

export function latencyByLayer(result: RunResult, width = CHART_WIDTH): Chart {
  const rows = cyclesByLayer(result)
  return barList({
    name: 'latency-by-layer', title: 'Cycles by layer',
    bars: rows.map(({ layer, cycles }) => ({ label: layerName(layer), value: cycles, text: short(cycles) })),
    table: { columns: ['layer', 'cycles'], rows: rows.map(({ layer, cycles }) => [layer, cycles]) },
  }, width)
}

const HEIGHT = 220

/** Power over time: the mean of each bin, and of the run. */
export function powerOverTime(result: RunResult, width = CHART_WIDTH): Chart {
  const { watts, binSeconds, averageW, peakW } = result.power!
  const margin = { left: 74, right: 16, top: 10, bottom: 44 }
  const x = scaleLinear([0, Math.max(1, watts.length) * binSeconds], [margin.left, width - margin.right])
  const y = scaleLinear([0, Math.max(peakW, 1e-12) * 1.05], [HEIGHT - margin.bottom, margin.top])
  const steps = watts.flatMap((w, bin): [number, number][] => [[bin * binSeconds, w], [(bin + 1) * binSeconds, w]])
  return {
    name: 'power', title: `Power over time; dashed: the mean, ${power(averageW)}`, width, height: HEIGHT,
    description: `${power(averageW)} on average, ${power(peakW)} in the bin that draws most`,
    table: { columns: ['start_s', 'watts'], rows: watts.map((w, bin) => [bin * binSeconds, w]) },
    draw: (svg) => {
      svg.append('path').attr('class', 'band')
        .attr('d', area<[number, number]>().x(([t]) => px(x(t))).y0(px(y(0))).y1(([, w]) => px(y(w)))(steps) ?? '')
      drawAxes(svg, { width, height: HEIGHT, margin }, x, y, 'time since the start', 'power', {
        xFormat: duration, yFormat: power, ticks: Math.max(2, Math.floor(width / 140)),
      })
      svg.append('path').attr('class', 'curve')
        .attr('d', line<[number, number]>().x(([t]) => px(x(t))).y(([, w]) => px(y(w)))(steps) ?? '')
      svg.append('line').attr('class', 'chip').attr('x1', margin.left).attr('x2', width - margin.right).attr('y1', px(y(averageW)))
        .attr('y2', px(y(averageW)))
    },
  }
}
