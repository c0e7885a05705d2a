import { f32 } from '../../sim/numerics.js'
import type { QuantizedLinear, QuantizeOptions } from './types.js'
import { signedLimit } from './weights.js'

/** The encoder's settings for the inputs of one linear layer: what the chip's program and the interpreter go by. */
export interface InputRule {
  /** Largest |q|: `stepLimit`, less where membranes are clipped, or several times as much with salient channels. */
  readonly limit: number
  /** 2^(bits - 1) - 1: the scale maps the largest activation here. */
  readonly stepLimit: number
  /** 32-bit float, multiplies the largest activation. */
  readonly clip: number
  /** 32-bit float; undefined: from each token's largest activation. */
  readonly scale: number | undefined
  /** 1 for channels whose activations set the scale, 0 for salient ones; undefined: all set it. */
  readonly ordinary: Float32Array | undefined
  readonly rounding: 'nearest' | 'floor'
}

/** The settings of a layer's encoder. */
export function inputRule(options: QuantizeOptions, layer: QuantizedLinear): InputRule {
  const { activationBits = options.activationBits, clip = options.clip, maxCount = options.maxCount, scale, salient } = layer.input ?? {}
  const stepLimit = signedLimit(activationBits)
  let ordinary: Float32Array | undefined
  if (salient !== undefined && salient.channels.length > 0) {
    ordinary = new Float32Array(layer.inputs).fill(1)
    for (const channel of salient.channels) ordinary[channel] = 0
  }
  const largest = ordinary === undefined ? stepLimit : stepLimit * salient!.timeSteps
  return {
    limit: maxCount > 0 ? Math.min(maxCount, largest) : largest,
    stepLimit, clip: f32(clip), scale: scale === undefined ? undefined : f32(scale), ordinary,
    rounding: options.rounding,
  }
}
