import { f32, fix, inverseRms, siluGate } from '../../sim/numerics.js'
import type { ModelConfig } from '../models/types.js'
import type { QuantizedLinear, QuantizedModel } from '../quantize/types.js'
import { inputRule } from '../quantize/input.js'
import type { InputRule } from '../quantize/input.js'
import { ReferenceAttention } from './attention.js'
import { encodeInput } from './encode.js'
import type { Encoded } from './encode.js'
import { newStatistics } from './statistics.js'
import type { Operator, SpikeStatistics } from './statistics.js'

/** RMSNorm: a fixed-point sum of squares, then two rounded products a value. */
export function rmsNorm(x: Float32Array, gain: Float32Array, eps: number): Float32Array {
  let squares = 0
  for (let i = 0; i < x.length; i++) squares += fix(x[i]! * x[i]!)
  const r = inverseRms(squares, x.length, eps)
  return x.map((value, i) => f32(f32(value * r) * gain[i]!))
}

/** Integer sums of a linear layer: each input that fired adds its weight row |q| times. */
export function integrate(layer: QuantizedLinear, q: Int32Array): Int32Array {
  const { inputs, outputs, q: weights } = layer
  const sums = new Int32Array(outputs)
  for (let i = 0; i < inputs; i++) {
    const count = q[i]!
    if (count === 0) continue
    const row = i * outputs
    for (let j = 0; j < outputs; j++) sums[j]! += count * weights[row + j]!
  }
  return sums
}

/** How a linear layer's integer sums come about: `integrate`, or another encoding of the same product. */
export type Integrate = (layer: QuantizedLinear, q: Int32Array) => Int32Array

/** x + y, rounded to 32-bit floats. */
function sum32(x: Float32Array, y: Float32Array): Float32Array {
  return x.map((value, i) => f32(value + y[i]!))
}

/** A linear layer, how its inputs are encoded, and what was counted there. */
interface Port {
  readonly layer: QuantizedLinear
  readonly rule: InputRule
  readonly statistics: SpikeStatistics
}

interface LayerState {
  readonly attention: ReferenceAttention
  readonly qkv: Port
  readonly o: Port
  readonly gateUp: Port
  readonly down: Port
}

/**
 * Sees the inputs of every linear layer but the embedding, before the layer is applied.
 * @param port index in `ReferenceInterpreter.stats`, less one
 */
export type Observe = (port: number, x: Float32Array, q: Int32Array, scale: number) => void

/**
 * The untimed machine: docs/architecture.md, 'The arithmetic', on whole matrices, and nothing else. The
 * simulated chip must give the same logits bit for bit.
 */
export class ReferenceInterpreter {
  readonly config: ModelConfig
  /** Spikes that entered each linear layer, in the order of the model. */
  readonly stats: readonly SpikeStatistics[]
  private readonly model: QuantizedModel
  private readonly layers: LayerState[]
  private readonly embedding: SpikeStatistics
  private readonly head: Port
  private readonly integrate: Integrate
  private readonly ports: readonly Port[]
  private position = 0

  /** Called with the inputs of every linear layer. */
  observe: Observe | undefined

  /** Called with the residual vector that enters each layer, and with the one that leaves the last. */
  observeResidual: ((layer: number, x: Float32Array) => void) | undefined

  /** @param sums how the sums of a linear layer are formed; by default, row additions of whole counts */
  constructor(model: QuantizedModel, sums: Integrate = integrate) {
    this.model = model
    this.integrate = sums
    this.config = model.config
    const port = (operator: Operator, n: number, layer: QuantizedLinear): Port => {
      const rule = inputRule(model.options, layer)
      return { layer, rule, statistics: newStatistics(operator, n, layer.outputs, rule.limit) }
    }
    this.embedding = newStatistics('embedding', -1, model.embedding.outputs)
    this.layers = model.layers.map((layer, n) => ({
      attention: new ReferenceAttention(model),
      qkv: port('qkv', n, layer.qkv), o: port('o', n, layer.o),
      gateUp: port('gateUp', n, layer.gateUp), down: port('down', n, layer.down),
    }))
    this.head = port('head', -1, model.head)
    const perLayer = this.layers.flatMap(({ qkv, o, gateUp, down }) => [qkv, o, gateUp, down])
    this.ports = [...perLayer, this.head]
    this.stats = [this.embedding, ...this.ports.map(({ statistics }) => statistics)]
  }

