import type { RunResult } from '../sim/result/schema.js'
import { printable, visibleToken } from './format.js'

/**
 * A trace of a run, in Chrome's trace-event JSON: opens in Perfetto and chrome://tracing. Three processes: the cores, a track
 * each, whose slices are instructions from their first try until the next may start; the tokens in the chip; and its power.
 * Times are those of the chip's clock.
 */

/** What of a run is kept. */
export interface TraceLimits {
  /** First and last cycle that a kept instruction may touch. */
  readonly fromCycle?: number
  readonly toCycle?: number
  /** Most instructions; what comes after is counted, and left out. */
  readonly most?: number
}

/** A file of these many instructions has about 400 MB. */
export const MOST_INSTRUCTIONS = 3_000_000

const CORES = 1
const TOKENS = 2
const POWER = 3

/** Spans in parallel arrays, so that a long run does not make an object per instruction. */
export class TraceRecorder {
  private tags: readonly { readonly operator: string; readonly layer: number }[] = []
  private roles: readonly (readonly string[])[] = []
  private size = 0
  private core = new Int32Array(1024)
  private opcode = new Uint8Array(1024)
  private tag = new Uint16Array(1024)
  private instruction = new Int32Array(1024)
  private start = new Float64Array(1024)
  private end = new Float64Array(1024)
  private left = 0
  private readonly limits: Required<TraceLimits>

  constructor({ fromCycle = 0, toCycle = Infinity, most = MOST_INSTRUCTIONS }: TraceLimits = {}) {
    this.limits = { fromCycle, toCycle, most }
  }

  /** Names of what follows; see sim/core/trace.ts. */
  begin(tags: readonly { readonly operator: string; readonly layer: number }[], roles: readonly (readonly string[])[]): void {
    this.tags = tags
    this.roles = roles
  }

  /** Adds one instruction; see sim/core/trace.ts. */
  executed(core: number, instruction: number, opcode: number, tag: number, startCycle: number, endCycle: number): void {
    if (endCycle < this.limits.fromCycle || startCycle > this.limits.toCycle || this.size >= this.limits.most) {
      this.left++
      return
    }
    if (this.size === this.core.length) this.grow()
    const at = this.size++
    this.core[at] = core
    this.instruction[at] = instruction
    this.opcode[at] = opcode
    this.tag[at] = tag
    this.start[at] = startCycle
    this.end[at] = endCycle
  }

  /** Instructions recorded. */
  get length(): number {
    return this.size
  }

  /** Instructions left out: outside the window, or beyond the most. */
  get leftOut(): number {
    return this.left
  }

  /** What was cut, in a sentence; '' where nothing was. */
  get cut(): string {
    if (this.left === 0) return ''
    const { fromCycle, toCycle, most } = this.limits
    const window = toCycle === Infinity && fromCycle === 0 ? '' : `cycles ${fromCycle} to ${toCycle}, `
    return `${this.left} instructions are left out (kept: ${window}at most ${most})`
  }

  /**
   * The trace file, in pieces to be written one after the other: a long trace is larger than the longest string.
   * @param mnemonics mnemonic of each opcode
   * @param result the run: its tokens and its power get tracks of their own
   */
  * pieces(mnemonics: readonly (string | undefined)[], result: RunResult): Generator<string> {
    const microseconds = (cycles: number): number => cycles / result.chip.spec.clockMHz
    const other = {
      chip: result.chip.name, model: result.model.name, clockMHz: result.chip.spec.clockMHz, cycles: result.latency.cycles,
      instructions: this.size, leftOut: this.left, cut: this.cut,
    }
    yield `{"displayTimeUnit":"ns","otherData":${JSON.stringify(other)},"traceEvents":[\n`
    yield this.names(result).map((event) => JSON.stringify(event)).join(',\n')
    for (const event of [...tokenEvents(result, microseconds), ...powerEvents(result)]) yield `,\n${JSON.stringify(event)}`
    const places = this.tags.map(({ operator, layer }) => `"operator":${JSON.stringify(operator)},"layer":${layer < 0 ? 'null' : layer}`)
    const categories = this.tags.map(({ operator }) => JSON.stringify(operator))
    for (let at = 0; at < this.size; at++) {
      const tag = this.tag[at]!
      const start = this.start[at]!
      const cycles = this.end[at]! - start
      yield `,\n{"ph":"X","pid":${CORES},"tid":${this.core[at]},"ts":${microseconds(start)},"dur":${microseconds(cycles)},` +
        `"name":${JSON.stringify(mnemonics[this.opcode[at]!] ?? '?')},"cat":${categories[tag]!},` +
        `"args":{${places[tag]!},"pc":${this.instruction[at]},"start":${start},"cycles":${cycles}}}`
    }
    yield '\n]}\n'
  }

