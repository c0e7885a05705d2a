import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { Resvg } from '@resvg/resvg-js'
import { pdfOf, pngOf } from '../../cli/figures.js'
import { COMPARISON_CHARTS } from '../../reports/charts/comparison.js'
import { runCharts } from '../../reports/charts/index.js'
import { compareResults } from '../../reports/compare.js'
import { csvOf } from '../../reports/csv.js'
import { energy } from '../../reports/format.js'
import { type Chart, renderChart, Svg } from '../../reports/svg.js'
import { textWidth } from '../../reports/text-width.js'
import { exampleResult } from '../support/example-result.js'
import { parseXml } from '../support/markup.js'

const folder = mkdtempSync(join(tmpdir(), 'spikeloom-figures-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const comparison = compareResults([
  { label: 'a', result: exampleResult() }, { label: 'b', result: exampleResult({ chip: { core: { lanes: 256 } } }) },
])
const charts: Chart[] = [...runCharts(exampleResult()), ...COMPARISON_CHARTS.map((draw) => draw(comparison))]
const cases = charts.map((chart) => [chart.name, chart] as const)

const has = (program: string): boolean => spawnSync(program, ['--version']).error === undefined
const RSVG = has('rsvg-convert')
const POPPLER = has('pdftotext')

/** Red, green, blue of a PNG's pixels, through a second renderer that reads PNG inside SVG. */
function pixels(png: Uint8Array, width: number, height: number): Uint8Array {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="${width}" height="${height}">` +
    `<image width="${width}" height="${height}" xlink:href="data:image/png;base64,${Buffer.from(png).toString('base64')}"/></svg>`
  return new Resvg(svg).render().pixels
}

/** Share of pixels that are nearly the given grey or darker. */
function darkShare(data: Uint8Array, limit: number): number {
  let dark = 0
  for (let at = 0; at < data.length; at += 4) if (data[at]! < limit && data[at + 1]! < limit && data[at + 2]! < limit) dark++
  return dark / (data.length / 4)
}

describe('figures for a paper', () => {
  it.each(cases)('%s has literal colours, fonts, size and namespace', async (_, chart) => {
    const svg = await renderChart(chart, true)
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" width="[\d.]+" height="[\d.]+" viewBox="0 0 /)
    expect(svg).not.toMatch(/var\(|currentColor|color-mix|oklch|foreignObject|<style|dominant-baseline|@media|url\(/)
    expect(svg).toContain('font-family="&#39;DejaVu Sans&#39;'.replaceAll('&#39;', '\''))
    const document = parseXml(svg)
    for (const text of Array.from(document.querySelectorAll('text'))) expect(text.getAttribute('fill')).toMatch(/^#[0-9a-f]{6}$/)
    for (const shape of Array.from(document.querySelectorAll('rect, path, line, circle'))) {
      const paint = [shape.getAttribute('fill'), shape.getAttribute('stroke')].filter((value) => value !== null)
      expect(paint.length, svg.slice(0, 60)).toBeGreaterThan(0)
      for (const value of paint) expect(value).toMatch(/^(none|#[0-9a-f]{6})$/)
    }
  })

  it.each(cases)('%s keeps every text inside its frame', async (_, chart) => {
    for (const text of Array.from(parseXml(await renderChart(chart, true)).querySelectorAll('text'))) {
      if (text.getAttribute('transform') !== null) continue
      const x = Number(text.getAttribute('x'))
      const size = Number(text.getAttribute('font-size') ?? 12)
      const width = textWidth(text.textContent!, size, text.getAttribute('font-weight') === 'bold')
      const anchor = text.getAttribute('text-anchor')
      const left = anchor === 'end' ? x - width : anchor === 'middle' ? x - width / 2 : x
      expect(left, text.textContent!).toBeGreaterThan(-1.5)
      expect(left + width, text.textContent!).toBeLessThan(chart.width + 1.5)
    }
  })

  it.each(cases)('%s has its numbers as CSV', (_, chart) => {
    const { columns, rows } = chart.table!
    const lines = csvOf(chart.table!).trimEnd().split('\n')
    expect(lines).toHaveLength(rows.length + 1)
    expect(lines[0]).toBe(columns.join(','))
    for (const row of rows) expect(row).toHaveLength(columns.length)
  })

  it('are the same PNG and PDF each time, and not black', async () => {
    const [chart] = charts
    const svg = await renderChart(chart!, true)
    const png = await pngOf(svg)
    expect(Buffer.from(png).equals(Buffer.from(await pngOf(svg)))).toBe(true)
    const data = pixels(png, 2 * chart!.width, 2 * chart!.height)
    expect(darkShare(data, 60)).toBeGreaterThan(0.005)
    expect(darkShare(data, 60)).toBeLessThan(0.3)
    const pdf = await pdfOf(svg, chart!)
    expect(Buffer.from(pdf).equals(Buffer.from(await pdfOf(svg, chart!)))).toBe(true)
    expect(Buffer.from(pdf).subarray(0, 5).toString()).toBe('%PDF-')
  })

  it.skipIf(!RSVG)(`look alike in rsvg-convert and resvg${RSVG ? '' : ' (SKIPPED: no rsvg-convert; Debian: apt install librsvg2-bin)'}`, async () => {
    for (const chart of charts) {
      const svg = await renderChart(chart, true)
      writeFileSync(join(folder, 'chart.svg'), svg)
      spawnSync('rsvg-convert', ['-z', '2', '-o', join(folder, 'chart.png'), join(folder, 'chart.svg')])
      const [theirs, ours] = [readFileSync(join(folder, 'chart.png')), await pngOf(svg)]
        .map((png) => pixels(png, 2 * chart.width, 2 * chart.height))
      let apart = 0
      for (let at = 0; at < ours!.length; at++) apart += Math.abs(ours![at]! - theirs![at]!)
      expect(apart / ours!.length, chart.name).toBeLessThan(6)
    }
  }, 60_000)

  it.skipIf(!POPPLER)(`hold their text in the PDF${POPPLER ? '' : ' (SKIPPED: no pdftotext; Debian: apt install poppler-utils)'}`, async () => {
    const [chart] = charts
    writeFileSync(join(folder, 'chart.pdf'), await pdfOf(await renderChart(chart!, true), chart!))
    const { stdout } = spawnSync('pdftotext', ['-layout', join(folder, 'chart.pdf'), '-'], { encoding: 'utf8' })
    expect(stdout).toContain('Literature: additions alone')
    expect(stdout.replaceAll('\u00a0', ' ')).toContain(energy(exampleResult().energy.perTokenPj).replaceAll('\u00a0', ' '))
    expect(spawnSync('pdffonts', [join(folder, 'chart.pdf')], { encoding: 'utf8' }).stdout).toMatch(/DejaVuSans.*yes +yes/)
  })
})

describe('writing SVG', () => {
  it('escapes text and attributes, and takes names only', () => {
    const svg = new Svg('g').attr('id', '"><script>').text('<b>&\u0000\u202e')
    expect(svg.xml()).toBe('<g id="&#34;&#62;&#60;script&#62;">&#60;b&#62;&#38;\\u{0}\\u{202e}</g>')
    expect(() => new Svg('a b')).toThrow()
  })

  it('quotes CSV', () => {
    expect(csvOf({ columns: ['a', 'b'], rows: [['x,"y"\n', NaN], [null, 1.5]] })).toBe('a,b\n"x,""y""\n",\n,1.5\n')
  })
})

describe('the figures of the documents', () => {
  const committed = fileURLToPath(new URL('../../docs/figures/', import.meta.url))
  const files = readdirSync(committed).filter((name) => name.endsWith('.svg'))
  it.each(files)('%s has literal colours, which every renderer knows', (name) => {
    const svg = readFileSync(join(committed, name), 'utf8')
    expect(svg).not.toMatch(/var\(|currentColor|<style/i)
    expect(() => parseXml(svg)).not.toThrow()
  })
})
