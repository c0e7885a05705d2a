import type { AxonTableEntry } from '../image.js'
import type { RowBatch } from '../kernels/row-batch.js'
import type { ChipSpec } from '../config/chip-spec.js'
import { rowWords } from '../config/weight-rows.js'
import type { EventRings } from './fifo.js'
import { coreKind } from './kinds.js'
import type { CoreKind, Operation } from './kinds.js'
import { SparseRows } from './sparse-rows.js'

/**
 * The adder array: signed lanes that add or subtract a weight row into the accumulators. Cycle law of
 * one event of n spikes on a row of `outputs` weights:
 *   passes = ceil(outputs / lanes); reads = ceil(bank words of the row / banks)
 *   row read once a train:   max(reads, n * passes)
 *   row read for each spike: n * max(reads, passes)
 * Results come from plain code, or from kernels that add many events at a time: the same bits, in fewer steps.
 * Benchmark: bench/core.ts.
 */
export class AdderArray {
  /** Bank words of one weight row, by axon table entry. */
  readonly rowWords: Int32Array
  /** What one event costs each output, by axon table entry. */
  readonly operations: readonly Operation[]
  /** What rows hold that is not zero; absent where zero weights are paid like others. */
  readonly sparse: SparseRows | undefined
  /** First accumulator found past its width by the last `add` or `settle` in trap mode. */
  overflowed = -1
  /** Sums of trains that did not fit and were saturated, so far. */
  saturations = 0

  private readonly sums: Int32Array // with `batch`, without the events that wait there
  private readonly batch: RowBatch | undefined
  private readonly entries: readonly AxonTableEntry[]
  private readonly least: Int32Array // cycles an event takes at least, by entry
  private readonly perSpike: Int32Array // and for each of its spikes
  private readonly rereads: boolean
  private readonly traps: boolean
  private readonly max: number
  private readonly min: number
  /** No accumulator's magnitude exceeds this: while it fits the width, additions need no check. */
  private bound = 0

  /**
   * @param batch the core's weights and accumulators in a kernel memory; without one, plain code adds
   * @param kind what the array does with events; default the chip's
   */
  constructor(spec: ChipSpec['core'], entries: readonly AxonTableEntry[], batch?: RowBatch, kind: CoreKind = coreKind(spec.kind)) {
    this.operations = entries.map((entry) => kind.operationOf(entry))
    this.entries = entries
    this.batch = batch
    this.sums = batch?.accumulators() ?? new Int32Array(spec.accumulators)
    this.rowWords = Int32Array.from(entries, ({ tile }) => rowWords(spec, tile.outputs, tile.bits))
    this.rereads = spec.weightReuse === 'per-spike'
    const passes = Int32Array.from(entries, ({ tile }) => Math.ceil(tile.outputs / spec.lanes))
    const reads = this.rowWords.map((words) => Math.ceil(words / spec.weightBanks))
    this.least = this.rereads ? new Int32Array(entries.length) : reads
    this.perSpike = this.rereads ? passes.map((cycles, table) => Math.max(cycles, reads[table]!)) : passes
    // What gathered events take when their train is over is booked at its end (kinds.ts).
    const waits = entries.map((entry) => kind.gathers?.(entry) === true)
    waits.forEach((isGathered, table) => {
      if (isGathered) this.least[table] = this.perSpike[table] = 1
    })
    this.sparse = spec.zeroWeights === 'paid' ? undefined : new SparseRows(spec, entries, this.rowWords, waits)
    this.traps = spec.overflow === 'trap'
    this.max = 2 ** (spec.accumulatorBits - 1) - 1
    this.min = -(2 ** (spec.accumulatorBits - 1))
  }

  /** The accumulators, with every event added. */
  get accumulators(): Int32Array {
    return this.batch === undefined ? this.sums : this.batch.accumulators()
  }

  /** Sets accumulators [first, first + length) to 0. */
  clear(first: number, length: number): void {
    const sums = this.accumulators
    sums.fill(0, first, first + length)
    this.bound = Math.max(largest(sums, 0, first), largest(sums, first + length, sums.length))
  }

  /** Adds what an entry's trains start from (a binary train's correction). */
  preload(table: number, preload: Int32Array): void {
    const sums = this.accumulators
    const first = this.entries[table]!.accumulator
    let largest = 0
    for (let j = 0; j < preload.length; j++) {
      sums[first + j]! += preload[j]!
      if (Math.abs(preload[j]!) > largest) largest = Math.abs(preload[j]!)
    }
    this.bound += largest
  }

