import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compareResults } from '../../reports/compare.js'
import { comparisonHtml } from '../../reports/compare-html.js'
import { htmlReport } from '../../reports/html.js'
import { exampleResult } from '../support/example-result.js'

const CHROMIUM = '/usr/bin/chromium'
const absent = !existsSync(CHROMIUM)
const ARGUMENTS = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
]

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
    writeFileSync(join(folder, 'long.html'), await htmlReport(long))
    const comparison = compareResults([{ label: 'example', result: exampleResult() }, { label: 'wide', result: long }])
    writeFileSync(join(folder, 'comparison.html'), await comparisonHtml(comparison, '0.1.0'))
  })
  afterAll(async () => {
    await browser?.close()
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
  })

  const cases = ['run', 'long', 'comparison'].flatMap((name) => [1280, 390].map((width) => [name, width] as const))
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

  it('shows the headline number and one drawing of each chart', async () => {
    const page = await browser.newPage({ viewport: { width: 390, height: 900 } })
    await page.goto(pathToFileURL(join(folder, 'run.html')).href)
    expect(await page.locator('.claim').innerText()).toContain('18.8×')
    expect(await page.locator('svg:visible').count()).toBe(7)
    await page.setViewportSize({ width: 1280, height: 900 })
    expect(await page.locator('svg:visible').count()).toBe(7)
    await page.close()
  })
})
