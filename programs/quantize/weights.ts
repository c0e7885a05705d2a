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

/**
 * Quantizes inputs [first, end) of one output channel, read from `source[start + i * stride]`, into column `output` of
 * `q`. Returns their scale.
 */
function quantizeChannel(
  source: Float32Array, start: number, stride: number, limit: number,
  q: Int8Array, output: number, outputs: number, first: number, end: number,
): number {
  let maxAbs = 0
  for (let i = first; i < end; i++) {
    const magnitude = Math.abs(source[start + i * stride]!)
    if (magnitude > maxAbs) maxAbs = magnitude
  }
  const scale = channelScale(maxAbs, limit)
  for (let i = first; i < end; i++) {
    const rounded = roundHalfAwayFromZero(source[start + i * stride]! / scale)
    q[i * outputs + output] = Math.max(-limit, Math.min(limit, rounded))
  }
  return scale
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
    const rows = matrix.length / inputs
    for (let row = 0; row < rows; row++, output++) {
      for (let first = 0, at = output; first < inputs; first += size, at += outputs) {
        scales[at] = quantizeChannel(matrix, row * inputs, 1, limit, q, output, outputs, first, Math.min(inputs, first + size))
      }
    }
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
  const scale = new Float32Array(dim)
  const limit = signedLimit(bits)
  for (let j = 0; j < dim; j++) scale[j] = quantizeChannel(table, j, dim, limit, q, j, dim, 0, inputs)
  return { inputs, outputs: dim, bits, q, scale }
}
