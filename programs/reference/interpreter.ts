import { f32 } from '../../sim/numerics.js'
import { graphOf } from '../graph/model.js'
import { isExpertPort } from '../graph/operators.js'
import type { ExpertPort, LinearOperator, Operator, Port } from '../graph/operators.js'
import { atLength } from '../models/rotary.js'
import type { ModelConfig } from '../models/types.js'
import { checkLength } from './length.js'
import type { QuantizedLayer, QuantizedLinear, QuantizedModel } from '../quantize/types.js'
import { inputRule } from '../quantize/input.js'
import type { InputRule } from '../quantize/input.js'
import { ReferenceAttention } from './attention.js'
import type { Attention } from './attention.js'
import { encodeInput } from './encode.js'
import type { Encoded } from './encode.js'
import { newStatistics } from './statistics.js'
import type { SpikeStatistics } from './statistics.js'
import { siluGates, stepOf } from './steps.js'
import type { Step, Values } from './steps.js'

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

/** A linear layer, how its inputs are encoded, and what was counted there. */
interface Input {
  readonly layer: QuantizedLinear
  readonly rule: InputRule
  readonly statistics: SpikeStatistics
}

/**
 * Sees the inputs of every linear layer but the embedding, before the layer is applied.
 * @param port index in `ReferenceInterpreter.stats`, less one
 */
export type Observe = (port: number, x: Float32Array, q: Int32Array, scale: number) => void

/** What the interpreter's inner loops are done by; absent: by plain code, which defines them. */
export interface ReferenceParts {
  readonly sums?: Integrate | undefined
  /** Of one layer. */
  readonly attention?: ((model: QuantizedModel) => Attention) | undefined
  /** silu(x[i]) * x[words + i]. */
  readonly gate?: ((x: Float32Array, words: number) => Float32Array) | undefined
}

const plainAttention = (model: QuantizedModel): Attention => new ReferenceAttention(model)

/**
 * The untimed machine: docs/architecture.md, 'The arithmetic', on whole matrices, and nothing else. The
 * simulated chip must give the same logits bit for bit.
 */
export class ReferenceInterpreter {
  readonly config: ModelConfig
  /** Spikes that entered each linear layer, in the order of the model. */
  readonly stats: readonly SpikeStatistics[]
  private readonly model: QuantizedModel
  private layers: readonly (readonly Step[])[]
  private readonly final: readonly Step[]
  private readonly attention: readonly Attention[]
  private readonly gate: NonNullable<ReferenceParts['gate']>
  private readonly embedding: SpikeStatistics
  private readonly integrate: Integrate
  /** In the order in which a token meets them. */
  private readonly ports: Input[] = []
  /** Tokens of a sequence that the frequencies are right for. */
  private longest = Infinity
  private position = 0

  /** Called with the inputs of every linear layer. */
  observe: Observe | undefined

  /** Called with the residual vector that enters each layer, and with the one that leaves the last. */
  observeResidual: ((layer: number, x: Float32Array) => void) | undefined

  /** @param parts of the inner loops that are not plain code, and how the sums of a linear layer are formed */
  constructor(model: QuantizedModel, { sums = integrate, attention = plainAttention, gate = siluGates }: ReferenceParts = {}) {
    this.model = model
    this.integrate = sums
    this.gate = gate
    this.config = model.config
    const graph = graphOf(model.config)
    this.embedding = newStatistics('embedding', -1, model.embedding.outputs)
    this.attention = model.layers.map(() => attention(model))
    this.layers = graph.layers.map(({ operators }, n) => this.stepsOf(operators, n, model.layers[n]!))
    const final = { linears: { head: model.head }, vectors: { finalNorm: model.finalNorm } }
    this.final = this.stepsOf(graph.final.operators, -1, final)
    this.stats = [this.embedding, ...this.ports.map(({ statistics }) => statistics)]
    this.settle(undefined)
  }

