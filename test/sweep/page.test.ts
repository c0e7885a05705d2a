import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { clientModule } from '../../scripts/build-page.mjs'
import { Random } from '../../sim/random.js'
import { summarise } from '../../sweep/analysis.js'
import { pageData } from '../../sweep/page/data.js'
import { sweepFigures } from '../../sweep/page/figures.js'
import { sweepPage } from '../../sweep/page/page.js'
import { baselinesOf, pointsOf } from '../../sweep/points.js'
import { grid } from '../../sweep/search/grid.js'
import type { DesignRow } from '../../sweep/store/store.js'
import { plan, workbench } from '../support/plans.js'

/** A swept plan of many points with made-up figures: what the page does with them is tested, not what they are. */
function sweptPage(text: string) {
  const read = plan(text)
  const random = new Random(5)
  const points = [...baselinesOf(workbench(read)), ...pointsOf(workbench(read), grid(read.dimensions), read.baselines.length)]
  const rows = points.map(({ position, key, role, name, settings, seed }): DesignRow => {
    const effort = Object.values(settings).reduce<number>((sum, value) => sum + Math.log2(1 + Number(value) || 1), 1)
    const joules = 1e-6 * effort * (0.5 + random.uniform())
    const numbers = {
      goals: { joulesPerToken: joules, joulesPerTokenInterval: { low: 0.7 * joules, high: 1.6 * joules }, secondsPerToken: 1e-3 * (0.5 + random.uniform()) / effort },
      energy: { staticPj: 3, byComponent: { clock: joules * 1e12, dram: 0 } },
    }
    const failed = position % 97 === 5
    return {
      position, key, role, name, settings: JSON.stringify(settings), seed, wallSeconds: 1, state: failed ? 'failed' : 'done',
      numbers: failed ? null : JSON.stringify(numbers), error: failed ? 'it <b>failed</b> </script><script>alert(1)</script>' : null,
    }
  })
  const store = { design: function * () { yield * rows } }
  const summaries = summarise(store, read)
  const data = pageData(read, summaries, (position) => rows[position]!.numbers, {
    title: 'a <sweep>', version: '1', counts: { points: rows.length, done: rows.length, failed: 0 }, reports: [],
  })
  return { read, summaries, data }
}

const LARGE = sweptPage(`
vary:
  core.lanes: { from: 16, to: 2000, steps: 10, scale: log }
  clockMHz: { from: 100, to: 1000, steps: 10 }
  core.vectorLanes: { from: 1, to: 512, steps: 10, scale: log }
  network.bufferFlits: { from: 1, to: 200, steps: 10 }
baselines: [other]
`)
const SMALL = sweptPage('vary: { core.lanes: [16, 32], encoding: { choose: [ternary, binary] } }\nbaselines: [other]')

it('the script in the repository is the one that its sources make', async () => {
  expect(readFileSync('sweep/page/client-bundle.ts', 'utf8')).toBe(await clientModule())
})

