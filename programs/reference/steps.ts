import { f32, fix, inverseRms, siluGate } from '../../sim/numerics.js'
import type { LinearOperator, Operator, OperatorKind, OperatorOf } from '../graph/operators.js'
import type { QuantizedLayer } from '../quantize/types.js'
import type { ReferenceAttention } from './attention.js'

/** What each kind of operator computes: one entry a kind, on whole vectors. */

/** The vectors of a token in one layer, by name. */
export type Values = Map<string, Float32Array>

/** An operator of a model: reads and writes the vectors of the token at `position`. */
export type Step = (values: Values, position: number) => void

export interface StepContext {
  readonly layer: Pick<QuantizedLayer, 'vectors'>
  readonly normEps: number
  /** Of the layer; the head has none. */
  readonly attention: ReferenceAttention | undefined
  readonly linear: (operator: LinearOperator, x: Float32Array) => Float32Array
}

/** RMSNorm: a fixed-point sum of squares, then two rounded products a value. */
export function rmsNorm(x: Float32Array, gain: Float32Array, eps: number): Float32Array {
  let squares = 0
  for (let i = 0; i < x.length; i++) squares += fix(x[i]! * x[i]!)
  const r = inverseRms(squares, x.length, eps)
  return x.map((value, i) => f32(f32(value * r) * gain[i]!))
}

/** x + y, rounded to 32-bit floats. */
function sum32(x: Float32Array, y: Float32Array): Float32Array {
  return x.map((value, i) => f32(value + y[i]!))
}

const STEPS: { [K in OperatorKind]: (operator: OperatorOf<K>, context: StepContext) => Step } = {
  linear: (operator, { linear }) => (values) => {
    values.set(operator.output, linear(operator, values.get(operator.input)!))
  },
  norm: ({ input, output, gain, begin, end }, { layer, normEps }) => (values) => {
    const y = values.get(input)!.slice()
    for (let at = begin; at < end; at += gain.words) {
      y.set(rmsNorm(y.slice(at, at + gain.words), layer.vectors[gain.name]!, normEps), at)
    }
    values.set(output, y)
  },
  bias: ({ vector, bias }, { layer }) => (values) => {
    values.set(vector, sum32(values.get(vector)!, layer.vectors[bias.name]!))
  },
  rotate: ({ vector }, { attention }) => (values, position) => {
    values.set(vector, attention!.rotated(values.get(vector)!, position))
  },
  attend: ({ input, output }, { attention }) => (values) => {
    values.set(output, attention!.forward(values.get(input)!))
  },
  gate: ({ input, output, words }) => (values) => {
    const x = values.get(input)!
    const y = new Float32Array(words)
    for (let i = 0; i < words; i++) y[i] = siluGate(x[i]!, x[words + i]!)
    values.set(output, y)
  },
  add: ({ to, input }) => (values) => {
    values.set(to, sum32(values.get(to)!, values.get(input)!))
  },
}

/** The step of an operator, with its weights at hand. */
export function stepOf(operator: Operator, context: StepContext): Step {
  return (STEPS[operator.kind] as (operator: Operator, context: StepContext) => Step)(operator, context)
}
