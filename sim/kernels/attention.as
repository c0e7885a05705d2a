// AssemblyScript (not TypeScript: hence the ending). `node scripts/build-kernels.mjs` compiles it into attention-wasm.ts.
//
// One query head over the keys and values of a cache, in the machine's arithmetic (sim/numerics.ts): 64-bit products,
// rounded where the definition rounds, so that every value has the definition's bits. Rows are 8-bit integers, a multiple
// of 16 bytes wide, zeros behind the head's width. Positions go from `first` to before `end`; arrays of 32-bit floats have
// room for 7 more.

/** f32(f32(dot * scale of the key) * queryScale) of each position into z; returns the largest. The query is 16-bit. */
export function scores(
  query: usize, keys: usize, rowBytes: usize, keyScales: usize, z: usize, first: i32, end: i32, queryScale: f32,
): f32 {
  let largest: f32 = -Infinity
  for (let p = <usize>first; p < <usize>end; p++) {
    const row = keys + p * rowBytes
    let sum = i32x4.splat(0)
    for (let at: usize = 0; at < rowBytes; at += 16) {
      const key = v128.load(row + at)
      sum = i32x4.add(sum, i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_s(key), v128.load(query + 2 * at)))
      sum = i32x4.add(sum, i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_s(key), v128.load(query + 2 * at, 16)))
    }
    sum = i32x4.add(sum, v128.shuffle<i32>(sum, sum, 2, 3, 0, 1))
    const dot = i32x4.extract_lane(sum, 0) + i32x4.extract_lane(sum, 1)
    const score = <f32>(<f64><f32>(<f64>dot * <f64>load<f32>(keyScales + (p << 2))) * <f64>queryScale)
    store<f32>(z + (p << 2), score)
    if (score > largest) largest = score
  }
  return largest
}

/** One step of the series: 1 + r * sum / n. */
@inline function term(r: v128, sum: v128, n: f64): v128 {
  return f64x2.add(f64x2.splat(1), f64x2.div(f64x2.mul(r, sum), f64x2.splat(n)))
}

/** e^x of two reals, by exp32's own steps but the last rounding; the caller sees to what is out of range. */
@inline function exp2(x: v128): v128 {
  const k = f64x2.floor(f64x2.add(f64x2.mul(x, f64x2.splat(1.44269504088896338700)), f64x2.splat(0.5)))
  const r = f64x2.sub(
    f64x2.sub(x, f64x2.mul(k, f64x2.splat(0.693147180369123816490))), f64x2.mul(k, f64x2.splat(1.90821492927058770002e-10)))
  let sum = term(r, f64x2.splat(1), 13)
  sum = term(r, sum, 12)
  sum = term(r, sum, 11)
  sum = term(r, sum, 10)
  sum = term(r, sum, 9)
  sum = term(r, sum, 8)
  sum = term(r, sum, 7)
  sum = term(r, sum, 6)
  sum = term(r, sum, 5)
  sum = term(r, sum, 4)
  sum = term(r, sum, 3)
  sum = term(r, sum, 2)
  sum = term(r, sum, 1)
  const exponents = i64x2.extend_low_i32x4_s(i32x4.trunc_sat_f64x2_s_zero(k))
  return f64x2.mul(sum, i64x2.shl(i64x2.add(exponents, i64x2.splat(1023)), 52))
}

/** exp32 of four 32-bit floats of at most 0. */
@inline function exp4(x: v128): v128 {
  const low = f32x4.demote_f64x2_zero(exp2(f64x2.promote_low_f32x4(x)))
  const high = f32x4.demote_f64x2_zero(exp2(f64x2.promote_low_f32x4(v128.shuffle<i32>(x, x, 2, 3, 0, 1))))
  return v128.and(v128.shuffle<i32>(low, high, 0, 1, 4, 5), f32x4.ge(x, f32x4.splat(<f32>-103.98)))
}

/**
 * Weights of the values: e = exp32(f32(z - largest)) times the value's scale, into z. The sum of fix(e), which is exact in a
 * 64-bit float, goes to `total`; returns the largest weight.
 */
export function softmax(z: usize, valueScales: usize, first: i32, end: i32, largest: f32, total: usize): f32 {
  const greatest = f32x4.splat(largest)
  let all: f64 = 0
  let most: f32 = 0
  let p = <usize>first
  for (; p < <usize>end; p += 4) {
    const e = exp4(f32x4.sub(v128.load(z + (p << 2)), greatest))
    v128.store(z + (p << 2), e)
  }
  for (p = <usize>first; p < <usize>end; p++) {
    const e = load<f32>(z + (p << 2))
    all += Math.floor(<f64>e * 16777216 + 0.5)
    const weight = <f32>(<f64>e * <f64>load<f32>(valueScales + (p << 2)))
    store<f32>(z + (p << 2), weight)
    if (weight > most) most = weight
  }
  store<f64>(total, all)
  return most
}

/**
 * Events (row address, integer of the weight) of the values that fire, for addByteRows; an odd number is made even by an
 * event of length 0. Returns the pairs.
 */
export function valueEvents(z: usize, values: usize, rowBytes: usize, first: i32, end: i32, toInteger: f32, events: usize): i32 {
  let to = events
  for (let p = <usize>first; p < <usize>end; p++) {
    const integer = <i32>Math.floor(<f64><f32>(<f64>load<f32>(z + (p << 2)) * <f64>toInteger) + 0.5)
    if (integer === 0) continue
    store<u32>(to, <u32>(values + p * rowBytes))
    store<i32>(to, integer, 4)
    to += 8
  }
  let count = <i32>((to - events) >> 3)
  if ((count & 1) === 1) {
    store<u32>(to, <u32>values)
    store<i32>(to, 0, 4)
    count++
  }
  return count >> 1
}

/** siluGate of `count` pairs g, u (a multiple of 4, room behind), into `out`. */
export function siluGates(g: usize, u: usize, out: usize, count: i32): void {
  for (let at: usize = 0; at < ((<usize>count) << 2); at += 16) {
    const gate = v128.load(g + at)
    const e = expAny(f32x4.neg(gate))
    // f32(1 / f32(1 + e)): sums and quotients of 32-bit floats round alike in 32 bits and by way of 64 (Figueroa 1995).
    const sigmoid = f32x4.div(f32x4.splat(1), f32x4.add(f32x4.splat(1), e))
    v128.store(out + at, f32x4.mul(f32x4.mul(gate, sigmoid), v128.load(u + at)))
  }
}

/** exp32 of four 32-bit floats. */
@inline function expAny(x: v128): v128 {
  const clamped = f32x4.min(f32x4.max(x, f32x4.splat(<f32>-104)), f32x4.splat(89))
  const low = f32x4.demote_f64x2_zero(exp2(f64x2.promote_low_f32x4(clamped)))
  const high = f32x4.demote_f64x2_zero(exp2(f64x2.promote_low_f32x4(v128.shuffle<i32>(clamped, clamped, 2, 3, 0, 1))))
  const e = v128.and(v128.shuffle<i32>(low, high, 0, 1, 4, 5), f32x4.ge(x, f32x4.splat(<f32>-103.98)))
  return v128.bitselect(f32x4.splat(Infinity), e, f32x4.gt(x, f32x4.splat(<f32>88.73)))
}