describe('a figure for papers', () => {
  it.each([LARGE, SMALL])('is XML with literal colours, its axes named', ({ read, summaries }) => {
    const [figure] = sweepFigures(read, summaries)
    expect(figure!.name).toBe('front')
    expect(figure!.svg).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" width="640" height="420" viewBox/)
    expect(figure!.svg).not.toMatch(/var\(|currentColor|style|class|NaN|Infinity|undefined/)
    expect(figure!.svg).toContain('J/token')
    expect(figure!.svg.split('<circle')).toHaveLength(1 + summaries.filter(({ values }) => values.every((value) => value !== undefined)).length)
  })

  it('of three objectives is one for each two', () => {
    const { read, summaries } = sweptPage('vary: { core.lanes: [16, 32] }\nminimise: [J/token, s/token, energy.staticPj]')
    expect(sweepFigures(read, summaries).map(({ name }) => name)).toEqual(['front-1-2', 'front-1-3', 'front-2-3'])
  })
})

const CHROMIUM = '/usr/bin/chromium'
const absent = !existsSync(CHROMIUM)
const ARGUMENTS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']

describe.skipIf(absent)(`the page in a browser${absent ? ` (SKIPPED: no ${CHROMIUM}; Debian: apt install chromium)` : ''}`, () => {
  let browser: Browser
  let folder: string
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'spikeloom-'))
    const { chromium } = await import('playwright-core')
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGUMENTS })
    writeFileSync(join(folder, 'large.html'), sweepPage(LARGE.data))
    writeFileSync(join(folder, 'small.html'), sweepPage(SMALL.data))
  })
  afterAll(async () => {
    await browser?.close()
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
  })

  async function open(name: string, width = 1280): Promise<{ page: Page; heard: string[] }> {
    const page = await browser.newPage({ viewport: { width, height: 900 } })
    const heard: string[] = []
    page.on('console', (message) => heard.push(message.text()))
    page.on('pageerror', (error) => heard.push(String(error)))
    page.on('request', (request) => { if (!/^(file|data):/.test(request.url())) heard.push(request.url()) })
    await page.goto(pathToFileURL(join(folder, `${name}.html`)).href)
    return { page, heard }
  }

  it.each([['large', 1280], ['large', 390], ['small', 390]])('%s at %i pixels: no error, no request, nothing wider than the window', async (name, width) => {
    const { page, heard } = await open(name, width)
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
    expect(heard).toEqual([])
    await page.close()
  })

  it('a click on a row opens its numbers, and what differs from its neighbour on the front', async () => {
    const { page, heard } = await open('small')
    await page.locator('#table tbody tr').nth(2).click()
    const text = await page.locator('#details').innerText()
    expect(text).toContain('J/token')
    expect(text).toContain('What differs from its neighbour on the front')
    expect(text).toMatch(/µJ to [\d.]+ µJ/)
    await page.locator('#details summary').click()
    expect(await page.locator('#details').innerText()).toContain('energy.byComponent.clock')
    expect(await page.locator('#details').innerText()).not.toContain('energy.byComponent.dram')
    expect(heard).toEqual([])
    await page.close()
  })

  it('a click on a point opens it', async () => {
    const { page } = await open('large')
    await page.locator('#scatter').scrollIntoViewIfNeeded()
    const box = (await page.locator('#scatter svg').boundingBox())!
    // Somewhere along the rows of the cloud a click is within reach of a point.
    for (let x = 90; x < box.width - 20 && (await page.locator('#details h3').count()) === 0; x += 15) await page.mouse.click(box.x + x, box.y + 360)
    expect(await page.locator('#details').innerText()).toContain('J/token')
    await page.close()
  })

  it('filters by key', async () => {
    const { page } = await open('small')
    const before = await page.locator('#table tbody tr').count()
    await page.locator('#filters select').first().selectOption('16')
    await expect.poll(() => page.locator('#table tbody tr').count(), { timeout: 30_000 }).toBeLessThan(before)
    await page.close()
  })

  // How fast is said, not judged: whoever shares the machine decides it. On a quiet one the median is below 100 ms.
  it('10,000 points: a brush selects among them while it moves', async () => {
    const { page, heard } = await open('large')
    expect(LARGE.data.ids.length).toBe(10_001)
    await page.locator('#parallel').scrollIntoViewIfNeeded()
    const axis = (await page.locator('#parallel .brush').first().boundingBox())!
    await page.evaluate(`window.frames_ = []; let last = performance.now(); (function tick() {
      const now = performance.now(); window.frames_.push(now - last); last = now; requestAnimationFrame(tick) })()`)
    await page.mouse.move(axis.x + axis.width / 2, axis.y + 20)
    await page.mouse.down()
    for (let step = 0; step < 40; step++) await page.mouse.move(axis.x + axis.width / 2, axis.y + 20 + step * 5)
    await page.mouse.up()
    const frames = (await page.evaluate('window.frames_') as number[]).slice(2).sort((a, b) => a - b)
    const median = frames[Math.floor(frames.length / 2)] ?? Number.NaN // no frame between two moves on a busy machine
    await expect.poll(async () => page.locator('#table .note').innerText(), { timeout: 30_000 }).toMatch(/^(?!10,001 )[\d,]+ of 10,001 points selected/)
    expect(heard).toEqual([])
    console.info(`a brush over 10,000 points: median frame ${median.toFixed(0)} ms`)
    await page.close()
  })
})
