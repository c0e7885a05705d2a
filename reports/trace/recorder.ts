import { Columns } from './columns.js'
import { Follower } from './followed.js'

/**
 * Records a run for a trace file: it is a `TraceSink` of sim/core/trace.ts, whose shapes it repeats as far as it uses them.
 * Cycles are those of the whole run.
 */

/** What of a run is kept. */
export interface TraceLimits {
  /** First and last cycle that what is kept may touch. */
  readonly fromCycle?: number
  readonly toCycle?: number
  /** Most rows: instructions, waits, trains, transfers and busy stretches of router ports. What comes after is counted, and left out. */
  readonly most?: number
}

/** A file of this many rows has about 500 MB. */
export const MOST_ROWS = 3_000_000

export interface Machine {
  readonly waitReasons: readonly string[]
  readonly routerPorts: readonly { readonly id: number; readonly name: string }[]
  readonly hostEndpoint: number
  readonly takes: (core: number, instruction: number) => { readonly semaphore: number; readonly count: number } | undefined
}

export interface Tag {
  readonly operator: string
  readonly layer: number
}

interface Sample {
  readonly cycle: number
  readonly flitsInFlight: number
  readonly flitsQueued: number
  readonly eventsQueued: number
  readonly portFlits: Float64Array
}

interface Transfer {
  readonly core: number
  readonly tag: number
  readonly bytes: number
  readonly isWrite: boolean
  readonly startCycle: number
  readonly endCycle: number
}

interface Wait {
  readonly reason: number
  readonly culprit: number
  readonly culpritTag: number
  readonly cycles: number
}

export class TraceRecorder {
  tags: readonly Tag[] = []
  roles: readonly (readonly string[])[] = []
  machine: Machine | undefined
  readonly limits: Required<TraceLimits>
  readonly instructions = new Columns('core', 'instruction', 'opcode', 'tag', 'start', 'end', 'born')
  /** Each follows the instruction it was waited in: `slice` is that one's row. */
  readonly waits = new Columns('slice', 'start', 'reason', 'culprit', 'culpritTag', 'cycles')
  /** Trains, one a destination: from when their marker was handed over until the last addition. */
  readonly trains = new Columns('source', 'sentAt', 'core', 'takenAt')
  readonly transfers = new Columns('core', 'tag', 'bytes', 'isWrite', 'start', 'end')
  /** Stretches between samples in which a router port sent flits. */
  readonly ports = new Columns('port', 'start', 'end', 'flits')
  readonly samples = new Columns('cycle', 'flitsInFlight', 'flitsQueued', 'eventsQueued')
  private readonly follower = new Follower()
  private readonly waiting = new Map<number, Wait[]>() // by core, in the instruction in progress
  private before = 0 // cycles of parts of the run that are over
  private sampledAt = 0
  private portFlits = new Float64Array(0)
  private rows = 0
  private left = 0

  constructor({ fromCycle = 0, toCycle = Infinity, most = MOST_ROWS }: TraceLimits = {}) {
    this.limits = { fromCycle, toCycle, most }
  }

  /** Rows recorded. */
  get length(): number {
    return this.rows
  }

  /** Rows left out: outside the window, or beyond the most. */
  get leftOut(): number {
    return this.left
  }

  /** What was cut, in a sentence; '' where nothing was. */
  get cut(): string {
    if (this.left === 0) return ''
    const { fromCycle, toCycle, most } = this.limits
    const window = toCycle === Infinity && fromCycle === 0 ? '' : `cycles ${fromCycle} to ${toCycle}, `
    return `${this.left} rows are left out (kept: ${window}at most ${most})`
  }

  begin(tags: readonly Tag[], roles: readonly (readonly string[])[], machine: Machine, cyclesBefore: number): void {
    this.tags = tags
    this.roles = roles
    this.machine = machine
    this.before = cyclesBefore
    // A part is over with its last logits; what its machine still did then would lie on what the next part does.
    for (const rows of [this.instructions, this.ports, this.transfers] as Columns<'start' | 'end'>[]) rows.clip(cyclesBefore, 'start', 'end')
    this.trains.clip(cyclesBefore, 'sentAt', 'takenAt')
    this.samples.clip(cyclesBefore, 'cycle')
    this.sampledAt = cyclesBefore
    this.portFlits = new Float64Array(0)
    this.waiting.clear()
    this.follower.begin(machine.hostEndpoint, cyclesBefore)
  }

  executed(core: number, instruction: number, opcode: number, tag: number, startCycle: number, endCycle: number): void {
    const start = startCycle + this.before
    const end = endCycle + this.before
    const taking = this.machine?.takes(core, instruction)
    const taken = taking === undefined ? [] : this.follower.take(core, taking.semaphore, taking.count)
    const waits = this.waiting.get(core) ?? []
    this.waiting.delete(core)
    if (!this.keep(start, end)) return
    const slice = this.instructions.push({ core, instruction, opcode, tag, start, end, born: this.follower.born(core) })
    this.addWaits(slice, start, waits)
    if (taking?.semaphore !== -1) return
    for (const { source, sentAt } of taken) if (this.keep(sentAt, end)) this.trains.push({ source, sentAt, core, takenAt: end })
  }

  /** Waits lie at the beginning of their instruction, one behind the other: what a CONSUME waited between events is drawn there too. */
  private addWaits(slice: number, start: number, waits: readonly Wait[]): void {
    let at = start
    for (const { cycles, ...wait } of waits) {
      if (!this.keep(at, at + cycles)) continue
      this.waits.push({ slice, start: at, cycles, ...wait })
      at += cycles
    }
  }

  waited(core: number, reason: number, culprit: number, culpritTag: number, cycles: number): void {
    const wait = { reason, culprit, culpritTag, cycles }
    const waits = this.waiting.get(core)
    if (waits === undefined) this.waiting.set(core, [wait])
    else waits.push(wait)
  }

  sent(packet: number, source: number, cycle: number): void {
    this.follower.sent(packet, source, cycle + this.before)
  }

  delivered({ packet, endpoint, endsTrain, semaphore }: { packet: number; endpoint: number; endsTrain: boolean; semaphore: number }): void {
    if (endsTrain || semaphore >= 0) this.follower.delivered(packet, endpoint, endsTrain ? -1 : semaphore)
  }

  transferred({ core, tag, bytes, isWrite, startCycle, endCycle }: Transfer): void {
    const start = startCycle + this.before
    const end = endCycle + this.before
    if (this.keep(start, end)) this.transfers.push({ core, tag, bytes, isWrite: Number(isWrite), start, end })
  }

  sampled({ cycle, flitsInFlight, flitsQueued, eventsQueued, portFlits }: Sample): void {
    const end = cycle + this.before
    if (end <= this.sampledAt) return
    const start = this.sampledAt
    this.sampledAt = end
    if (this.inWindow(start, end)) this.samples.push({ cycle: end, flitsInFlight, flitsQueued, eventsQueued })
    for (let port = 0; port < portFlits.length; port++) {
      const flits = portFlits[port]! - (this.portFlits[port] ?? 0)
      if (flits > 0 && this.keep(start, end)) this.ports.push({ port, start, end, flits })
    }
    this.portFlits = portFlits.slice()
  }

  /** Whether cycles touch the window. */
  inWindow(start: number, end: number): boolean {
    return end >= this.limits.fromCycle && start <= this.limits.toCycle
  }

  private keep(start: number, end: number): boolean {
    if (this.inWindow(start, end) && this.rows < this.limits.most) {
      this.rows++
      return true
    }
    this.left++
    return false
  }
}
