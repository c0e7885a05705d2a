import type { AxonTableEntry } from '../image.js'

/**
 * What lies in weight SRAM: which axon table entries are valid. Entries that share bytes exclude each other
 * until WLOAD brings one of them in; entries that share none are there from the start.
 */
export class WeightMemory {
  private readonly valid: Uint8Array
  private readonly rivals: readonly (readonly number[])[]
  private readonly readyAt: Float64Array // cycle at which a load in flight is complete

  /**
   * @param rowWords bank words of one row of each entry
   * @param bankBits width of a bank word
   */
  constructor(entries: readonly AxonTableEntry[], rowWords: Int32Array, bankBits: number) {
    const end = entries.map((entry, table) => entry.weightAddress + weightBytes(entry, rowWords[table]!, bankBits))
    const overlap = (a: number, b: number): boolean => (
      entries[a]!.streamed !== 'through' && entries[b]!.streamed !== 'through'
      && entries[a]!.weightAddress < end[b]! && entries[b]!.weightAddress < end[a]!
    )
    this.rivals = entries.map((_, a) => entries.flatMap((_, b) => (a !== b && overlap(a, b) ? [b] : [])))
    this.readyAt = new Float64Array(entries.length)
    this.valid = Uint8Array.from(this.rivals, (rivals) => (rivals.length === 0 ? 1 : 0))
  }

  holds(table: number): boolean {
    return this.valid[table] === 1
  }

  /** A load was started: it overwrites the entries it shares bytes with, and is complete at a cycle. */
  load(table: number, readyAt: number): void {
    for (const rival of this.rivals[table]!) this.valid[rival] = 0
    this.valid[table] = 1
    this.readyAt[table] = readyAt
  }

  /** Cycle at which an entry's tile is there. */
  ready(table: number): number {
    return this.readyAt[table]!
  }
}

/** Bytes of an entry's tile in weight SRAM: whole bank words a row. */
export function weightBytes(entry: AxonTableEntry, rowWords: number, bankBits: number): number {
  return (rowWords * entry.tile.inputs * bankBits) / 8
}
