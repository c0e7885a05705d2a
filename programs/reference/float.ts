import { BIAS_TENSORS } from '../models/types.js'
import type { LoadedModel, ModelConfig } from '../models/types.js'

/**
 * LLaMA in 64-bit floats, without quantization: what the integer machine is measured against. It shares no
 * code with the interpreter, so that an error in one shows.
 */
interface FloatLayer {
  readonly attnNorm: Float32Array
  readonly q: Float32Array
  readonly k: Float32Array
  readonly v: Float32Array
  /** Biases of q, k and v, or empty. */
  readonly biases: readonly Float32Array[]
  readonly o: Float32Array
  readonly ffnNorm: Float32Array
  readonly gate: Float32Array
  readonly up: Float32Array
  readonly down: Float32Array
  /** Keys and values of the tokens so far: [position][kvHeads * headDim]. */
  readonly keys: Float64Array[]
  readonly values: Float64Array[]
}

/** y = W x, W row-major [outputs, inputs]. */
function matVec(weights: Float32Array, x: Float64Array): Float64Array {
  const inputs = x.length
  const y = new Float64Array(weights.length / inputs)
  for (let j = 0; j < y.length; j++) {
    const row = j * inputs
    let sum = 0
    for (let i = 0; i < inputs; i++) sum += weights[row + i]! * x[i]!
    y[j] = sum
  }
  return y
}

function rmsNorm(x: Float64Array, gain: Float32Array, eps: number): Float64Array {
  let squares = 0
  for (let i = 0; i < x.length; i++) squares += x[i]! * x[i]!
  const factor = 1 / Math.sqrt(squares / x.length + eps)
  return x.map((value, i) => value * factor * gain[i]!)
}

/** Rotates adjacent pairs of every head, in place. */
function rotate(x: Float64Array, position: number, config: ModelConfig): void {
  const { headDim, ropeBase, ropeDivisors } = config
  for (let i = 0; i < x.length; i += 2) {
    const divisor = ropeDivisors?.[(i % headDim) / 2] ?? 1
    const angle = (position * ropeBase ** (-(i % headDim) / headDim)) / divisor
    const cosine = Math.cos(angle)
    const sine = Math.sin(angle)
    const a = x[i]!
    const b = x[i + 1]!
    x[i] = a * cosine - b * sine
    x[i + 1] = a * sine + b * cosine
  }
}

/** What enters a linear layer on its way to be multiplied; returns what enters instead. Layer -1: the head. */
export type OnLinearInput = (x: Float64Array, operator: 'qkv' | 'o' | 'gateUp' | 'down' | 'head', layer: number) => Float64Array

export class FloatModel {
  readonly config: ModelConfig
  /** Lets others look at the inputs of linear layers, or quantize them. */
  onLinearInput: OnLinearInput = (x) => x
  private readonly embedding: Float32Array
  private readonly layers: FloatLayer[]
  private readonly finalNorm: Float32Array
  private readonly head: Float32Array
  private position = 0

  constructor(model: LoadedModel) {
    this.config = model.config
    this.embedding = model.tensor('embed')
    this.layers = Array.from({ length: model.config.layers }, (_, n) => {
      const tensor = (name: string): Float32Array => model.tensor(`layers.${n}.${name}`)
      return {
        attnNorm: tensor('attnNorm'), q: tensor('q'), k: tensor('k'), v: tensor('v'), o: tensor('o'),
        biases: model.config.qkvBias ? BIAS_TENSORS.map(tensor) : [],
        ffnNorm: tensor('ffnNorm'), gate: tensor('gate'), up: tensor('up'), down: tensor('down'), keys: [], values: [],
      }
    })
    this.finalNorm = model.tensor('finalNorm')
    this.head = model.config.tiedEmbeddings ? this.embedding : model.tensor('head')
  }

  /** Forgets the sequence; the next token is at position 0. */
  reset(): void {
    this.position = 0
    for (const layer of this.layers) {
      layer.keys.length = 0
      layer.values.length = 0
    }
  }

  /** The next token of the sequence; logits [vocabulary]. */
  forward(tokenId: number): Float64Array {
    const { dim, normEps } = this.config
    const x = Float64Array.from(this.embedding.subarray(tokenId * dim, (tokenId + 1) * dim))
    this.layers.forEach((layer, n) => {
      const attended = this.attention(layer, this.onLinearInput(rmsNorm(x, layer.attnNorm, normEps), 'qkv', n))
      this.add(x, matVec(layer.o, this.onLinearInput(attended, 'o', n)))
      const y = this.onLinearInput(rmsNorm(x, layer.ffnNorm, normEps), 'gateUp', n)
      const up = matVec(layer.up, y)
      const hidden = matVec(layer.gate, y).map((g, i) => (g / (1 + Math.exp(-g))) * up[i]!)
      this.add(x, matVec(layer.down, this.onLinearInput(hidden, 'down', n)))
    })
    this.position++
    return matVec(this.head, this.onLinearInput(rmsNorm(x, this.finalNorm, normEps), 'head', -1))
  }

  private add(x: Float64Array, y: Float64Array): void {
    for (let i = 0; i < x.length; i++) x[i]! += y[i]!
  }

  private biased(y: Float64Array, bias: Float32Array | undefined): Float64Array {
    if (bias !== undefined) for (let i = 0; i < y.length; i++) y[i]! += bias[i]!
    return y
  }

  private attention(layer: FloatLayer, x: Float64Array): Float64Array {
    const { heads, kvHeads, headDim } = this.config
    const [query, key, value] = [layer.q, layer.k, layer.v].map((weights, i) => this.biased(matVec(weights, x), layer.biases[i]))
    rotate(query!, this.position, this.config)
    rotate(key!, this.position, this.config)
    layer.keys.push(key!)
    layer.values.push(value!)
    const output = new Float64Array(heads * headDim)
    for (let head = 0; head < heads; head++) {
      const kvOffset = Math.floor(head / (heads / kvHeads)) * headDim
      const offset = head * headDim
      const scores = layer.keys.map((k) => {
        let sum = 0
        for (let i = 0; i < headDim; i++) sum += query![offset + i]! * k[kvOffset + i]!
        return sum / Math.sqrt(headDim)
      })
      const max = Math.max(...scores)
      const weights = scores.map((score) => Math.exp(score - max))
      const total = weights.reduce((sum, weight) => sum + weight, 0)
      weights.forEach((weight, p) => {
        const value = layer.values[p]!
        for (let i = 0; i < headDim; i++) output[offset + i]! += (weight / total) * value[kvOffset + i]!
      })
    }
    return output
  }
}
