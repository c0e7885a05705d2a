import type { QuantizedLinear } from './types.js'
import { channelScale, roundHalfAwayFromZero, signedLimit } from './weights.js'

/**
 * GPTQ (arXiv 2210.17323): weights are rounded input by input, and what each rounding did wrong is taken back by the
 * inputs still to come, as far as the calibration activations say that these can make up for it.
 */

/** Share of the mean diagonal that is added to the diagonal, so that the Hessian has an inverse. */
const DAMPING = 0.01

/** Second moments of a layer's inputs, [inputs, inputs]: sum over samples of x_i x_j. */
export function secondMoments(samples: readonly Float32Array[], inputs: number): Float64Array {
  const moments = new Float64Array(inputs * inputs)
  for (const x of samples) {
    for (let i = 0; i < inputs; i++) {
      const xi = x[i]!
      if (xi === 0) continue
      for (let j = 0; j < inputs; j++) moments[i * inputs + j]! += xi * x[j]!
    }
  }
  return moments
}

/** Lower triangle L of a positive definite matrix A = L L', [n, n], in a new array. */
function cholesky(matrix: Float64Array, n: number): Float64Array {
  const lower = new Float64Array(n * n)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * n + j]!
      for (let k = 0; k < j; k++) sum -= lower[i * n + k]! * lower[j * n + k]!
      lower[i * n + j] = i === j ? Math.sqrt(sum) : sum / lower[j * n + j]!
    }
  }
  return lower
}

/** Inverse of A from its Cholesky factor, [n, n]. */
function inverseOf(lower: Float64Array, n: number): Float64Array {
  const inverse = new Float64Array(n * n)
  const column = new Float64Array(n)
  for (let c = 0; c < n; c++) {
    for (let i = 0; i < n; i++) {
      let sum = i === c ? 1 : 0
      for (let k = 0; k < i; k++) sum -= lower[i * n + k]! * column[k]!
      column[i] = sum / lower[i * n + i]!
    }
    for (let i = n - 1; i >= 0; i--) {
      let sum = column[i]!
      for (let k = i + 1; k < n; k++) sum -= lower[k * n + i]! * inverse[k * n + c]!
      inverse[i * n + c] = sum / lower[i * n + i]!
    }
  }
  return inverse
}

/** Upper triangle U of the damped moments' inverse, U' U = (M + damping)^-1, and the order the inputs are rounded in. */
function correction(moments: Float64Array, inputs: number): { upper: Float64Array; order: number[] } {
  const order = Array.from({ length: inputs }, (_, i) => i)
    .sort((a, b) => moments[b * inputs + b]! - moments[a * inputs + a]! || a - b)
  let trace = 0
  for (let i = 0; i < inputs; i++) trace += moments[i * inputs + i]!
  const damping = trace === 0 ? 1 : (DAMPING * trace) / inputs
  const damped = new Float64Array(inputs * inputs)
  for (let i = 0; i < inputs; i++) {
    for (let j = 0; j < inputs; j++) damped[i * inputs + j] = moments[order[i]! * inputs + order[j]!]! + (i === j ? damping : 0)
  }
  const lower = cholesky(inverseOf(cholesky(damped, inputs), inputs), inputs)
  const upper = new Float64Array(inputs * inputs)
  for (let i = 0; i < inputs; i++) for (let j = i; j < inputs; j++) upper[i * inputs + j] = lower[j * inputs + i]!
  return { upper, order }
}

/**
 * Quantizes linear layers that share their input, as `quantizeLinear`, but rounding with GPTQ: symmetric, per output
 * channel, inputs of large second moment first.
 * @param matrices each row-major [outputs, inputs]
 * @param moments of the inputs, `secondMoments`
 */
export function quantizeLinearGptq(
  matrices: readonly Float32Array[], inputs: number, bits: number, moments: Float64Array,
): QuantizedLinear {
  const outputs = matrices.reduce((sum, matrix) => sum + matrix.length / inputs, 0)
  const q = new Int8Array(inputs * outputs)
  const scale = new Float32Array(outputs)
  const limit = signedLimit(bits)
  const { upper, order } = correction(moments, inputs)
  const rest = new Float64Array(inputs) // the channel's weights in rounding order, as corrected so far
  let output = 0
  for (const matrix of matrices) {
    for (let row = 0; row < matrix.length / inputs; row++, output++) {
      let maxAbs = 0
      for (let i = 0; i < inputs; i++) {
        rest[i] = matrix[row * inputs + order[i]!]!
        maxAbs = Math.max(maxAbs, Math.abs(rest[i]!))
      }
      const step = channelScale(maxAbs, limit)
      scale[output] = step
      for (let i = 0; i < inputs; i++) {
        const integer = Math.max(-limit, Math.min(limit, roundHalfAwayFromZero(rest[i]! / step)))
        q[order[i]! * outputs + output] = integer
        const error = (rest[i]! - integer * step) / upper[i * inputs + i]!
        for (let j = i + 1; j < inputs; j++) rest[j]! -= error * upper[i * inputs + j]!
      }
    }
  }
  return { inputs, outputs, bits, q, scale }
}
