import { scaleLinear, scaleLog } from 'd3-scale'
import type { ScaleContinuousNumeric } from 'd3-scale'
import { escapeHtml } from '../../reports/markup.js'
import type { DesignSummary } from '../analysis.js'
import { frontOf } from '../analysis.js'
import { unitOf } from '../plan/goals.js'
import type { Plan } from '../plan/types.js'

/**
 * Figures for papers: SVG that every program takes. Colours are literal, attributes instead of styles, a font that is
 * there, no variables (converters draw those black).
 */
const WIDTH = 640
const HEIGHT = 420
const MARGIN = { top: 16, right: 24, bottom: 52, left: 76 }
const INK = '#1b1e23'
const SOFT = '#8a929c'
const FRONT = '#d5601c'
const POINT = '#9bb8e8'
const FONT = 'font-family="DejaVu Sans, Arial, sans-serif"'

export interface Figure {
  readonly name: string
  readonly svg: string
}

type Scale = ScaleContinuousNumeric<number, number>

const r = (value: number): string => String(Number(value.toFixed(2)))

function scaleOf(values: readonly number[], range: readonly [number, number]): Scale {
  const low = values.reduce((least, value) => Math.min(least, value), Infinity)
  const high = values.reduce((most, value) => Math.max(most, value), -Infinity)
  if (low > 0 && high / low > 20) return scaleLog([low / 1.1, high * 1.1], range)
  const pad = 0.05 * (high - low || Math.abs(high) || 1)
  return scaleLinear([low - pad, high + pad], range)
}

/** 0.0021 as 2.1 m, with the prefix put to the unit by whoever writes the axis. */
function prefixOf(values: readonly number[]): readonly [number, string] {
  const most = values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0)
  const steps = [[1e9, 'G'], [1e6, 'M'], [1e3, 'k'], [1, ''], [1e-3, 'm'], [1e-6, 'µ'], [1e-9, 'n'], [1e-12, 'p']] as const
  return steps.find(([step]) => most >= step * 0.9995) ?? [1, '']
}

function text(x: number, y: number, content: string, anchor: string, colour = INK, size = 12): string {
  return `<text x="${r(x)}" y="${r(y)}" dy="0.35em" text-anchor="${anchor}" font-size="${size}" fill="${colour}" ${FONT}>${escapeHtml(content)}</text>`
}

function line(x1: number, y1: number, x2: number, y2: number, colour: string, width = 1): string {
  return `<line x1="${r(x1)}" y1="${r(y1)}" x2="${r(x2)}" y2="${r(y2)}" stroke="${colour}" stroke-width="${width}"/>`
}

interface AxisOf {
  readonly scale: Scale
  readonly values: readonly number[]
  readonly name: string
  readonly unit: string
}

function axes(x: AxisOf, y: AxisOf): string[] {
  const [bottom, left] = [HEIGHT - MARGIN.bottom, MARGIN.left]
  const ticks = ({ scale, values, unit }: AxisOf, count: number): (readonly [number, string])[] => {
    const [size] = unit === '' || unit === 'mm²' ? [1] : prefixOf(values)
    return scale.ticks(count).slice(0, 12).map((tick) => [tick, String(Number((tick / size).toPrecision(3)))])
  }
  const title = ({ name, unit, values }: AxisOf): string => {
    const [, prefix] = unit === '' || unit === 'mm²' ? [1, ''] : prefixOf(values)
    const sign = unit === '1/s' ? `${prefix} 1/s` : `${prefix}${unit}`
    return sign.trim() === '' || name === unit ? name : `${name} [${sign.trim()}]`
  }
  return [
    line(left, bottom, WIDTH - MARGIN.right, bottom, INK), line(left, MARGIN.top, left, bottom, INK),
    ...ticks(x, 6).flatMap(([tick, label]) => [line(x.scale(tick), bottom, x.scale(tick), bottom + 5, INK), text(x.scale(tick), bottom + 16, label, 'middle', INK, 11)]),
    ...ticks(y, 6).flatMap(([tick, label]) => [line(left - 5, y.scale(tick), left, y.scale(tick), INK), text(left - 9, y.scale(tick), label, 'end', INK, 11)]),
    text((left + WIDTH - MARGIN.right) / 2, HEIGHT - 14, title(x), 'middle'),
    `<g transform="translate(16,${r((MARGIN.top + bottom) / 2)}) rotate(-90)">${text(0, 0, title(y), 'middle')}</g>`,
  ]
}

