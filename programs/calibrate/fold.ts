import type { LoadedModel } from '../models/types.js'
import { InputError } from '../../sim/errors.js'
import { Rotation } from './rotation.js'

/**
 * Changes of a model's weights that leave its function as it is: what a chip then computes is the same but for the
 * rounding of activations and weights. Nothing is left to do at run time.
 */

type Rewrite = (name: string) => Float32Array

function withTensors(model: LoadedModel, rewrite: Rewrite, untied: boolean): LoadedModel {
  const known = new Map<string, Float32Array>()
  return {
    ...model,
    config: untied ? { ...model.config, tiedEmbeddings: false } : model.config,
    tensor: (name) => {
      const found = known.get(name)
      if (found !== undefined) return found
      const made = rewrite(name)
      known.set(name, made)
      return made
    },
  }
}

const parts = (name: string): { layer: string; tensor: string } => {
  const match = /^layers\.(\d+)\.(.+)$/.exec(name)
  return match === null ? { layer: '', tensor: name } : { layer: match[1]!, tensor: match[2]! }
}

/** The norm whose output a tensor's matrix takes. */
function normBefore(name: string): string | undefined {
  const { layer, tensor } = parts(name)
  if (tensor === 'q' || tensor === 'k' || tensor === 'v') return `layers.${layer}.attnNorm`
  if (tensor === 'gate' || tensor === 'up') return `layers.${layer}.ffnNorm`
  return tensor === 'head' ? 'finalNorm' : undefined
}

/** Every row of W times R': the matrix takes rotated inputs. */
function rotateInputs(weights: Float64Array, rotation: Rotation): void {
  for (let row = 0; row < weights.length; row += rotation.size) rotation.apply(weights, row)
}

/** R W: the matrix gives rotated outputs. */
function rotateOutputs(weights: Float64Array, inputs: number, rotation: Rotation, firstRow = 0): void {
  const column = new Float64Array(rotation.size)
  for (let i = 0; i < inputs; i++) {
    for (let row = 0; row < rotation.size; row++) column[row] = weights[(firstRow + row) * inputs + i]!
    rotation.apply(column)
    for (let row = 0; row < rotation.size; row++) weights[(firstRow + row) * inputs + i] = column[row]!
  }
}

/**
 * Rotates the residual stream: norm gains go into the matrices behind them, every matrix that reads the stream is
 * rotated back, every one that writes it forward. RMSNorm without gains does not see the rotation.
 */
export function rotateResidual(model: LoadedModel, seed: number): LoadedModel {
  const { dim, hiddenDim, heads, headDim, postNorm } = model.config
  if (postNorm === true) {
    throw new InputError(`model ${model.name}: its residual stream cannot be rotated: norms with gains stand before what is added to it`)
  }
  const rotation = new Rotation(dim, seed)
  return withTensors(model, (name) => {
    const { tensor } = parts(name)
    if (tensor === 'attnNorm' || tensor === 'ffnNorm' || tensor === 'finalNorm') return new Float32Array(dim).fill(1)
    const weights = Float64Array.from(model.tensor(name))
    const norm = normBefore(name)
    if (norm !== undefined) {
      const gain = model.tensor(norm)
      for (let i = 0; i < weights.length; i++) weights[i]! *= gain[i % dim]!
      rotateInputs(weights, rotation)
    } else if (tensor === 'embed') rotateInputs(weights, rotation)
    else if (tensor === 'oBias') rotateOutputs(weights, 1, rotation)
    else if (tensor === 'o') rotateOutputs(weights, heads * headDim, rotation)
    else if (tensor === 'down') rotateOutputs(weights, hiddenDim, rotation)
    else return model.tensor(name)
    return Float32Array.from(weights)
  }, true)
}

