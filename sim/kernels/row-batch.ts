import type { RowKernels } from './rows.js'
import type { WasmMemory } from './webassembly.js'

/** Events one call of a kernel takes at most: 16-bit sums hold 7 times as many, and their rows' blocks fit a cache. */
export const MOST_PENDING = 128
/** Bytes of a waiting event: two 32-bit words. */
export const EVENT_BYTES = 8
/** Bytes of the products of one length: 16 nibbles. */
export const PRODUCT_BYTES = 16

/** Longest event of a packed row: the products of two events fit a byte. */
const LONGEST_PACKED = 7
/** Longest event of a byte row: a 16-bit factor. */
const LONGEST_BYTE = 32767

/** Where a tile's rows lie: block by block, in a block row by row. */
export interface RowLayout {
  /** Byte address of row 0's first block. */
  readonly address: number
  /** Bytes of a row in one block. */
  readonly rowBytes: number
  /** Blocks of a row: 64 weights packed, 16 otherwise. */
  readonly blocks: number
  /** Bytes of a block of all rows. */
  readonly blockBytes: number
  /** Two weights to a byte. */
  readonly isPacked: boolean
}

/**
 * One core's accumulators and the events that wait to be added to them. Integer sums do not depend on their order or
 * time, so events gather until somebody looks: a whole train is one call.
 */
export class RowBatch {
  private readonly sums: Int32Array
  private readonly kernels: RowKernels
  private readonly events: Int32Array // row address and length (or address of its products) by turns
  private readonly eventsAddress: number
  private readonly sumsAddress: number
  private readonly entries: readonly (RowLayout & { readonly accumulator: number })[]
  private pending = 0
  private spikes = 0 // of the events that wait
  private table = -1 // their axon table entry, and what of it each event needs:
  private firstRow = 0
  private rowBytes = 0
  private isPacked = false

  /** @param address of the core's events; its accumulators follow them */
  constructor(
    memory: WasmMemory, kernels: RowKernels, address: number, accumulators: number,
    entries: readonly (RowLayout & { readonly accumulator: number })[],
  ) {
    this.kernels = kernels
    this.eventsAddress = address
    this.sumsAddress = address + (MOST_PENDING + 1) * EVENT_BYTES
    this.events = new Int32Array(memory.buffer, address, (MOST_PENDING + 1) * 2)
    this.sums = new Int32Array(memory.buffer, this.sumsAddress, accumulators)
    this.entries = entries
  }

  /** The accumulators, with all events added. */
  accumulators(): Int32Array {
    if (this.pending > 0) this.flush()
    return this.sums
  }

  /** Lets `length` times row `axon` of an axon table entry be added. */
  add(table: number, axon: number, length: number): void {
    if (table !== this.table) this.turnTo(table)
    const row = this.firstRow + axon * this.rowBytes
    if (!this.isPacked) this.queueParts(row, length, LONGEST_BYTE)
    else if (length >= -LONGEST_PACKED && length <= LONGEST_PACKED) this.queue(row, length)
    else this.queueParts(row, length, LONGEST_PACKED)
  }

  /** As `add`, for the events of a ring from place `first` to before `end`: the loop that a whole train runs through. */
  addAll(table: number, axons: Int32Array, lengths: Int32Array, first: number, end: number): void {
    if (table !== this.table) this.turnTo(table)
    for (let place = first; place < end;) {
      place = this.isPacked ? this.queueShort(axons, lengths, place, end) : place
      if (place === end) return
      if (this.pending === MOST_PENDING) this.flush()
      else this.add(table, axons[place]!, lengths[place++]!)
    }
  }

  /** Queues events as long as they are short and there is room; returns the place of the first it did not queue. */
  private queueShort(axons: Int32Array, lengths: Int32Array, first: number, end: number): number {
    const { events, firstRow, rowBytes } = this
    let { pending, spikes } = this
    let place = first
    for (; place < end && pending < MOST_PENDING; place++, pending++) {
      const length = lengths[place]!
      const size = length < 0 ? -length : length
      if (size > LONGEST_PACKED) break
      events[2 * pending] = firstRow + axons[place]! * rowBytes
      events[2 * pending + 1] = (length + LONGEST_PACKED) * PRODUCT_BYTES
      spikes += size
    }
    this.pending = pending
    this.spikes = spikes
    return place
  }

  private turnTo(table: number): void {
    if (this.pending > 0) this.flush()
    const { address, rowBytes, isPacked } = this.entries[table]!
    this.table = table
    this.firstRow = address
    this.rowBytes = rowBytes
    this.isPacked = isPacked
  }

  private queueParts(row: number, length: number, longest: number): void {
    let left = length
    for (; left > longest; left -= longest) this.queue(row, longest)
    for (; left < -longest; left += longest) this.queue(row, -longest)
    if (left !== 0) this.queue(row, left)
  }

  private queue(row: number, length: number): void {
    if (this.pending === MOST_PENDING) this.flush()
    const at = 2 * this.pending++
    this.events[at] = row
    this.events[at + 1] = this.isPacked ? (length + LONGEST_PACKED) * PRODUCT_BYTES : length
    this.spikes += length < 0 ? -length : length
  }

  private flush(): void {
    const { kernels, eventsAddress, isPacked } = this
    if ((this.pending & 1) === 1) {
      const at = 2 * this.pending
      this.events[at] = this.events[at - 2]!
      this.events[at + 1] = isPacked ? LONGEST_PACKED * PRODUCT_BYTES : 0
    }
    const pairs = (this.pending + 1) >> 1
    const { accumulator, blocks, blockBytes } = this.entries[this.table]!
    const sum = this.sumsAddress + 4 * accumulator
    if (isPacked) kernels.addPackedRows(eventsAddress, pairs, sum, blocks, blockBytes, 8 * this.spikes)
    else kernels.addByteRows(eventsAddress, pairs, sum, blocks, blockBytes)
    this.pending = this.spikes = 0
  }
}
