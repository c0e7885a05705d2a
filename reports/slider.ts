import type { RunResult } from '../sim/result/schema.js'
import { drawHeatScale, HEAT_SCALE_WIDTH } from './charts/common.js'
import { RATE_SCALE, RATE_TEXT, shadesOf } from './charts/spikes-over-time.js'
import { duration, grouped } from './format.js'
import { html, Markup, scriptJson } from './markup.js'
import { Svg } from './svg.js'

/**
 * The spikes of a run on a map that a slider moves through. A page without scripts, and paper, have small maps side by side
 * instead (`spikesOverTime`): the script puts itself in their place.
 */

const SIDE = 340

/** What the script draws from: for each frame a digit a place, its shade, and what is said of the frame. */
interface Frames {
  readonly shades: readonly string[]
  readonly texts: readonly string[]
}

function framesOf({ activity: { overTime }, latency }: RunResult): Frames {
  const { spikes, frameCycles } = overTime!
  const secondsPerCycle = latency.cycles > 0 ? latency.seconds / latency.cycles : 0
  return {
    shades: spikes.map((frame, at) => shadesOf(frame, Math.max(1, Math.min(frameCycles, latency.cycles - at * frameCycles))).join('')),
    texts: spikes.map((frame, at) => {
      const end = Math.min(latency.cycles, (at + 1) * frameCycles)
      return `${duration(at * frameCycles * secondsPerCycle)} to ${duration(end * secondsPerCycle)}: ${grouped(frame.reduce((sum, count) => sum + count, 0))} spikes`
    }),
  }
}

const SCRIPT = `(() => {
const box = document.getElementById('spike-slider')
const { shades, texts } = JSON.parse(document.getElementById('spike-frames').textContent)
const cells = box.querySelectorAll('svg:not(.scale) rect')
const range = box.querySelector('input')
const output = box.querySelector('output')
const show = () => {
  const at = Number(range.value)
  const frame = shades[at]
  cells.forEach((cell, place) => { cell.setAttribute('class', 'heat' + frame[place]) })
  output.textContent = texts[at]
  range.setAttribute('aria-valuetext', texts[at])
}
range.addEventListener('input', show)
box.hidden = false
box.closest('section').classList.add('moving')
show()
})()`

/** The map with its slider; hidden until its script runs. */
export function spikeSlider(result: RunResult): Markup {
  const { columns, rows, block, spikes } = result.activity.overTime!
  if (spikes.length < 2) return html``
  const side = Math.floor((SIDE / Math.max(columns, rows)) * 100) / 100
  const svg = new Svg('svg').attr('viewBox', `0 0 ${columns * side} ${rows * side}`).attr('class', 'chart')
    .attr('style', `max-width:${Math.ceil(columns * side)}px`).attr('role', 'img').attr('aria-label', 'map of the system')
  for (let place = 0; place < columns * rows; place++) {
    svg.append('rect').attr('class', 'heat0').attr('x', round((place % columns) * side)).attr('y', round(Math.floor(place / columns) * side))
      .attr('width', round(side * 0.92)).attr('height', round(side * 0.92))
  }
  const where = block === 1 ? 'a square is a tile' : `a square is ${block} × ${block} tiles`
  const scale = new Svg('svg').attr('viewBox', `0 0 ${HEAT_SCALE_WIDTH + 4} 40`).attr('class', 'chart scale')
    .attr('style', `max-width:${HEAT_SCALE_WIDTH + 4}px`).attr('role', 'img').attr('aria-label', 'scale')
  drawHeatScale(scale, 2, 2, RATE_SCALE, RATE_TEXT)
  return html`<div id="spike-slider" hidden><h3>Where spikes were when</h3><figure>${new Markup(svg.xml())}${new Markup(scale.xml())}</figure>
<label>when <input type="range" min="0" max="${spikes.length - 1}" value="${Math.floor(spikes.length / 2)}" step="1"></label>
<output></output><p class="meta">On the map ${where}; columns and rows are those of the map of cores.</p></div>
<script type="application/json" id="spike-frames">${scriptJson(framesOf(result))}</script>
<script>${new Markup(SCRIPT)}</script>`
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
