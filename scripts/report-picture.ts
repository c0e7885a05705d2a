// Makes docs/figures/report.png again: the first screen of the default run's report. Needs Debian's chromium.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { chromium } from 'playwright-core'

const folder = mkdtempSync(join(tmpdir(), 'spikeloom-picture-'))
try {
  const run = spawnSync(process.execPath, ['scripts/spikeloom.mjs', 'run', '--out', folder], { stdio: 'inherit' })
  if (run.status !== 0) throw new Error('the run failed')
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--headless', '--no-sandbox', '--disable-gpu'] })
  const page = await browser.newPage({ viewport: { width: 1000, height: 1150 } })
  await page.goto(pathToFileURL(join(folder, 'report.html')).href)
  await page.screenshot({ path: 'docs/figures/report.png' })
  await browser.close()
  console.error(`docs/figures/report.png, ${readFileSync('docs/figures/report.png').length} bytes`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
