import { ACTION_INDEX } from '../../isa/actions.js'
import type { Core } from './core.js'

const WEIGHT_WRITE = ACTION_INDEX.weightWordWrite

/**
 * Weight rows on demand: a streamed tile stays in external memory, and each spike's row is fetched when its
 * event is in the FIFO, so a silent input moves nothing. Memory moves whole bursts.
 *
 * Rows that go `through` leave nothing behind but the bursts of the row asked for last: a row that shares a burst with
 * the row before gets it from there, and a burst is spared only if none of its rows has a spike. A row that comes again
 * later, in the next time step or because packets overtook each other, is fetched again.
 *
 * Rows that are `kept` fill the tile's place in weight SRAM burst by burst, and a burst moves once until WLOAD opens
 * the place anew: the tokens of a batch share it.
 */
export class RowStream {
  isActive = false
  private keeps = false
  private readonly held: (Uint32Array | undefined)[] // by entry that is kept: one bit for each burst in weight SRAM
  private table = -1
  private requested = 0 // events at the FIFO's head whose rows were asked for
  private readonly arrivals: Float64Array // ring: cycle at which each of them is there
  private head = 0
  private rowBytes = 0
  private burstBytes = 1
  private firstHeld = 0 // bursts of the row asked for last
  private lastHeld = -1

  constructor(fifoEvents: number, entries: number) {
    this.arrivals = new Float64Array(fifoEvents)
    this.held = Array.from({ length: entries })
  }

  /** Forgets the rows kept of an entry: its place is empty. */
  open(table: number): void {
    this.held[table]?.fill(0)
  }

  /** A CONSUME begins; events that wait already are asked for. */
  begin(core: Core, table: number): void {
    const { streamed, tile } = core.image.axonTable[table]!
    this.isActive = streamed !== undefined
    if (!this.isActive) return
    this.keeps = streamed === 'kept'
    this.table = table
    this.requested = 0
    this.firstHeld = 0
    this.lastHeld = -1
    this.rowBytes = (core.adders.rowWords[table]! * core.spec.weightBankBits) / 8
    this.burstBytes = core.ports.burstBytes(1)
    if (this.keeps) this.held[table] ??= new Uint32Array(Math.ceil((this.rowBytes * tile.inputs) / this.burstBytes / 32) + 1)
    this.request(core)
  }

  /** Asks for the rows of events that arrived since; called when a flit brought events and before one is taken. */
  request(core: Core): void {
    while (this.requested < core.fifo.count && this.requested < this.arrivals.length) {
      const at = (this.head + this.requested) % this.arrivals.length
      this.arrivals[at] = this.fetch(core, core.fifo.axonAt(this.requested))
      this.requested++
    }
  }

  /** Cycle at which the row of an event is there that stands `behind` places behind the FIFO's head. Law: it was asked for. */
  arrivalOf(behind: number): number {
    let at = this.head + behind
    if (at >= this.arrivals.length) at -= this.arrivals.length
    return this.arrivals[at]!
  }

  /** Events were taken from the FIFO's head. */
  taken(events: number): void {
    this.head = (this.head + events) % this.arrivals.length
    this.requested -= events
  }

  /** True if events wait behind those whose rows can be asked for: the next is asked for when one is taken. */
  isBehind(core: Core): boolean {
    return core.fifo.count > this.arrivals.length
  }

  /** Fetches what is missing of a row; returns the cycle at which its last burst is there. */
  private fetch(core: Core, axon: number): number {
    const first = Math.floor((axon * this.rowBytes) / this.burstBytes)
    const last = Math.floor(((axon + 1) * this.rowBytes - 1) / this.burstBytes)
    const missing = this.keeps ? this.keep(first, last) : this.pass(first, last)
    const words = this.keeps ? (missing * this.burstBytes * 8) / core.spec.weightBankBits : core.adders.rowWords[this.table]!
    core.count(WEIGHT_WRITE, words)
    if (missing === 0) return core.ports.now() // what is still on its way, an event before this one waits for
    const bytes = missing * this.burstBytes
    return core.ports.transfer({
      core: core.id, tag: core.tag, region: this.table, offset: first * this.burstBytes, bytes, isWrite: false,
    })
  }

  /** Bursts missing of a row that goes through, which becomes the one asked for last. */
  private pass(first: number, last: number): number {
    const held = Math.max(0, Math.min(last, this.lastHeld) - Math.max(first, this.firstHeld) + 1)
    this.firstHeld = first
    this.lastHeld = last
    return last - first + 1 - held
  }

  /** Bursts missing of a row that is kept, all of which are held from now on. */
  private keep(first: number, last: number): number {
    const held = this.held[this.table]!
    let missing = 0
    for (let burst = first; burst <= last; burst++) {
      const bit = 1 << (burst & 31)
      if ((held[burst >>> 5]! & bit) !== 0) continue
      held[burst >>> 5]! |= bit
      missing++
    }
    return missing
  }
}
