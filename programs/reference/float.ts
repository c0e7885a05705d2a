import { cosSinExact, expExact, powerExact, tanhExact } from '../../sim/numerics.js'
import { tensorShapes } from '../models/types.js'
import { atLength } from '../models/rotary.js'
import type { LoadedModel, ModelConfig } from '../models/types.js'
import { checkLength } from './length.js'

/**
 * Every family in 64-bit floats, without quantization: what the integer machine is measured against. It shares no
 * code with the interpreter and does not see the graph, so that an error in one shows.
 */
interface FloatLayer {
  /** A tensor of the layer; undefined where the model has none of this name. */
  readonly tensor: (name: string) => Float32Array | undefined
  /** Keys and values of the tokens so far: [position][kvHeads * headDim]. */
  readonly keys: Float64Array[]
  readonly values: Float64Array[]
  readonly window: number
  rope: { readonly base: number; readonly divisors: readonly number[] | undefined } | undefined
}

/** What enters a linear layer on its way to be multiplied; returns what enters instead. Layer -1: the head. */
export type OnLinearInput = (x: Float64Array, operator: 'qkv' | 'o' | 'gateUp' | 'down' | 'head', layer: number) => Float64Array

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

const turn = new Float64Array(2)

/** Rotates adjacent pairs of every head, in place. */
function rotate(x: Float64Array, position: number, { base, divisors }: NonNullable<FloatLayer['rope']>, config: ModelConfig): void {
  const { headDim, rotaryDims = headDim, ropeFactor = 1 } = config
  for (let i = 0; i < x.length; i += 2) {
    const at = i % headDim
    if (at >= rotaryDims) continue
    const angle = (position * powerExact(base, -at / rotaryDims)) / (divisors?.[at / 2] ?? 1)
    cosSinExact(angle / (2 * Math.PI), turn)
    const cosine = turn[0]! * ropeFactor
    const sine = turn[1]! * ropeFactor
    const a = x[i]!
    const b = x[i + 1]!
    x[i] = a * cosine - b * sine
    x[i + 1] = a * sine + b * cosine
  }
}

function biased(y: Float64Array, bias: Float32Array | undefined): Float64Array {
  return bias === undefined ? y : y.map((value, i) => value + bias[i]!)
}

function silu(x: number): number {
  return x / (1 + expExact(-x))
}

/** GELU in its tanh form. */
function gelu(x: number): number {
  return 0.5 * x * (1 + tanhExact(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))
}

function layerOf(model: LoadedModel, n: number): FloatLayer {
  const { window = Infinity } = model.config
  const known = new Map<string, Float32Array | undefined>()
  return {
    tensor: (name) => {
      if (!known.has(name)) {
        const isThere = tensorShapes(model.config).has(`layers.${n}.${name}`)
        known.set(name, isThere ? model.tensor(`layers.${n}.${name}`) : undefined)
      }
      return known.get(name)
    },
    keys: [], values: [], window: hasWindow(model.config, n) ? window : Infinity, rope: ropeOf(model.config, n),
  }
}

function hasWindow({ window, windowLayers }: ModelConfig, n: number): boolean {
  return window !== undefined && (windowLayers?.[n] ?? true)
}

function ropeOf(config: ModelConfig, n: number): FloatLayer['rope'] {
  const { noRope, ropeBase, ropeDivisors, windowRopeBase } = config
  if (noRope?.[n] === true) return undefined
  const isLocal = windowRopeBase !== undefined && hasWindow(config, n)
  return isLocal ? { base: windowRopeBase, divisors: undefined } : { base: ropeBase, divisors: ropeDivisors }
}

export class FloatModel {
  readonly config: ModelConfig
  /** Lets others look at the inputs of linear layers, or quantize them. */
  onLinearInput: OnLinearInput = (x) => x
  private readonly embedding: Float32Array
  private readonly layers: FloatLayer[]
  private readonly finalNorm: Float32Array
  private readonly head: Float32Array
  private position = 0
  /** Tokens of a sequence that the frequencies are right for. */
  private longest: number

  constructor(model: LoadedModel) {
    this.config = model.config
    this.embedding = model.tensor('embed')
    this.layers = Array.from({ length: model.config.layers }, (_, n) => layerOf(model, n))
    this.finalNorm = model.tensor('finalNorm')
    this.head = model.config.tiedEmbeddings ? this.embedding : model.tensor('head')
    this.longest = model.config.ropeByLength?.trained ?? Infinity
  }

  /** Forgets the sequence; the next token is at position 0. @param length as `SequenceModel` has it */
  reset(length?: number): void {
    const { ropeByLength } = this.config
    this.position = 0
    if (ropeByLength !== undefined) this.longest = length ?? ropeByLength.trained
    const settled = atLength(this.config, this.longest)
    this.layers.forEach((layer, n) => {
      layer.keys.length = 0
      layer.values.length = 0
      layer.rope = ropeOf(settled, n)
    })
  }

