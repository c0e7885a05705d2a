import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { PHONE_WIDTH } from '../../reports/charts/common.js'
import { COMPARISON_CHARTS } from '../../reports/charts/comparison.js'
import { coreHeat } from '../../reports/charts/core-heat.js'
import { RUN_CHARTS } from '../../reports/charts/index.js'
import { EDGE } from '../../reports/charts/grid.js'
import { latencyTimeline } from '../../reports/charts/latency-timeline.js'
import { linkHeat } from '../../reports/charts/link-heat.js'
import { paperVersusChip } from '../../reports/charts/paper-versus-chip.js'
import { compareResults } from '../../reports/compare.js'
import { linkLoadChart } from '../../reports/noc-charts.js'
import { renderChart } from '../../reports/svg.js'
import { exampleResult } from '../support/example-result.js'
import { expectGoldenSvg } from '../support/golden.js'
import { parseXml } from '../support/markup.js'
import type { ChipSpecInput } from '../../sim/config/chip-spec.js'

const GOLDEN = join(fileURLToPath(import.meta.url), '..', 'golden')
const HOSTILE = '</text><script>alert("\u0000\ud800 & nbsp\u00a0")</script>'

const small: ChipSpecInput = { grid: { columns: 3, rows: 2, coresPerTile: 2 } }
const comparison = compareResults([
  { label: 'a', result: exampleResult() },
  { label: 'b & <c>', result: exampleResult({ chip: { technologyNm: 22, core: { lanes: 256 } } }) },
])

describe('links on a map of routers', () => {
  const LINK = { from: { column: 0, row: 0 }, to: { column: 3, row: 0 }, utilisation: 0.5 }
  /** Where the drawing of the link ends, in tiles from the left. */
  const endOf = async (topology: string, to = LINK.to): Promise<{ x: number; y: number }> => {
    const svg = await renderChart(linkLoadChart({ columns: 4, rows: 4, topology }, [{ ...LINK, to }]), true)
    const link = parseXml(svg).querySelector('[stroke-width][class^=line]')!
    const [x, y] = (link.getAttribute('d')?.split(' ').slice(-2) ?? [link.getAttribute('x2'), link.getAttribute('y2')]).map(Number) as [number, number]
    return { x: (x - EDGE) / 54, y: (y - EDGE) / 54 }
  }

  it('lead out of the picture where a torus leads around, and to the other end in any other network', async () => {
    expect((await endOf('torus')).x).toBeLessThan(0.1)
    expect((await endOf('table')).x).toBeCloseTo(3.31, 1)
    expect((await endOf('mesh', { column: 1, row: 0 })).x).toBeCloseTo(1.31, 1)
  })

  it('of a table reach any router', async () => {
    const { x, y } = await endOf('table', { column: 2, row: 3 })
    expect(Math.hypot(x - 2.5, y - 3.5)).toBeLessThan(0.3)
  })
})

