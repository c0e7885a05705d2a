import { cosSinExact, logExact } from './numerics.js'

const turn = new Float64Array(2)

/**
 * A seeded pseudo-random generator: xoshiro128** with a splitmix32 seeding. The same seed gives the
 * same stream on every machine; nothing in Spikeloom draws from any other source.
 *
 * Algorithm: Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2018.
 */
export class Random {
  private a: number
  private b: number
  private c: number
  private d: number

  constructor(seed: number) {
    let state = seed >>> 0
    const next = (): number => {
      state = (state + 0x9e3779b9) >>> 0
      let z = state
      z = Math.imul(z ^ (z >>> 16), 0x21f0aaad)
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
      return (z ^ (z >>> 15)) >>> 0
    }
    this.a = next()
    this.b = next()
    this.c = next()
    this.d = next()
  }

  /** A uniform 32-bit unsigned integer. */
  uint32(): number {
    const times5 = Math.imul(this.b, 5)
    const result = Math.imul((times5 << 7) | (times5 >>> 25), 9) >>> 0
    const t = this.b << 9
    this.c ^= this.a
    this.d ^= this.b
    this.b ^= this.c
    this.a ^= this.d
    this.c ^= t
    this.d = (this.d << 11) | (this.d >>> 21)
    return result
  }

  /** A uniform number in [0, 1) with 32 random bits. */
  uniform(): number {
    return this.uint32() / 4294967296
  }

  /** A uniform integer in [0, limit), limit at most 2^32. */
  below(limit: number): number {
    return Math.floor(this.uniform() * limit)
  }

  /** A standard normal variate (Box-Muller, one of the pair). */
  normal(): number {
    const u = (this.uint32() + 1) / 4294967297
    cosSinExact(this.uniform(), turn)
    return Math.sqrt(-2 * logExact(u)) * turn[0]!
  }
}
