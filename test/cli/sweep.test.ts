import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { spikeloom } from '../support/capture.js'

let folder: string
beforeAll(() => { folder = mkdtempSync(join(tmpdir(), 'spikeloom-')) })
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let plans = 0
function planFile(text: string): string {
  const file = join(folder, `plan-${plans++}.yaml`)
  writeFileSync(file, text)
  return file
}

const SMALL = `
base: loom-16
vary:
  core.lanes: [32, 64]
  network.virtualChannels: [1, 4]
run: { tokens: 1, verify: false }
`
const sweepInto = async (out: string, text: string, ...more: string[]) => spikeloom('sweep', planFile(text), '--out', join(folder, out), ...more)
const tables = (out: string) => ['points.csv', 'front.csv'].map((name) => readFileSync(join(folder, out, name), 'utf8'))

describe('a sweep', () => {
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
    expect(rows[1]).toMatch(/^0,baseline,ring,failed,false,false,.*at least 2/)
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

describe('a plan that cannot be', () => {
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
