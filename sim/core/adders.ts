import type { AxonTableEntry } from '../image.js'
import { SimulationError } from '../errors.js'
import type { ChipSpec } from '../spec/chip-spec.js'

/**
 * The adder array: signed lanes that add or subtract a weight row into the accumulators. Cycle law of
 * one event of n spikes on a row of `outputs` weights:
 *   passes = ceil(outputs / lanes); reads = ceil(bank words of the row / banks)
 *   row read once a train:   max(reads, n * passes)
 *   row read for each spike: n * max(reads, passes)
 */
export class AdderArray {
  readonly accumulators: Int32Array
  private readonly spec: ChipSpec['core']
  private readonly max: number
  private readonly min: number
  /** No accumulator's magnitude can exceed this since the last clear: while it fits, adds need no check. */
  private bound = 0

  constructor(spec: ChipSpec['core']) {
    this.spec = spec
    this.accumulators = new Int32Array(spec.accumulators)
    this.max = 2 ** (spec.accumulatorBits - 1) - 1
    this.min = -(2 ** (spec.accumulatorBits - 1))
  }

  /** Sets accumulators [first, first + length) to 0. The bound is kept unless all are cleared. */
  clear(first: number, length: number): void {
    this.accumulators.fill(0, first, first + length)
    this.bound = 0
    for (const value of this.accumulators) if (Math.abs(value) > this.bound) this.bound = Math.abs(value)
  }

  /** Bank words of one weight row. */
  rowWords(entry: AxonTableEntry): number {
    return Math.ceil((entry.tile.outputs * entry.tile.bits) / this.spec.weightBankBits)
  }

  /** Row reads that an event of `spikes` spikes costs. */
  rowReads(spikes: number): number {
    return this.spec.weightReuse === 'per-train' ? 1 : spikes
  }

  /** Cycles the array is busy with one event. */
  eventCycles(entry: AxonTableEntry, spikes: number): number {
    const passes = Math.ceil(entry.tile.outputs / this.spec.lanes)
    const reads = Math.ceil(this.rowWords(entry) / this.spec.weightBanks)
    return this.spec.weightReuse === 'per-train' ? Math.max(reads, spikes * passes) : spikes * Math.max(reads, passes)
  }

  /** Adds row `axon` `length` times (subtracts when negative). */
  add(entry: AxonTableEntry, axon: number, length: number): void {
    const tile = entry.tile
    this.bound += Math.abs(length) * tile.limit
    const checked = this.bound > this.max
    const accumulators = this.accumulators
    const weights = tile.weights
    const outputs = tile.outputs
    let row = tile.offset + axon * tile.stride
    let at = entry.accumulator
    for (const end = at + outputs; at < end; at++, row++) accumulators[at]! += weights[row]! * length
    if (checked) this.checkWidth(entry)
  }

  /** Saturates or traps. The spikes of one event all push an accumulator the same way, so checking after them is exact. */
  private checkWidth(entry: AxonTableEntry): void {
    const end = entry.accumulator + entry.tile.outputs
    for (let at = entry.accumulator; at < end; at++) {
      const value = this.accumulators[at]!
      if (value <= this.max && value >= this.min) continue
      if (this.spec.overflow === 'trap') {
        throw new SimulationError(
          `accumulator ${at} holds ${value}, past its ${this.spec.accumulatorBits} bits (${this.min}..${this.max}). ` +
            'Give core.accumulatorBits more bits, or set core.overflow to saturate.',
        )
      }
      this.accumulators[at] = value > this.max ? this.max : this.min
    }
  }
}
