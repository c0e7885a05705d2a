import type { LoadedModel } from '../../../programs/models/index.js'

/**
 * LLaMA and Qwen2 written as their papers state them, over a whole sequence at once: matrices of numbers, complex
 * rotations, a full score matrix with a causal mask. It shares nothing with programs/reference.
 */
type Matrix = number[][]

const matrix = (values: Float32Array, columns: number): Matrix =>
  Array.from({ length: values.length / columns }, (_, r) => Array.from(values.slice(r * columns, (r + 1) * columns)))

const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0)

/** x W^T + b for rows of x. */
const linear = (x: Matrix, weights: Matrix, bias?: Float32Array): Matrix =>
  x.map((row) => weights.map((w, j) => dot(row, w) + (bias?.[j] ?? 0)))

const add = (a: Matrix, b: Matrix): Matrix => a.map((row, p) => row.map((value, i) => value + b[p]![i]!))

export interface PlainOptions {
  /** Frequency of each rotary pair, radians per position. */
  readonly frequencies: readonly number[]
}

/** Logits [position][vocabulary] of a sequence. */
export function plainLogits(model: LoadedModel, ids: readonly number[], { frequencies }: PlainOptions): Matrix {
  const { dim, hiddenDim, heads, kvHeads, headDim, layers, normEps, qkvBias } = model.config
  const get = (name: string, columns: number): Matrix => matrix(model.tensor(name), columns)
  const norm = (x: Matrix, name: string): Matrix => {
    const gain = model.tensor(name)
    return x.map((row) => row.map((value, i) => (value / Math.sqrt(dot(row, row) / dim + normEps)) * gain[i]!))
  }
  const rotate = (row: readonly number[], position: number): number[] => row.map((value, i) => {
    const angle = position * frequencies[i >> 1]!
    const partner = i % 2 === 0 ? -row[i + 1]! : row[i - 1]!
    return value * Math.cos(angle) + partner * Math.sin(angle)
  })
  const part = (x: Matrix, head: number): Matrix => x.map((row) => row.slice(head * headDim, (head + 1) * headDim))
  const project = (x: Matrix, layer: number, name: string): Matrix =>
    linear(x, get(`layers.${layer}.${name}`, dim), qkvBias ? model.tensor(`layers.${layer}.${name}Bias`) : undefined)

  let x: Matrix = ids.map((id) => get('embed', dim)[id]!)
  for (let n = 0; n < layers; n++) {
    const y = norm(x, `layers.${n}.attnNorm`)
    const [q, k, v] = ['q', 'k', 'v'].map((name) => project(y, n, name)) as [Matrix, Matrix, Matrix]
    const outputs = Array.from({ length: heads }, (_, head) => {
      const shared = Math.floor((head * kvHeads) / heads)
      const queries = part(q, head).map(rotate)
      const keys = part(k, shared).map(rotate)
      const values = part(v, shared)
      return queries.map((query, p) => {
        const weights = keys.map((key, s) => (s > p ? 0 : Math.exp(dot(query, key) / Math.sqrt(headDim))))
        const total = weights.reduce((sum, weight) => sum + weight, 0)
        return values[0]!.map((_, i) => values.reduce((sum, value, s) => sum + (weights[s]! / total) * value[i]!, 0))
      })
    })
    const joined = ids.map((_, p) => outputs.flatMap((output) => output[p]!))
    x = add(x, linear(joined, get(`layers.${n}.o`, heads * headDim)))
    const z = norm(x, `layers.${n}.ffnNorm`)
    const gate = linear(z, get(`layers.${n}.gate`, dim))
    const up = linear(z, get(`layers.${n}.up`, dim))
    const hidden = gate.map((row, p) => row.map((g, i) => (g / (1 + Math.exp(-g))) * up[p]![i]!))
    x = add(x, linear(hidden, get(`layers.${n}.down`, hiddenDim)))
  }
  return linear(norm(x, 'finalNorm'), get('head', dim))
}