  /** Row reads that `events` events of `spikes` spikes together cost. */
  rowReads(events: number, spikes: number): number {
    return this.rereads ? spikes : events
  }

  /** Magnitude of events that an entry's accumulators certainly take without passing their width. */
  room(table: number): number {
    const { weights, limit } = this.entries[table]!.tile
    return weights.length === 0 || !this.traps ? Infinity : (this.max - this.bound) / reachOf(limit)
  }

  /**
   * Adds events of a FIFO: `events` of them from place `first` of the rings. Law: their magnitude is within `room`.
   * @param magnitude sum of their lengths' magnitudes
   */
  addAll(table: number, rings: EventRings, first: number, events: number, magnitude: number): void {
    const entry = this.entries[table]!
    const { limit, weights } = entry.tile
    if (weights.length === 0) return // a shape: nothing to add
    const { axons, lengths } = rings
    const end = Math.min(first + events, axons.length)
    this.addRange(table, axons, lengths, first, end)
    if (first + events > end) this.addRange(table, axons, lengths, 0, first + events - end)
    this.bound += magnitude * reachOf(limit)
  }

  private addRange(table: number, axons: Int32Array, lengths: Int32Array, first: number, end: number): void {
    if (this.batch !== undefined) this.batch.addAll(table, axons, lengths, first, end)
    else for (let at = first; at < end; at++) addRow(this.sums, this.entries[table]!, axons[at]!, lengths[at]!)
  }

  /** Cycles the array is busy with one event: max(leastCycles, spikes * cyclesPerSpike), or what its row asks. */
  eventCycles(table: number, axon: number, spikes: number): number {
    return this.rowsThatSkip(table)?.cyclesOf(table, axon, spikes) ?? Math.max(this.least[table]!, spikes * this.perSpike[table]!)
  }

  /** The entry's rows, if each takes cycles of its own. */
  rowsThatSkip(table: number): SparseRows | undefined {
    return this.sparse?.hasOwnCycles(table) === true ? this.sparse : undefined
  }

  leastCycles(table: number): number {
    return this.least[table]!
  }

  cyclesPerSpike(table: number): number {
    return this.perSpike[table]!
  }

  /** Adds row `axon` `length` times (subtracts when negative). Returns false if an accumulator trapped. */
  add(table: number, axon: number, length: number): boolean {
    const entry = this.entries[table]!
    const { limit, weights } = entry.tile
    if (weights.length === 0) return true // a shape: nothing to add
    if (this.batch === undefined) addRow(this.sums, entry, axon, length)
    else this.batch.add(table, axon, length)
    this.bound += Math.abs(length) * reachOf(limit)
    return !this.traps || this.bound <= this.max || this.fits(entry)
  }

  /**
   * The entry's trains are over. Law of saturation: while a train is taken its sums have guard bits; when it is over, each
   * is the nearest that the width holds. So the result does not depend on the order in which events arrived.
   * @returns false if an accumulator trapped
   */
  settle(table: number): boolean {
    if (this.bound <= this.max) return true
    const entry = this.entries[table]!
    if (this.traps) return this.fits(entry)
    const sums = this.accumulators
    const end = entry.accumulator + entry.tile.outputs
    for (let at = entry.accumulator; at < end; at++) {
      const value = sums[at]!
      if (value <= this.max && value >= this.min) continue
      sums[at] = value > this.max ? this.max : this.min
      this.saturations++
    }
    return true
  }

  /** One event's spikes all push an accumulator the same way, so checking after them is exact. */
  private fits({ accumulator, tile }: AxonTableEntry): boolean {
    const sums = this.accumulators
    const end = accumulator + tile.outputs
    for (let at = accumulator; at < end; at++) {
      if (sums[at]! <= this.max && sums[at]! >= this.min) continue
      this.overflowed = at
      return false
    }
    return true
  }
}

/** What a spike moves an accumulator by at most: two's complement reaches one further on the negative side. */
function reachOf(limit: number): number {
  return limit + 1
}

/** Largest magnitude of words [first, end). */
function largest(words: Int32Array, first: number, end: number): number {
  let most = 0
  for (let at = first; at < end; at++) most = Math.max(most, Math.abs(words[at]!))
  return most
}

/** What every kernel must equal: row `axon` of a tile, times `length`, added to 32-bit integers. */
function addRow(sums: Int32Array, { tile, accumulator }: AxonTableEntry, axon: number, length: number): void {
  const weights = tile.weights
  let row = tile.offset + axon * tile.stride
  let at = accumulator
  for (const end = at + tile.outputs; at < end; at++, row++) sums[at]! += weights[row]! * length
}
