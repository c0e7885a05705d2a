import type { RunResult } from '../../sim/result/schema.js'
import { printable, visibleToken } from '../format.js'
import type { TraceRecorder } from './recorder.js'

/**
 * A trace file, in Chrome's trace-event JSON: opens in Perfetto and chrome://tracing. Processes: the cores, a track each,
 * whose slices are instructions from their first try until the next may start, and in them what was waited; the host and the
 * tokens in the chip; counters; the router ports, a track each; external memory. Arrows lead from where a train was ended to
 * where its last spike was added. Times are those of the chip's clock, in whole nanoseconds, so that slices nest as they do in cycles.
 */

const CORES = 1
const HOST = 2
const COUNTERS = 3
const PORTS = 4
const MEMORY = 5

interface TraceEvent {
  readonly ph: 'M' | 'X' | 'b' | 'e' | 'C' | 's' | 'f'
  readonly pid: number
  readonly tid?: number
  readonly id?: number
  readonly ts?: number
  readonly dur?: number
  readonly cat?: string
  readonly bp?: 'e'
  readonly name: string
  readonly args?: Readonly<Record<string, string | number | null>>
}

/**
 * The file, in pieces to be written one after the other: a long trace is larger than the longest string.
 * @param mnemonics mnemonic of each opcode
 * @param result the run: its tokens and its power get tracks of their own
 */
export function* tracePieces(recorder: TraceRecorder, mnemonics: readonly (string | undefined)[], result: RunResult): Generator<string> {
  const other = {
    chip: result.chip.name, model: result.model.name, clockMHz: result.chip.spec.clockMHz, cycles: result.latency.cycles,
    instructions: recorder.instructions.length, rows: recorder.length, leftOut: recorder.leftOut, cut: recorder.cut,
  }
  const events = new TraceEvents(recorder, mnemonics, result)
  yield `{"displayTimeUnit":"ns","otherData":${JSON.stringify(other)},"traceEvents":[\n`
  let separator = ''
  for (const event of events.all()) {
    yield separator + JSON.stringify(event)
    separator = ',\n'
  }
  yield '\n]}\n'
}

class TraceEvents {
  private readonly recorder: TraceRecorder
  private readonly mnemonics: readonly (string | undefined)[]
  private readonly result: RunResult
  private readonly starts: readonly { readonly cycle: number; readonly index: number; readonly tokens: number }[]

  constructor(recorder: TraceRecorder, mnemonics: readonly (string | undefined)[], result: RunResult) {
    this.recorder = recorder
    this.mnemonics = mnemonics
    this.result = result
    this.starts = tokenStarts(result)
  }

  * all(): Generator<TraceEvent> {
    yield* this.names()
    yield* this.tokens()
    yield* this.counters()
    yield* this.instructions()
    yield* this.routerPorts()
    yield* this.transfers()
    yield* this.trains()
  }

  /** Microseconds, of whole nanoseconds. */
  private ts(cycle: number): number {
    return Math.round((cycle * 1000) / this.result.chip.spec.clockMHz) / 1000
  }

  private span(start: number, end: number): { ts: number; dur: number } {
    const ts = this.ts(start)
    return { ts, dur: Math.round((this.ts(end) - ts) * 1000) / 1000 }
  }