/** Rotates the values of each head: v forward, o back. The attention weights mix values linearly, so they commute. */
export function rotateValues(model: LoadedModel, seed: number): LoadedModel {
  const { dim, heads, kvHeads, headDim } = model.config
  const rotation = new Rotation(headDim, seed)
  return withTensors(model, (name) => {
    const { tensor } = parts(name)
    if (tensor !== 'v' && tensor !== 'vBias' && tensor !== 'o') return model.tensor(name)
    const weights = Float64Array.from(model.tensor(name))
    if (tensor === 'o') for (let at = 0; at < dim * heads * headDim; at += headDim) rotation.apply(weights, at)
    else if (tensor === 'vBias') for (let at = 0; at < weights.length; at += headDim) rotation.apply(weights, at)
    else for (let head = 0; head < kvHeads; head++) rotateOutputs(weights, dim, rotation, head * headDim)
    return Float32Array.from(weights)
  }, false)
}

/** Divisors of the inputs of linear layers, [inputs], by `operator/layer`; for `o` one a KV head and dimension. */
export type Gammas = Readonly<Record<string, readonly number[]>>

/** Where the inputs of an operator's matrix come from, and so what is divided. */
const DIVIDED: Readonly<Record<string, { operator: string; by: 'input' | 'output' }>> = {
  attnNorm: { operator: 'qkv', by: 'output' }, ffnNorm: { operator: 'gateUp', by: 'output' },
  q: { operator: 'qkv', by: 'input' }, k: { operator: 'qkv', by: 'input' },
  gate: { operator: 'gateUp', by: 'input' },
}

/**
 * Divides the inputs of linear layers by a gamma a channel and multiplies the weights by it (SmoothQuant, arXiv
 * 2211.10438). The division goes into the norm's gain, into the values (for o) or into the up matrix (for down).
 * @throws InputError for a gamma of the wrong length
 */
export function smooth(model: LoadedModel, gammas: Gammas): LoadedModel {
  const { dim, hiddenDim, heads, kvHeads, headDim } = model.config
  const gammaOf = (operator: string, layer: string): readonly number[] | undefined => {
    const gamma = gammas[`${operator}/${layer === '' ? -1 : layer}`]
    const length = operator === 'o' ? kvHeads * headDim : operator === 'down' ? hiddenDim : dim
    if (gamma !== undefined && gamma.length !== length) {
      throw new InputError(`gamma of ${operator}/${layer}: ${gamma.length} numbers, expected ${length}`)
    }
    return gamma
  }
  const scaled = (name: string, inputs: number, byInput: readonly number[] | undefined, byOutput: readonly number[] | undefined): Float32Array => (
    byInput === undefined && byOutput === undefined ? model.tensor(name) : model.tensor(name).map((value, at) => (
      value * (byInput?.[at % inputs] ?? 1) / (byOutput?.[Math.floor(at / inputs)] ?? 1)
    ))
  )
  /** Gamma of o, for the inputs of o: all query heads of a group share their KV head's values. */
  const spread = (gamma: readonly number[] | undefined): number[] | undefined => gamma === undefined ? undefined
    : Array.from({ length: heads * headDim }, (_, i) => gamma[Math.floor(i / headDim / (heads / kvHeads)) * headDim + (i % headDim)]!)
  return withTensors(model, (name) => {
    const { layer, tensor } = parts(name)
    switch (tensor) {
      case 'head': return scaled(name, dim, gammaOf('head', ''), undefined)
      case 'finalNorm': return scaled(name, 1, undefined, gammaOf('head', ''))
      case 'v': return scaled(name, dim, gammaOf('qkv', layer), gammaOf('o', layer))
      case 'vBias': return scaled(name, 1, undefined, gammaOf('o', layer))
      case 'up': return scaled(name, dim, gammaOf('gateUp', layer), gammaOf('down', layer))
      case 'o': return scaled(name, heads * headDim, spread(gammaOf('o', layer)), undefined)
      case 'down': return scaled(name, hiddenDim, gammaOf('down', layer), undefined)
    }
    const row = DIVIDED[tensor]
    if (row === undefined) return model.tensor(name)
    const gamma = gammaOf(row.operator, layer)
    return row.by === 'output' ? scaled(name, 1, undefined, gamma) : scaled(name, dim, gamma, undefined)
  }, gammas['head/-1'] !== undefined)
}
