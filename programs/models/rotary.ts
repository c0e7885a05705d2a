/**
 * Hugging Face checkpoints rotate the pair (i, i + headDim / 2) of a head; the machine rotates
 * (2i, 2i + 1), as the original LLaMA does. Reordering the rows of the query and key projections turns
 * one into the other: scores are sums over a head and do not see the order.
 */

/** Rows of a query or key projection in half-split order, reordered to adjacent pairs. */
export function adjacentPairs(matrix: Float32Array, columns: number, headDim: number): Float32Array {
  const result = new Float32Array(matrix.length)
  const rows = matrix.length / columns
  const half = headDim / 2
  for (let head = 0; head < rows; head += headDim) {
    for (let i = 0; i < half; i++) {
      const first = (head + i) * columns
      const second = (head + half + i) * columns
      result.set(matrix.subarray(first, first + columns), (head + 2 * i) * columns)
      result.set(matrix.subarray(second, second + columns), (head + 2 * i + 1) * columns)
    }
  }
  return result
}
