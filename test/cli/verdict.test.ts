import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { serializeResult } from '../../sim/result/parse.js'
import { spikeloom } from '../support/capture.js'
import { exampleResult } from '../support/example-result.js'

describe('a run that failed its check against the reference', () => {
  const folder = mkdtempSync(join(tmpdir(), 'spikeloom-verdict-'))
  const good = join(folder, 'good.json')
  const bad = join(folder, 'bad.json')

  beforeAll(() => {
    const result = exampleResult()
    writeFileSync(good, serializeResult(result))
    writeFileSync(bad, serializeResult({ ...result, verification: { ...result.verification, logitsCompared: 9, bitExact: false } }))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('fails a comparison, after the page is written', async () => {
    const out = join(folder, 'out')
    const { code, stderr } = await spikeloom('compare', good, bad, '--out', out)
    expect(code).toBe(1)
    expect(stderr).toContain('the chip and the reference interpreter disagree on')
    expect(stderr).toContain('bad')
    expect(readFileSync(join(out, 'comparison.html'), 'utf8')).toContain('</html>')
  })

  it('fails no comparison that has none', async () => {
    expect((await spikeloom('compare', good, good)).code).toBe(0)
  })
})
