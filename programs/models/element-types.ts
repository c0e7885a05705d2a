/**
 * Elements of stored tensors as 32-bit floats. A type is a row of the table: how many elements make a block,
 * how many bytes a block takes, and how to decode a run of blocks. All are little-endian.
 *
 * The block types are GGUF's, as ggml defines them (ggml-common.h and its dequantize functions).
 */
export interface ElementType {
  readonly blockElements: number
  readonly blockBytes: number
  readonly decode: (bytes: DataView, out: Float32Array) => void
}

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
function halves(): Float32Array {
  halfTable ??= Float32Array.from({ length: 65536 }, (_, bits) => halfToNumber(bits))
  return halfTable
}

function decodeF32(bytes: DataView, out: Float32Array): void {
  for (let i = 0; i < out.length; i++) out[i] = bytes.getFloat32(i * 4, true)
}

function decodeF16(bytes: DataView, out: Float32Array): void {
  const table = halves()
  for (let i = 0; i < out.length; i++) out[i] = table[bytes.getUint16(i * 2, true)]!
}

function decodeBF16(bytes: DataView, out: Float32Array): void {
  const bits = new Uint32Array(out.buffer, out.byteOffset, out.length)
  for (let i = 0; i < out.length; i++) bits[i] = bytes.getUint16(i * 2, true) << 16
}

/** 32 elements: a half scale, then 16 bytes whose low halves are the first 16 elements; 4 bits, offset by 8. */
function decodeQ4_0(bytes: DataView, out: Float32Array): void {
  const table = halves()
  for (let block = 0, at = 0; block < out.length; block += 32, at += 18) {
    const scale = table[bytes.getUint16(at, true)]!
    for (let i = 0; i < 16; i++) {
      const pair = bytes.getUint8(at + 2 + i)
      out[block + i] = ((pair & 15) - 8) * scale
      out[block + 16 + i] = ((pair >> 4) - 8) * scale
    }
  }
}

/** 32 elements: a half scale, then 32 signed bytes. */
function decodeQ8_0(bytes: DataView, out: Float32Array): void {
  const table = halves()
  for (let block = 0, at = 0; block < out.length; block += 32, at += 34) {
    const scale = table[bytes.getUint16(at, true)]!
    for (let i = 0; i < 32; i++) out[block + i] = bytes.getInt8(at + 2 + i) * scale
  }
}

/**
 * 256 elements of 6 bits, offset by 32: 128 bytes of low nibbles, 64 of high pairs, 16 signed scales (one for 16
 * elements), a half scale. Files of type Q4_0 keep their output head in it.
 */
function decodeQ6_K(bytes: DataView, out: Float32Array): void {
  const table = halves()
  for (let block = 0, at = 0; block < out.length; block += 256, at += 210) {
    const scale = table[bytes.getUint16(at + 208, true)]!
    for (let i = 0; i < 256; i++) {
      const [half, within] = [i >> 7, i & 127]
      const [quarter, column] = [within >> 5, within & 31]
      const low = bytes.getUint8(at + 64 * half + 32 * (quarter & 1) + column)
      const high = bytes.getUint8(at + 128 + 32 * half + column)
      const value = ((quarter < 2 ? low & 15 : low >> 4) | (((high >> (2 * quarter)) & 3) << 4)) - 32
      out[block + i] = scale * bytes.getInt8(at + 192 + (i >> 4)) * value
    }
  }
}

export const ELEMENT_TYPES = {
  F32: { blockElements: 1, blockBytes: 4, decode: decodeF32 },
  F16: { blockElements: 1, blockBytes: 2, decode: decodeF16 },
  BF16: { blockElements: 1, blockBytes: 2, decode: decodeBF16 },
  Q4_0: { blockElements: 32, blockBytes: 18, decode: decodeQ4_0 },
  Q8_0: { blockElements: 32, blockBytes: 34, decode: decodeQ8_0 },
  Q6_K: { blockElements: 256, blockBytes: 210, decode: decodeQ6_K },
} as const satisfies Record<string, ElementType>

export type ElementTypeName = keyof typeof ELEMENT_TYPES

/** Bytes of `count` elements, or undefined when they make no whole number of blocks. */
export function storedBytes(type: ElementType, count: number): number | undefined {
  const blocks = count / type.blockElements
  return Number.isInteger(blocks) ? blocks * type.blockBytes : undefined
}

/** Stored elements as 32-bit floats. */
export function decodeElements(bytes: Uint8Array<ArrayBuffer>, type: ElementType): Float32Array {
  const values = new Float32Array((bytes.byteLength / type.blockBytes) * type.blockElements)
  type.decode(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), values)
  return values
}
