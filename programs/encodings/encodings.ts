import { InputError, didYouMean } from '../../sim/errors.js'
import type { CountLimits, Encoding, EncodingName } from './types.js'
import { ENCODINGS } from './types.js'

const noOffset = (): number => 0

/** Bits of |q| set: events of the bitwise encoding. */
function bitsSet(q: number): number {
  let count = 0
  for (let rest = Math.abs(q); rest > 0; rest >>= 1) count += rest & 1
  return count
}

/** Width of |q|: 32 - leading zeros. */
function width(q: number): number {
  return 32 - Math.clz32(Math.abs(q))
}

/** SDLLM (arXiv 2604.16475): |q| spikes of the sign of q, first things first. */
const ternary: Encoding = {
  name: 'ternary', operation: 'addition', sums: 1, offset: noOffset,
  spikes: (q) => Math.abs(q),
  timeSteps: (q) => Math.abs(q),
  event: (q, step) => (step < Math.abs(q) ? Math.sign(q) : undefined),
}

/** Unidirectional: counts shifted by the limit L to 0..2L, q + L spikes of value 1. */
const binary: Encoding = {
  name: 'binary', operation: 'addition', sums: 1, offset: ({ limit }) => limit,
  spikes: (q, { limit }) => q + limit,
  timeSteps: (q, { limit }) => q + limit,
  event: (q, step, _steps, { limit }) => (step < q + limit ? 1 : undefined),
}

/** SpikingBrain (arXiv 2509.05276): the signed bits of |q|, most significant first; a spike of plane b adds 2^b rows. */
const bitwise: Encoding = {
  name: 'bitwise', operation: 'shiftedAddition', sums: 1, offset: noOffset,
  spikes: bitsSet,
  timeSteps: width,
  event: (q, step, steps) => {
    const plane = 2 ** (steps - 1 - step)
    return (Math.abs(q) & plane) === 0 ? undefined : Math.sign(q) * plane
  },
}

/**
 * SpikeLLM's generalised integrate-and-fire (arXiv 2407.04752): a spike carries up to stepLimit, the membrane
 * loses as much; salient channels, whose counts may be larger, take several time steps.
 */
const graded: Encoding = {
  name: 'graded', operation: 'multiplyAccumulate', sums: 1, offset: noOffset,
  spikes: (q, { stepLimit }) => Math.ceil(Math.abs(q) / stepLimit),
  timeSteps: (q, { stepLimit }) => Math.ceil(Math.abs(q) / stepLimit),
  event: (q, step, _steps, { stepLimit }) => {
    const rest = Math.abs(q) - step * stepLimit
    return rest > 0 ? Math.sign(q) * Math.min(rest, stepLimit) : undefined
  },
}

/** Quantized multiply-accumulates: every activation is sent, zeros too. */
const dense: Encoding = {
  name: 'dense', operation: 'multiplyAccumulate', sums: 1, offset: noOffset,
  spikes: () => 1,
  timeSteps: () => 1,
  event: (q, step) => (step === 0 ? q : undefined),
}

/**
 * Time to first spike into a current-based neuron: a count of q fires once, in time step L - |q|, into a current that does
 * not leak, which the membrane integrates for the |q| steps that are left. The value of an event is what becomes of it.
 */
const latency: Encoding = {
  name: 'latency', operation: 'levelAddition', sums: 2, offset: noOffset,
  spikes: (q) => (q === 0 ? 0 : 1),
  timeSteps: (q, { limit }) => (q === 0 ? 0 : limit),
  event: (q, step, _steps, { limit }) => (q !== 0 && step === limit - Math.abs(q) ? q : undefined),
}

const BY_NAME: Readonly<Record<EncodingName, Encoding>> = { ternary, binary, bitwise, graded, dense, latency }

/**
 * The encoding of a name.
 * @throws InputError for a name there is none of
 */
export function encodingByName(name: string): Encoding {
  const known = (BY_NAME as Readonly<Record<string, Encoding>>)[name]
  if (known !== undefined) return known
  throw new InputError(`there is no encoding '${name}'.${didYouMean(name, ENCODINGS)} Encodings: ${ENCODINGS.join(', ')}.`)
}

/** Time steps of a vector's train. */
export function trainSteps(encoding: Encoding, q: Int32Array, limits: CountLimits): number {
  let longest = 0
  for (let i = 0; i < q.length; i++) longest = Math.max(longest, encoding.timeSteps(q[i]!, limits))
  return longest
}
