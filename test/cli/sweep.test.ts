import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { spikeloom } from '../support/capture.js'
import { NO_SERVER, startRedis } from '../../bench/redis.js'
import { rowsOf } from '../../bench/sweep.js'

let folder: string
beforeAll(() => { folder = mkdtempSync(join(tmpdir(), 'spikeloom-')) })
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let plans = 0
function planFile(text: string): string {
  const file = join(folder, `plan-${plans++}.yaml`)
  writeFileSync(join(folder, 'config.json'), JSON.stringify(SHAPE))
  writeFileSync(file, text.replace('MODEL', join(folder, 'config.json')))
  return file
}

/** A shape of two small layers, run on statistics: a point takes milliseconds. */
const SHAPE = {
  architectures: ['LlamaForCausalLM'], hidden_size: 32, intermediate_size: 64, num_hidden_layers: 2, num_attention_heads: 2,
  num_key_value_heads: 2, vocab_size: 64, max_position_embeddings: 64, rms_norm_eps: 1e-5, rope_theta: 10000, tie_word_embeddings: false,
}
const RUN = 'run: { model: MODEL, spikes-per-activation: 0.8 }'

const SMALL = `
base: loom-16
vary:
  core.lanes: [32, 64]
  network.virtualChannels: [1, 4]
${RUN}
`
const sweepInto = async (out: string, text: string, ...more: string[]) => spikeloom('sweep', planFile(text), '--out', join(folder, out), ...more)
const tables = (out: string) => ['points.csv', 'front.csv'].map((name) => readFileSync(join(folder, out, name), 'utf8'))

describe('a sweep', () => {
  it('runs a model with weights, and measures it on a text', async () => {
    const text = join(folder, 'text.txt')
    writeFileSync(text, 'In the beginning God created the heaven and the earth.')
    const { code, stdout } = await sweepInto('weights', `base: loom-16\nvary: { weight-bits: [3, 4] }\nrun: { tokens: 1 }
evaluate: { text: ${text} }\nminimise: [J/token, perplexity]`, '--json')
    expect(code).toBe(0)
    const { front } = JSON.parse(stdout) as { front: { settings: object; objectives: Record<string, number> }[] }
    const best = front.find(({ settings }) => Object.values(settings).includes(4))!
    const eval4 = JSON.parse((await spikeloom('eval', '--text', text, '--json')).stdout) as { perplexity: number }
    expect(best.objectives['perplexity']).toBe(eval4.perplexity)
    const { stdout: alone } = await spikeloom('run', '--chip', 'loom-16', '--tokens', '1', '--json')
    expect(best.objectives['J/token']).toBe((JSON.parse(alone) as { energy: { perTokenPj: number } }).energy.perTokenPj * 1e-12)
  })

  it('gives one table for one worker and two, and nothing to do a second time', async () => {
    const first = await sweepInto('one', SMALL, '--json')
    expect(first.code).toBe(0)
    const said = JSON.parse(first.stdout) as { points: number; done: number; failed: number; front: { objectives: Record<string, number> }[] }
    expect(said).toMatchObject({ points: 4, done: 4, failed: 0 })
    expect(said.front.length).toBeGreaterThan(0)
    expect(Object.keys(said.front[0]!.objectives)).toEqual(['J/token', 's/token'])
    expect((await sweepInto('two', SMALL, '--json', '--workers', '2')).stdout).toBe(first.stdout)
    expect(tables('two')).toEqual(tables('one'))
    const before = readFileSync(join(folder, 'one', 'points.csv'), 'utf8')
    const again = await sweepInto('one', SMALL, '--json')
    expect(again.stdout).toBe(first.stdout)
    expect(readFileSync(join(folder, 'one', 'points.csv'), 'utf8')).toBe(before)
  })

  it('takes from the store what another plan computed', async () => {
    const more = SMALL.replace('[32, 64]', '[32, 64, 128]')
    await sweepInto('grown', SMALL)
    const said = JSON.parse((await sweepInto('grown', more, '--json')).stdout) as object
    expect(said).toMatchObject({ points: 6, done: 6 })
  })

  it('keeps a point that fails as a row with its error', async () => {
    const { code, stdout } = await sweepInto('failing', `${SMALL.replace('[1, 4]', '[1]')}baselines: [{ name: ring, grid.topology: torus, network.virtualChannels: 1 }]\n`, '--json')
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ points: 3, done: 2, failed: 1 })
    const rows = tables('failing')[0]!.split('\n')
    expect(rows[1]).toMatch(/^0,baseline,ring,failed,false,false,.*network.virtualChannels/)
  })

  it('counts and estimates without writing', async () => {
    const { code, stdout } = await sweepInto('dry', SMALL, '--dry-run', '--json')
    expect(code).toBe(0)
    const estimate = JSON.parse(stdout) as { points: number; sampled: unknown[]; seconds: number; secondsPerPoint: number; peakMemoryBytes: number }
    expect(estimate.points).toBe(4)
    expect(estimate.sampled).toHaveLength(3)
    expect(estimate.seconds).toBeCloseTo(4 * estimate.secondsPerPoint, 9)
    expect(estimate.peakMemoryBytes).toBeGreaterThan(2 ** 20)
    expect(existsSync(join(folder, 'dry'))).toBe(false)
  })
})

