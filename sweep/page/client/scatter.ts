import { axisBottom, axisLeft } from 'd3-axis'
import { brush } from 'd3-brush'
import type { D3BrushEvent } from 'd3-brush'
import { scaleLinear, scaleLog } from 'd3-scale'
import type { ScaleContinuousNumeric } from 'd3-scale'
import { select } from 'd3-selection'
import type { Axis, Model } from './model.js'
import { spoken } from './model.js'
import { colours, fit, onceAFrame } from './paint.js'

const HEIGHT = 420
const MARGIN = { top: 12, right: 20, bottom: 44, left: 74 }
/** A click within so many pixels is of the point. */
const REACH = 14

type Scale = ScaleContinuousNumeric<number, number>

function scaleOf(axis: Axis, from: number, to: number): Scale {
  const pad = axis.log ? 1.06 : 0
  const span = axis.high - axis.low || Math.abs(axis.high) || 1
  return axis.log ? scaleLog([axis.low / pad, axis.high * pad], [from, to]) : scaleLinear([axis.low - 0.04 * span, axis.high + 0.04 * span], [from, to])
}

/** Two objectives against each other: all points, the front as a line, the intervals of its points. */
export function scatter(model: Model, root: HTMLElement): void {
  const [first, second] = model.objectiveAxes
  if (first === undefined) return
  let x = first
  let y = second ?? first
  const canvas = root.querySelector('canvas')!
  const svg = select(root).select<SVGSVGElement>('svg')
  let width = 0
  let scaleX: Scale
  let scaleY: Scale
  let draw: () => void = () => undefined

  const layout = (): void => {
    width = root.clientWidth
    scaleX = scaleOf(x, MARGIN.left, width - MARGIN.right)
    scaleY = scaleOf(y, HEIGHT - MARGIN.bottom, MARGIN.top)
    svg.attr('width', width).attr('height', HEIGHT).selectAll('*').remove()
    svg.append('g').attr('class', 'axis').attr('transform', `translate(0,${HEIGHT - MARGIN.bottom})`)
      .call(axisBottom(scaleX).ticks(Math.max(3, width / 160)).tickFormat((value) => tickText(Number(value), x)))
    svg.append('g').attr('class', 'axis').attr('transform', `translate(${MARGIN.left},0)`)
      .call(axisLeft(scaleY).ticks(5).tickFormat((value) => tickText(Number(value), y)))
    svg.append('text').attr('x', width - MARGIN.right).attr('y', HEIGHT - 8).attr('text-anchor', 'end').text(label(x))
    svg.append('text').attr('x', 4).attr('y', 12).text(label(y))
    const box = brush<unknown>().extent([[MARGIN.left, MARGIN.top], [width - MARGIN.right, HEIGHT - MARGIN.bottom]])
      .on('brush end', ({ selection }: D3BrushEvent<unknown>) => brushed(selection as [[number, number], [number, number]] | null))
    svg.append('g').attr('class', 'brush').call(box as never)
    draw()
  }

  const place = (axis: Axis, value: number): number => (
    axis.high === axis.low ? 0.5 : axis.log ? Math.log(value / axis.low) / Math.log(axis.high / axis.low) : (value - axis.low) / (axis.high - axis.low))
  const brushed = (selection: [[number, number], [number, number]] | null): void => {
    if (selection === null) return model.brushBox(undefined)
    const [[left, top], [right, bottom]] = selection
    model.brushBox({
      x, y, from: [place(x, scaleX.invert(left)), place(y, scaleY.invert(bottom))], to: [place(x, scaleX.invert(right)), place(y, scaleY.invert(top))],
    })
  }

  draw = onceAFrame(() => paint(model, fit(canvas, width, HEIGHT), x, y, scaleX, scaleY))
  svg.on('click', (event: MouseEvent) => {
    const { left, top } = svg.node()!.getBoundingClientRect()
    model.choose(nearest(model, x, y, scaleX, scaleY, event.clientX - left, event.clientY - top))
  })
  for (const [name, set] of [['x', (axis: Axis) => { x = axis }], ['y', (axis: Axis) => { y = axis }]] as const) {
    const choice = root.querySelector<HTMLSelectElement>(`select[name=${name}]`)!
    model.objectiveAxes.forEach((axis) => choice.add(new Option(axis.name, axis.name)))
    choice.value = (name === 'x' ? x : y).name
    choice.addEventListener('change', () => {
      set(model.objectiveAxes[choice.selectedIndex]!)
      model.brushBox(undefined)
      layout()
    })
  }
  model.onChange(draw)
  new ResizeObserver(() => { if (root.clientWidth !== width) layout() }).observe(root)
  layout()
}

