/**
 * GGUF's block types as 32-bit floats, as gguf-py 0.19.0 decodes them (quants.py): products and differences are rounded
 * to 32 bits where it rounds them, so every value is the same to the bit. All fields are little-endian; `d` and
 * `dmin` are 16-bit floats. A decoder writes the elements of one block to `out[to..]`; `at` is the block's first byte.
 */
export type DecodeBlock = (bytes: Uint8Array, at: number, out: Float32Array, to: number) => void

/** A 16-bit IEEE float as a number. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN
  return sign * (1024 + fraction) * 2 ** (exponent - 25)
}

let halfTable: Float32Array | undefined

/** Every 16-bit float by its bits: a checkpoint has billions of them. */
export function halves(): Float32Array {
  halfTable ??= Float32Array.from({ length: 65536 }, (_, bits) => halfToNumber(bits))
  return halfTable
}

const half = (bytes: Uint8Array, at: number): number => halves()[bytes[at]! | (bytes[at + 1]! << 8)]!
const signed = (byte: number): number => (byte << 24) >> 24
const { fround } = Math

/** 32 values of 4 bits: the low halves of 16 bytes, then their high halves. */
function nibble(bytes: Uint8Array, at: number, n: number): number {
  return n < 16 ? bytes[at + n]! & 15 : bytes[at + n - 16]! >> 4
}

export const q4_0: DecodeBlock = (bytes, at, out, to) => {
  const d = half(bytes, at)
  for (let n = 0; n < 32; n++) out[to + n] = d * (nibble(bytes, at + 2, n) - 8)
}

export const q4_1: DecodeBlock = (bytes, at, out, to) => {
  const d = half(bytes, at)
  const min = half(bytes, at + 2)
  for (let n = 0; n < 32; n++) out[to + n] = fround(d * nibble(bytes, at + 4, n)) + min
}

/** The fifth bit of element n is bit n of four bytes. */
const fifth = (bytes: Uint8Array, at: number, n: number): number => ((bytes[at + (n >> 3)]! >> (n & 7)) & 1) << 4

export const q5_0: DecodeBlock = (bytes, at, out, to) => {
  const d = half(bytes, at)
  for (let n = 0; n < 32; n++) out[to + n] = d * ((nibble(bytes, at + 6, n) | fifth(bytes, at + 2, n)) - 16)
}

export const q5_1: DecodeBlock = (bytes, at, out, to) => {
  const d = half(bytes, at)
  const min = half(bytes, at + 2)
  for (let n = 0; n < 32; n++) out[to + n] = fround(d * (nibble(bytes, at + 8, n) | fifth(bytes, at + 4, n))) + min
}

export const q8_0: DecodeBlock = (bytes, at, out, to) => {
  const d = half(bytes, at)
  for (let n = 0; n < 32; n++) out[to + n] = d * signed(bytes[at + 2 + n]!)
}

/** Two bits of element n of 256: each byte serves four elements that are 32 apart. */
function pair(bytes: Uint8Array, at: number, n: number): number {
  return (bytes[at + 32 * (n >> 7) + (n & 31)]! >> (2 * ((n & 127) >> 5))) & 3
}

export const q2_K: DecodeBlock = (bytes, at, out, to) => {
  const d = half(bytes, at + 80)
  const dmin = half(bytes, at + 82)
  for (let n = 0; n < 256; n++) {
    const scale = bytes[at + (n >> 4)]!
    out[to + n] = fround(fround(d * (scale & 15)) * pair(bytes, at + 16, n)) - fround(dmin * (scale >> 4))
  }
}

export const q3_K: DecodeBlock = (bytes, at, out, to) => {
  const d = half(bytes, at + 108)
  for (let n = 0; n < 256; n++) {
    const j = n >> 4
    const low = bytes[at + 96 + (j & 7)]!
    const scale = (j < 8 ? low & 15 : low >> 4) | (((bytes[at + 104 + (j & 3)]! >> (2 * (j >> 2))) & 3) << 4)
    const isHigh = (bytes[at + (n & 31)]! >> (n >> 5)) & 1
    out[to + n] = fround(d * (scale - 32)) * (pair(bytes, at + 32, n) - (isHigh ? 0 : 4))
  }
}

