import { InputError, didYouMean } from '../../sim/errors.js'
import { OWN_TRAIN, ZEROS } from '../../sim/image.js'
import type { Encoding, EncodingName } from './types.js'
import { ENCODINGS } from './types.js'

/** The one table of encodings. */
const BY_NAME: Readonly<Record<EncodingName, Encoding>> = {
  /** SDLLM (arXiv 2604.16475): |q| spikes of the sign of q, first things first. */
  ternary: { name: 'ternary', operation: 'addition', sums: 1, format: () => OWN_TRAIN },
  /**
   * Unidirectional: counts shifted by the limit L to 0..2L, q + L spikes of value 1. At least one event is sent, though all
   * counts may be at the lowest: without one a train would look like the silence that means 'nothing to do'.
   */
  binary: {
    name: 'binary', operation: 'addition', sums: 1, format: ({ limit }) => ({ ...OWN_TRAIN, offset: limit, zeros: ZEROS.onceIfEmpty }),
  },
  /** SpikingBrain (arXiv 2509.05276): the signed bits of |q|, most significant first; a spike of plane b adds 2^b rows. */
  bitwise: {
    name: 'bitwise', operation: 'shiftedAddition', sums: 1, format: ({ limit }) => ({ ...OWN_TRAIN, planes: 32 - Math.clz32(limit) }),
  },
  /**
   * SpikeLLM's generalised integrate-and-fire (arXiv 2407.04752): a spike carries up to stepLimit, the membrane
   * loses as much; salient channels, whose counts may be larger, take several time steps.
   */
  graded: {
    name: 'graded', operation: 'multiplyAccumulate', sums: 1, format: ({ stepLimit }) => ({ ...OWN_TRAIN, cap: stepLimit, spike: stepLimit }),
  },
  /** Quantized multiply-accumulates: every activation is sent, zeros too. */
  dense: {
    name: 'dense', operation: 'multiplyAccumulate', sums: 1, format: ({ limit }) => ({ ...OWN_TRAIN, spike: limit, zeros: ZEROS.sent }),
  },
  /**
   * Time to first spike into a current-based neuron: a count of q fires once, in time step L - |q|, into a current that does
   * not leak, which the membrane integrates for the |q| steps that are left. The value of an event is what becomes of it.
   */
  latency: {
    name: 'latency', operation: 'levelAddition', sums: 2, format: ({ limit }) => ({ ...OWN_TRAIN, cap: limit, spike: limit, levels: limit }),
  },
}

/**
 * The encoding of a name.
 * @throws InputError for a name there is none of
 */
export function encodingByName(name: string): Encoding {
  const known = (BY_NAME as Readonly<Record<string, Encoding>>)[name]
  if (known !== undefined) return known
  throw new InputError(`there is no encoding '${name}'.${didYouMean(name, ENCODINGS)} Encodings: ${ENCODINGS.join(', ')}.`)
}
