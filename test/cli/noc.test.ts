import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PacketRecord } from '../../sim/network/index.js'
import { spikeloom } from '../support/capture.js'

let folder: string
beforeAll(() => { folder = mkdtempSync(join(tmpdir(), 'spikeloom-')) })
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const SMALL = ['noc', '--columns', '4', '--rows', '4', '--period-cycles', '500']

describe('spikeloom noc', () => {
  it('prints the contract of --json, and nothing else', async () => {
    const { code, stdout, stderr } = await spikeloom(
      'noc', '--topology', 'mesh', '--columns', '8', '--rows', '8', '--routing', 'xy', '--vcs', '4', '--buffer', '8', '--hop-cycles', '5',
      '--traffic', 'uniform', '--rate', '0.1', '--packet-flits', '1', '--seed', '1', '--json')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const result = JSON.parse(stdout) as Record<string, unknown>
    expect(result).toMatchObject({
      latencyCycles: { mean: expect.any(Number), p50: expect.any(Number), p99: expect.any(Number), max: expect.any(Number) },
      networkLatencyCycles: { mean: expect.any(Number) }, hops: { mean: expect.any(Number) }, acceptedRate: expect.any(Number),
      offeredRate: 0.1, saturated: false, flitHops: expect.any(Number), cycles: expect.any(Number), wallSeconds: expect.any(Number),
    })
    // The pinned value of BookSim2 (test/oracle) is 33.87.
    expect(Math.abs((result['latencyCycles'] as { mean: number }).mean - 33.87)).toBeLessThan(0.4)
    expect((result['links'] as unknown[]).length).toBe(2 * 2 * 7 * 8)
  })

  it('says saturated, with both rates, and keeps the latencies', async () => {
    const { code, stdout } = await spikeloom(...SMALL, '--vcs', '1', '--rate', '0.9', '--max-periods', '8')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^saturated: offered 0\.9, accepted 0\.\d+ flits per node and cycle/)
    expect(stdout).toMatch(/latency +\d+\.\d\d cycles mean/)
  })

  it('sweeps, and writes the curve as CSV and SVG', async () => {
    const csv = join(folder, 'curve.csv')
    const { code, stdout } = await spikeloom(
      ...SMALL, '--sweep', '--vcs', '1', '--traffic', 'neighbor', '--resolution', '0.05', '--csv', csv, '--svg', folder, '--json')
    expect(code).toBe(0)
    const result = JSON.parse(stdout) as { saturation: { lastStableRate: number, firstSaturatedRate: number }, points: unknown[] }
    expect(result.saturation.lastStableRate).toBeGreaterThan(0.28)
    expect(result.saturation.firstSaturatedRate).toBeLessThan(0.4)
    const lines = readFileSync(csv, 'utf8').trim().split('\n')
    expect(lines).toHaveLength(1 + result.points.length)
    expect(lines[0]).toContain('offered_rate,accepted_rate,saturated,latency_cycles_mean')
    expect(readFileSync(join(folder, 'latency-load.svg'), 'utf8')).toMatch(/^<svg[^>]*viewBox/)
    expect(readFileSync(join(folder, 'link-heat.svg'), 'utf8')).toContain('(0, 0) to (1, 0)')
  })

  it('simulates an irregular network from a file, and says what is wrong with one', async () => {
    const file = join(folder, 'ring.yaml')
    const ring = (routes: string): void => writeFileSync(file, `links: [{from: 0, to: 1}, {from: 1, to: 2}, {from: 2, to: 3}, {from: 3, to: 0, bits: 16}]\nroutes: ${routes}\n`)
    const run = () => spikeloom('noc', '--columns', '4', '--rows', '1', '--topology', 'table', '--table', file, '--rate', '0.05', '--period-cycles', '500', '--json')
    ring('up-down')
    const { code, stdout } = await run()
    expect(code).toBe(0)
    expect((JSON.parse(stdout) as { links: unknown[] }).links).toHaveLength(8)
    ring('up')
    const wrong = await run()
    expect(wrong.code).toBe(2)
    expect(wrong.stderr).toContain('ring.yaml: routes:')
  })

  it('replays a trace and logs every packet', async () => {
    const trace = join(folder, 'trace.csv')
    const log = join(folder, 'log.jsonl')
    writeFileSync(trace, 'cycle,source,destinations,flits,id,after\n0,0,5 10,2,a,\n0,5,0,1,b,a\n')
    const { code, stdout } = await spikeloom('noc', '--columns', '4', '--rows', '4', '--trace', trace, '--log', log, '--json')
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ packets: 2, deliveredFlits: 5, latencyCycles: { max: 28 } })
    const records = readFileSync(log, 'utf8').trim().split('\n').map((line) => JSON.parse(line) as { id: string, created: number })
    expect(records.map(({ id }) => id)).toEqual(['a', 'b'])
    expect(records[1]!.created).toBe(29)
  })

  it.each(['--rate=0.1', '--csv=x', '--svg=x', '--sweep', '--traffic=uniform', '--packet-flits=2', '--fanout=2', '--hotspots=1',
    '--warmup-periods=3', '--period-cycles=9', '--max-periods=9', '--resolution=0.1'])('a trace with %s is refused', async (option) => {
    const trace = join(folder, 'short.csv')
    writeFileSync(trace, 'cycle,source,destinations,flits\n0,0,5,1\n')
    const { code, stderr } = await spikeloom('noc', '--trace', trace, option)
    expect(stderr).toContain(`${option.split('=')[0]} has no effect: the packets are those of --trace`)
    expect(code).toBe(2)
    expect(existsSync('x')).toBe(false)
  })

  it('logs synthetic traffic too, no more packets than asked for, with waits that add up', async () => {
    const log = join(folder, 'synthetic.jsonl')
    const { code } = await spikeloom(...SMALL, '--rate', '0.3', '--packet-flits', '3', '--log', log, '--log-packets', '500', '--json')
    expect(code).toBe(0)
    const records = readFileSync(log, 'utf8').trim().split('\n').map((line) => JSON.parse(line) as PacketRecord)
    expect(records).toHaveLength(500)
    for (const { created, deliveries: [delivery] } of records) {
      const { cycle, unloadedCycles, waits } = delivery!
      expect(waits.reduce((sum, { cycles }) => sum + cycles, 0)).toBe(cycle - created - unloadedCycles)
    }
  })

  it.each([
    [['--traffic', 'tranpose'], "no traffic pattern 'tranpose'. Did you mean 'transpose'?"],
    [['--topology', 'torus', '--vcs', '1'], 'can deadlock'],
    [['--hop-cycles', '7'], '--hop-cycles 7: expected a whole number from 3 to 5'],
    [['--rate', '0'], 'rate 0 flits per node and cycle'],
    [['--packet-flits', '0'], '--packet-flits 0: expected a whole number from 1'],
    [['--traffic', 'hotspot', '--hotspots', '5,,6'], "--hotspots 5,,6: '' is no node"],
    [['--hotspots', '5'], '--hotspots has no effect'],
    [['--trace', 'x.csv', '--rate', '0.2'], '--rate, --period-cycles have no effect: the packets are those of --trace'],
    [['--trace', 'x.csv', '--csv', 'x', '--svg', 'x'], '--period-cycles, --csv, --svg have no effect'],
    [['--traffic', 'hotspot', '--hotspots', '99'], 'hotspot 99 does not exist, nodes are 0 to 15'],
    [['--max-periods', '4'], 'at least 6 are needed'],
    [['--topology', 'table'], 'table is missing'],
    [['--table', 'x'], '--table has no effect: it is for --topology table'],
    [['--faulty-links', '0-5'], 'has no link between routers 0 and 5'],
    [['--faulty-links', '0'], "'0' is no link"],
    [['--faulty-routers', '1,4'], 'has no way from router 0'],
    [['--traffic', 'hotspot', '--hotspots', '5;6'], "'5;6' is no node"],
    [['--fanout', '5'], '--fanout has no effect: it is for --traffic multicast'],
    [['--resolution', '0.1'], '--resolution has no effect'],
    [['--sweep', '--rate', '0.1'], '--rate has no effect: --sweep chooses the rates'],
    [['--sweep', '--log', 'x'], '--log has no effect'],
    [['--log-packets', '5'], '--log-packets has no effect: it is for --log'],
    [['--speculative'], '--speculative has no effect: it says how 4 cycles a hop are reached, not 5'],
    [['--chip-link-cycles', '3'], '--chip-link-cycles has no effect'],
    [['--seed', '4294967296'], '--seed 4294967296: expected a whole number from 0 to 4294967295'],
    [['--workers', '2'], '--workers 2 needs --sweep'],
    [['--saturation-factor', '1'], '--saturation-factor 1: expected'],
  ])('%j is refused with exit code 2', async (words, message) => {
    const { code, stderr } = await spikeloom(...SMALL, ...words)
    expect(stderr).toContain(message)
    expect(code).toBe(2)
    expect(existsSync('x')).toBe(false)
  })
})