/** Two objectives of all designs, the front as a line with what its points lie between. */
function frontFigure(plan: Plan, summaries: readonly DesignSummary[], i: number, j: number): Figure {
  const has = ({ values }: DesignSummary): boolean => values[i] !== undefined && values[j] !== undefined
  const shown = summaries.filter(has)
  const front = frontOf(shown, plan).sort((a, b) => a.values[i]! - b.values[i]!)
  const ends = (at: number): number[] => [...shown.map(({ values }) => values[at]!), ...front.flatMap(({ spans }) => (spans[at] ? [spans[at]!.low, spans[at]!.high] : []))]
  const axisOf = (at: number, range: readonly [number, number]): AxisOf => {
    const { name } = plan.objectives[at]!
    return { scale: scaleOf(ends(at), range), values: ends(at), name, unit: unitOf(name) }
  }
  const x = axisOf(i, [MARGIN.left, WIDTH - MARGIN.right])
  const y = axisOf(j, [HEIGHT - MARGIN.bottom, MARGIN.top])
  const at = ({ values }: DesignSummary): readonly [number, number] => [x.scale(values[i]!), y.scale(values[j]!)]
  const dot = (summary: DesignSummary, colour: string, radius: number): string => {
    const [cx, cy] = at(summary)
    return `<circle cx="${r(cx)}" cy="${r(cy)}" r="${radius}" fill="${colour}"/>`
  }
  const crosses = front.flatMap((summary) => {
    const [cx, cy] = at(summary)
    const [a, b] = [summary.spans[i], summary.spans[j]]
    return [...(a ? [line(x.scale(a.low), cy, x.scale(a.high), cy, '#eab28f')] : []), ...(b ? [line(cx, y.scale(b.low), cx, y.scale(b.high), '#eab28f')] : [])]
  })
  const path = plan.objectives.length === 2 && front.length > 1
    ? [`<polyline points="${front.map((summary) => at(summary).map(r).join(',')).join(' ')}" fill="none" stroke="${FRONT}" stroke-width="1.5"/>`] : []
  const baselines = shown.filter(({ role }) => role === 'baseline')
  const parts = [
    ...axes(x, y), ...shown.filter(({ role, isOnFront }) => role === 'point' && !isOnFront).map((summary) => dot(summary, POINT, 2.5)),
    ...crosses, ...path, ...front.map((summary) => dot(summary, FRONT, 3.5)), ...baselines.map((summary) => dot(summary, INK, 4)),
    ...baselines.map((summary) => text(at(summary)[0] + 8, at(summary)[1], summary.name, 'start', SOFT, 11)),
  ]
  return {
    name: plan.objectives.length === 2 ? 'front' : `front-${i + 1}-${j + 1}`,
    svg: `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}">\n`
      + `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>\n${parts.join('\n')}\n</svg>\n`,
  }
}

/** The figures of a sweep: each two objectives against each other. */
export function sweepFigures(plan: Plan, summaries: readonly DesignSummary[]): Figure[] {
  const pairs = plan.objectives.flatMap((_, i) => plan.objectives.slice(i + 1).map((__, k) => [i, i + 1 + k] as const))
  return pairs.filter(([i, j]) => summaries.some(({ values }) => values[i] !== undefined && values[j] !== undefined))
    .map(([i, j]) => frontFigure(plan, summaries, i, j))
}
