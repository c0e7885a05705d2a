import { ACTION_COUNT, ACTION_INDEX } from '../../isa/actions.js'
import { NO_ENDPOINT } from '../component.js'
import type { Component, ComponentReport, MemoryReport } from '../component.js'
import type { ChipSpec } from '../config/chip-spec.js'
import { systemColumns, systemRows } from '../config/size.js'
import { rowWords } from '../config/weight-rows.js'
import { SimulationError } from '../errors.js'
import type { Transfer } from '../core/ports.js'
import type { MachineImage } from '../image.js'
import { MemoryNetwork } from '../memory/memory-network.js'
import { Memory } from '../memory/memory.js'
import { memoryLinkBytes, memoryPortTiles } from '../memory/ports.js'

const DRAM_BIT = ACTION_INDEX.dramBit
const DRAM_ACTIVATE = ACTION_INDEX.dramActivate
const MEMORY_HOP = ACTION_INDEX.memoryFlitHop
const MEMORY_LINK = ACTION_INDEX.memoryLinkFlit

/** An address, a length and a tile. */
const REQUEST_BITS = 32
/** Bytes of a page that the price of a bit already opens. */
const PRICED_PAGE_BYTES = 1024
/** Regions begin at multiples of this. */
const REGION_BYTES = 4096

/**
 * External memory: its channels, and the way between them and the cores. Each interleaved stripe of a transfer is a
 * packet between the port of its channel and the core's tile; reads send a request of one flit first. With `memory.timing:
 * flat` it is one channel with a latency and a bandwidth; with `memory.delivery: ideal` the way costs nothing.
 *
 * To the chip it is a component that is never stepped: a transfer is reserved whole when it is asked for, on calendars of links
 * and channels, so it holds nothing between two cycles.
 */
export class Dram implements Component {
  readonly id: number
  readonly endpoint = NO_ENDPOINT
  readonly name = 'external memory'
  readonly isDone = true
  private readonly spec: ChipSpec
  private readonly cyclesPerNs: number
  private readonly bytesPerCycle: number
  private readonly latencyCycles: number
  private freeAt = 0
  private readonly memory: Memory | undefined
  private readonly network: MemoryNetwork | undefined
  private readonly ports: readonly number[]
  private readonly regions: readonly Float64Array[] // by core: where its tiles and buffers begin
  private flatBytes = 0

  /** @param id its place among the components */
  constructor(id: number, spec: ChipSpec, image: MachineImage) {
    this.id = id
    const { dram, memory } = spec
    this.spec = spec
    this.cyclesPerNs = spec.clockMHz / 1000
    this.bytesPerCycle = (dram.gigabytesPerSecond * 1000) / spec.clockMHz
    this.latencyCycles = Math.ceil(dram.latencyNs * this.cyclesPerNs)
    this.memory = dram.kind === 'none' || memory.timing === 'flat' ? undefined : new Memory({
      kind: dram.kind, gigabytesPerSecond: dram.gigabytesPerSecond, interleaveBytes: memory.interleaveBytes,
      windowBursts: memory.windowBursts, latencyNs: dram.latencyNs,
    })
    this.network = dram.kind === 'none' || memory.delivery === 'ideal' ? undefined
      : new MemoryNetwork(systemColumns(spec), systemRows(spec), spec.network.hopCycles)
    this.ports = memoryPortTiles(spec)
    this.regions = regionsOf(image, spec.core)
  }

  /** Bytes that a transfer moves: whole bursts. */
  burstBytes(bytes: number): number {
    return Math.ceil(bytes / this.spec.dram.burstBytes) * this.spec.dram.burstBytes
  }

  /** Queues a transfer of whole bursts; returns the cycle at which its last byte is there, and counts what it takes. */
  transfer(now: number, asked: Transfer, counts: Float64Array): number {
    if (this.spec.dram.kind === 'none') {
      throw new SimulationError('the program loads weights, but the chip has no external memory (dram.kind: none)')
    }
    const bytes = this.burstBytes(asked.bytes)
    const base = asked.tag * ACTION_COUNT
    counts[base + DRAM_BIT]! += 8 * bytes
    const { memory, network } = this
    const before = { activates: memory?.activates ?? 0, hops: network?.hops ?? 0, links: network?.linkFlits ?? 0 }
    const done = network === undefined ? this.access(now, this.addressOf(asked), bytes) : this.deliver(now, asked, bytes, network)
    counts[base + DRAM_ACTIVATE]! += Math.max(0, (memory?.activates ?? 0) - before.activates - bytes / PRICED_PAGE_BYTES)
    counts[base + MEMORY_HOP]! += (network?.hops ?? 0) - before.hops
    counts[base + MEMORY_LINK]! += (network?.linkFlits ?? 0) - before.links
    return Math.ceil(done)
  }

