import type { CoreResult, RunResult } from '../../sim/result/schema.js'
import { percent, plural } from '../format.js'
import type { Chart, Svg } from '../svg.js'
import { CHART_WIDTH, drawHeatScale, heatOpacity, px } from './common.js'

const LARGEST_TILE = 54

/** Side of a tile so that the grid fits the chart. */
export function tileSize(columns: number, chartWidth: number): number {
  return Math.min(LARGEST_TILE, Math.floor(((chartWidth - 20) / columns) * 100) / 100)
}

/** A core's place in its tile: side by side for 2, two rows for 3 and 4. */
function drawCore(svg: Svg, core: CoreResult, slot: number, coresPerTile: number, tile: number, top: number): void {
  const across = coresPerTile === 1 ? 1 : 2
  const down = coresPerTile > 2 ? 2 : 1
  const gap = tile > 12 ? 1.5 : 0.25
  const width = (tile - 2 * gap) / across
  const height = (tile - 2 * gap) / down
  const x = core.column * tile + gap + (slot % across) * width
  const y = core.row * tile + gap + Math.floor(slot / across) * height
  const used = core.roles.length > 0
  const cell = svg.append('g')
  cell.append('title').text(`core ${core.core} (${core.column}, ${core.row}): ${percent(core.utilisation)}` +
    ` busy${used ? `, ${core.roles.slice(0, 4).join(', ')}` : ', unused'}`)
  if (used) {
    cell.append('rect').attr('class', 'heat').attr('x', px(x)).attr('y', px(y)).attr('width', px(width))
      .attr('height', px(height)).attr('fill-opacity', heatOpacity(core.utilisation, top))
  }
  cell.append('rect').attr('class', 'cell').attr('x', px(x)).attr('y', px(y)).attr('width', px(width))
    .attr('height', px(height))
  if (!used || width < 28) return
  cell.append('text').attr('x', px(x + width / 2)).attr('y', px(y + height / 2 + 4)).attr('text-anchor', 'middle')
    .text(Math.round(core.utilisation * 100))
}

/** The chip's grid, each core shaded by how busy it was. Unused cores are empty frames. */
export function coreHeat(result: RunResult, width = CHART_WIDTH): Chart {
  const { columns, rows, coresPerTile } = result.chip.spec.grid
  const tile = tileSize(columns, width)
  const top = Math.max(0, ...result.cores.map((core) => core.utilisation))
  const used = result.cores.filter((core) => core.roles.length > 0)
  const busiest = result.cores.find((core) => core.utilisation === top)
  return {
    name: 'core-utilisation', title: 'Core utilisation', width: Math.max(columns * tile, 320),
    height: px(rows * tile + 30),
    description: `${plural(used.length, 'core')} in use; the busiest, core ${busiest?.core ?? '–'}, ` +
      `${percent(top)} busy`,
    draw: (svg) => {
      const slots = new Map<string, number>()
      for (const core of result.cores) {
        const key = `${core.column},${core.row}`
        const slot = slots.get(key) ?? 0
        slots.set(key, slot + 1)
        drawCore(svg, core, slot, coresPerTile, tile, top)
      }
      drawHeatScale(svg, 2, px(rows * tile + 12), '0 %', `${percent(top)} busy`)
    },
  }
}
