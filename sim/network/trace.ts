import { didYouMean, InputError } from '../errors.js'
import type { NetworkConfig } from './config.js'
import { Histogram } from './histogram.js'
import { Network } from './network.js'
import { PacketLog, type PacketRecord } from './packet-log.js'

/** One packet of a trace. */
export interface TracePacket {
  readonly line: number
  /** Not created before this cycle, and not before the cycle after the packets in `after` were delivered. */
  readonly cycle: number
  readonly source: number
  readonly destinations: readonly number[]
  readonly flits: number
  readonly id: string
  readonly after: readonly string[]
}

const COLUMNS = ['cycle', 'source', 'destinations', 'flits', 'id', 'after'] as const
const REQUIRED = 4

/** Least and most of each column. Cycles are counted exactly in 64-bit floats; that leaves room for the run after the last. */
const LIMITS = { cycle: [0, 2 ** 52], source: [0, 2 ** 20], destinations: [0, 2 ** 20], flits: [1, 65535] } as const

/** A whole number in decimal digits, within a column's limits. */
function integer(text: string, where: string, column: keyof typeof LIMITS): number {
  const [min, max] = LIMITS[column]
  if (/^\d{1,17}$/.test(text) && Number(text) >= min && Number(text) <= max) return Number(text)
  const nearest = /^[+-]?\d+(\.\d+)?$/.test(text) ? `; nearest is ${Math.min(max, Math.max(min, Math.round(Number(text))))}` : ''
  throw new InputError(`${where}: ${column} = '${text}' is not an integer from ${min} to ${max}${nearest}`)
}

function checkHeader(header: readonly string[], where: string): void {
  for (const name of header) {
    if (!COLUMNS.some((column) => column === name)) {
      throw new InputError(`${where}: no trace column '${name}'.${didYouMean(name, COLUMNS)} Columns: ${COLUMNS.join(', ')}`)
    }
  }
  const missing = COLUMNS.slice(0, REQUIRED).find((column) => !header.includes(column))
  if (missing) throw new InputError(`${where}: the trace's header line lacks the column '${missing}'`)
}

/**
 * Reads a trace: CSV with a header line naming `cycle,source,destinations,flits` and optionally `id,after`;
 * destinations and the ids in `after` are separated by spaces. Empty lines and lines that start with # are skipped.
 * @throws InputError naming file, line and column
 */
export function parseTrace(text: string, file: string): TracePacket[] {
  let header: string[] | undefined
  const packets: TracePacket[] = []
  const ids = new Map<string, number>()
  text.split(/\r?\n/).forEach((content, index) => {
    const line = index + 1
    if (content.trim() === '' || content.startsWith('#')) return
    const cells = content.split(',').map((cell) => cell.trim())
    if (!header) {
      checkHeader(cells, `${file}:${line}`)
      header = cells
      return
    }
    const cell = (name: string): string => cells[header!.indexOf(name)] ?? ''
    const where = `${file}:${line}`
    if (cells.length > header.length) throw new InputError(`${where}: ${cells.length} cells, the header has ${header.length}`)
    const id = cell('id') === '' ? `line ${line}` : cell('id')
    if (ids.has(id)) throw new InputError(`${where}: id '${id}' was used in line ${ids.get(id)} already`)
    ids.set(id, line)
    packets.push({
      line, id,
      cycle: integer(cell('cycle'), where, 'cycle'),
      source: integer(cell('source'), where, 'source'),
      destinations: cell('destinations').split(/[ ;]+/).filter((t) => t !== '').map((t) => integer(t, where, 'destinations')),
      flits: integer(cell('flits'), where, 'flits'),
      after: cell('after').split(/[ ;]+/).filter((t) => t !== ''),
    })
  })
  if (packets.length === 0) throw new InputError(`${file}: the trace has no packets${header ? ', only a header line' : ''}; a line such as 0,0,5,1 is one`)
  for (const packet of packets) {
    const unknown = packet.after.find((id) => !ids.has(id))
    if (unknown === undefined) continue
    throw new InputError(`${file}:${packet.line}: after names '${unknown}', which no packet has as its id.${didYouMean(unknown, ids.keys())}`)
  }
  return packets
}

/** A packet's record under its name in the trace; `packet` is the network's id, which is used again later. */
export interface LoggedPacket extends PacketRecord {
  readonly id: string
  readonly destinations: readonly number[]
}

export interface Replay {
  readonly latency: Histogram
  readonly networkLatency: Histogram
  readonly packets: number
  readonly deliveredFlits: number
  readonly flitHops: number
  /** Cycle of the last delivery, plus one. */
  readonly cycles: number
  readonly network: Network
  /** One record per logged packet, in order of creation. */
  readonly log: readonly LoggedPacket[]
}

export interface ReplayOptions {
  readonly seed: number
  /** Name of the trace, for messages. */
  readonly file: string
  /** Packets that are logged, the first of the trace; 0 by default. */
  readonly logPackets?: number
}

