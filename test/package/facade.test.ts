import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { chipList } from '../../cli/chips.js'
import { COMMANDS } from '../../cli/commands.js'
import { commandHelp } from '../../cli/parser.js'
import * as library from '../../index.js'

/** What is built: a facade that loads the library at the first call, and answers that are written down. */
const dist = fileURLToPath(new URL('../../dist/', import.meta.url))

const folder = mkdtempSync(join(tmpdir(), 'spikeloom-facade-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function evaluated(code: string): string {
  writeFileSync(join(folder, 'program.mjs'), code.replaceAll(/'(\.\/[\w/.]+)'/g, (_, path: string) => JSON.stringify(pathToFileURL(join(dist, path)).href)))
  const { stdout, stderr, status } = spawnSync(process.execPath, [join(folder, 'program.mjs')], { encoding: 'utf8' })
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 })
  return stdout.trim()
}

const spikeloom = (...words: string[]): string => spawnSync(process.execPath, [join(dist, 'cli.js'), ...words], { encoding: 'utf8' }).stdout

describe('the facade', () => {
  it('exports what index.ts exports, and nothing else', () => {
    const names = evaluated("console.log(Object.keys(await import('./index.js')).sort().join())")
    expect(names.split(',')).toEqual(Object.keys(library).sort())
  })

  it('has one InputError for itself, for the reports and for what the library throws', () => {
    expect(evaluated(`
      import { completeChip, InputError } from './index.js'
      import { refuseIncomparable } from './reports/index.js'
      const thrown = (run) => { try { run() } catch (error) { return error instanceof InputError } }
      console.log(thrown(() => completeChip({ core: { lane: 1 } })), typeof refuseIncomparable)
    `)).toBe('true function')
  })

  it('makes objects of its classes, whose threads find their work', () => {
    expect(evaluated(`
      import { completeChip, DEFAULT_QUANTIZE_OPTIONS, histogramWithMean, MODEL_SHAPES, Network, shapeModel, simulateStatistics } from './index.js'
      const mesh = { columns: 2, rows: 1, topology: 'mesh', endpointsPerRouter: 1, routing: 'xy', virtualChannels: 1, bufferFlits: 2, hopCycles: 3, multicast: 'tree' }
      const config = { ...MODEL_SHAPES['llama-2-7b'], dim: 64, hiddenDim: 64, layers: 1, heads: 2, kvHeads: 2, headDim: 32, vocabSize: 64 }
      const result = await simulateStatistics({
        model: shapeModel('x', config, DEFAULT_QUANTIZE_OPTIONS), chip: completeChip({}), tokens: 2, workers: 2,
        statistics: { histograms: { '*': histogramWithMean(0.862, 7, 'laplace') }, source: 'x' },
      })
      console.log(new Network(mesh, 1) instanceof Network, result.latency.cycles > 0)
    `)).toBe('true true')
  })
})

describe('an answer that is written down', () => {
  it('is the one that the command gives by itself', async () => {
    expect(spikeloom('chips')).toBe(`${chipList()}\n`)
    const written = JSON.parse(readFileSync(join(dist, 'cli', 'prepared.json'), 'utf8')) as { help: Record<string, string> }
    expect(Object.keys(written.help)).toEqual(COMMANDS.map(({ name }) => name))
    for (const row of COMMANDS) expect(`${written.help[row.name]}\n`).toBe(`${(await commandHelp(row)).trimEnd()}\n`)
    expect(spikeloom('compare', '-h')).toBe(`${written.help['compare']}\n`)
  })
})
