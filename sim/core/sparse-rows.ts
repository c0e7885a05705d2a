import type { ChipSpec } from '../config/chip-spec.js'
import type { AxonTableEntry, WeightTile } from '../image.js'
import { binomialMostMedian } from '../numerics.js'

/**
 * Rows whose zero weights are gated or skipped (sim/config/weight-rows.ts): what each holds that is not zero, and what events
 * on them cost. Output j of a tile is added in lane j mod lanes; each lane skips the zeros of its own outputs, so a row takes
 * as many passes as its fullest lane has weights.
 */
export class SparseRows {
  /** Sums over the events weighed since `clear`: operations on weights that are not zero, such weights read, bank words read. */
  operations = 0
  weights = 0
  words = 0
  /** Cycles that the rows of events take which wait for their train's end; the end of the train clears it. */
  waitingCycles = 0

  readonly skips: boolean
  private readonly entries: readonly AxonTableEntry[]
  private readonly rows: readonly RowCounts[]
  private readonly banks: number
  private readonly bankBits: number
  private readonly rereads: boolean
  private readonly fullWords: Int32Array

  private readonly waits: readonly boolean[]

  /**
   * @param fullWords bank words of a row's place, by entry
   * @param waits whether an entry's events wait for the end of their train
   */
  constructor(spec: ChipSpec['core'], entries: readonly AxonTableEntry[], fullWords: Int32Array, waits: readonly boolean[]) {
    this.waits = waits
    this.entries = entries
    this.fullWords = fullWords
    this.skips = spec.zeroWeights === 'skipped'
    this.banks = spec.weightBanks
    this.bankBits = spec.weightBankBits
    this.rereads = spec.weightReuse === 'per-spike'
    this.rows = entries.map(({ tile }) => (tile.weights.length === 0 ? shapeRows(tile, spec.lanes) : countedRows(tile, spec.lanes)))
  }

  clear(): void {
    this.operations = this.weights = this.words = 0
  }

  /** Adds what one event of `work` operations costs to the sums. */
  weigh(table: number, axon: number, work: number): void {
    const kept = this.rows[table]!.kept(axon)
    const reads = this.rereads ? work : 1
    this.operations += work * kept
    this.weights += reads * kept
    this.words += reads * this.wordsOf(table, kept)
    if (this.skips && this.waits[table]!) this.waitingCycles += this.leastOf(table, axon, 1)
  }

  /** Whether each row of an entry takes cycles of its own while its train is taken. */
  hasOwnCycles(table: number): boolean {
    return this.skips && !this.waits[table]!
  }

  /** Cycles the array is busy with an event of `work` operations whose row it reads and adds at once; only if zeros are skipped. */
  cyclesOf(table: number, axon: number, work: number): number {
    return this.rereads ? work * this.leastOf(table, axon, 1) : this.leastOf(table, axon, work)
  }

  /** Of one read of a row that is added `work` times. */
  private leastOf(table: number, axon: number, work: number): number {
    const rows = this.rows[table]!
    return Math.max(1, Math.ceil(this.wordsOf(table, rows.kept(axon)) / this.banks), work * rows.passes(axon))
  }

  private wordsOf(table: number, kept: number): number {
    if (!this.skips) return this.fullWords[table]!
    const { outputs, bits } = this.entries[table]!.tile
    return Math.ceil((outputs + kept * bits) / this.bankBits)
  }
}

/** Of each row the weights that are not zero, and those of them in the fullest lane. */
interface RowCounts {
  kept(axon: number): number
  passes(axon: number): number
}

function countedRows({ weights, offset, stride, inputs, outputs }: WeightTile, lanes: number): RowCounts {
  const kept = new Uint16Array(inputs)
  const passes = new Uint16Array(inputs)
  const inLane = new Uint16Array(Math.min(lanes, outputs))
  for (let i = 0; i < inputs; i++) {
    inLane.fill(0)
    for (let j = 0, at = offset + i * stride, lane = 0; j < outputs; j++, at++, lane = lane + 1 === lanes ? 0 : lane + 1) {
      if (weights[at] === 0) continue
      kept[i]!++
      if (++inLane[lane]! > passes[i]!) passes[i] = inLane[lane]!
    }
  }
  return { kept: (axon) => kept[axon]!, passes: (axon) => passes[axon]! }
}

/**
 * Rows of a shape: its share of zeros, spread so evenly over the rows that any number of them has its share, and in the
 * fullest lane the median of what independent zeros leave there.
 */
function shapeRows({ outputs, zeroShare = 0 }: WeightTile, lanes: number): RowCounts {
  const mean = outputs * (1 - zeroShare)
  const passes = binomialMostMedian(Math.ceil(outputs / lanes), 1 - zeroShare, Math.min(lanes, outputs))
  return { kept: (axon) => Math.floor((axon + 1) * mean) - Math.floor(axon * mean), passes: () => passes }
}