  /** The linear layer and encoder rule behind each entry of `stats` after the embedding. */
  get inputs(): readonly { readonly layer: QuantizedLinear; readonly rule: InputRule }[] {
    return this.ports
  }

  /** Forgets the sequence; the next token is at position 0. The statistics stay. */
  reset(): void {
    this.position = 0
    for (const layer of this.layers) layer.attention.reset()
  }

  /** The next token of the sequence; logits [vocabulary]. */
  forward(tokenId: number): Float32Array {
    const { normEps } = this.config
    let x = this.embed(tokenId)
    this.model.layers.forEach((layer, n) => {
      const state = this.layers[n]!
      this.observeResidual?.(n, x)
      const qkv = this.linear(state.qkv, rmsNorm(x, layer.attnNorm, normEps))
      const biased = layer.qkvBias === undefined ? qkv : sum32(qkv, layer.qkvBias)
      const attended = state.attention.forward(biased, this.position)
      x = sum32(x, this.linear(state.o, attended))
      const gateUp = this.linear(state.gateUp, rmsNorm(x, layer.ffnNorm, normEps))
      const hidden = this.gate(gateUp)
      x = sum32(x, this.linear(state.down, hidden))
    })
    this.observeResidual?.(this.model.layers.length, x)
    this.position++
    return this.linear(this.head, rmsNorm(x, this.model.finalNorm, normEps))
  }

  private embed(tokenId: number): Float32Array {
    const { inputs } = this.model.embedding
    const q = new Int32Array(inputs)
    q[tokenId] = 1
    return this.apply(this.model.embedding, { q, scale: 1 }, this.embedding)
  }

  private linear(port: Port, x: Float32Array): Float32Array {
    const input = encodeInput(x, port.rule)
    this.observe?.(this.ports.indexOf(port), x, input.q, input.scale)
    return this.apply(port.layer, input, port.statistics)
  }

  /** Each group of inputs has its own integer sum and scale; the reals are added in the order of the groups. */
  private applyGroups(layer: QuantizedLinear, groups: NonNullable<QuantizedLinear['groups']>, input: Encoded): Float32Array {
    const y = new Float32Array(layer.outputs)
    for (let group = 0; group * groups.size < layer.inputs; group++) {
      const q = new Int32Array(layer.inputs)
      const first = group * groups.size
      q.set(input.q.subarray(first, first + groups.size), first)
      const sums = this.integrate(layer, q)
      for (let j = 0; j < y.length; j++) {
        y[j] = f32(y[j]! + f32(f32(sums[j]! * input.scale) * groups.scale[group * layer.outputs + j]!))
      }
    }
    return y
  }

  private apply(layer: QuantizedLinear, input: Encoded, statistics: SpikeStatistics): Float32Array {
    this.note(input.q, statistics)
    if (layer.groups !== undefined) return this.applyGroups(layer, layer.groups, input)
    const sums = this.integrate(layer, input.q)
    const y = new Float32Array(sums.length)
    for (let j = 0; j < y.length; j++) y[j] = f32(f32(sums[j]! * input.scale) * layer.scale[j]!)
    return y
  }

  private note(q: Int32Array, statistics: SpikeStatistics): void {
    let largest = 0
    for (let i = 0; i < q.length; i++) {
      const count = Math.abs(q[i]!)
      statistics.counts[count]!++
      statistics.spikes += count
      if (count > 0) statistics.rowsTouched++
      if (count > largest) largest = count
    }
    statistics.trains++
    statistics.activations += q.length
    statistics.timeSteps += largest
    if (largest > statistics.maxCount) statistics.maxCount = largest
  }

  private gate(gateUp: Float32Array): Float32Array {
    const { hiddenDim } = this.config
    const y = new Float32Array(hiddenDim)
    for (let i = 0; i < hiddenDim; i++) y[i] = siluGate(gateUp[i]!, gateUp[hiddenDim + i]!)
    return y
  }
}
