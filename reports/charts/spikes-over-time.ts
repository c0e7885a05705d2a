import type { RunResult } from '../../sim/result/schema.js'
import { duration, grouped, short } from '../format.js'
import type { Chart } from '../svg.js'
import { CHART_WIDTH, drawHeatScale, HEAT_SCALE_WIDTH, type HeatScale, px, shadeOf } from './common.js'
import { ShadedPaths } from './grid.js'

/** Where spikes were when: the cores' intake on a map, frame by frame. For results that say so (`activity.overTime`). */

export type SpikesOverTime = NonNullable<RunResult['activity']['overTime']>

/** Spikes that a place takes in a cycle; one core's adders take about one, or fewer where rows are long. */
export const RATE_SCALE: HeatScale = { limits: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1], label: (limit) => String(limit) }
export const RATE_TEXT = 'spikes that a place takes in a cycle'

const MAPS = 12
const LABEL = 18
const GAP = 14

/** Shades of a frame's places: spikes for each cycle, the last frame as long as the others. */
export function shadesOf(spikes: readonly number[], frameCycles: number): number[] {
  return spikes.map((count) => shadeOf(count / frameCycles, RATE_SCALE))
}

interface Map {
  readonly from: number
  readonly to: number
  readonly spikes: readonly number[]
}

/** Frames joined until they are few enough to print side by side. */
function mapsOf({ spikes, frameCycles, columns, rows }: SpikesOverTime, cycles: number): Map[] {
  const each = Math.max(1, Math.ceil(spikes.length / MAPS))
  return Array.from({ length: Math.ceil(spikes.length / each) }, (_, map) => {
    const joined = spikes.slice(map * each, (map + 1) * each)
    const from = map * each * frameCycles
    return {
      from, to: Math.max(from, Math.min(cycles, from + joined.length * frameCycles)),
      spikes: Array.from({ length: columns * rows }, (_, place) => joined.reduce((sum, frame) => sum + frame[place]!, 0)),
    }
  })
}

/** Small maps side by side, one a stretch of the run. */
export function spikesOverTime(result: RunResult, width = CHART_WIDTH): Chart {
  const overTime = result.activity.overTime!
  const { columns, rows, frameCycles, spikes } = overTime
  const { cycles, seconds } = result.latency
  const maps = mapsOf(overTime, cycles)
  const across = Math.min(maps.length, width > 500 ? 6 : 3)
  const side = Math.min(18, (width - (across - 1) * GAP) / across / columns)
  const step = { x: columns * side + GAP, y: rows * side + LABEL + GAP }
  const below = Math.ceil(maps.length / across) * step.y
  return {
    name: 'spikes-over-time', title: 'Where spikes were when', width: Math.max(px(across * step.x), HEAT_SCALE_WIDTH + 8), height: px(below + 46),
    description: `${maps.length} maps of the system, one a stretch of the run; ${grouped(spikes.flat().reduce((sum, count) => sum + count, 0))} spikes in all`,
    table: {
      columns: ['start_cycle', 'column', 'row', 'spikes'],
      rows: spikes.flatMap((frame, at) => frame.flatMap((count, place) => (
        count === 0 ? [] : [[at * frameCycles, place % columns, Math.floor(place / columns), count]]))),
    },
    draw: (svg) => {
      maps.forEach((map, at) => {
        const [left, top] = [(at % across) * step.x, Math.floor(at / across) * step.y]
        svg.append('text').attr('class', 'soft').attr('font-size', 10).attr('x', px(left)).attr('y', px(top + LABEL - 6))
          .text(duration((map.from / Math.max(1, cycles)) * seconds))
        const paths = new ShadedPaths()
        const edge = px(side - (side > 6 ? 1 : 0.25))
        shadesOf(map.spikes, Math.max(1, map.to - map.from)).forEach((shade, place) => {
          const [x, y] = [px(left + (place % columns) * side), px(top + LABEL + Math.floor(place / columns) * side)]
          paths.add(shade, `M${x} ${y}h${edge}v${edge}h${-edge}z`)
        })
        paths.draw(svg, 'heat')
      })
      drawHeatScale(svg, 2, px(below), RATE_SCALE, `${RATE_TEXT}; above each map, when it begins; each is ${
        short(maps[0] === undefined ? 0 : maps[0].to - maps[0].from)} cycles`)
    },
  }
}
