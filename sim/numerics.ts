/**
 * The exact arithmetic of the machine (see docs/architecture.md, 'The arithmetic'). Every function
 * here uses only + - * / sqrt and floor on IEEE 64-bit floats, which round alike on every machine,
 * so a run's bytes do not depend on the host or on its maths library.
 */

/** Rounds to the nearest 32-bit float. */
export const f32 = Math.fround

/** One unit of the fixed-point sums, 2^-24: sums of up to 2^29 are exact in a 64-bit float. */
export const FIX_ONE = 16777216
const FIX_INVERSE = 1 / FIX_ONE

/** A real to the integer it counts for in a fixed-point sum: floor(v * 2^24 + 0.5). */
export function fix(value: number): number {
  return Math.floor(value * FIX_ONE + 0.5)
}

/** A fixed-point sum back to a real (not rounded to 32 bits). */
export function unfix(sum: number): number {
  return sum * FIX_INVERSE
}

const LN2_HIGH = 0.693147180369123816490
const LN2_LOW = 1.90821492927058770002e-10
const INVERSE_LN2 = 1.44269504088896338700

const SMALLEST_POWER = -1074
const LARGEST_POWER = 1023

/** 2^k from SMALLEST_POWER on, made by doubling: exact. A table, because losses take a power for each logit (bench/evaluate.ts). */
const POWERS = new Float64Array(LARGEST_POWER - SMALLEST_POWER + 1)
POWERS[0] = Number.MIN_VALUE
for (let at = 1; at < POWERS.length; at++) POWERS[at] = 2 * POWERS[at - 1]!

/** 2^k for integer k; 0 and Infinity beyond what 64-bit floats hold. */
function powerOfTwo(k: number): number {
  if (k < SMALLEST_POWER) return 0
  return k > LARGEST_POWER ? Infinity : POWERS[k - SMALLEST_POWER]!
}

/**
 * e^x as a 32-bit float. Range reduction x = k ln 2 + r with |r| <= ln(2) / 2 (ln 2 in two parts),
 * then the Taylor series of e^r to r^13, whose remainder is below 2^-56.
 */
export function exp32(x: number): number {
  if (x < -103.98) return 0
  if (x > 88.73) return Infinity
  const k = Math.floor(x * INVERSE_LN2 + 0.5)
  const r = x - k * LN2_HIGH - k * LN2_LOW
  let sum = 1
  for (let n = 13; n >= 1; n--) sum = 1 + (r * sum) / n
  return f32(sum * powerOfTwo(k))
}

/**
 * Natural logarithm of a positive real, the same bits on every machine (`Math.log` is not): x = m 2^k with m within
 * a factor sqrt(2) of 1, ln m = 2 atanh((m - 1) / (m + 1)) as its series, whose remainder is below 2^-56.
 */
export function logExact(x: number): number {
  if (!(x > 0 && x < Infinity)) return x === 0 ? -Infinity : x > 0 ? Infinity : NaN
  let m = x
  let k = 0
  for (; m > Math.SQRT2; k++) m *= 0.5
  for (; m < Math.SQRT1_2; k--) m *= 2
  return k * LN2_HIGH + (k * LN2_LOW + twiceAtanh((m - 1) / (m + 1)))
}

/** 2 atanh s for |s| up to 0.172, as its series. */
function twiceAtanh(s: number): number {
  const ss = s * s
  let sum = 0
  for (let n = 25; n >= 1; n -= 2) sum = sum * ss + 1 / n
  return 2 * s * sum
}

/** ln(1 + x) for x of at least -1, also where 1 + x would lose it; the same bits on every machine. */
export function log1pExact(x: number): number {
  return x > -0.29 && x < 0.4 ? twiceAtanh(x / (2 + x)) : logExact(1 + x)
}

/** e^x as a 64-bit float, the same bits on every machine: as `exp32`, with the series to r^18. Below e^-708 it is 0. */
export function expExact(x: number): number {
  if (!(x >= -708 && x <= 709)) return x < 0 ? 0 : x > 0 ? Infinity : NaN
  const k = Math.floor(x * INVERSE_LN2 + 0.5)
  const r = x - k * LN2_HIGH - k * LN2_LOW
  let sum = 1
  for (let n = 18; n >= 1; n--) sum = 1 + (r * sum) / n
  return sum * powerOfTwo(k)
}

/** e^x - 1, also where e^x is so near 1 that it would lose it; the same bits on every machine. */
export function expm1Exact(x: number): number {
  if (x < -0.35 || x > 0.35) return expExact(x) - 1
  let sum = 1
  for (let n = 18; n >= 2; n--) sum = 1 + (x * sum) / n
  return x * sum
}

/** Hyperbolic tangent, the same bits on every machine. */
export function tanhExact(x: number): number {
  const less = expm1Exact(-2 * Math.abs(x))
  return ((x < 0 ? -1 : 1) * -less) / (2 + less)
}

/** base^exponent for a positive base, the same bits on every machine; within some units of the last place. */
export function powerExact(base: number, exponent: number): number {
  return base === 1 || exponent === 0 ? 1 : expExact(exponent * logExact(base))
}