/** On a log axis only 1, 2 and 5 of each decade have room. */
function tickText(value: number, { log, unit }: Axis): string {
  const leading = value / 10 ** Math.floor(Math.log10(value) + 1e-9)
  return log && ![1, 2, 5].includes(Math.round(leading * 1e6) / 1e6) ? '' : spoken(value, unit)
}

function label({ name, objective }: Axis): string {
  return `${name}, ${objective?.direction === 'maximise' ? 'more' : 'less'} is better`
}

function nearest(model: Model, x: Axis, y: Axis, scaleX: Scale, scaleY: Scale, atX: number, atY: number): number | undefined {
  let best: number | undefined
  let distance = REACH * REACH
  for (let at = 0; at < model.count; at++) {
    const [a, b] = [x.values[at], y.values[at]]
    if (typeof a !== 'number' || typeof b !== 'number' || model.active[at] === 0) continue
    const away = (scaleX(a) - atX) ** 2 + (scaleY(b) - atY) ** 2
    // Of two that cover each other, the one on the front is meant.
    if (away < distance || (away === distance && model.data.states[at] === 'f')) [best, distance] = [at, away]
  }
  return best
}

function paint(model: Model, context: CanvasRenderingContext2D, x: Axis, y: Axis, scaleX: Scale, scaleY: Scale): void {
  const { ink, soft, faint, accent, heat } = colours()
  const at = (point: number): readonly [number, number] | undefined => {
    const [a, b] = [x.values[point], y.values[point]]
    return typeof a === 'number' && typeof b === 'number' ? [scaleX(a), scaleY(b)] : undefined
  }
  const squares = (wanted: (point: number) => boolean, colour: string, half: number): void => {
    context.fillStyle = colour
    for (let point = 0; point < model.count; point++) {
      if (!wanted(point)) continue
      const place = at(point)
      if (place !== undefined) context.fillRect(place[0] - half, place[1] - half, 2 * half, 2 * half)
    }
  }
  const { states } = model.data
  squares((point) => model.active[point] === 0, faint, 1.5)
  squares((point) => model.active[point] === 1 && states[point] === 'c', soft, 1)
  squares((point) => model.active[point] === 1 && states[point] === 'd', accent, 1.5)
  const front = [...model.front].sort((a, b) => Number(x.values[a]) - Number(x.values[b]))
  context.strokeStyle = heat
  context.globalAlpha = 0.55
  context.beginPath()
  for (const point of model.chosen === undefined ? front : [...front, model.chosen]) bars(context, point, x, y, scaleX, scaleY)
  context.stroke()
  context.globalAlpha = 1
  if (model.objectiveAxes.length === 2) {
    context.beginPath()
    front.forEach((point) => { const place = at(point); if (place) context.lineTo(...place) })
    context.stroke()
  }
  squares((point) => states[point] === 'f' && model.active[point] === 1, heat, 3)
  squares((point) => states[point] === 'b', ink, 4)
  const chosen = model.chosen === undefined ? undefined : at(model.chosen)
  if (chosen === undefined) return
  context.strokeStyle = ink
  context.lineWidth = 2
  context.strokeRect(chosen[0] - 7, chosen[1] - 7, 14, 14)
}

/** What a point's figures may lie between, as a cross. */
function bars(context: CanvasRenderingContext2D, point: number, x: Axis, y: Axis, scaleX: Scale, scaleY: Scale): void {
  const [a, b] = [x.values[point], y.values[point]]
  if (typeof a !== 'number' || typeof b !== 'number') return
  const [lowX, highX, lowY, highY] = [x.objective?.low[point], x.objective?.high[point], y.objective?.low[point], y.objective?.high[point]]
  if (typeof lowX === 'number' && typeof highX === 'number') {
    context.moveTo(scaleX(lowX), scaleY(b))
    context.lineTo(scaleX(highX), scaleY(b))
  }
  if (typeof lowY === 'number' && typeof highY === 'number') {
    context.moveTo(scaleX(a), scaleY(lowY))
    context.lineTo(scaleX(a), scaleY(highY))
  }
}