describe('shards', () => {
  it('run a part each into stores of their own, and merge to the table of the whole', async () => {
    await sweepInto('whole', SMALL)
    for (const shard of ['1/3', '2/3']) expect((await sweepInto('parts', SMALL, '--shard', shard)).code).toBe(0)
    expect(readdirSync(join(folder, 'parts')).sort()).toEqual(['shard-1-of-3.db', 'shard-2-of-3.db'])
    const early = await spikeloom('sweep', 'merge', join(folder, 'parts'), '--json')
    expect(JSON.parse(early.stdout)).toMatchObject({ points: 4, done: 3 })
    await sweepInto('parts', SMALL, '--shard', '3/3')
    const { stdout } = await spikeloom('sweep', 'merge', join(folder, 'parts'), '--json')
    expect(JSON.parse(stdout)).toMatchObject({ points: 4, done: 4, failed: 0 })
    expect(tables('parts')).toEqual(tables('whole'))
    await spikeloom('sweep', 'export', join(folder, 'parts'), '--to', join(folder, 'again.csv'))
    expect(readFileSync(join(folder, 'again.csv'), 'utf8')).toBe(tables('whole')[0])
    expect((await spikeloom('sweep', 'export', join(folder, 'parts'), '--to', join(folder, 'table.parquet'))).code).toBe(0)
    expect(readFileSync(join(folder, 'table.parquet')).subarray(0, 4).toString()).toBe('PAR1')
  })

  it.each([
    [['sweep', 'merge', 'nowhere'], /holds no shards/], [['sweep', 'export', 'nowhere', '--to', 'x.csv'], /holds no sweep/],
    [['sweep', 'export', 'nowhere', '--to', 'x.xlsx'], /--to FILE.csv or --to FILE.parquet; 'x.xlsx' is neither/], [['sweep', 'merge'], /needs a folder/],
  ])('%s is refused', async (words, message) => {
    const { code, stderr } = await spikeloom(...words)
    expect(code).toBe(2)
    expect(stderr).toMatch(message)
  })
})

/** Starts the program as a process of its own. */
function start(...words: string[]): ChildProcess {
  return spawn(process.execPath, ['--import', 'tsx', 'cli.ts', ...words], { stdio: ['ignore', 'ignore', 'inherit'] })
}

const MANY = `
base: loom-16
vary: { core.lanes: [16, 32, 64, 128], network.virtualChannels: [1, 2, 3, 4], context: [4, 8, 12, 16] }
${RUN}
`

