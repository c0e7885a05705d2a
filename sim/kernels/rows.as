// AssemblyScript (not TypeScript: hence the ending). `node scripts/build-kernels.mjs` compiles it into rows-wasm.ts.
//
// Weight rows added into 32-bit accumulators, many events in one call. The caller gives pairs of events; of an odd
// number, the last is paired with an event of length 0. Tiles lie block by block, `stride` bytes from one to the next,
// so that the rows of a train, in their order, are read nearly one behind the other: a cache's prefetcher keeps up.
// Layouts and limits: memory.ts.

/** The low 16-bit lanes of two vectors in turn: a0 b0 a1 b1 .. */
// @ts-ignore: decorator
@inline
function zipLow(a: v128, b: v128): v128 {
  return v128.shuffle<i16>(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
}

/** The high 16-bit lanes of two vectors in turn: a4 b4 a5 b5 .. */
// @ts-ignore: decorator
@inline
function zipHigh(a: v128, b: v128): v128 {
  return v128.shuffle<i16>(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
}

/**
 * Adds 16 sums to the accumulators at `to`. `all` holds even + 256 * odd in each 16-bit lane, modulo 2^16, and `odd`
 * the odd ones alone; each is `bias` too large.
 */
// @ts-ignore: decorator
@inline
function spill(to: usize, all: v128, odd: v128, bias: v128): void {
  const even = i16x8.sub(all, i16x8.shl(odd, 8))
  const low = zipLow(even, odd)
  const high = zipHigh(even, odd)
  v128.store(to, i32x4.add(v128.load(to), i32x4.sub(i32x4.extend_low_i16x8_u(low), bias)))
  v128.store(to, i32x4.add(v128.load(to, 16), i32x4.sub(i32x4.extend_high_i16x8_u(low), bias)), 16)
  v128.store(to, i32x4.add(v128.load(to, 32), i32x4.sub(i32x4.extend_low_i16x8_u(high), bias)), 32)
  v128.store(to, i32x4.add(v128.load(to, 48), i32x4.sub(i32x4.extend_high_i16x8_u(high), bias)), 48)
}

/**
 * Rows of 4-bit weights, packed in blocks of 64 outputs. An event is (row address, address of its products: for each
 * nibble n, length * (n - 8) + 8 * abs(length), a byte).
 * @param bias 8 times the sum of the lengths' magnitudes, below 2^13: 16-bit sums do not overflow
 */
export function addPackedRows(events: usize, pairs: i32, sums: usize, blocks: i32, stride: usize, bias: i32): void {
  const nibble = i8x16.splat(15)
  const biases = i32x4.splat(bias)
  const end = events + ((<usize>pairs) << 4)
  for (let offset: usize = 0; blocks > 0; blocks--, offset += stride, sums += 256) {
    let all0 = i16x8.splat(0), all1 = all0, all2 = all0, all3 = all0
    let odd0 = all0, odd1 = all0, odd2 = all0, odd3 = all0
    for (let event = events; event < end; event += 16) {
      const rowA = <usize>load<u32>(event) + offset
      const rowB = <usize>load<u32>(event, 8) + offset
      const productsA = v128.load(load<u32>(event, 4))
      const productsB = v128.load(load<u32>(event, 12))
      let a = v128.load(rowA)
      let b = v128.load(rowB)
      const sum0 = i8x16.add(i8x16.swizzle(productsA, v128.and(a, nibble)), i8x16.swizzle(productsB, v128.and(b, nibble)))
      const sum1 = i8x16.add(
        i8x16.swizzle(productsA, v128.and(i16x8.shr_u(a, 4), nibble)), i8x16.swizzle(productsB, v128.and(i16x8.shr_u(b, 4), nibble)))
      all0 = i16x8.add(all0, sum0)
      odd0 = i16x8.add(odd0, i16x8.shr_u(sum0, 8))
      all1 = i16x8.add(all1, sum1)
      odd1 = i16x8.add(odd1, i16x8.shr_u(sum1, 8))
      a = v128.load(rowA, 16)
      b = v128.load(rowB, 16)
      const sum2 = i8x16.add(i8x16.swizzle(productsA, v128.and(a, nibble)), i8x16.swizzle(productsB, v128.and(b, nibble)))
      const sum3 = i8x16.add(
        i8x16.swizzle(productsA, v128.and(i16x8.shr_u(a, 4), nibble)), i8x16.swizzle(productsB, v128.and(i16x8.shr_u(b, 4), nibble)))
      all2 = i16x8.add(all2, sum2)
      odd2 = i16x8.add(odd2, i16x8.shr_u(sum2, 8))
      all3 = i16x8.add(all3, sum3)
      odd3 = i16x8.add(odd3, i16x8.shr_u(sum3, 8))
    }
    spill(sums, all0, odd0, biases)
    spill(sums + 64, all1, odd1, biases)
    spill(sums + 128, all2, odd2, biases)
    spill(sums + 192, all3, odd3, biases)
  }
}

/**
 * Rows of 8-bit weights, in blocks of 16 outputs. An event is (row address, length), -32768 <= length <= 32767.
 */
export function addByteRows(events: usize, pairs: i32, sums: usize, blocks: i32, stride: usize): void {
  const end = events + ((<usize>pairs) << 4)
  for (let offset: usize = 0; blocks > 0; blocks--, offset += stride, sums += 64) {
    let sum0 = v128.load(sums)
    let sum1 = v128.load(sums, 16)
    let sum2 = v128.load(sums, 32)
    let sum3 = v128.load(sums, 48)
    for (let event = events; event < end; event += 16) {
      const a = v128.load(<usize>load<u32>(event) + offset)
      const b = v128.load(<usize>load<u32>(event, 8) + offset)
      const lengths = i32x4.splat((load<i32>(event, 4) & 0xffff) | (load<i32>(event, 12) << 16))
      const low = v128.shuffle<i8>(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
      const high = v128.shuffle<i8>(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
      sum0 = i32x4.add(sum0, i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_s(low), lengths))
      sum1 = i32x4.add(sum1, i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_s(low), lengths))
      sum2 = i32x4.add(sum2, i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_s(high), lengths))
      sum3 = i32x4.add(sum3, i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_s(high), lengths))
    }
    v128.store(sums, sum0)
    v128.store(sums, sum1, 16)
    v128.store(sums, sum2, 32)
    v128.store(sums, sum3, 48)
  }
}