  private addressOf({ core, region, offset }: Transfer): number {
    return this.regions[core]![region]! + offset
  }

  /** Stripes between their ports and the core's tile, each on its own way. */
  private deliver(now: number, asked: Transfer, bytes: number, network: MemoryNetwork): number {
    const { interleaveBytes } = this.spec.memory
    const tile = Math.floor(asked.core / this.spec.grid.coresPerTile)
    const linkBytes = memoryLinkBytes(this.spec)
    const first = this.addressOf(asked)
    let done = now
    for (let at = first; at < first + bytes;) {
      const stripe = Math.floor(at / interleaveBytes)
      const length = Math.min(first + bytes - at, interleaveBytes - (at % interleaveBytes))
      const port = this.ports[this.channelOf(stripe) % this.ports.length]!
      const flits = Math.ceil(length / linkBytes)
      if (asked.isWrite) {
        done = Math.max(done, this.access(network.send(now, now, [tile, port], flits + 1), at, length))
      } else {
        const requested = network.send(now, now, [tile, port], 1, REQUEST_BITS / this.spec.memory.linkBits)
        done = Math.max(done, network.send(now, this.access(requested, at, length), [port, tile], flits))
      }
      at += length
    }
    return done
  }

  private channelOf(stripe: number): number {
    return stripe % (this.memory?.channels.length ?? this.ports.length)
  }

  /** When the last byte of an access has left memory, cycles. */
  private access(now: number, address: number, bytes: number): number {
    if (this.memory !== undefined) return this.memory.transfer(now / this.cyclesPerNs, address, bytes) * this.cyclesPerNs
    this.freeAt = Math.max(now + this.latencyCycles, this.freeAt) + bytes / this.bytesPerCycle
    this.flatBytes += bytes
    return this.freeAt
  }

  step(): void {
    // Nothing is ever due.
  }

  receive(): boolean {
    throw new SimulationError('a packet reached external memory, which has no endpoint')
  }

  injected(): void {
    // It sends nothing through the spikes' network.
  }

  passBarrier(): void {
    // It waits at none.
  }

  settle(): number {
    return -1
  }

  waitingFor(): undefined {
    return undefined
  }

  increments(): boolean {
    return false
  }

  /** What it did so far; undefined where there is none. */
  report(): ComponentReport | undefined {
    return this.spec.dram.kind === 'none' ? undefined : { memory: this.counts() }
  }

  private counts(): MemoryReport {
    if (this.memory === undefined) {
      return { rowHits: 0, rowConflicts: 0, busyCycles: this.flatBytes / this.bytesPerCycle, channels: 1, refreshesPerMicrosecond: 0 }
    }
    const { rowHits, rowConflicts, busyNs } = this.memory.counts()
    return {
      rowHits, rowConflicts, busyCycles: busyNs * this.cyclesPerNs, channels: this.memory.channels.length,
      refreshesPerMicrosecond: this.memory.refreshesPerMicrosecond,
    }
  }
}

/** Where each core's tiles and buffers begin in external memory: one behind the other, each on a page of its own. */
function regionsOf(image: MachineImage, core: ChipSpec['core']): Float64Array[] {
  let next = 0
  const reserve = (bytes: number): number => {
    const at = next
    next += Math.ceil(bytes / REGION_BYTES) * REGION_BYTES
    return at
  }
  return image.cores.map(({ axonTable, external = [] }) => Float64Array.from([
    ...axonTable.map(({ tile }) => reserve((rowWords(core, tile.outputs, tile.bits) * core.weightBankBits * tile.inputs) / 8)),
    ...external.map(({ words }) => reserve(4 * words)),
  ]))
}
