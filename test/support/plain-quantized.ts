import type { LoadedModel } from '../../programs/models/types.js'

/**
 * A quantized LLaMA in plain 64-bit arithmetic, written from docs/architecture.md alone: real numbers snapped to
 * their grids and dense products, no integers, no 32-bit rounding, none of the project's numerics. It agrees with
 * the interpreter up to those roundings.
 */

/** Values snapped to multiples of max / limit. */
function snap(values: readonly number[], limit: number): number[] {
  const max = Math.max(...values.map(Math.abs))
  const step = max === 0 ? 1 : max / limit
  return values.map((v) => Math.sign(v) * Math.min(limit, Math.floor(Math.abs(v) / step + 0.5)) * step)
}

type Matrix = number[][]

function rowsOf(values: Float32Array, columns: number): Matrix {
  return Array.from({ length: values.length / columns }, (_, row) =>
    Array.from(values.subarray(row * columns, (row + 1) * columns)))
}

function multiply(matrix: Matrix, x: readonly number[]): number[] {
  return matrix.map((row) => row.reduce((sum, weight, i) => sum + weight * x[i]!, 0))
}

export interface PlainOptions { readonly weightLimit: number; readonly activationLimit: number }

/** Logits after each token of a sequence. */
export function plainQuantizedLogits(model: LoadedModel, ids: readonly number[], options: PlainOptions): number[][] {
  const { config } = model
  const weights = (name: string, columns: number): Matrix =>
    rowsOf(model.tensor(name), columns).map((row) => snap(row, options.weightLimit))
  const linear = (matrix: Matrix, x: readonly number[]): number[] => multiply(matrix, snap(x, options.activationLimit))
  const norm = (x: readonly number[], name: string): number[] => {
    const r = 1 / Math.sqrt(x.reduce((sum, v) => sum + v * v, 0) / x.length + config.normEps)
    return x.map((v, i) => v * r * model.tensor(name)[i]!)
  }
  const rotate = (x: readonly number[], position: number): number[] => x.map((v, i) => {
    const angle = position * config.ropeBase ** (-2 * Math.floor(i / 2) / config.headDim)
    return i % 2 === 0 ? v * Math.cos(angle) - x[i + 1]! * Math.sin(angle)
      : x[i - 1]! * Math.sin(angle) + v * Math.cos(angle)
  })
  const table = rowsOf(model.tensor('embed'), config.dim)
  const columns = table[0]!.map((_, j) => snap(table.map((row) => row[j]!), 127))
  const { dim, hiddenDim, headDim, heads, kvHeads } = config
  const keys: number[][][] = Array.from({ length: config.layers }, () => [])
  const values: number[][][] = Array.from({ length: config.layers }, () => [])

  return ids.map((id, position) => {
    let x = columns.map((column) => column[id]!)
    for (let n = 0; n < config.layers; n++) {
      const name = (tensor: string): string => `layers.${n}.${tensor}`
      const y = norm(x, name('attnNorm'))
      const part = (v: readonly number[], head: number): number[] => v.slice(head * headDim, (head + 1) * headDim)
      const biased = (tensor: string): number[] => {
        const bias = config.qkvBias ? model.tensor(name(`${tensor}Bias`)) : undefined
        return linear(weights(name(tensor), dim), y).map((value, j) => value + (bias?.[j] ?? 0))
      }
      const q = biased('q')
      const k = biased('k')
      const v = biased('v')
      for (let head = 0; head < kvHeads; head++) {
        keys[n]!.push(snap(rotate(part(k, head), position), 127))
        values[n]!.push(snap(part(v, head), 127))
      }
      const attended: number[] = []
      for (let head = 0; head < heads; head++) {
        const kvHead = Math.floor((head * kvHeads) / heads)
        const query = snap(rotate(part(q, head), position), 127)
        const at = Array.from({ length: position + 1 }, (_, p) => p * kvHeads + kvHead)
        const scores = at.map((p) => multiply([keys[n]![p]!], query)[0]! / Math.sqrt(headDim))
        const exps = scores.map((score) => Math.exp(score - Math.max(...scores)))
        const total = exps.reduce((sum, e) => sum + e, 0)
        const scales = at.map((p) => {
          const max = Math.max(...values[n]![p]!.map(Math.abs))
          return max === 0 ? 1 : max / 127
        })
        const snapped = snap(exps.map((e, i) => e * scales[i]!), 255)
        for (let i = 0; i < headDim; i++) {
          attended.push(at.reduce((sum, p, j) => sum + (snapped[j]! / scales[j]!) * values[n]![p]![i]!, 0) / total)
        }
      }
      x = linear(weights(name('o'), heads * headDim), attended).map((value, i) => x[i]! + value)
      const z = norm(x, name('ffnNorm'))
      const up = linear(weights(name('up'), dim), z)
      const hidden = linear(weights(name('gate'), dim), z).map((g, i) => (g / (1 + Math.exp(-g))) * up[i]!)
      x = linear(weights(name('down'), hiddenDim), hidden).map((value, i) => x[i]! + value)
    }
    return linear(weights('head', dim), norm(x, 'finalNorm'))
  })
}