  private names({ chip }: RunResult): TraceEvent[] {
    const process = (pid: number, name: string): TraceEvent[] => [
      { ph: 'M', pid, name: 'process_name', args: { name } }, { ph: 'M', pid, name: 'process_sort_index', args: { sort_index: pid } },
    ]
    const tracks = this.roles.flatMap((names, core): TraceEvent[] => (names.length === 0 ? [] : [
      { ph: 'M', pid: CORES, tid: core, name: 'thread_name', args: { name: trackName(core, names) } },
      { ph: 'M', pid: CORES, tid: core, name: 'thread_sort_index', args: { sort_index: core } },
    ]))
    return [...process(CORES, `cores of ${printable(chip.name)}`), ...process(TOKENS, 'host: tokens in the chip'), ...process(POWER, 'power'), ...tracks]
  }

  private grow(): void {
    const wider = <T extends Int32Array | Uint8Array | Uint16Array | Float64Array>(old: T): T => {
      const larger = new (old.constructor as new (length: number) => T)(old.length * 2)
      larger.set(old as never)
      return larger
    }
    this.core = wider(this.core)
    this.opcode = wider(this.opcode)
    this.tag = wider(this.tag)
    this.instruction = wider(this.instruction)
    this.start = wider(this.start)
    this.end = wider(this.end)
  }
}

interface TraceEvent {
  readonly ph: 'M' | 'b' | 'e' | 'C'
  readonly pid: number
  readonly tid?: number
  readonly id?: number
  readonly ts?: number
  readonly cat?: string
  readonly name: string
  readonly args: Readonly<Record<string, string | number>>
}

function trackName(core: number, roles: readonly string[]): string {
  return printable(`core ${core}: ${roles.length > 2 ? `${roles[0]!} and ${roles.length - 1} more` : roles.join(', ')}`)
}

/** Tokens overlap, which slices of one track may not: each is a pair of asynchronous events. */
function tokenEvents({ latency }: RunResult, microseconds: (cycles: number) => number): TraceEvent[] {
  return latency.timeline.flatMap(({ index, sequence, position, phase, text, startCycle, endCycle }): TraceEvent[] => {
    const event = { pid: TOKENS, tid: sequence, id: index, cat: phase, name: `${phase} ${index}: ${visibleToken(text)}` }
    return [
      { ph: 'b', ts: microseconds(startCycle), ...event, args: { index, sequence, position, cycles: endCycle - startCycle } },
      { ph: 'e', ts: microseconds(endCycle), ...event, args: {} },
    ]
  })
}

/** Power as a counter: a value at the beginning of each bin, nothing at the end. */
function powerEvents({ power, latency }: RunResult): TraceEvent[] {
  if (power === undefined) return []
  const counter = (seconds: number, watts: number): TraceEvent => (
    { ph: 'C', pid: POWER, ts: seconds * 1e6, name: 'power, mW', args: { mW: watts * 1e3 } })
  return [...power.watts.map((watts, bin) => counter(bin * power.binSeconds, watts)), counter(latency.seconds, 0)]
}
