import * as blocks from './ggml-blocks.js'
import type { DecodeBlock } from './ggml-blocks.js'

/**
 * Elements of stored tensors as 32-bit floats. A type is a row of the table: how many elements make a block,
 * how many bytes a block takes, and how to decode a run of blocks. All are little-endian.
 */
export interface ElementType {
  readonly blockElements: number
  readonly blockBytes: number
  readonly decode: (bytes: DataView, out: Float32Array) => void
}

function decodeF32(bytes: DataView, out: Float32Array): void {
  for (let i = 0; i < out.length; i++) out[i] = bytes.getFloat32(i * 4, true)
}

function decodeF64(bytes: DataView, out: Float32Array): void {
  for (let i = 0; i < out.length; i++) out[i] = bytes.getFloat64(i * 8, true)
}

function decodeF16(bytes: DataView, out: Float32Array): void {
  const table = blocks.halves()
  for (let i = 0; i < out.length; i++) out[i] = table[bytes.getUint16(i * 2, true)]!
}

function decodeBF16(bytes: DataView, out: Float32Array): void {
  const bits = new Uint32Array(out.buffer, out.byteOffset, out.length)
  for (let i = 0; i < out.length; i++) bits[i] = bytes.getUint16(i * 2, true) << 16
}

function block(blockElements: number, blockBytes: number, decodeBlock: DecodeBlock): ElementType {
  return {
    blockElements, blockBytes,
    decode: ({ buffer, byteOffset, byteLength }, out) => {
      const bytes = new Uint8Array(buffer, byteOffset, byteLength)
      for (let to = 0, at = 0; to < out.length; to += blockElements, at += blockBytes) decodeBlock(bytes, at, out, to)
    },
  }
}

export const ELEMENT_TYPES = {
  F32: { blockElements: 1, blockBytes: 4, decode: decodeF32 },
  F16: { blockElements: 1, blockBytes: 2, decode: decodeF16 },
  BF16: { blockElements: 1, blockBytes: 2, decode: decodeBF16 },
  F64: { blockElements: 1, blockBytes: 8, decode: decodeF64 },
  Q4_0: block(32, 18, blocks.q4_0),
  Q4_1: block(32, 20, blocks.q4_1),
  Q5_0: block(32, 22, blocks.q5_0),
  Q5_1: block(32, 24, blocks.q5_1),
  Q8_0: block(32, 34, blocks.q8_0),
  Q2_K: block(256, 84, blocks.q2_K),
  Q3_K: block(256, 110, blocks.q3_K),
  Q4_K: block(256, 144, blocks.q4_K),
  Q5_K: block(256, 176, blocks.q5_K),
  Q6_K: block(256, 210, blocks.q6_K),
  IQ4_NL: block(32, 18, blocks.iq4_NL),
  IQ4_XS: block(256, 136, blocks.iq4_XS),
  MXFP4: block(32, 17, blocks.mxfp4),
  TQ1_0: block(256, 54, blocks.tq1_0),
  TQ2_0: block(256, 66, blocks.tq2_0),
} as const satisfies Record<string, ElementType>

export type ElementTypeName = keyof typeof ELEMENT_TYPES

/** The type of a name; undefined for one that cannot be read. */
export function elementType(name: string): ElementType | undefined {
  return Object.hasOwn(ELEMENT_TYPES, name) ? ELEMENT_TYPES[name as ElementTypeName] : undefined
}

/** Bytes of `count` elements, or undefined when they make no whole number of blocks. */
export function storedBytes(type: ElementType, count: number): number | undefined {
  const blockCount = count / type.blockElements
  return Number.isInteger(blockCount) ? blockCount * type.blockBytes : undefined
}

/** Stored elements as 32-bit floats. */
export function decodeElements(bytes: Uint8Array<ArrayBuffer>, type: ElementType): Float32Array {
  const values = new Float32Array((bytes.byteLength / type.blockBytes) * type.blockElements)
  type.decode(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), values)
  return values
}

/** Index of the first value that is no finite number, or -1. */
export function firstNotFinite(values: Float32Array): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]! * 0
  return sum === 0 ? -1 : values.findIndex((value) => !Number.isFinite(value))
}
