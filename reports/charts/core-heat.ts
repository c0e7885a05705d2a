import type { CoreResult, RunResult } from '../../sim/result/schema.js'
import { coreCount, systemColumns } from '../../sim/config/size.js'
import { percent, plural } from '../format.js'
import type { Chart, Svg } from '../svg.js'
import { fitText } from '../text-width.js'
import { isHub, shortRole } from '../roles.js'
import { CHART_WIDTH, drawHeatScale, HEAT_SCALE_WIDTH, px, SHARE_SCALE, shadeOf } from './common.js'
import { blockOf, drawChips, drawCoordinates, EDGE, gridFrame, ShadedPaths, tileGrid, type TileGrid } from './grid.js'

interface Cell {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** A core's place in its tile: side by side for 2, two rows for 3 and 4. */
function cellOf(id: number, coresPerTile: number, { columns, size }: TileGrid): Cell {
  const slot = id % coresPerTile
  const at = Math.floor(id / coresPerTile)
  const across = coresPerTile === 1 ? 1 : 2
  const gap = size > 12 ? 1.5 : 0.25
  const width = (size - 2 * gap) / across
  const height = (size - 2 * gap) / (coresPerTile > 2 ? 2 : 1)
  return {
    x: EDGE + (at % columns) * size + gap + (slot % across) * width,
    y: EDGE + Math.floor(at / columns) * size + gap + Math.floor(slot / across) * height, width, height,
  }
}

function drawCell(svg: Svg, core: CoreResult, { x, y, width, height }: Cell): void {
  const shade = shadeOf(core.utilisation, SHARE_SCALE)
  const roles = core.roles.length > 4 ? `${core.roles.slice(0, 4).join(', ')} and more` : core.roles.join(', ')
  const hub = isHub(core.roles)
  const [w, h] = hub ? [width - 1.5, height - 1.5] : [width, height]
  const rect = svg.append('rect').attr('class', hub ? `heat${shade} core framed` : `heat${shade} core`).attr('x', px(x + (width - w) / 2))
    .attr('y', px(y + (height - h) / 2)).attr('width', px(w)).attr('height', px(h))
  rect.append('title').text(`core ${core.core}, tile (${core.column}, ${core.row}): ${percent(core.utilisation)} busy, ${roles}`)
  if (hub) svg.append('rect').attr('class', 'hub').attr('x', px(x + 0.75)).attr('y', px(y + 0.75)).attr('width', px(w)).attr('height', px(h))
  if (width < 26 || height < 16) return
  const role = height >= 30 && width >= 34 ? fitText(shortRole(core.roles), width - 3, 9) : ''
  const middle = y + height / 2
  svg.append('text').attr('class', `on${shade}`).attr('x', px(x + width / 2)).attr('y', px(middle + (role === '' ? 4 : -1)))
    .attr('text-anchor', 'middle').text(core.utilisation > 0 && core.utilisation < 0.005 ? '<1' : Math.round(core.utilisation * 100))
  if (role === '') return
  svg.append('text').attr('class', `on${shade}`).attr('font-size', 9).attr('x', px(x + width / 2)).attr('y', px(middle + 12))
    .attr('text-anchor', 'middle').text(role)
}

/** Blocks of tiles: the mean over their cores in use; a block without one is left out. */
function drawBlocks(svg: Svg, used: readonly CoreResult[], grid: TileGrid): void {
  const sums = new Map<number, { sum: number; cores: number }>()
  for (const core of used) {
    const at = blockOf(grid, core.column, core.row)
    const { sum, cores } = sums.get(at) ?? { sum: 0, cores: 0 }
    sums.set(at, { sum: sum + core.utilisation, cores: cores + 1 })
  }
  const paths = new ShadedPaths()
  const side = px(grid.size - 0.5)
  for (const [at, { sum, cores }] of sums) {
    const [x, y] = [px(EDGE + (at % grid.columns) * grid.size), px(EDGE + Math.floor(at / grid.columns) * grid.size)]
    paths.add(shadeOf(sum / cores, SHARE_SCALE), `M${x} ${y}h${side}v${side}h${-side}z`)
  }
  paths.draw(svg, 'heat')
}

/** The grid of the system, each core shaded by how busy it was. Unused cores are empty frames. */
export function coreHeat(result: RunResult, width = CHART_WIDTH): Chart {
  const { spec } = result.chip
  const grid = tileGrid(spec, width)
  const used = result.cores.filter((core) => core.roles.length > 0)
  const byNumber = new Map(used.map((core) => [core.core, core]))
  const top = used.reduce((most, core) => Math.max(most, core.utilisation), 0)
  const busiest = used.find((core) => core.utilisation === top)
  const scaleTop = px(EDGE + grid.rows * grid.size + 12)
  return {
    name: 'core-utilisation', title: 'How busy each core was', ...gridFrame(grid, 54, HEAT_SCALE_WIDTH + 8),
    description: `${plural(used.length, 'core')} in use; the busiest, core ${busiest?.core ?? '–'}, ${percent(top)} busy`,
    table: {
      columns: ['core', 'column', 'row', 'utilisation', 'role'],
      rows: used.map((core) => [core.core, core.column, core.row, core.utilisation, core.roles.join('; ')]),
    },
    draw: (svg) => {
      drawCoordinates(svg, grid)
      if (grid.block > 1) drawBlocks(svg, used, grid)
      else {
        for (let id = 0; id < coreCount(spec); id++) {
          const cell = cellOf(id, spec.grid.coresPerTile, { ...grid, columns: systemColumns(spec) })
          const core = byNumber.get(id)
          if (core !== undefined) drawCell(svg, core, cell)
          else {
            svg.append('rect').attr('class', 'cell').attr('x', px(cell.x)).attr('y', px(cell.y)).attr('width', px(cell.width))
              .attr('height', px(cell.height))
          }
        }
      }
      drawChips(svg, spec, grid)
      drawHeatScale(svg, 2, scaleTop, SHARE_SCALE, grid.block > 1
        ? `share of the run in which cores worked; mean of ${grid.block} × ${grid.block} tiles`
        : 'share of the run in which the core worked')
    },
  }
}
