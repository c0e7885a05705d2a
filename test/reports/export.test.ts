import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parquetReadObjects } from 'hyparquet'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { resultTable } from '../../reports/result-tables.js'
import { TABLE_NAMES } from '../../reports/table-names.js'
import { InputError } from '../../sim/errors.js'
import { serializeResult } from '../../sim/result/parse.js'
import type { RunResult } from '../../sim/result/schema.js'
import { spikeloom } from '../support/capture.js'
import { exampleResult } from '../support/example-result.js'

/** A result that has everything there is a table for. */
function full(): RunResult {
  const result = exampleResult()
  result.latency.byLayer = [{ layer: 0, operator: 'q', cycles: 7 }, { layer: 0, operator: 'wait', cycles: 3 }]
  result.latency.criticalPath = [{ core: 1, operator: 'q', part: 'adders', cycles: result.latency.cycles }]
  result.cores[0]!.waits = [{ reason: 'spikes', cycles: 9, culpritCore: 4, culpritOperator: 'o' }]
  result.power ??= { averageW: 1, peakW: 2, binSeconds: 1e-6, watts: [0, 2] }
  return result
}

let folder: string
const path = (name: string): string => join(folder, name)
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'spikeloom-export-'))
  writeFileSync(path('r.json'), serializeResult(full()))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the tables of a result', () => {
  it.each(TABLE_NAMES)('%s: a value or nothing in every column of every row', (name) => {
    const { columns, rows } = resultTable(full(), name)
    expect(new Set(columns).size).toBe(columns.length)
    for (const row of rows) {
      expect(row).toHaveLength(columns.length)
      for (const cell of row) expect(cell === null || ['string', 'number'].includes(typeof cell)).toBe(true)
    }
  })

  it('sum to the result', () => {
    const result = full()
    const sum = (name: (typeof TABLE_NAMES)[number], column: string): number => {
      const { columns, rows } = resultTable(result, name)
      return rows.reduce((total, row) => total + Number(row[columns.indexOf(column)] ?? 0), 0)
    }
    expect(sum('layers', 'dynamic_pJ') / result.energy.dynamicPj).toBeCloseTo(1, 9)
    expect(sum('prices', 'energy_pJ') / result.energy.totalPj).toBeCloseTo(1, 9)
    expect(sum('layers', 'synaptic_additions')).toBe(result.activity.synapticAdditions)
    expect(sum('layers', 'cycles')).toBe(10)
    expect(sum('cores', 'spikes_consumed')).toBe(result.cores.reduce((total, core) => total + core.spikesConsumed, 0))
    expect(sum('links', 'flits')).toBe(result.links.reduce((total, link) => total + link.flits, 0))
  })

  it('say when a result has nothing for one', () => {
    expect(() => resultTable(exampleResult(), 'waits')).toThrow(InputError)
  })
})

describe('spikeloom export', () => {
  it('prints CSV, which is what pandas reads', async () => {
    const { code, stdout } = await spikeloom('export', path('r.json'), '--table', 'cores', '--csv')
    expect(code).toBe(0)
    const lines = stdout.trimEnd().split('\n')
    expect(lines[0]).toMatch(/^core,column,row,roles,utilisation/)
    expect(lines).toHaveLength(1 + full().cores.length)
  })

  it.each(TABLE_NAMES)('writes %s as Parquet that another reader reads back equal', async (name) => {
    const { code } = await spikeloom('export', path('r.json'), '--table', name, '--parquet', '--out', path(`${name}.parquet`))
    expect(code).toBe(0)
    const bytes = readFileSync(path(`${name}.parquet`))
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)
    const read = await parquetReadObjects({ file })
    const { columns, rows } = resultTable(full(), name)
    const plain = (value: unknown): unknown => (typeof value === 'bigint' ? Number(value) : value ?? null)
    expect(read.map((row) => columns.map((column) => plain(row[column])))).toEqual(rows)
  })

  it.each([
    ['two forms', ['--csv', '--parquet', '--out', 'x'], /one or the other/], ['Parquet on a terminal', ['--parquet'], /--out FILE/],
    ['no such table', ['--table', 'core'], /not one of|Did you mean/],
  ])('ends with code 2 for %s', async (_, words, message) => {
    const table = words.includes('--table') ? [] : ['--table', 'cores']
    const { code, stdout, stderr } = await spikeloom('export', path('r.json'), ...table, ...words)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(message)
  })

  const python = spawnSync('python3', ['-c', 'import csv']).status === 0
  it.skipIf(!python)(`runs the recipe of docs/reports.md${python ? '' : ' (SKIPPED: no python3)'}`, async () => {
    await spikeloom('export', path('r.json'), '--table', 'layers', '--csv', '--out', path('layers.csv'))
    expect(existsSync(path('layers.csv'))).toBe(true)
    const recipe = /```python\n([\s\S]*?)```/.exec(readFileSync('docs/reports.md', 'utf8'))![1]!
    const { status, stdout, stderr } = spawnSync('python3', ['-c', recipe], { cwd: folder, encoding: 'utf8' })
    expect(stderr).toBe('')
    expect(status).toBe(0)
    expect(stdout).toMatch(/^head +[\d.]+ nJ/m)
  })
})
