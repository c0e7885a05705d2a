import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { RunResult } from '../../sim/result/schema.js'
import { spikeloom } from '../support/capture.js'

const folder = mkdtempSync(join(tmpdir(), 'spikeloom-trace-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Event {
  readonly ph: string
  readonly pid: number
  readonly tid?: number
  readonly id?: number
  readonly ts?: number
  readonly dur?: number
  readonly name: string
  readonly args: Readonly<Record<string, number | string | null>>
}

interface Trace {
  readonly otherData: { readonly clockMHz: number; readonly cycles: number; readonly instructions: number; readonly leftOut: number; readonly cut: string }
  readonly traceEvents: readonly Event[]
}

async function traced(name: string, ...words: string[]): Promise<{ trace: Trace; result: RunResult }> {
  const out = join(folder, name)
  const { code } = await spikeloom('run', '--tokens', '2', '--prompt', 'In the', '--trace', '--out', out, ...words)
  expect(code).toBe(0)
  const read = (file: string): unknown => JSON.parse(readFileSync(join(out, file), 'utf8'))
  return { trace: read('trace.json') as Trace, result: read('result.json') as RunResult }
}

const of = ({ traceEvents }: Trace, ph: string): Event[] => traceEvents.filter((event) => event.ph === ph)

describe('a trace, read by a reader of our own', () => {
  it('names its processes and tracks, keeps slices of a track apart, and agrees with the result', async () => {
    const { trace, result } = await traced('whole')
    const names = of(trace, 'M').filter(({ name }) => name === 'process_name').map(({ args }) => args['name'])
    expect(names).toEqual(['cores of loom-64', 'host: tokens in the chip', 'power'])
    const slices = of(trace, 'X')
    expect(trace.otherData).toMatchObject({ clockMHz: 500, cycles: result.latency.cycles, instructions: slices.length, leftOut: 0, cut: '' })
    const tracks = new Map<number, Event[]>()
    for (const slice of slices) tracks.set(slice.tid!, [...tracks.get(slice.tid!) ?? [], slice])
    const named = new Set(of(trace, 'M').filter(({ name }) => name === 'thread_name').map(({ tid }) => tid))
    for (const [core, track] of tracks) {
      expect(named.has(core)).toBe(true)
      let end = 0
      for (const { ts, dur, args } of track) {
        expect(ts!).toBeGreaterThanOrEqual(end - 1e-6)
        expect(ts! * 500).toBeCloseTo(Number(args['start']), 3)
        expect(dur! * 500).toBeCloseTo(Number(args['cycles']), 3)
        end = ts! + dur!
      }
      expect(end * 500).toBeLessThanOrEqual(result.latency.cycles + 1)
    }
    expect(new Set(tracks.keys())).toEqual(new Set(result.cores.filter(({ roles }) => roles.length > 0).map(({ core }) => core)))
    const operators = new Set(slices.map(({ args }) => args['operator']))
    for (const { operator } of result.energy.byOperator) if (operator !== 'embedding') expect(operators.has(operator), operator).toBe(true)
  })

  it('has both ends of every token, at the times of the result', async () => {
    const { trace, result } = await traced('tokens')
    const begins = of(trace, 'b')
    const ends = new Map(of(trace, 'e').map((event) => [event.id, event]))
    expect(begins).toHaveLength(result.latency.timeline.length)
    begins.forEach(({ id, ts }, at) => {
      expect(ts! * 500).toBeCloseTo(result.latency.timeline[at]!.startCycle, 3)
      expect(ends.get(id)!.ts! * 500).toBeCloseTo(result.latency.timeline[at]!.endCycle, 3)
    })
  })

  it('counts power that sums to the energy of the run', async () => {
    const { trace, result } = await traced('power')
    const bins = of(trace, 'C')
    const joules = bins.slice(1).reduce((sum, { ts }, at) => sum + (Number(bins[at]!.args['mW']) / 1e3) * (ts! - bins[at]!.ts!) * 1e-6, 0)
    expect(joules / (result.energy.totalPj * 1e-12)).toBeCloseTo(1, 2)
  })

  it('keeps a window and so many instructions, and says what was cut', async () => {
    const { trace, result } = await traced('window', '--trace-window', '1000..2000')
    const slices = of(trace, 'X')
    expect(slices.length).toBeGreaterThan(0)
    for (const { args } of slices) {
      expect(Number(args['start'])).toBeLessThanOrEqual(2000)
      expect(Number(args['start']) + Number(args['cycles'])).toBeGreaterThanOrEqual(1000)
    }
    expect(trace.otherData.cut).toMatch(/\d+ instructions are left out \(kept: cycles 1000 to 2000, at most/)
    expect(result.latency.cycles).toBeGreaterThan(2000)
    const few = await traced('few', '--trace-most', '10')
    expect(of(few.trace, 'X')).toHaveLength(10)
    expect(few.trace.otherData.leftOut).toBeGreaterThan(100)
  })

  it.each([
    [['--trace', '--trace-window', '5'], /expected two cycles/], [['--trace', '--trace-window', '9..5'], /expected two cycles/],
    [['--trace', '--trace-most', '0'], /at least 1/], [['--trace-most', '5'], /need --trace/],
  ])('ends with code 2 for %j', async (words, message) => {
    const { code, stderr } = await spikeloom('run', '--tokens', '1', '--out', join(folder, 'never'), ...words)
    expect(code).toBe(2)
    expect(stderr).toMatch(message)
  })
})
