import { brushY } from 'd3-brush'
import type { D3BrushEvent } from 'd3-brush'
import { select } from 'd3-selection'
import type { Axis, Model } from './model.js'
import { spoken } from './model.js'
import { colours, fit, onceAFrame } from './paint.js'

const HEIGHT = 340
const MARGIN = { top: 44, right: 60, bottom: 24, left: 40 }
/** Lines drawn while a brush moves; all of them are drawn when it rests. */
const MOST_MOVING = 1200
const REST_MS = 140

/** Every key and objective as an axis, every point as a line across them; brushes on the axes select. */
export function parallel(model: Model, root: HTMLElement): void {
  const { axes } = model
  const canvas = root.querySelector('canvas')!
  const svg = select(root).select<SVGSVGElement>('svg')
  let width = 0
  let xs: number[] = []
  const ys = (place: number): number => HEIGHT - MARGIN.bottom - place * (HEIGHT - MARGIN.top - MARGIN.bottom)
  let resting: ReturnType<typeof setTimeout> | undefined
  const drawAll = (): void => { if (width > 0) paint(model, fit(canvas, width, HEIGHT), xs, ys, Infinity) }
  const draw = onceAFrame(() => {
    if (width === 0) return
    paint(model, fit(canvas, width, HEIGHT), xs, ys, MOST_MOVING)
    clearTimeout(resting)
    if (model.count > MOST_MOVING) resting = setTimeout(drawAll, REST_MS)
  })

  const layout = (): void => {
    width = Math.max(root.clientWidth, axes.length * 84)
    xs = axes.map((_, at) => MARGIN.left + (axes.length < 2 ? 0 : at * (width - MARGIN.left - MARGIN.right) / (axes.length - 1)))
    svg.attr('width', width).attr('height', HEIGHT).selectAll('*').remove()
    axes.forEach((axis, at) => {
      const group = svg.append('g').attr('transform', `translate(${xs[at]!},0)`)
      group.append('line').attr('class', 'rule').attr('y1', ys(0)).attr('y2', ys(1))
      // Long names stand in two rows, so that neighbours do not touch.
      group.append('text').attr('class', 'strong').attr('y', at % 2 === 0 ? 12 : 28).attr('text-anchor', at === 0 ? 'start' : 'middle').text(axis.name)
      for (const [place, text] of ticksOf(axis)) group.append('text').attr('class', 'soft').attr('x', 6).attr('y', ys(place)).attr('dy', '0.35em').text(text)
      const box = brushY<unknown>().extent([[-10, ys(1) - 6], [10, ys(0) + 6]]).on('brush end', ({ selection }: D3BrushEvent<unknown>) => {
        const [top, bottom] = (selection ?? []) as [number?, number?]
        const span = ys(0) - ys(1)
        model.brush(axis, top === undefined || bottom === undefined ? undefined : [(ys(0) - bottom) / span, (ys(0) - top) / span])
      })
      group.append('g').attr('class', 'brush').attr('data-axis', axis.name).call(box as never)
    })
    drawAll()
  }
  model.onChange(draw)
  new ResizeObserver(() => { if (root.clientWidth > width || width - root.clientWidth > 1) layout() }).observe(root)
  layout()
}

function ticksOf({ levels, low, high, log, unit }: Axis): (readonly [number, string])[] {
  if (levels !== undefined) return levels.map((level, at) => [levels.length < 2 ? 0.5 : at / (levels.length - 1), spoken(level)])
  const middle = log ? Math.sqrt(low * high) : (low + high) / 2
  return ([[0, low], [0.5, middle], [1, high]] as const).map(([place, value]) => [place, spoken(value, unit)])
}

function lines(context: CanvasRenderingContext2D, model: Model, points: readonly number[], xs: readonly number[], ys: (place: number) => number): void {
  context.beginPath()
  for (const point of points) {
    let begun = false
    for (let at = 0; at < xs.length; at++) {
      const place = model.axes[at]!.places[point]!
      if (Number.isNaN(place)) begun = false
      else if (begun) context.lineTo(xs[at]!, ys(place))
      else {
        context.moveTo(xs[at]!, ys(place))
        begun = true
      }
    }
  }
  context.stroke()
}

/** Every n-th, so that no more than `most` are left. */
function thinned(points: readonly number[], most: number): readonly number[] {
  if (points.length <= most) return points
  const step = points.length / most
  return Array.from({ length: most }, (_, at) => points[Math.floor(at * step)]!)
}

function paint(model: Model, context: CanvasRenderingContext2D, xs: readonly number[], ys: (place: number) => number, most: number): void {
  const { accent, faint, heat, ink } = colours()
  const [active, others]: [number[], number[]] = [[], []]
  for (let at = 0; at < model.count; at++) (model.active[at] === 1 ? active : others).push(at)
  context.lineWidth = 1
  context.strokeStyle = faint
  lines(context, model, thinned(others, Math.min(most, 2000)), xs, ys)
  context.strokeStyle = accent
  context.globalAlpha = active.length > 300 ? 0.25 : 0.6
  lines(context, model, thinned(active, most), xs, ys)
  context.globalAlpha = 1
  context.strokeStyle = heat
  context.lineWidth = 1.5
  lines(context, model, model.front.filter((at) => model.active[at] === 1), xs, ys)
  if (model.chosen === undefined) return
  context.strokeStyle = ink
  context.lineWidth = 2.5
  lines(context, model, [model.chosen], xs, ys)
}
