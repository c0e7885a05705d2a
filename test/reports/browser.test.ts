import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCharts } from '../../reports/charts/index.js'
import { compareResults } from '../../reports/compare.js'
import { comparisonHtml } from '../../reports/compare-html.js'
import { grouped } from '../../reports/format.js'
import { htmlReport } from '../../reports/html.js'
import { exampleResult } from '../support/example-result.js'

const CHROMIUM = '/usr/bin/chromium'
const absent = !existsSync(CHROMIUM)
const ARGUMENTS = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
]

/** Three frames of the example's tiles: all busy, one, none. */
const PLACES = exampleResult().routers.length
const FRAMES = [
  Array.from({ length: PLACES }, (_, place) => 10 * place), Array.from({ length: PLACES }, (_, place) => (place === 5 ? 400 : 0)),
  Array.from({ length: PLACES }, () => 0),
]

function withFrames(): ReturnType<typeof exampleResult> {
  const result = exampleResult()
  const columns = Math.max(...result.routers.map(({ column }) => column)) + 1
  const frameCycles = Math.ceil(result.latency.cycles / FRAMES.length)
  result.activity.overTime = { frameCycles, block: 1, columns, rows: PLACES / columns, spikes: FRAMES }
  return result
}

const SKIPPED = absent ? ` (SKIPPED: no ${CHROMIUM}; Debian: apt install chromium)` : ''

describe.skipIf(absent)(`pages in a browser${SKIPPED}`, () => {
  let browser: Browser
  let folder: string
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'spikeloom-'))
    const { chromium } = await import('playwright-core')
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGUMENTS })
    const long = exampleResult({ chip: { name: 'a'.repeat(90), core: { lanes: 256 } } })
    writeFileSync(join(folder, 'run.html'), await htmlReport(exampleResult()))
    writeFileSync(join(folder, 'moving.html'), await htmlReport(withFrames()))
    writeFileSync(join(folder, 'long.html'), await htmlReport(long))
    const comparison = compareResults([{ label: 'example', result: exampleResult() }, { label: 'wide', result: long }])
    writeFileSync(join(folder, 'comparison.html'), await comparisonHtml(comparison, '0.1.0'))
  })
  afterAll(async () => {
    await browser?.close()
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
  })

  const cases = ['run', 'moving', 'long', 'comparison'].flatMap((name) => [1280, 390].map((width) => [name, width] as const))
  it.each(cases)('%s at %i pixels: no error, no request, nothing wider than the window', async (name, width) => {
    const page = await browser.newPage({ viewport: { width, height: 900 } })
    const heard: string[] = []
    page.on('console', (message) => heard.push(message.text()))
    page.on('pageerror', (error) => heard.push(String(error)))
    page.on('request', (request) => {
      if (!request.url().startsWith('file:') && !request.url().startsWith('data:')) heard.push(request.url())
    })
    await page.goto(pathToFileURL(join(folder, `${name}.html`)).href)
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
    await page.evaluate('document.querySelectorAll("details").forEach((each) => { each.open = true })')
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
    expect(heard).toEqual([])
    await page.close()
  })

  /** Labels of a chart that lie on each other, or reach out of it. */
  const COLLISIONS = `[...document.querySelectorAll('svg')].filter((svg) => svg.getBoundingClientRect().width > 0).flatMap((svg) => {
    const frame = svg.getBoundingClientRect()
    const boxes = [...svg.querySelectorAll('text')].map((text) => ({ text: text.textContent, box: text.getBoundingClientRect() }))
    const out = boxes.filter(({ box }) => box.left < frame.left - 2 || box.right > frame.right + 2).map(({ text }) => 'outside: ' + text)
    const over = boxes.flatMap(({ text, box }, at) => boxes.slice(at + 1).filter((other) =>
      Math.min(box.right, other.box.right) - Math.max(box.left, other.box.left) > 2
      && Math.min(box.bottom, other.box.bottom) - Math.max(box.top, other.box.top) > 5).map((other) => text + ' on ' + other.text))
    return [...out, ...over].map((what) => svg.querySelector('title').textContent + ': ' + what)
  })`

  it.each(cases)('%s at %i pixels, light and dark: no label on another, none cut', async (name, width) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme })
      await page.goto(pathToFileURL(join(folder, `${name}.html`)).href)
      expect(await page.evaluate(COLLISIONS)).toEqual([])
      await page.close()
    }
  })

  it.each(['run', 'moving', 'long', 'comparison'])('%s on paper: light, nothing wider than the sheet, folded tables unfolded', async (name) => {
    // A4 less margins of 14 mm, in CSS pixels.
    const page = await browser.newPage({ viewport: { width: 688, height: 1000 }, colorScheme: 'dark' })
    await page.goto(pathToFileURL(join(folder, `${name}.html`)).href)
    await page.emulateMedia({ media: 'print' })
    expect(await page.evaluate(`[...document.querySelectorAll('table, svg')].filter((each) => each.getBoundingClientRect().width > 0
      && each.getBoundingClientRect().right > 690).length`)).toBe(0)
    expect(await page.evaluate(`[...document.querySelectorAll('details table')].filter((each) => each.getBoundingClientRect().height === 0).length`)).toBe(0)
    expect(await page.evaluate('getComputedStyle(document.body).color')).toBe('rgb(27, 30, 35)')
    expect((await page.pdf({ format: 'A4' })).length).toBeGreaterThan(10_000)
    await page.close()
  })

  it.each(['light', 'dark'] as const)('moves through the spikes of a run with a slider, %s; on paper there are maps instead', async (colorScheme) => {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, colorScheme })
    await page.goto(pathToFileURL(join(folder, 'moving.html')).href)
    const shown = (): Promise<unknown> => page.evaluate(`[...document.querySelectorAll('#spike-slider svg:not(.scale) rect')].map((cell) => getComputedStyle(cell).fill)`)
    const seen: unknown[] = []
    for (const frame of [0, 1, 2]) {
      await page.evaluate(`(() => { const range = document.querySelector('#spike-slider input'); range.value = ${frame}; range.dispatchEvent(new Event('input')) })()`)
      seen.push(await shown())
      expect(await page.locator('#spike-slider output').innerText()).toContain(`: ${grouped(FRAMES[frame]!.reduce((sum, count) => sum + count, 0))} spikes`)
    }
    expect(new Set(seen.map((fills) => JSON.stringify(fills))).size).toBe(3)
    // A frame in which one place is busy has two colours: that place's, and that of nothing.
    expect(new Set(seen[1] as string[]).size).toBe(2)
    const map = page.locator('#spikes figure:has(#spikes-over-time-title)')
    expect(await map.isVisible()).toBe(false)
    await page.emulateMedia({ media: 'print' })
    expect(await page.locator('#spike-slider').isVisible()).toBe(false)
    expect(await map.isVisible()).toBe(true)
    await page.close()
  })

  it('shows the headline number and one drawing of each chart', async () => {
    const charts = runCharts(exampleResult()).length
    const page = await browser.newPage({ viewport: { width: 390, height: 900 } })
    await page.goto(pathToFileURL(join(folder, 'run.html')).href)
    expect(await page.locator('.claim').innerText()).toContain('18.8×')
    expect(await page.locator('svg:visible').count()).toBe(charts)
    await page.setViewportSize({ width: 1280, height: 900 })
    expect(await page.locator('svg:visible').count()).toBe(charts)
    await page.close()
  })
})
