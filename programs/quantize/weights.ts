import { f32 } from '../../sim/numerics.js'
import type { QuantizedLinear } from './types.js'

/** Largest magnitude of a symmetric signed integer of `bits` bits: 2^(bits-1) - 1. */
export function signedLimit(bits: number): number {
  return 2 ** (bits - 1) - 1
}

export function roundHalfAwayFromZero(value: number): number {
  return value < 0 ? -Math.floor(-value + 0.5) : Math.floor(value + 0.5)
}

/** Scale of one output channel, f32(max / limit); 1 for a channel of zeros. */
export function channelScale(maxAbs: number, limit: number): number {
  const scale = f32(maxAbs / limit)
  return scale === 0 ? 1 : scale
}

/** Rows of a matrix that are quantized together: what they write, input-major, then lies side by side. */
const ROWS = 64

/** Largest magnitude of source[first, end). */
function largestOf(source: Float32Array, first: number, end: number): number {
  let maxAbs = 0
  for (let i = first; i < end; i++) {
    const magnitude = Math.abs(source[i]!)
    if (magnitude > maxAbs) maxAbs = magnitude
  }
  return maxAbs
}

/** Quantizes `value` by the scale of its channel. */
function quantized(value: number, scale: number, limit: number): number {
  const rounded = roundHalfAwayFromZero(value / scale)
  return rounded > limit ? limit : rounded < -limit ? -limit : rounded
}

/** Where a matrix's rows become outputs, from `output` on, of a layer with `outputs` in all. */
interface Destination {
  readonly q: Int8Array
  readonly scales: Float32Array
  readonly outputs: number
  readonly output: number
}

/** Quantizes a matrix [rows, inputs], a scale for each row and group of `size` inputs. */
function quantizeMatrix(matrix: Float32Array, inputs: number, size: number, limit: number, { q, scales, outputs, output }: Destination): void {
  const rows = matrix.length / inputs
  for (let top = 0; top < rows; top += ROWS) {
    const bottom = Math.min(rows, top + ROWS)
    for (let first = 0, at = output; first < inputs; first += size, at += outputs) {
      const end = Math.min(inputs, first + size)
      for (let row = top; row < bottom; row++) {
        scales[at + row] = channelScale(largestOf(matrix, row * inputs + first, row * inputs + end), limit)
      }
      for (let i = first; i < end; i++) {
        const to = i * outputs + output
        for (let row = top; row < bottom; row++) q[to + row] = quantized(matrix[row * inputs + i]!, scales[at + row]!, limit)
      }
    }
  }
}

/**
 * Quantizes linear layers that share their input into one: symmetric, per output channel or group of inputs, to nearest.
 * @param matrices each row-major [outputs, inputs]; their outputs follow each other in the result
 * @param inputs columns of every matrix
 * @param bits 2 to 8
 * @param group inputs that share a scale; 0: all
 */
export function quantizeLinear(
  matrices: readonly Float32Array[], inputs: number, bits: number, group = 0,
): QuantizedLinear {
  const outputs = matrices.reduce((sum, matrix) => sum + matrix.length / inputs, 0)
  const q = new Int8Array(inputs * outputs)
  const size = group === 0 ? inputs : group
  const scales = new Float32Array(Math.ceil(inputs / size) * outputs)
  const limit = signedLimit(bits)
  let output = 0
  for (const matrix of matrices) {
    quantizeMatrix(matrix, inputs, size, limit, { q, scales, outputs, output })
    output += matrix.length / inputs
  }
  if (group === 0) return { inputs, outputs, bits, q, scale: scales }
  return { inputs, outputs, bits, q, scale: new Float32Array(outputs).fill(1), groups: { size, scale: scales } }
}

/**
 * Quantizes the embedding: a linear layer whose inputs are the token ids.
 * @param table row-major [vocabulary, dim]
 */
export function quantizeEmbedding(table: Float32Array, dim: number, bits: number): QuantizedLinear {
  const inputs = table.length / dim
  const q = new Int8Array(table.length)
  const limit = signedLimit(bits)
  const scale = new Float32Array(dim)
  for (let i = 0, at = 0; i < inputs; i++) {
    for (let j = 0; j < dim; j++, at++) {
      const magnitude = Math.abs(table[at]!)
      if (magnitude > scale[j]!) scale[j] = magnitude
    }
  }
  for (let j = 0; j < dim; j++) scale[j] = channelScale(scale[j]!, limit)
  for (let i = 0, at = 0; i < inputs; i++) {
    for (let j = 0; j < dim; j++, at++) q[at] = quantized(table[at]!, scale[j]!, limit)
  }
  return { inputs, outputs: dim, bits, q, scale }
}