/** The 6-bit scale and minimum of each of 8 sub-blocks, packed in 12 bytes. */
function scaleAndMin(bytes: Uint8Array, at: number, j: number): readonly [number, number] {
  if (j < 4) return [bytes[at + j]! & 63, bytes[at + j + 4]! & 63]
  const both = bytes[at + j + 4]!
  return [(both & 15) | ((bytes[at + j - 4]! >> 6) << 4), (both >> 4) | ((bytes[at + j]! >> 6) << 4)]
}

/** @param fifths offset of the fifth bits in the block; -1 where there are none */
function decodeK45(bytes: Uint8Array, at: number, out: Float32Array, to: number, quants: number, fifths: number): void {
  const d = half(bytes, at)
  const dmin = half(bytes, at + 2)
  for (let j = 0; j < 8; j++) {
    const [s, m] = scaleAndMin(bytes, at + 4, j)
    const scale = fround(d * s)
    const min = fround(dmin * m)
    for (let i = 0; i < 32; i++) {
      const byte = bytes[at + quants + 32 * (j >> 1) + i]!
      const high = fifths < 0 ? 0 : ((bytes[at + fifths + i]! >> j) & 1) << 4
      out[to + 32 * j + i] = fround(scale * ((j & 1 ? byte >> 4 : byte & 15) | high)) - min
    }
  }
}

export const q4_K: DecodeBlock = (bytes, at, out, to) => decodeK45(bytes, at, out, to, 16, -1)
export const q5_K: DecodeBlock = (bytes, at, out, to) => decodeK45(bytes, at, out, to, 48, 16)

/** 128 bytes of low nibbles, 64 of high pairs, 16 signed scales, d. Files of type Q4_0 keep their output head in it. */
export const q6_K: DecodeBlock = (bytes, at, out, to) => {
  const d = half(bytes, at + 208)
  for (let n = 0; n < 256; n++) {
    const [h, k] = [n >> 7, n & 127]
    const low = bytes[at + 64 * h + (k & 63)]!
    const high = (bytes[at + 128 + 32 * h + (k & 31)]! >> (2 * (k >> 5))) & 3
    const value = ((k < 64 ? low & 15 : low >> 4) | (high << 4)) - 32
    out[to + n] = fround(d * signed(bytes[at + 192 + (n >> 4)]!)) * value
  }
}

/** The 16 levels of IQ4: not evenly spaced. */
const IQ4_LEVELS = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113]

export const iq4_NL: DecodeBlock = (bytes, at, out, to) => {
  const d = half(bytes, at)
  for (let n = 0; n < 32; n++) out[to + n] = d * IQ4_LEVELS[nibble(bytes, at + 2, n)]!
}

export const iq4_XS: DecodeBlock = (bytes, at, out, to) => {
  const d = half(bytes, at)
  const highs = bytes[at + 2]! | (bytes[at + 3]! << 8)
  for (let j = 0; j < 8; j++) {
    const low = bytes[at + 4 + (j >> 1)]!
    const scale = fround(d * (((j & 1 ? low >> 4 : low & 15) | (((highs >> (2 * j)) & 3) << 4)) - 32))
    for (let i = 0; i < 32; i++) out[to + 32 * j + i] = scale * IQ4_LEVELS[nibble(bytes, at + 8 + 16 * j, i)]!
  }
}

/** Twice the values of a 4-bit float with two exponent bits: the factor is in the scale. */
const E2M1_TWICE = [0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12]

export const mxfp4: DecodeBlock = (bytes, at, out, to) => {
  const scale = 2 ** (bytes[at]! - 128)
  for (let n = 0; n < 32; n++) out[to + n] = scale * E2M1_TWICE[nibble(bytes, at + 1, n)]!
}

const POWERS_OF_3 = [1, 3, 9, 27, 81]

/** Five base-3 digits a byte, as a fraction of 256: the digit is what a multiplication by 3 carries out. */
export const tq1_0: DecodeBlock = (bytes, at, out, to) => {
  const d = half(bytes, at + 52)
  for (let n = 0; n < 256; n++) {
    const [first, width, start] = n < 160 ? [0, 32, 0] : n < 240 ? [32, 16, 160] : [48, 4, 240]
    const byte = bytes[at + first + (n - start) % width]!
    const digit = (((byte * POWERS_OF_3[Math.floor((n - start) / width)]!) & 255) * 3) >> 8
    out[to + n] = d * (digit - 1)
  }
}

export const tq2_0: DecodeBlock = (bytes, at, out, to) => {
  const d = half(bytes, at + 64)
  for (let n = 0; n < 256; n++) out[to + n] = d * (pair(bytes, at, n) - 1)
}