  /** Which token came into the chip at a cycle, or last before it; of a batch the first, and how many it has. */
  private token(born: number): Readonly<Record<string, number | null>> {
    let low = 0
    let high = this.starts.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.starts[middle]!.cycle <= born) low = middle + 1
      else high = middle
    }
    const found = this.starts[low - 1]
    if (found === undefined) return { token: null }
    return found.tokens === 1 ? { token: found.index } : { token: found.index, tokensOfBatch: found.tokens }
  }

  private place(tag: number): { operator: string; layer: number | null } {
    const { operator, layer } = this.recorder.tags[tag] ?? { operator: 'host', layer: -1 }
    return { operator, layer: layer < 0 ? null : layer }
  }

  private* names(): Generator<TraceEvent> {
    const { roles, machine, ports, transfers } = this.recorder
    const named = (pid: number, name: string): TraceEvent[] => [
      { ph: 'M', pid, name: 'process_name', args: { name } }, { ph: 'M', pid, name: 'process_sort_index', args: { sort_index: pid } },
    ]
    const track = (pid: number, tid: number, name: string): TraceEvent[] => [
      { ph: 'M', pid, tid, name: 'thread_name', args: { name: printable(name) } },
      { ph: 'M', pid, tid, name: 'thread_sort_index', args: { sort_index: tid } },
    ]
    yield* named(CORES, `cores of ${printable(this.result.chip.name)}`)
    yield* named(HOST, 'host: tokens in the chip')
    yield* named(COUNTERS, 'power and queues')
    for (const [core, names] of roles.entries()) if (names.length > 0) yield* track(CORES, core, trackName(core, names))
    yield* track(HOST, 0, 'host')
    if (ports.length > 0) {
      yield* named(PORTS, 'router ports')
      for (const { id, name } of machine!.routerPorts) yield* track(PORTS, id, name)
    }
    if (transfers.length > 0) yield* named(MEMORY, 'external memory')
  }

  /** Tokens overlap, which slices of one track may not: each is a pair of asynchronous events. */
  private* tokens(): Generator<TraceEvent> {
    for (const { index, sequence, position, phase, text, startCycle, endCycle } of this.result.latency.timeline) {
      if (!this.recorder.inWindow(startCycle, endCycle)) continue
      const event = { pid: HOST, id: index, cat: phase, name: `${phase} ${index}: ${visibleToken(text)}` }
      yield { ph: 'b', ts: this.ts(startCycle), ...event, args: { index, sequence, position, cycles: endCycle - startCycle } }
      yield { ph: 'e', ts: this.ts(endCycle), ...event, args: {} }
    }
  }

  /** A value at the end of what it is about; of power, at the beginning of each bin, and nothing at the end. */
  private* counters(): Generator<TraceEvent> {
    const counter = (ts: number, name: string, args: TraceEvent['args'] & object): TraceEvent => ({ ph: 'C', pid: COUNTERS, ts, name, args })
    const { power, latency, chip } = this.result
    const { samples } = this.recorder
    for (const [bin, watts] of (power?.watts ?? []).entries()) {
      const cycle = bin * power!.binSeconds * chip.spec.clockMHz * 1e6
      if (this.recorder.inWindow(cycle, cycle)) yield counter(this.ts(cycle), 'power, mW', { mW: watts * 1e3 })
    }
    if (power !== undefined) yield counter(this.ts(latency.cycles), 'power, mW', { mW: 0 })
    for (let row = 0; row < samples.length; row++) {
      const ts = this.ts(samples.get('cycle', row))
      yield counter(ts, 'flits in flight', { flits: samples.get('flitsInFlight', row) })
      yield counter(ts, 'flits in injection queues', { flits: samples.get('flitsQueued', row) })
      yield counter(ts, 'events in spike FIFOs', { events: samples.get('eventsQueued', row) })
    }
  }

  private* instructions(): Generator<TraceEvent> {
    const { instructions, waits } = this.recorder
    let wait = 0
    for (let row = 0; row < instructions.length; row++) {
      const [start, end, core] = [instructions.get('start', row), instructions.get('end', row), instructions.get('core', row)]
      const place = { ...this.place(instructions.get('tag', row)), ...this.token(instructions.get('born', row)) }
      yield {
        ph: 'X', pid: CORES, tid: core, ...this.span(start, end), name: this.mnemonics[instructions.get('opcode', row)] ?? '?',
        cat: place.operator, args: { ...place, pc: instructions.get('instruction', row), start, cycles: end - start },
      }
      for (; wait < waits.length && waits.get('slice', wait) === row; wait++) yield this.wait(wait, { core, end }, place)
    }
  }

  private wait(row: number, { core, end }: { core: number; end: number }, place: Readonly<Record<string, string | number | null>>): TraceEvent {
    const { waits, machine } = this.recorder
    const [start, cycles, culprit, tag] = [waits.get('start', row), waits.get('cycles', row), waits.get('culprit', row), waits.get('culpritTag', row)]
    const reason = machine!.waitReasons[waits.get('reason', row)]!
    const who = tag < 0 ? { operator: null, layer: null } : this.place(tag)
    return {
      ph: 'X', pid: CORES, tid: core, ...this.span(Math.min(start, end), Math.min(start + cycles, end)), name: `waits: ${reason}`, cat: 'wait',
      args: { reason, culpritCore: culprit, culpritOperator: who.operator, culpritLayer: who.layer, ...place, start, cycles },
    }
  }

  private* routerPorts(): Generator<TraceEvent> {
    const { ports } = this.recorder
    for (let row = 0; row < ports.length; row++) {
      const [start, end, flits] = [ports.get('start', row), ports.get('end', row), ports.get('flits', row)]
      yield {
        ph: 'X', pid: PORTS, tid: ports.get('port', row), ...this.span(start, end), name: `${flits} flits`, cat: 'flits',
        args: { flits, start, cycles: end - start },
      }
    }
  }

  /** Transfers overlap, also those of one core. */
  private* transfers(): Generator<TraceEvent> {
    const { transfers } = this.recorder
    for (let row = 0; row < transfers.length; row++) {
      const { operator, layer } = this.place(transfers.get('tag', row))
      const [start, end, core] = [transfers.get('start', row), transfers.get('end', row), transfers.get('core', row)]
      const isWrite = transfers.get('isWrite', row) === 1
      const event = { pid: MEMORY, id: row, cat: 'memory', name: `core ${core} ${isWrite ? 'writes' : 'reads'}` }
      yield { ph: 'b', ts: this.ts(start), ...event, args: { operator, layer, core, bytes: transfers.get('bytes', row), start, cycles: end - start } }
      yield { ph: 'e', ts: this.ts(end), ...event, args: {} }
    }
  }

  /** Arrows from the slice that ended a train to the one that took it. The host has slices for its trains alone. */
  private* trains(): Generator<TraceEvent> {
    const { trains, machine } = this.recorder
    let hostAt = -1
    for (let row = 0; row < trains.length; row++) {
      const [source, sentAt, core, takenAt] = [trains.get('source', row), trains.get('sentAt', row), trains.get('core', row), trains.get('takenAt', row)]
      const fromHost = source === machine!.hostEndpoint
      const from = fromHost ? { pid: HOST, tid: 0 } : { pid: CORES, tid: source }
      if (fromHost && sentAt > hostAt) {
        hostAt = sentAt
        yield { ph: 'X', ...from, ...this.span(sentAt, sentAt + 1), name: 'token', cat: 'host', args: { ...this.token(sentAt), start: sentAt, cycles: 1 } }
      }
      const flow = { id: row, cat: 'train', name: 'train' }
      yield { ph: 's', ...from, ts: this.ts(sentAt), ...flow, args: { cycles: takenAt - sentAt } }
      yield { ph: 'f', bp: 'e', pid: CORES, tid: core, ts: this.ts(takenAt - 1), ...flow }
    }
  }
}

function trackName(core: number, roles: readonly string[]): string {
  return `core ${core}: ${roles.length > 2 ? `${roles[0]!} and ${roles.length - 1} more` : roles.join(', ')}`
}

/** When tokens entered the chip, in order; those that entered together are one row. */
function tokenStarts({ latency }: RunResult): { cycle: number; index: number; tokens: number }[] {
  const rows: { cycle: number; index: number; tokens: number }[] = []
  for (const { startCycle, index } of [...latency.timeline].sort((a, b) => a.startCycle - b.startCycle || a.index - b.index)) {
    const last = rows.at(-1)
    if (last?.cycle === startCycle) last.tokens++
    else rows.push({ cycle: startCycle, index, tokens: 1 })
  }
  return rows
}