/**
 * Packs a row of 8-bit weights, each in -8..7, into 4 bits: in each block of 64, byte k < 16 holds outputs k and
 * k + 16, byte 16 + k outputs 32 + k and 48 + k. Nibbles are weight + 8.
 * @returns 1 if all weights of the blocks fit 4 bits, 0 otherwise (the packed row is then of no use)
 */
export function packRow(from: usize, to: usize, blocks: i32, stride: usize): i32 {
  const eight = i8x16.splat(8)
  let excess = i8x16.splat(0)
  for (; blocks > 0; blocks--, from += 64, to += stride) {
    const low0 = i8x16.add(v128.load(from), eight)
    const high0 = i8x16.add(v128.load(from, 16), eight)
    const low1 = i8x16.add(v128.load(from, 32), eight)
    const high1 = i8x16.add(v128.load(from, 48), eight)
    excess = v128.or(excess, v128.or(v128.or(low0, high0), v128.or(low1, high1)))
    v128.store(to, v128.or(low0, i8x16.shl(high0, 4)))
    v128.store(to, v128.or(low1, i8x16.shl(high1, 4)), 16)
  }
  return i32(!v128.any_true(v128.and(excess, i8x16.splat(<i8>0xf0))))
}

/** Copies a row of 8-bit weights into its blocks. */
export function placeRow(from: usize, to: usize, blocks: i32, stride: usize): void {
  for (; blocks > 0; blocks--, from += 16, to += stride) v128.store(to, v128.load(from))
}
