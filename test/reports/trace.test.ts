import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { RunResult } from '../../sim/result/schema.js'
import { spikeloom } from '../support/capture.js'
import { eventsOf, faultsOf, tracksOf, type TraceEvent, type TraceFile } from '../support/read-trace.js'

const folder = mkdtempSync(join(tmpdir(), 'spikeloom-trace-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const SHIPPED = ['--tokens', '2', '--prompt', 'In the']
/** Streams its weights from external memory; its tokens are drawn, each by itself. */
const STATISTICAL = ['--mode', 'statistical', '--spikes-per-activation', '0.9', '--chip', 'edge-lpddr5', '--set', 'core.weightSramKiB=4', '--prompt-tokens', '2', '--tokens', '2']

interface Traced {
  readonly trace: TraceFile
  readonly result: RunResult
}

const runs = new Map<string, Promise<Traced>>()

/** A traced run; runs of the same name are made once. */
function traced(name: string, ...words: string[]): Promise<Traced> {
  const run = runs.get(name) ?? runTraced(name, words)
  runs.set(name, run)
  return run
}

async function runTraced(name: string, words: readonly string[]): Promise<Traced> {
  const out = join(folder, name)
  const { code, stderr } = await spikeloom('run', '--trace', '--out', out, ...words)
  expect(code, stderr).toBe(0)
  const read = (file: string): unknown => JSON.parse(readFileSync(join(out, file), 'utf8'))
  return { trace: read('trace.json') as TraceFile, result: read('result.json') as RunResult }
}

const cases = [['with weights', SHIPPED], ['on statistics', STATISTICAL]] as const
const CORES = 1
const COUNTERS = 3
const PORTS = 4
const sum = (events: readonly TraceEvent[], key: string): number => events.reduce((total, { args }) => total + Number(args![key]), 0)
const busyOf = ({ adders, vector, encoder, packetiser, control }: RunResult['cores'][number]['busyCycles']): number => (
  adders + vector + encoder + packetiser + control
)
const isWait = ({ cat }: TraceEvent): boolean => cat === 'wait'
const ofProcess = (trace: TraceFile, ph: string, process: number): TraceEvent[] => eventsOf(trace, ph).filter(({ pid }) => pid === process)

describe.each(cases)('a trace %s, read by a reader of our own', (name, words) => {
  it('has named processes and tracks, nested slices, and both ends of everything', async () => {
    const { trace, result } = await traced(name, ...words)
    expect(faultsOf(trace)).toEqual([])
    const names = eventsOf(trace, 'M').filter((event) => event.name === 'process_name').map(({ args }) => args!['name'])
    expect(names).toEqual([
      `cores of ${result.chip.name}`, 'host: tokens in the chip', 'power and queues', 'router ports',
      ...(result.chip.spec.dram.kind === 'none' || result.memory!.bytes === 0 ? [] : ['external memory']),
    ])
    expect(trace.otherData).toMatchObject({ cycles: result.latency.cycles, leftOut: 0, cut: '' })
  })

  it('has the waits of the result: reason, culprit and cycles', async () => {
    const { trace, result } = await traced(name, ...words)
    for (const { core, waits } of result.cores) {
      const found = new Map<string, number>()
      const slices = tracksOf(trace).get(`${CORES}/${core}`) ?? []
      for (const { args } of slices.filter(isWait)) {
        const who = args!['culpritOperator'] === null ? null
          : args!['culpritLayer'] === null ? args!['culpritOperator'] : `${args!['culpritOperator']} of layer ${args!['culpritLayer']}`
        const key = JSON.stringify([args!['reason'], args!['culpritCore'], who])
        found.set(key, (found.get(key) ?? 0) + Number(args!['cycles']))
      }
      const wanted = new Map(waits!.filter(({ reason }) => reason !== 'nothing to do')
        .map(({ reason, culpritCore, culpritOperator, cycles }) => [JSON.stringify([reason, culpritCore, culpritOperator]), cycles]))
      // What reaches past the last logits is in the trace, and cut off in the result.
      const total = (of: Map<string, number>): number => [...of.values()].reduce((all, cycles) => all + cycles, 0)
      if (total(found) === total(wanted)) expect(Object.fromEntries(found), `core ${core}`).toEqual(Object.fromEntries(wanted))
      else for (const [key, cycles] of wanted) expect(found.get(key), `core ${core}: ${key}`).toBeGreaterThanOrEqual(cycles)
    }
  })

  it('has the busy cycles of the result: what instructions took less what they waited', async () => {
    const { trace, result } = await traced(name, ...words)
    for (const { core, busyCycles, waits } of result.cores) {
      const slices = tracksOf(trace).get(`${CORES}/${core}`) ?? []
      const busy = sum(slices.filter((slice) => !isWait(slice)), 'cycles') - sum(slices.filter(isWait), 'cycles')
      const wanted = busyOf(busyCycles)
      // The instruction in progress at the end is in no slice, and an instruction may reach past the end.
      const longest = slices.reduce((most, { args }) => Math.max(most, Number(args!['cycles'])), 0)
      expect(Math.abs(busy - wanted), `core ${core}`).toBeLessThanOrEqual(waits!.length === 0 ? 0 : longest)
    }
    const slices = ofProcess(trace, 'X', CORES)
    const busy = sum(slices.filter((slice) => !isWait(slice)), 'cycles') - sum(slices.filter(isWait), 'cycles')
    expect(busy / result.cores.reduce((total, { busyCycles }) => total + busyOf(busyCycles), 0)).toBeCloseTo(1, 2)
  })

  it('has the flits of the result on the tracks of router ports', async () => {
    const { trace, result } = await traced(name, ...words)
    const flits = new Map<string, number>()
    const names = new Map(ofProcess(trace, 'M', PORTS).filter((event) => event.name === 'thread_name').map(({ tid, args }) => [tid, String(args!['name'])]))
    for (const { tid, args } of ofProcess(trace, 'X', PORTS)) flits.set(names.get(tid)!, (flits.get(names.get(tid)!) ?? 0) + Number(args!['flits']))
    for (const link of result.links) {
      const name = `router (${link.from.column}, ${link.from.row}) to (${link.to.column}, ${link.to.row})`
      expect(flits.get(name) ?? 0, name).toBe(link.flits)
    }
    expect([...flits.keys()].some((port) => / to core \d+$/.test(port))).toBe(true)
  })

  it('has an arrow from every train\'s end to its last addition', async () => {
    const { trace } = await traced(name, ...words)
    const taken = ofProcess(trace, 'X', CORES).filter((event) => event.name === 'CONSUME').length
    expect(taken).toBeGreaterThan(0)
    expect(eventsOf(trace, 's').length).toBeGreaterThanOrEqual(taken)
  })

  it('says of which token and layer each instruction is', async () => {
    const { trace, result } = await traced(name, ...words)
    const tokens = result.latency.timeline
    for (const { args } of ofProcess(trace, 'X', CORES)) {
      const { token, start, cycles, layer } = args!
      // Before the first token nobody works for one; a core may wait for it from then on.
      if (token === null) continue
      expect(Number(start) + Number(cycles)).toBeGreaterThanOrEqual(tokens[Number(token)]!.startCycle)
      expect(layer === null || (Number(layer) >= 0 && Number(layer) < result.model.layers)).toBe(true)
    }
    const seen = new Set(ofProcess(trace, 'X', CORES).map(({ args }) => args!['token']))
    const batches = new Set(tokens.map(({ startCycle }) => startCycle))
    expect([...seen].filter((token) => token !== null)).toHaveLength(batches.size)
  })

  it('counts power that sums to the energy, and flits that have all arrived in the end', async () => {
    const { trace, result } = await traced(name, ...words)
    const bins = ofProcess(trace, 'C', COUNTERS).filter((event) => event.name === 'power, mW')
    const joules = bins.slice(1).reduce((all, { ts }, at) => all + (Number(bins[at]!.args!['mW']) / 1e3) * (ts! - bins[at]!.ts!) * 1e-6, 0)
    expect(joules / (result.energy.totalPj * 1e-12)).toBeCloseTo(1, 2)
    for (const [counter, key] of [['flits in flight', 'flits'], ['flits in injection queues', 'flits'], ['events in spike FIFOs', 'events']] as const) {
      const values = ofProcess(trace, 'C', COUNTERS).filter((event) => event.name === counter).map(({ args }) => Number(args![key]))
      expect(Math.min(...values), counter).toBe(0)
      expect(Math.max(...values), counter).toBeGreaterThan(0)
      expect(values.at(-1), counter).toBe(0)
    }
  })
})

describe('a trace', () => {
  it('has both ends of every token, at the times of the result', async () => {
    const { trace, result } = await traced('with weights', ...SHIPPED)
    const begins = eventsOf(trace, 'b')
    const ends = new Map(eventsOf(trace, 'e').map((event) => [event.id, event]))
    expect(begins).toHaveLength(result.latency.timeline.length)
    begins.forEach(({ id, ts }, at) => {
      expect(ts! * 500).toBeCloseTo(result.latency.timeline[at]!.startCycle, 3)
      expect(ends.get(id)!.ts! * 500).toBeCloseTo(result.latency.timeline[at]!.endCycle, 3)
    })
  })

  it('follows each decoded token: what is done while only it is in the chip is done for it', async () => {
    const { trace, result } = await traced('with weights', ...SHIPPED)
    const [, , last] = result.latency.timeline.slice(-3)
    const consumed = ofProcess(trace, 'X', CORES).filter(({ name, args }) => name === 'CONSUME' && Number(args!['start']) + Number(args!['cycles']) > last!.startCycle)
    expect(consumed.length).toBeGreaterThan(10)
    for (const { args } of consumed) expect(args!['token']).toBe(last!.index)
  })

  it('has the bytes of external memory', async () => {
    const { trace, result } = await traced('on statistics', ...STATISTICAL)
    const transfers = eventsOf(trace, 'b').filter(({ cat }) => cat === 'memory')
    expect(result.memory!.bytes).toBeGreaterThan(0)
    expect(sum(transfers, 'bytes')).toBe(result.memory!.bytes)
  })

  it('keeps a window and so many rows, and says what was cut', async () => {
    const { trace, result } = await traced('window', ...SHIPPED, '--trace-window', '1000..2000')
    expect(faultsOf(trace)).toEqual([])
    const slices = eventsOf(trace, 'X')
    expect(slices.length).toBeGreaterThan(0)
    for (const { args } of slices) {
      expect(Number(args!['start'])).toBeLessThanOrEqual(2000)
      expect(Number(args!['start']) + Number(args!['cycles'])).toBeGreaterThanOrEqual(1000)
    }
    expect(trace.otherData.cut).toMatch(/\d+ rows are left out \(kept: cycles 1000 to 2000, at most/)
    expect(result.latency.cycles).toBeGreaterThan(2000)
    const few = await traced('few', ...SHIPPED, '--trace-most', '10')
    expect(faultsOf(few.trace)).toEqual([])
    expect(few.trace.otherData.rows).toBe(10)
    expect(few.trace.otherData.leftOut).toBeGreaterThan(100)
  })

  it.each([
    [['--trace', '--trace-window', '5'], /expected two cycles/], [['--trace', '--trace-window', '9..5'], /expected two cycles/],
    [['--trace', '--trace-most', '0'], /at least 1/], [['--trace-most', '5'], /need --trace/],
    [[...STATISTICAL, '--trace', '--workers', '2'], /a trace is of one token after the other/],
  ])('ends with code 2 for %j', async (words, message) => {
    const { code, stderr } = await spikeloom('run', '--out', join(folder, 'never'), ...words)
    expect(code).toBe(2)
    expect(stderr).toMatch(message)
  })
})
