import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { spikeloom } from '../support/capture.js'

let folder: string
beforeAll(() => { folder = mkdtempSync(join(tmpdir(), 'spikeloom-')) })
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Every file of a folder, by its name. */
function contents(path: string): Record<string, string> {
  const files = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return Object.fromEntries(files.map(({ name, parentPath }) => [name, readFileSync(join(parentPath, name), 'utf8')]))
}

const SWEEP = ['noc', '--sweep', '--columns', '4', '--rows', '4', '--period-cycles', '500', '--vcs', '1', '--resolution', '0.05']
const STATISTICS = ['--mode', 'statistical', '--spikes-per-activation', '0.862', '--prompt-tokens', '2', '--tokens', '3']
const EVAL = ['eval', '--text', 'models/kjv-1m/heldout.txt', '--limit-bytes', '40', '--sweep-clip']

describe('one worker and two say the same, byte for byte', () => {
  const said = async (workers: number, words: (folder: string) => string[]) => {
    const out = mkdtempSync(join(folder, 'out-'))
    const { code, stdout } = await spikeloom(...words(out), '--workers', `${workers}`)
    return { code, stdout: stdout.replace(/"wallSeconds": [\d.e-]+/, ''), files: contents(out) }
  }

  it.each([
    ['noc --sweep', (out: string) => [...SWEEP, '--csv', join(out, 'curve.csv'), '--svg', out, '--json'], 3],
    ['compare, with weights', (out: string) => ['compare', 'loom-64', 'loom-16', '--tokens', '1', '--out', out], 8],
    ['compare, layer by layer', (out: string) => ['compare', 'loom-64', 'loom-16', '--tokens', '1', '--by-layer', '--out', out], 8],
    ['compare, on statistics', (out: string) => ['compare', 'loom-16', 'loom-64', ...STATISTICS, '--out', out], 8],
    ['eval --sweep-clip', (out: string) => [...EVAL, '--out', out], 2],
  ] as const)('%s', async (_, words, files) => {
    const one = await said(1, words)
    expect(one.code).toBe(0)
    expect(one.stdout.length).toBeGreaterThan(100)
    expect(Object.keys(one.files)).toHaveLength(files)
    expect(await said(2, words)).toEqual(one)
  })
})

describe('an error in a worker', () => {
  it('of input ends with code 2', async () => {
    const { code, stdout, stderr } = await spikeloom('compare', 'loom-64', 'loom-16', '--tokens', '100000', '--workers', '2')
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(/context of \d+ tokens/)
  })

  it('of the run ends with code 1', async () => {
    const chip = join(folder, 'narrow.yaml')
    writeFileSync(chip, 'name: narrow\ncore: { accumulatorBits: 8 }\n')
    const { code, stdout, stderr } = await spikeloom('compare', 'loom-64', chip, '--tokens', '1', '--workers', '2')
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/accumulator/)
  })

  it('of a layer ends with code 1', async () => {
    const chip = join(folder, 'narrow.yaml')
    writeFileSync(chip, 'name: narrow\ncore: { accumulatorBits: 8 }\n')
    const { code, stderr } = await spikeloom('run', '--chip', chip, '--tokens', '1', '--by-layer', '--workers', '2')
    expect(code).toBe(1)
    expect(stderr).toMatch(/accumulator/)
  })

  it('is not needed to find a misspelt chip', async () => {
    const { code, stderr } = await spikeloom('compare', 'loom-64', 'lom-16', '--workers', '2')
    expect(code).toBe(2)
    expect(stderr).toContain("there is no chip 'lom-16'. Did you mean 'loom-16'?")
  })
})

describe('--workers', () => {
  it.each([
    [['noc', '--sweep', '--workers', '0'], '--workers: 0, expected a whole number from 1 to 256; nearest is 1'],
    [['run', '--workers', '1.5'], '--workers: 1.5, expected'],
    [['compare', 'loom-64', 'loom-16', '--workers', '-1'], '--workers: -1, expected'],
    [['eval', '--workers', '1000'], '--workers: 1000, expected a whole number from 1 to 256; nearest is 256'],
    [['run', '--workers', 'two'], '--workers needs a number'],
    [['run', '--workers', '2', '--workers', '3'], '--workers was given more than once'],
    [['run', '--by-layer', '--batch', '4'], '--by-layer sends tokens through a layer one by one'],
    [['run', '--by-layer', '--trace'], '--trace needs a whole run: leave out --by-layer'],
    [['run', '--by-layer', '--model', 'llama-2-7b', '--spikes-per-activation', '1'], '--by-layer has no effect: a run on statistics'],
    [['run', '--batch', '0'], '--batch 0: expected a whole number from 1'],
    [['run', '--sequences', '2'], '--sequences has no effect: a run with weights'],
    [['run', '--chip', 'sram-64', ...STATISTICS, '--sequences', '2'], 'sequences 2: sequences run together to share weights'],
    [['run', '--workers', '2'], '--workers 2 would have nothing to share: a run with weights is one simulation'],
    [['noc', '--workers', '2'], '--workers 2 needs --sweep'],
    [['noc', '--trace', 'x.csv', '--workers', '2'], '--workers 2 needs --sweep: a single rate, or a trace, is one simulation'],
    [['eval', '--text', 'x', '--capture', 'x.safetensors', '--workers', '2'], '--workers 2 shares out the windows of a text'],
  ])('%j is refused with exit code 2', async (words, message) => {
    const { code, stdout, stderr } = await spikeloom(...words)
    expect(stderr).toContain(message)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  })
})

it.each(['SIGINT', 'SIGTERM'] as const)('%s ends all threads at once and leaves nothing behind', async (signal) => {
  const out = mkdtempSync(join(folder, 'stopped-'))
  const words = ['noc', '--sweep', '--columns', '64', '--rows', '64', '--workers', '2', '--csv', join(out, 'curve.csv')]
  const child = spawn(process.execPath, ['--import', 'tsx', 'cli.ts', ...words], { stdio: 'ignore' })
  // Most likely the threads are at work by then; the outcome is the same if they are not.
  await new Promise((resolve) => setTimeout(resolve, 1500))
  child.kill(signal)
  expect(await once(child, 'exit')).toEqual([null, signal])
  expect(readdirSync(out)).toEqual([])
})
