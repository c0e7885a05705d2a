import type { AxonTableEntry } from '../image.js'
import type { RowBatch } from '../kernels/row-batch.js'
import type { ChipSpec } from '../spec/chip-spec.js'

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
  /** First accumulator found past its width by the last `add` in trap mode. */
  overflowed = -1

  private readonly sums: Int32Array // with `batch`, without the events that wait there
  private readonly batch: RowBatch | undefined
  private readonly entries: readonly AxonTableEntry[]
  private readonly passes: Int32Array // cycles the lanes need for a row, by entry
  private readonly reads: Int32Array // cycles the banks need for a row, by entry
  private readonly rereads: boolean
  private readonly traps: boolean
  private readonly max: number
  private readonly min: number
  /** No accumulator's magnitude exceeds this: while it fits the width, additions need no check. */
  private bound = 0

  /** @param batch the core's weights and accumulators in a kernel memory; without one, plain code adds */
  constructor(spec: ChipSpec['core'], entries: readonly AxonTableEntry[], batch?: RowBatch) {
    this.entries = entries
    this.batch = batch
    this.sums = batch?.accumulators() ?? new Int32Array(spec.accumulators)
    this.rowWords = Int32Array.from(entries, ({ tile }) => Math.ceil((tile.outputs * tile.bits) / spec.weightBankBits))
    this.passes = Int32Array.from(entries, ({ tile }) => Math.ceil(tile.outputs / spec.lanes))
    this.reads = this.rowWords.map((words) => Math.ceil(words / spec.weightBanks))
    this.rereads = spec.weightReuse === 'per-spike'
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
    let bound = 0
    for (const value of sums) if (Math.abs(value) > bound) bound = Math.abs(value)
    this.bound = bound
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

  /** Row reads that an event of `spikes` spikes costs. */
  rowReads(spikes: number): number {
    return this.rereads ? spikes : 1
  }

  /** Cycles the array is busy with one event. */
  eventCycles(table: number, spikes: number): number {
    const passes = this.passes[table]!
    const reads = this.reads[table]!
    return this.rereads ? spikes * Math.max(reads, passes) : Math.max(reads, spikes * passes)
  }

  /** Adds row `axon` `length` times (subtracts when negative). Returns false if an accumulator trapped. */
  add(table: number, axon: number, length: number): boolean {
    const entry = this.entries[table]!
    const { limit, weights } = entry.tile
    if (weights.length === 0) return true // a shape: nothing to add
    if (this.batch === undefined) addRow(this.sums, entry, axon, length)
    else this.batch.add(table, axon, length)
    this.bound += Math.abs(length) * (limit + 1) // two's complement reaches one further on the negative side
    return this.bound <= this.max || this.checkWidth(entry)
  }

  /** Saturates or traps. One event's spikes all push an accumulator the same way, so checking after them is exact. */
  private checkWidth(entry: AxonTableEntry): boolean {
    const sums = this.accumulators
    const end = entry.accumulator + entry.tile.outputs
    for (let at = entry.accumulator; at < end; at++) {
      const value = sums[at]!
      if (value <= this.max && value >= this.min) continue
      if (this.traps) {
        this.overflowed = at
        return false
      }
      sums[at] = value > this.max ? this.max : this.min
    }
    return true
  }
}

/** What every kernel must equal: row `axon` of a tile, times `length`, added to 32-bit integers. */
function addRow(sums: Int32Array, { tile, accumulator }: AxonTableEntry, axon: number, length: number): void {
  const weights = tile.weights
  let row = tile.offset + axon * tile.stride
  let at = accumulator
  for (const end = at + tile.outputs; at < end; at++, row++) sums[at]! += weights[row]! * length
}