/** Cosine and sine of 2 pi t for |t| <= 1/8, Taylor series; written to out[0], out[1]. */
function cosSinOctant(turns: number, out: Float64Array): void {
  const x = turns * 6.283185307179586
  const xx = x * x
  let c = 1
  let s = 1
  for (let n = 9; n >= 1; n--) {
    c = 1 - (xx * c) / ((2 * n - 1) * (2 * n))
    s = 1 - (xx * s) / ((2 * n) * (2 * n + 1))
  }
  out[0] = c
  out[1] = x * s
}

const octant = new Float64Array(2)

/**
 * Cosine and sine of 2 pi t as 64-bit floats, the same bits on every machine, written to out[0] and out[1].
 * @param turns t
 */
export function cosSinExact(turns: number, out: Float64Array): void {
  const eighths = Math.floor(4 * turns + 0.5)
  cosSinOctant(turns - eighths / 4, octant)
  const [c, s] = [octant[0]!, octant[1]!]
  const quarter = ((eighths % 4) + 4) % 4
  out[0] = quarter === 0 ? c : quarter === 1 ? -s : quarter === 2 ? -c : s
  out[1] = quarter === 0 ? s : quarter === 1 ? c : quarter === 2 ? -s : -c
}

/**
 * Cosine and sine of a phase, 32-bit floats, written to out[0] and out[1].
 * @param phase unsigned 32-bit fraction of a turn (2^32 is one turn): a numerically controlled oscillator
 */
export function cosSin32(phase: number, out: Float32Array): void {
  const quarter = Math.floor(phase / 1073741824 + 0.5) % 4
  const turns = (phase - Math.floor(phase / 1073741824 + 0.5) * 1073741824) / 4294967296
  cosSinOctant(turns, octant)
  const c = octant[0]!
  const s = octant[1]!
  if (quarter === 0) { out[0] = c; out[1] = s }
  else if (quarter === 1) { out[0] = -s; out[1] = c }
  else if (quarter === 2) { out[0] = -c; out[1] = -s }
  else { out[0] = s; out[1] = -c }
}

/** (a * b) mod 2^32 of unsigned 32-bit integers: the oscillator's phase at a position. */
export function phaseAt(step: number, position: number): number {
  return Math.imul(step, position) >>> 0
}

/**
 * The oscillator's step per position for pair i of a head: round(theta_i / (2 pi) * 2^32).
 * @param divisor of the frequency: scaled rotary embeddings
 */
export function rotationStep(pair: number, headDim: number, base: number, divisor = 1): number {
  const theta = powerExact(base, (-2 * pair) / headDim) / divisor
  return Math.round((theta / (2 * Math.PI)) * 4294967296) >>> 0
}

/**
 * Median of the most successes that any of `draws` draws has, each of `trials` independent trials: the smallest m for which
 * P(at most m in one)^draws is at least 1/2.
 */
export function binomialMostMedian(trials: number, probability: number, draws: number): number {
  if (probability >= 1) return trials
  let term = 1 // of the binomial distribution, at k successes
  for (let n = 0; n < trials; n++) term *= 1 - probability
  let below = 0
  for (let k = 0; k < trials; k++) {
    below += term
    let all = 1
    for (let n = 0; n < draws; n++) all *= below
    if (all >= 0.5) return k
    term *= ((trials - k) * probability) / ((k + 1) * (1 - probability))
  }
  return trials
}

/** Scale of a vector's integers: f32(maxAbs / limit), or 1 for a silent vector. */
export function activationScale(maxAbs: number, limit: number): number {
  return maxAbs === 0 ? 1 : f32(maxAbs / limit)
}

/**
 * Step 1 of the encoder, one neuron: how many spikes a real activation stands for. A membrane
 * pre-charged to half a threshold fires each time it reaches it, at most `limit` times.
 * @param inverseScale f32(1 / scale)
 * @param charge of the membrane at the start, in thresholds: 0.5 rounds, 0 rounds down
 */
export function spikeCount(x: number, inverseScale: number, limit: number, charge = 0.5): number {
  const magnitude = Math.floor(f32(Math.abs(x) * inverseScale) + charge)
  const clipped = magnitude > limit ? limit : magnitude
  return x < 0 ? -clipped : clipped
}

/** r of RMSNorm: f32(1 / sqrt(f32(mean + eps))) from the fixed-point sum of squares. */
export function inverseRms(sumOfSquares: number, length: number, eps: number): number {
  const mean = f32(unfix(sumOfSquares) / length)
  return f32(1 / Math.sqrt(f32(mean + eps)))
}

/** silu(g) * u in the machine's order of roundings. */
export function siluGate(g: number, u: number): number {
  const sigmoid = f32(1 / f32(1 + exp32(f32(-g))))
  return f32(f32(g * sigmoid) * u)
}

/** 2 sqrt(2 / pi) and its product with 0.044715, 32-bit floats: the two constants of GELU's tanh form as a logistic function. */
const GELU_LINEAR = f32(1.5957691216057308)
const GELU_CUBIC = f32(0.07135481627260025)

/** gelu(g) * u, GELU in its tanh form (arXiv 1606.08415), in the machine's order of roundings. */
export function geluGate(g: number, u: number): number {
  const z = f32(g * f32(f32(f32(g * g) * GELU_CUBIC) + GELU_LINEAR))
  const sigmoid = f32(1 / f32(1 + exp32(f32(-z))))
  return f32(f32(g * sigmoid) * u)
}
