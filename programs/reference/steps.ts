import { cosSin32, exp32, f32, fix, geluGate, inverseRms, phaseAt, siluGate, unfix } from '../../sim/numerics.js'
import type { LinearOperator, Operator, OperatorKind, OperatorOf } from '../graph/operators.js'
import { rotarySteps } from '../graph/rotary.js'
import type { ModelConfig } from '../models/types.js'
import type { QuantizedLayer } from '../quantize/types.js'
import type { Attention } from './attention.js'

/** What each kind of operator computes: one entry a kind, on whole vectors. */

/** The vectors of a token in one layer, by name. */
export type Values = Map<string, Float32Array>

/** An operator of a model: reads and writes the vectors of the token at `position`. */
export type Step = (values: Values, position: number) => void

export interface StepContext {
  readonly layer: Pick<QuantizedLayer, 'vectors'>
  readonly config: ModelConfig
  /** Of the layer; the head has none. */
  readonly attention: Attention | undefined
  /** silu(x[i]) * x[words + i]; absent: plain code. */
  readonly gate?: (x: Float32Array, words: number) => Float32Array
  readonly linear: (operator: LinearOperator, x: Float32Array) => Float32Array
  /** The expert in hand, for the operators of experts. */
  readonly expert?: number
}

/** RMSNorm: a fixed-point sum of squares, then two rounded products a value. @param eps a 32-bit float, as in the chip's register */
export function rmsNorm(x: Float32Array, gain: Float32Array, eps: number): Float32Array {
  let squares = 0
  for (let i = 0; i < x.length; i++) squares += fix(x[i]! * x[i]!)
  const r = inverseRms(squares, x.length, eps)
  const y = new Float32Array(x.length)
  for (let i = 0; i < y.length; i++) y[i] = f32(f32(x[i]! * r) * gain[i]!)
  return y
}

/** x + y, rounded to 32-bit floats. */
function sum32(x: Float32Array, y: Float32Array): Float32Array {
  const sum = new Float32Array(x.length)
  for (let i = 0; i < sum.length; i++) sum[i] = f32(x[i]! + y[i]!)
  return sum
}

/** Queries and keys of a fused vector [q | k | v], every pair turned by its step times the position. */
function rotated(qkv: Float32Array, steps: Float64Array, { heads, kvHeads, headDim }: ModelConfig, position: number): Float32Array {
  const result = qkv.slice()
  const cosSin = new Float32Array(2)
  for (let pair = 0; pair < headDim / 2; pair++) {
    cosSin32(phaseAt(steps[pair]!, position), cosSin)
    const c = cosSin[0]!
    const s = cosSin[1]!
    for (let at = 2 * pair; at < (heads + kvHeads) * headDim; at += headDim) {
      const a = qkv[at]!
      const b = qkv[at + 1]!
      result[at] = f32(f32(a * c) - f32(b * s))
      result[at + 1] = f32(f32(a * s) + f32(b * c))
    }
  }
  return result
}

/**
 * The shares of the experts with the largest scores; of the others, 0. Exponentials as attention's; the sum of those chosen
 * is of 32-bit floats, the largest first.
 */
export function routed(scores: Float32Array, chosen: number, normalised: boolean): Float32Array {
  const most = scores.reduce((max, score) => (score > max ? score : max), -Infinity)
  const left = scores.map((score) => exp32(f32(score - most)))
  let total = 0
  for (const e of left) total += fix(e)
  let sum = 0
  const gates = new Float32Array(scores.length)
  for (let n = 0; n < chosen; n++) {
    let best = 0
    for (let i = 1; i < left.length; i++) if (left[i]! > left[best]!) best = i
    gates[best] = left[best]!
    sum = f32(sum + left[best]!)
    left[best] = -1
  }
  const inverse = f32(1 / (normalised ? sum : f32(unfix(total))))
  return gates.map((e) => f32(e * inverse))
}

/** silu(x[i]) * x[words + i], in the machine's order of roundings. */
export function siluGates(x: Float32Array, words: number): Float32Array {
  const y = new Float32Array(words)
  for (let i = 0; i < words; i++) y[i] = siluGate(x[i]!, x[words + i]!)
  return y
}

/** gelu(x[i]) * x[words + i]. */
function geluGates(x: Float32Array, words: number): Float32Array {
  const y = new Float32Array(words)
  for (let i = 0; i < words; i++) y[i] = geluGate(x[i]!, x[words + i]!)
  return y
}

const STEPS: { [K in OperatorKind]: (operator: OperatorOf<K>, context: StepContext) => Step } = {
  linear: (operator, { linear }) => (values) => {
    values.set(operator.output, linear(operator, values.get(operator.input)!))
  },
  norm: ({ input, output, gain, begin, end }, { layer, config }) => (values) => {
    const y = values.get(input)!.slice()
    for (let at = begin; at < end; at += gain.words) {
      y.set(rmsNorm(y.slice(at, at + gain.words), layer.vectors[gain.name]!, f32(config.normEps)), at)
    }
    values.set(output, y)
  },
  bias: ({ vector, bias }, { layer }) => (values) => {
    values.set(vector, sum32(values.get(vector)!, layer.vectors[bias.name]!))
  },
  rotate: ({ vector, rope }, { config }) => {
    const steps = rotarySteps(rope, config.headDim)
    return (values, position) => { values.set(vector, rotated(values.get(vector)!, steps, config, position)) }
  },
  attend: ({ input, output, window = Infinity }, { attention }) => (values) => {
    values.set(output, attention!.forward(values.get(input)!, window))
  },
  gate: ({ activation, input, output, words }, { gate = siluGates }) => {
    const gated = activation === 'gelu' ? geluGates : gate
    return (values) => { values.set(output, gated(values.get(input)!, words)) }
  },
  // No step changes a vector in place, so a copy may share it.
  copy: ({ input, output }) => (values) => { values.set(output, values.get(input)!) },
  scatter: ({ input, output }) => (values) => { values.set(output, values.get(input)!) },
  route: ({ input, output, chosen, normalised }) => (values) => {
    values.set(output, routed(values.get(input)!, chosen, normalised))
  },
  weigh: ({ to, input, gates }, { expert }) => (values) => {
    const gate = values.get(gates)![expert!]!
    values.set(to, sum32(values.get(to)!, values.get(input)!.map((value) => f32(value * gate))))
  },
  add: ({ to, input }) => (values) => {
    values.set(to, sum32(values.get(to)!, values.get(input)!))
  },
}

/** The step of an operator, with its weights at hand. */
export function stepOf(operator: Operator, context: StepContext): Step {
  return (STEPS[operator.kind] as (operator: Operator, context: StepContext) => Step)(operator, context)
}