  /** The next token of the sequence; logits [vocabulary]. */
  forward(tokenId: number): Float64Array {
    checkLength(this.position, this.longest)
    const { dim, normEps, embedScale = 1, logitDivisor = 1 } = this.config
    const x = Float64Array.from(this.embedding.subarray(tokenId * dim, (tokenId + 1) * dim), (value) => value * embedScale)
    this.layers.forEach((layer, n) => {
      const attended = this.attention(layer, this.onLinearInput(this.normed(x, layer.tensor('attnNorm')), 'qkv', n))
      const mixed = biased(matVec(layer.tensor('o')!, this.onLinearInput(attended, 'o', n)), layer.tensor('oBias'))
      this.add(x, this.normed(mixed, layer.tensor('attnPostNorm')))
      const h = this.onLinearInput(this.normed(x, layer.tensor('ffnNorm')), 'gateUp', n)
      const y = layer.tensor('router') === undefined ? this.block(layer, h, '', n) : this.mixture(layer, h, n)
      this.add(x, this.normed(y, layer.tensor('ffnPostNorm')))
    })
    this.position++
    const last = this.onLinearInput(rmsNorm(x, this.finalNorm, normEps), 'head', -1)
    return matVec(this.head, last).map((logit) => logit / logitDivisor)
  }

  private normed(x: Float64Array, gain: Float32Array | undefined): Float64Array {
    return gain === undefined ? x : rmsNorm(x, gain, this.config.normEps)
  }

  private add(x: Float64Array, y: Float64Array): void {
    const { residualScale = 1 } = this.config
    for (let i = 0; i < x.length; i++) x[i]! += y[i]! * residualScale
  }

  /** A feed-forward block: the dense one, or an expert, whose tensors have a prefix. */
  private block(layer: FloatLayer, x: Float64Array, expert: string, n: number): Float64Array {
    const activation = this.config.activation === 'gelu' ? gelu : silu
    const tensor = (name: string): Float32Array => (
      layer.tensor(expert === '' ? name : `${expert}.expert${name[0]!.toUpperCase()}${name.slice(1)}`)!
    )
    const up = matVec(tensor('up'), x)
    const hidden = matVec(tensor('gate'), x).map((g, i) => activation(g) * up[i]!)
    return matVec(tensor('down'), this.onLinearInput(hidden, 'down', n))
  }

  /** The experts of the largest probabilities, weighted by them. */
  private mixture(layer: FloatLayer, x: Float64Array, n: number): Float64Array {
    const { chosen, normalised } = this.config.experts!
    const scores = matVec(layer.tensor('router')!, x)
    const most = Math.max(...scores)
    const exponentials = scores.map((score) => expExact(score - most))
    const best = [...exponentials.keys()].sort((a, b) => exponentials[b]! - exponentials[a]! || a - b).slice(0, chosen)
    const total = (normalised ? best : [...exponentials.keys()]).reduce((sum, e) => sum + exponentials[e]!, 0)
    const y = new Float64Array(x.length)
    for (const e of best) this.block(layer, x, `experts.${e}`, n).forEach((value, i) => { y[i]! += (exponentials[e]! / total) * value })
    return y
  }

  /** One of the projections, with its bias and its norm: of every head, or of all together. */
  private projected(layer: FloatLayer, name: 'q' | 'k' | 'v', x: Float64Array): Float64Array {
    const { normEps } = this.config
    const y = biased(matVec(layer.tensor(name)!, x), layer.tensor(`${name}Bias`))
    const gain = layer.tensor(`${name}Norm`)
    if (gain === undefined) return y
    const group = gain.length
    for (let at = 0; at < y.length; at += group) y.set(rmsNorm(y.slice(at, at + group), gain, normEps), at)
    return y
  }

  private attention(layer: FloatLayer, x: Float64Array): Float64Array {
    const { heads, kvHeads, headDim, attentionScale = 1 / Math.sqrt(headDim) } = this.config
    const [query, key, value] = (['q', 'k', 'v'] as const).map((name) => this.projected(layer, name, x))
    if (layer.rope !== undefined) for (const turned of [query!, key!]) rotate(turned, this.position, layer.rope, this.config)
    layer.keys.push(key!)
    layer.values.push(value!)
    const first = Math.max(0, layer.keys.length - layer.window)
    const output = new Float64Array(heads * headDim)
    for (let head = 0; head < heads; head++) {
      const kvOffset = Math.floor(head / (heads / kvHeads)) * headDim
      const offset = head * headDim
      const scores = layer.keys.slice(first).map((k) => {
        let sum = 0
        for (let i = 0; i < headDim; i++) sum += query![offset + i]! * k[kvOffset + i]!
        return sum * attentionScale
      })
      const max = Math.max(...scores)
      const weights = scores.map((score) => expExact(score - max))
      const total = weights.reduce((sum, weight) => sum + weight, 0)
      weights.forEach((weight, p) => {
        const mixed = layer.values[first + p]!
        for (let i = 0; i < headDim; i++) output[offset + i]! += (weight / total) * mixed[kvOffset + i]!
      })
    }
    return output
  }
}