  /** Takes the frequencies of a length, where they depend on it: the rotations are made anew. */
  private settle(length: number | undefined): void {
    const { ropeByLength } = this.model.config
    if (ropeByLength === undefined) return
    this.longest = length ?? ropeByLength.trained
    const graph = graphOf(atLength(this.model.config, this.longest))
    this.layers = this.layers.map((steps, n) => steps.map((step, at) => {
      const operator = graph.layers[n]!.operators[at]!
      return operator.kind === 'rotate' ? stepOf(operator, { config: this.config, layer: this.model.layers[n]!, attention: undefined, linear: (_, x) => x }) : step
    }))
  }

  /** The operators of a layer as steps; its linear layers become ports. */
  private stepsOf(
    operators: readonly Operator[], n: number,
    layer: { readonly linears: Readonly<Partial<Record<Port, QuantizedLinear>>> } & Pick<QuantizedLayer, 'vectors' | 'experts'>,
  ): Step[] {
    const inputs = new Map<Port, Input>()
    for (const operator of operators) {
      if (operator.kind !== 'linear') continue
      const { port } = operator
      const linear = isExpertPort(port) ? layer.experts![0]![port] : layer.linears[port]!
      const rule = inputRule(this.model.options, linear)
      const input = { layer: linear, rule, statistics: newStatistics(port, n, linear.outputs, rule.limit) }
      inputs.set(port, input)
      this.ports.push(input)
    }
    const context = {
      layer, config: this.config, attention: this.attention[n], gate: this.gate,
      linear: ({ port }: LinearOperator, x: Float32Array) => this.linear(inputs.get(port)!, x),
    }
    const steps = operators.filter(({ isExpert }) => isExpert !== true).map((operator) => stepOf(operator, context))
    const own = operators.filter(({ isExpert }) => isExpert === true)
    if (own.length === 0) return steps
    // The experts of a layer count as one port: what enters any of them is noted there.
    const bodies = layer.experts!.map((expert, at) => {
      const linear = ({ port }: LinearOperator, x: Float32Array): Float32Array => (
        this.linear({ ...inputs.get(port)!, layer: expert[port as ExpertPort] }, x, inputs.get(port)!)
      )
      return own.map((operator) => stepOf(operator, { ...context, linear, expert: at }))
    })
    return [...steps, (values, position) => bodies.forEach((body, at) => {
      if (values.get('gates')![at] !== 0) for (const step of body) step(values, position)
    })]
  }

  /** The linear layer and encoder rule behind each entry of `stats` after the embedding. */
  get inputs(): readonly { readonly layer: QuantizedLinear; readonly rule: InputRule }[] {
    return this.ports
  }

  /** Forgets the sequence; the next token is at position 0. The statistics stay. @param length as `SequenceModel` has it */
  reset(length?: number): void {
    this.position = 0
    this.settle(length)
    for (const attention of this.attention) attention.reset()
  }

  /** The next token of the sequence; logits [vocabulary]. */
  forward(tokenId: number): Float32Array {
    checkLength(this.position, this.longest)
    const values: Values = new Map([['x', this.embed(tokenId)]])
    this.layers.forEach((steps, n) => {
      this.observeResidual?.(n, values.get('x')!)
      for (const step of steps) step(values, this.position)
    })
    this.observeResidual?.(this.layers.length, values.get('x')!)
    for (const step of this.final) step(values, this.position)
    this.position++
    return values.get('logits')!
  }

  private embed(tokenId: number): Float32Array {
    const { inputs } = this.model.embedding
    const q = new Int32Array(inputs)
    q[tokenId] = 1
    return this.apply(this.model.embedding, { q, scale: 1 }, this.embedding)
  }

  /** @param known the port as it is listed, where that is another one */
  private linear(port: Input, x: Float32Array, known = port): Float32Array {
    const input = encodeInput(x, port.rule)
    this.observe?.(this.ports.indexOf(known), x, input.q, input.scale)
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
}
