import { scaleLinear } from 'd3-scale'
import { line } from 'd3-shape'
import { drawAxes } from './charts/axes.js'
import { LIGHT } from './colours.js'
import type { Chart } from './svg.js'

/** One point of the quality-against-spikes curve. */
export interface ClipCurvePoint {
  /** Share of the largest activation that the scale reaches to. */
  readonly clip: number
  /** Most spikes of an activation. */
  readonly maxCount: number
  readonly perplexity: number
  readonly bitsPerByte: number
  readonly spikesPerActivation: number
  readonly firingRate: number
  readonly timeSteps: number
}

const COLUMNS = ['clip', 'maxCount', 'perplexity', 'bitsPerByte', 'spikesPerActivation', 'firingRate', 'timeSteps'] as const

/** The curve as CSV, one line a point. */
export function clipCsv(points: readonly ClipCurvePoint[]): string {
  return [COLUMNS.join(','), ...points.map((point) => COLUMNS.map((column) => point[column]).join(','))].join('\n') + '\n'
}

const WIDTH = 640
const HEIGHT = 360
const MARGIN = { left: 56, right: 90, top: 16, bottom: 44 }
const px = (value: number): number => Math.round(value * 10) / 10

/** Bits per byte against spikes per activation: one curve clips counts at a fixed threshold, one moves the threshold. */
export function clipChart(points: readonly ClipCurvePoint[]): Chart {
  const limit = Math.max(...points.map((point) => point.maxCount))
  const bySpikes = (a: ClipCurvePoint, b: ClipCurvePoint): number => a.spikesPerActivation - b.spikesPerActivation
  const clipped = points.filter((point) => point.clip === 1).sort(bySpikes)
  const moved = points.filter((point) => point.maxCount === limit).sort(bySpikes)
  const best = [...points].sort((a, b) => a.bitsPerByte - b.bitsPerByte)[0]!
  const shown = points.filter((point) => point.bitsPerByte < 2 * best.bitsPerByte)
  const low = Math.min(...shown.map((point) => point.bitsPerByte))
  const high = Math.max(...shown.map((point) => point.bitsPerByte))
  const x = scaleLinear([0, Math.max(...shown.map((point) => point.spikesPerActivation)) * 1.05], [MARGIN.left, WIDTH - MARGIN.right])
  const y = scaleLinear([low - 0.05 * (high - low), high + 0.05 * (high - low)], [HEIGHT - MARGIN.bottom, MARGIN.top])
  return {
    name: 'clip', title: 'Quality against spikes', width: WIDTH, height: HEIGHT,
    description: `bits per byte against spikes per activation; the best of ${points.length} points is ` +
      `${best.bitsPerByte.toFixed(4)} at ${best.spikesPerActivation.toFixed(3)} spikes`,
    draw: (svg) => {
      drawAxes(svg, { width: WIDTH, height: HEIGHT, margin: MARGIN }, x, y, 'spikes per activation', 'bits per byte')
      const curve = (of: readonly ClipCurvePoint[], colour: string, label: (point: ClipCurvePoint) => string): void => {
        const inside = of.filter((point) => shown.includes(point))
        svg.append('path').attr('fill', 'none').attr('stroke', colour).attr('stroke-width', 2)
          .attr('d', line<ClipCurvePoint>((p) => px(x(p.spikesPerActivation)), (p) => px(y(p.bitsPerByte)))([...inside]) ?? '')
        for (const point of inside) {
          svg.append('circle').attr('fill', colour).attr('r', 3).attr('cx', px(x(point.spikesPerActivation)))
            .attr('cy', px(y(point.bitsPerByte))).append('title')
            .text(`${label(point)}: ${point.bitsPerByte.toFixed(4)} bits per byte, ${point.spikesPerActivation.toFixed(3)} spikes`)
          svg.append('text').attr('class', 'soft').attr('x', px(x(point.spikesPerActivation) + 6))
            .attr('y', px(y(point.bitsPerByte) - 5)).text(label(point))
        }
      }
      curve(clipped, LIGHT.ink, (point) => `at most ${point.maxCount}`)
      curve(moved.filter((point) => point.clip !== 1), '#de841e', (point) => `x ${point.clip}`)
    },
  }
}
