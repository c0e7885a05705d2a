import type { CoreResult, RunResult } from '../../sim/result/schema.js'
import { coreCount, systemColumns, systemRows } from '../../sim/config/size.js'
import { percent, plural } from '../format.js'
import type { Chart, Svg } from '../svg.js'
import { CHART_WIDTH, drawHeatScale, heatOpacity, px } from './common.js'
import { drawChips, isDense, ShadedPaths, tileSize } from './grid.js'

interface Cell {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** A core's place in its tile: side by side for 2, two rows for 3 and 4. */
function cellOf(id: number, coresPerTile: number, columns: number, tile: number): Cell {
  const slot = id % coresPerTile
  const at = Math.floor(id / coresPerTile)
  const across = coresPerTile === 1 ? 1 : 2
  const gap = tile > 12 ? 1.5 : 0.25
  const width = (tile - 2 * gap) / across
  const height = (tile - 2 * gap) / (coresPerTile > 2 ? 2 : 1)
  return {
    x: (at % columns) * tile + gap + (slot % across) * width,
    y: Math.floor(at / columns) * tile + gap + Math.floor(slot / across) * height, width, height,
  }
}

function drawUsed(svg: Svg, core: CoreResult, { x, y, width, height }: Cell, top: number): void {
  const roles = core.roles.length > 4 ? `${core.roles.slice(0, 4).join(', ')} and more` : core.roles.join(', ')
  svg.append('rect').attr('class', 'heat').attr('x', px(x)).attr('y', px(y)).attr('width', px(width))
    .attr('height', px(height)).attr('fill-opacity', heatOpacity(core.utilisation, top)).append('title')
    .text(`core ${core.core}, tile (${core.column}, ${core.row}): ${percent(core.utilisation)} busy, ${roles}`)
  if (width < 28) return
  svg.append('text').attr('x', px(x + width / 2)).attr('y', px(y + height / 2 + 4)).attr('text-anchor', 'middle')
    .text(Math.round(core.utilisation * 100))
}

function drawUnused(svg: Svg, { x, y, width, height }: Cell): void {
  svg.append('rect').attr('class', 'cell').attr('x', px(x)).attr('y', px(y)).attr('width', px(width))
    .attr('height', px(height))
}

function rectPath({ x, y, width, height }: Cell): string {
  return `M${px(x)} ${px(y)}h${px(width)}v${px(height)}h${px(-width)}z`
}

/** The grid of the system, each core shaded by how busy it was. Unused cores are empty frames. */
export function coreHeat(result: RunResult, width = CHART_WIDTH): Chart {
  const { spec } = result.chip
  const [columns, rows] = [systemColumns(spec), systemRows(spec)]
  const tile = tileSize(columns, width)
  const used = new Map(result.cores.filter((core) => core.roles.length > 0).map((core) => [core.core, core]))
  const top = Math.max(0, ...[...used.values()].map((core) => core.utilisation))
  const busiest = [...used.values()].find((core) => core.utilisation === top)
  return {
    name: 'core-utilisation', title: 'Core utilisation', width: Math.max(px(columns * tile), 320),
    height: px(rows * tile + 30),
    description: `${plural(used.size, 'core')} in use; the busiest, core ${busiest?.core ?? '–'}, ${percent(top)} busy`,
    draw: (svg) => {
      const dense = isDense(columns * rows) ? new ShadedPaths(top) : undefined
      for (let id = 0; id < coreCount(spec); id++) {
        const cell = cellOf(id, spec.grid.coresPerTile, columns, tile)
        const core = used.get(id)
        if (dense !== undefined) dense.add(core?.utilisation ?? 0, rectPath(cell))
        else if (core !== undefined) drawUsed(svg, core, cell, top)
        else drawUnused(svg, cell)
      }
      dense?.draw(svg, 'heat', 'cell', 'fill-opacity', 0)
      drawChips(svg, spec, tile)
      drawHeatScale(svg, 2, px(rows * tile + 12), '0 %', `${percent(top)} busy`)
    },
  }
}
