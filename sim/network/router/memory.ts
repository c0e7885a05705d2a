/** Where routers live: words that are handed out one after the other, and never given back. */
export interface RouterMemory {
  /** All words, and the same bytes as 64-bit floats; other arrays after `take`, if that had to grow. */
  readonly words: Int32Array
  readonly doubles: Float64Array
  /** Address of so many further words, all 0. */
  take(words: number): number
  /** Index in `doubles` of so many further floats, all 0. */
  takeDoubles(doubles: number): number
}

const FIRST_WORDS = 1 << 16

/** A memory that grows by copying. `grow` gives at least so many bytes with the old content. */
export class GrowingMemory implements RouterMemory {
  words: Int32Array
  doubles: Float64Array
  private used = 0
  private readonly grow: (bytes: number) => ArrayBuffer

  constructor(grow: (bytes: number) => ArrayBuffer) {
    this.grow = grow
    const buffer = grow(4 * FIRST_WORDS)
    this.words = new Int32Array(buffer)
    this.doubles = new Float64Array(buffer, 0, Math.floor(buffer.byteLength / 8))
  }

  take(words: number): number {
    const at = this.used
    this.used += words
    if (this.used > this.words.length) {
      const buffer = this.grow(4 * Math.max(this.used, Math.min(2 * this.words.length, this.used + (1 << 22))))
      this.words = new Int32Array(buffer)
      this.doubles = new Float64Array(buffer, 0, Math.floor(buffer.byteLength / 8))
    }
    return at
  }

  takeDoubles(doubles: number): number {
    if (this.used % 2 !== 0) this.take(1)
    return this.take(2 * doubles) / 2
  }
}

/** Memory for plain code. */
export function plainMemory(): RouterMemory {
  let buffer = new ArrayBuffer(0)
  return new GrowingMemory((bytes) => {
    const larger = new ArrayBuffer(Math.ceil(bytes / 8) * 8)
    new Uint8Array(larger).set(new Uint8Array(buffer))
    buffer = larger
    return buffer
  })
}
