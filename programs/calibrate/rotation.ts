import { Random } from '../../sim/random.js'

/**
 * An orthogonal matrix that costs n log n: random signs, then Hadamard matrices along the diagonal, each of the
 * largest power of two that divides the size. It spreads outliers over a block (QuaRot, arXiv 2404.00456).
 */
export class Rotation {
  readonly size: number
  readonly block: number
  private readonly signs: Float64Array

  constructor(size: number, seed: number) {
    const random = new Random(seed)
    this.size = size
    this.block = largestPowerOfTwo(size)
    this.signs = Float64Array.from({ length: size }, () => ((random.uint32() & 1) === 0 ? 1 : -1))
  }

  /** x [size] at `offset` becomes R x, in place. */
  apply(x: Float64Array, offset = 0): void {
    const { size, block, signs } = this
    for (let i = 0; i < size; i++) x[offset + i]! *= signs[i]!
    const norm = 1 / Math.sqrt(block)
    for (let start = offset; start < offset + size; start += block) {
      hadamard(x, start, block)
      for (let i = start; i < start + block; i++) x[i]! *= norm
    }
  }
}

function largestPowerOfTwo(size: number): number {
  let power = 1
  while (size % (2 * power) === 0) power *= 2
  return power
}

/** The fast Walsh-Hadamard transform of x[start .. start + size), in place, not normalised. */
function hadamard(x: Float64Array, start: number, size: number): void {
  for (let half = 1; half < size; half *= 2) {
    for (let i = start; i < start + size; i += 2 * half) {
      for (let j = i; j < i + half; j++) {
        const a = x[j]!
        const b = x[j + half]!
        x[j] = a + b
        x[j + half] = a - b
      }
    }
  }
}