describe('a sweep that is killed', () => {
  it('goes on with what is left', async () => {
    const out = join(folder, 'killed')
    const plan = planFile(MANY)
    const child = start('sweep', plan, '--out', out)
    await expect.poll(() => rowsOf(out), { timeout: 50_000, interval: 50 }).toBeGreaterThanOrEqual(3)
    child.kill('SIGKILL')
    await once(child, 'exit')
    const before = rowsOf(out)
    expect(before).toBeLessThan(64)
    const { stdout } = await spikeloom('sweep', plan, '--out', out, '--json')
    expect(JSON.parse(stdout)).toMatchObject({ points: 64, done: 64 })
    await spikeloom('sweep', plan, '--out', join(folder, 'unhurt'))
    expect(tables('killed')).toEqual(tables('unhurt'))
  })
})

describe.skipIf(NO_SERVER !== '')(`a sweep by a queue${NO_SERVER}`, () => {
  it('gives the same table, though workers are killed', async () => {
    const server = await startRedis()
    const plan = planFile(MANY)
    const out = join(folder, 'queued')
    const work = (): ChildProcess => start('worker', '--queue', server.url, '--lock-seconds', '1')
    const workers = [work(), work()]
    try {
      const done = spikeloom('sweep', plan, '--out', out, '--queue', server.url, '--json')
      for (const at of [3, 20]) {
        await expect.poll(() => rowsOf(out), { timeout: 50_000, interval: 50 }).toBeGreaterThanOrEqual(at)
        workers.shift()!.kill('SIGKILL')
        workers.push(work())
      }
      expect(JSON.parse((await done).stdout)).toMatchObject({ points: 64, done: 64, failed: 0 })
      await spikeloom('sweep', plan, '--out', join(folder, 'threads'), '--workers', '2')
      expect(tables('queued')).toEqual(tables('threads'))
    } finally {
      for (const worker of workers) worker.kill('SIGTERM')
      const codes = await Promise.all(workers.map((worker) => once(worker, 'exit')))
      expect(codes.map(([code]) => code as number)).toEqual([0, 0])
      await server.stop()
    }
  }, 120_000)
})

describe('a plan that cannot be', () => {
  it.each([
    ['that is no address', ['--queue', 'somewhere'], /is no address/],
    ['that does not answer', ['--queue', 'redis://127.0.0.1:1'], /no queue answers/],
    ['beside threads', ['--queue', 'redis://127.0.0.1:1', '--workers', '2'], /give one of them/],
  ])('a queue %s: code 2, nothing written', async (_, more, message) => {
    const { code, stderr } = await sweepInto('nothing', SMALL, ...more)
    expect(code).toBe(2)
    expect(stderr).toMatch(message)
    expect(existsSync(join(folder, 'nothing'))).toBe(false)
  })


  it.each([
    ['an unknown key', 'vary: { core.lane: [1] }', [], /Did you mean 'core.lanes'/],
    ['an unknown option', 'run: { tokns: 1 }', [], /Did you mean 'tokens'/],
    ['a wrong option', 'vary: { encoding: [ternry] }', [], /plan-\d+.yaml:1:19: .*Did you mean 'ternary'/],
    ['a model that is nowhere', 'run: { model: kjv-2m }', [], /Did you mean 'kjv-1m'/],
    ['a shape without spikes', 'run: { model: llama-2-7b }', [], /needs spike counts/],
    ['too many points', 'vary: { clockMHz: {from: 1, to: 10000, steps: 10000}, core.lanes: {from: 1, to: 4096, steps: 4096} }', [], /this grid has 40960000 points/],
    ['a shard that is none', 'run: {}', ['--shard', '3/2'], /expected I\/N with I from 1 to N/],
    ['a search cut in shards', 'search: pareto\nvary: { core.lanes: {from: 1, to: 64} }', ['--shard', '1/2'], /cannot be cut/],
  ] as const)('%s: code 2, nothing written', async (_, text, more, message) => {
    const { code, stdout, stderr } = await sweepInto('nothing', text, ...more)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(message)
    expect(existsSync(join(folder, 'nothing'))).toBe(false)
  })

  it('a shard writes a store of its own and runs its part only', async () => {
    const { code, stdout } = await sweepInto('shards', SMALL, '--shard', '2/4', '--json')
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ points: 4, done: 1, failed: 0 })
    expect(readdirSync(join(folder, 'shards'))).toContain('shard-2-of-4.db')
  })
})