class Replaying {
  private readonly network: Network
  private readonly packets: readonly TracePacket[]
  private readonly file: string
  private readonly log: PacketLog | undefined
  private readonly blockers: Int32Array
  private readonly dependents = new Map<string, number[]>()
  private readonly ready = new Map<number, number[]>()
  private readonly readyCycles: number[] = []
  private readonly live = new Map<number, { index: number, created: number, injected: number, left: number }>()
  private readonly logged: { record: PacketRecord, packet: TracePacket }[] = []
  private readonly sets = new Map<string, number>()
  private readonly latency = new Histogram()
  private readonly networkLatency = new Histogram()
  private deliveredFlits = 0
  private made = 0

  private readonly logPackets: number

  constructor(config: NetworkConfig, packets: readonly TracePacket[], { seed, file, logPackets = 0 }: ReplayOptions) {
    this.logPackets = logPackets
    this.network = new Network(config, seed)
    this.packets = packets
    this.file = file
    this.log = logPackets > 0 ? new PacketLog(this.network) : undefined
    this.blockers = Int32Array.from(packets, (packet) => new Set(packet.after).size)
    packets.forEach((packet, index) => {
      for (const id of new Set(packet.after)) this.dependents.set(id, [...this.dependents.get(id) ?? [], index])
      if (packet.after.length === 0) this.schedule(index, packet.cycle)
    })
  }

  private schedule(index: number, cycle: number): void {
    const waiting = this.ready.get(cycle)
    if (waiting) {
      waiting.push(index)
      return
    }
    this.ready.set(cycle, [index])
    // Kept sorted, latest first; traces come nearly in order, so the insertion is short.
    let at = this.readyCycles.length
    while (at > 0 && this.readyCycles[at - 1]! < cycle) at--
    this.readyCycles.splice(at, 0, cycle)
  }

  private setOf(packet: TracePacket): number {
    const key = `${packet.source}:${packet.destinations.join(' ')}`
    let set = this.sets.get(key)
    if (set === undefined) this.sets.set(key, set = this.network.destinations(packet.source, packet.destinations))
    return set
  }

  private make(index: number): void {
    const packet = this.packets[index]!
    const { network } = this
    let id: number
    try {
      id = network.enqueue(packet.source, this.setOf(packet), packet.flits, 0)
    } catch (error) {
      if (error instanceof InputError) throw new InputError(`${this.file}:${packet.line}: ${error.message}`)
      throw error
    }
    this.made++
    this.live.set(id, { index, created: network.cycle, injected: -1, left: packet.destinations.length })
    if (this.log && this.logged.length < this.logPackets) {
      this.logged.push({ record: this.log.created(id, packet.source, packet.flits, network.cycle), packet })
    } else this.log?.skipped()
  }

  private step(): void {
    const { network } = this
    network.step()
    this.log?.afterStep()
    const now = network.cycle - 1
    for (let i = 0; i < network.injectedCount; i++) {
      const live = this.live.get(network.injectedPacket[i]!)!
      if (live.injected < 0) live.injected = now
    }
    this.deliveredFlits += network.deliveredCount
    for (let i = 0; i < network.deliveredCount; i++) {
      const id = network.deliveredPacket[i]!
      const live = this.live.get(id)!
      const packet = this.packets[live.index]!
      if (network.deliveredFlit[i] !== packet.flits - 1) continue
      this.latency.add(now - live.created)
      this.networkLatency.add(now - live.injected)
      if (--live.left > 0) continue
      this.live.delete(id)
      this.log?.forget(id)
      for (const dependent of this.dependents.get(packet.id) ?? []) {
        if (--this.blockers[dependent]! === 0) this.schedule(dependent, Math.max(this.packets[dependent]!.cycle, now + 1))
      }
    }
  }

  run(): Replay {
    const { network } = this
    while (network.busy || this.readyCycles.length > 0) {
      const next = this.readyCycles.at(-1)
      if (!network.busy && next !== undefined && next > network.cycle) network.skipTo(next)
      if (next !== undefined && next <= network.cycle) {
        this.readyCycles.pop()
        const due = this.ready.get(next)!
        this.ready.delete(next)
        for (const index of due) this.make(index)
      }
      this.step()
    }
    if (this.made < this.packets.length) this.refuseCycle()
    return {
      latency: this.latency, networkLatency: this.networkLatency, packets: this.made, deliveredFlits: this.deliveredFlits,
      flitHops: network.flitHops, cycles: network.cycle, network,
      log: this.logged.map(({ record, packet }) => ({ id: packet.id, destinations: packet.destinations, ...record })),
    }
  }

  private refuseCycle(): never {
    const stuck = this.packets.filter((_, index) => this.blockers[index]! > 0)
    const named = stuck.slice(0, 3).map((packet) => `'${packet.id}' (line ${packet.line})`).join(', ')
    throw new InputError(`${this.file}: packets wait for each other through 'after': ${named}${stuck.length > 3 ? ' ...' : ''}`)
  }
}

/**
 * Replays a trace to the end. A packet with dependencies is created in its cycle, or in the cycle after the last of
 * them was delivered everywhere, whichever is later.
 * @throws InputError when an endpoint does not exist or packets depend on each other in a circle
 */
export function replay(
  config: NetworkConfig, packets: readonly TracePacket[], options: ReplayOptions,
): Replay {
  return new Replaying(config, packets, options).run()
}