describe('the charts of a run', () => {
  const runCharts = RUN_CHARTS.map((draw) => [draw(exampleResult()).name, draw] as const)
  it.each(runCharts)('%s is drawn as committed', async (name, draw) => {
    expectGoldenSvg(await renderChart(draw(exampleResult({ chip: small })), true), join(GOLDEN, `${name}.svg`))
  })

  const comparisonCharts = COMPARISON_CHARTS.map((draw) => [draw(comparison).name, draw] as const)
  it.each(comparisonCharts)('%s is drawn as committed', async (name, draw) => {
    expectGoldenSvg(await renderChart(draw(comparison), true), join(GOLDEN, `${name}.svg`))
  })

  it('are the same bytes each time', async () => {
    for (const draw of RUN_CHARTS) {
      expect(await renderChart(draw(exampleResult()), true)).toBe(await renderChart(draw(exampleResult()), true))
    }
  })

  it('are well-formed with hostile names, on any grid, at both widths, nothing outside the frame', async () => {
    const chips: ChipSpecInput[] = [
      { name: HOSTILE }, { grid: { columns: 1, rows: 1 } }, { grid: { columns: 40, rows: 3, coresPerTile: 4 } },
      { grid: { columns: 4, rows: 4, topology: 'torus', coresPerTile: 3 } },
      { grid: { columns: 2, rows: 2 }, system: { chipColumns: 3, chipRows: 2 } },
    ]
    for (const chip of chips) {
      const result = exampleResult({ chip })
      result.latency.timeline.forEach((token) => { token.text = HOSTILE })
      result.cores.forEach((core) => { core.roles = core.roles.map(() => HOSTILE) })
      result.energy.byOperator.forEach((row) => { row.operator += HOSTILE })
      result.activity.byOperator.forEach((row) => { row.operator += HOSTILE })
      for (const draw of RUN_CHARTS) {
        for (const width of [undefined, PHONE_WIDTH]) {
          const chart = draw(result, width)
          const document = parseXml(await renderChart(chart, true))
          expect(document.querySelectorAll('script').length).toBe(0)
          for (const rect of Array.from(document.querySelectorAll('rect'))) {
            const right = Number(rect.getAttribute('x')) + Number(rect.getAttribute('width'))
            expect(right, `${chart.name} at ${chart.width}`).toBeLessThanOrEqual(chart.width + 0.5)
            expect(Number(rect.getAttribute('height'))).toBeGreaterThanOrEqual(0)
          }
        }
      }
    }
  })

  it('draw a system of 4,096 tiles with few elements', async () => {
    const result = exampleResult({ chip: { system: { chipColumns: 8, chipRows: 8 } } })
    expect(result.routers.length).toBe(4096)
    for (const draw of [coreHeat, linkHeat]) {
      const document = parseXml(await renderChart(draw(result), true))
      expect(document.querySelectorAll('*').length).toBeLessThan(200)
      const pieces = Array.from(document.querySelectorAll('path'))
        .map((path) => path.getAttribute('d')!.split('M').length - 1).reduce((sum, each) => sum + each, 0)
      expect(pieces).toBe(draw === coreHeat ? 25 : 1024)
    }
  })

  it('draw an empty result', async () => {
    const result = exampleResult({ chip: { grid: { columns: 1, rows: 1 } } })
    result.latency.timeline = []
    result.energy.byOperator = []
    result.activity.byOperator = []
    result.links = []
    for (const component of Object.keys(result.energy.byComponent)) {
      result.energy.byComponent[component as keyof typeof result.energy.byComponent] = 0
    }
    result.energy.totalPj = 0
    for (const draw of RUN_CHARTS) {
      expect(await renderChart(draw(result), true), draw.name).not.toMatch(/NaN|Infinity|undefined/)
    }
  })

  it('keep a timeline of 2,000 tokens within 1,000 units', async () => {
    const result = exampleResult()
    const [first] = result.latency.timeline
    result.latency.timeline = Array.from({ length: 2000 }, (_, index) =>
      ({ ...first!, index, startCycle: index * 10, endCycle: index * 10 + 9 }))
    result.latency.cycles = 20_000
    const chart = latencyTimeline(result)
    expect(chart.height).toBeLessThan(1100)
    expect(parseXml(await renderChart(chart, true)).querySelectorAll('rect.decode, rect.prefill').length).toBe(2000)
  })
})

describe('what the charts show', () => {
  it('paper and chip are drawn to one scale', async () => {
    const result = exampleResult()
    const document = parseXml(await renderChart(paperVersusChip(result), true))
    const bars = Array.from(document.querySelectorAll('rect')).filter((rect) => rect.getAttribute('height') === '20')
    const width = (rect: (typeof bars)[number]): number => Number(rect.getAttribute('width'))
    const isPaper = (rect: (typeof bars)[number]): boolean => rect.getAttribute('class') === 'paper'
    const paper = bars.filter(isPaper).map(width)
    const chip = bars.filter((rect) => !isPaper(rect)).map(width).reduce((sum, each) => sum + each, 0)
    expect(paper).toHaveLength(4)
    expect(chip / paper[1]!).toBeCloseTo(result.energy.totalPj / result.energy.paper.totalPj, 0)
    expect(chip / paper[0]!).toBeCloseTo(result.energy.totalPj / result.energy.paper.additionsPj, 0)
    expect(paper[3]! / paper[2]!).toBeCloseTo(8, 1)
  })

  it('every core is there once, shaded if used; every link once', async () => {
    const result = exampleResult()
    const cores = parseXml(await renderChart(coreHeat(result), true))
    const used = result.cores.filter((core) => core.roles.length > 0).length
    expect(cores.querySelectorAll('rect.core').length).toBe(used)
    expect(cores.querySelectorAll('rect.cell').length).toBe(64 - used)
    const links = parseXml(await renderChart(linkHeat(result), true))
    expect(links.querySelectorAll('line').length).toBe(2 * 2 * 8 * 7)
  })

  it('the wrap-around links of a torus leave the grid instead of crossing it', async () => {
    const result = exampleResult({ chip: { grid: { columns: 4, rows: 4, topology: 'torus' } } })
    result.links = [{ from: { column: 3, row: 0 }, to: { column: 0, row: 0 }, flits: 5, utilisation: 0.1 }]
    const line = parseXml(await renderChart(linkHeat(result), true)).querySelector('line')!
    expect(Number(line.getAttribute('x2'))).toBeGreaterThan(Number(line.getAttribute('x1')))
  })
})
