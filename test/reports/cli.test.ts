import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RUN_CHARTS, runCharts } from '../../reports/charts/index.js'
import { serializeResult } from '../../sim/result/parse.js'
import { spikeloom } from '../support/capture.js'
import { exampleResult } from '../support/example-result.js'
import { parseXml } from '../support/markup.js'

let folder: string
const path = (name: string): string => join(folder, name)
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'spikeloom-'))
  writeFileSync(path('a.json'), serializeResult(exampleResult()))
  writeFileSync(path('b.json'), serializeResult(exampleResult({ chip: { core: { lanes: 256 } } })))
  writeFileSync(path('old.json'), JSON.stringify({ schemaVersion: 0, kind: 'run' }))
  writeFileSync(path('broken.json'), '{"schemaVersion": 1,\n "kind": }')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('spikeloom report', () => {
  it('writes the page and every chart, and prints the summary', async () => {
    const { code, stdout, stderr } = await spikeloom('report', path('a.json'), '--out', path('out'))
    expect(code).toBe(0)
    expect(stdout).toContain('the chip pays 18.8× the additions alone, 17.2× both together')
    expect(stderr).toContain('report.html')
    expect(readFileSync(path('out/report.html'), 'utf8')).toMatch(/^<!doctype html>/)
    for (const draw of RUN_CHARTS) parseXml(readFileSync(path(`out/charts/${draw(exampleResult()).name}.svg`), 'utf8'))
  })

  it('prints JSON only with --json', async () => {
    const { code, stdout, stderr } = await spikeloom('report', path('a.json'), '--out', path('out2'), '--json')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const { files } = JSON.parse(stdout) as { files: string[] }
    expect(files.length).toBe(1 + 2 * runCharts(exampleResult()).length)
    expect(files.every((file) => existsSync(file))).toBe(true)
  })

  it.each([
    ['no such file', 'c.json', /does not exist.*Did you mean/],
    ['another version', 'old.json', /result version 0, but this Spikeloom reads version 1/],
    ['bad JSON', 'broken.json', /broken\.json:2:10/],
  ])('ends with code 2 for %s', async (_, file, message) => {
    const { code, stdout, stderr } = await spikeloom('report', path(file), '--out', path('never'))
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(message)
    expect(existsSync(path('never'))).toBe(false)
  })
})

describe('spikeloom compare', () => {
  it('prints the table, and JSON only with --json', async () => {
    const text = await spikeloom('compare', path('a.json'), path('b.json'))
    expect(text.code).toBe(0)
    expect(text.stdout).toMatch(/core\.lanes +64 +256/)
    expect(text.stdout).toMatch(/lanes 64 +lanes 256/)
    const json = await spikeloom('compare', path('a.json'), path('b.json'), '--json')
    expect(json.stderr).toBe('')
    expect(JSON.parse(json.stdout)).toMatchObject({ schemaVersion: 1, kind: 'comparison', sameTokens: true })
  })

  it('writes page, JSON and charts with --out', async () => {
    const { code } = await spikeloom('compare', path('a.json'), path('b.json'), '--out', path('both'))
    expect(code).toBe(0)
    const charts = ['charts/comparison-energy.svg', 'charts/comparison-latency.svg']
    for (const file of ['comparison.html', 'comparison.json', ...charts]) {
      expect(existsSync(path(`both/${file}`)), file).toBe(true)
    }
  })

  it('refuses another seed with code 2, and takes it when forced', async () => {
    writeFileSync(path('seed.json'), serializeResult({ ...exampleResult(), seed: 2 }))
    const refused = await spikeloom('compare', path('a.json'), path('seed.json'))
    expect({ code: refused.code, stdout: refused.stdout }).toEqual({ code: 2, stdout: '' })
    expect(refused.stderr).toMatch(/seed differs: 1, 2.*--force/)
    const forced = await spikeloom('compare', path('a.json'), path('seed.json'), '--force')
    expect(forced.code).toBe(0)
    expect(forced.stdout).toMatch(/^\n +Not the same work/)
  })

  it('ends with code 2 for one result', async () => {
    const one = await spikeloom('compare', path('a.json'))
    expect(one.code).toBe(2)
    expect(one.stderr).toMatch(/two results or more/)
  })
})
