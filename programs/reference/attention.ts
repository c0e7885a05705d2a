import { exp32, f32, fix, unfix } from '../../sim/numerics.js'
import { scoreDivisor } from '../graph/model.js'
import type { QuantizedModel } from '../quantize/types.js'
import { signedLimit } from '../quantize/weights.js'
import { encode } from './encode.js'
import type { Encoded } from './encode.js'

/** Attention of one layer: the vectors it has seen, and the way from rotated q, k, v to the heads' outputs. */
export interface Attention {
  /** Forgets the sequence. */
  reset(): void
  /**
   * The attention of the token that follows those seen since the reset.
   * @param qkv [heads * headDim | kvHeads * headDim | kvHeads * headDim]
   * @param window positions that the token sees, its own included
   * @returns [heads * headDim]
   */
  forward(qkv: Float32Array, window: number): Float32Array
}

/** Sizes of a model's attention, and the limits of its integers. */
export interface AttentionSizes {
  readonly heads: number
  readonly kvHeads: number
  readonly headDim: number
  readonly kvLimit: number
  readonly queryLimit: number
  /** Largest integer of an attention weight, which is unsigned: 255 for 8 bits. */
  readonly weightLimit: number
  readonly scoreDivisor: number
}

export function attentionSizes({ config, options }: QuantizedModel): AttentionSizes {
  const { heads, kvHeads, headDim } = config
  return {
    heads, kvHeads, headDim, kvLimit: signedLimit(options.kvBits), queryLimit: signedLimit(options.attentionBits),
    weightLimit: 2 ** options.attentionBits - 1, scoreDivisor: f32(scoreDivisor(config)),
  }
}

/** Attention in integers, as docs/architecture.md defines it. */
export class ReferenceAttention implements Attention {
  private readonly sizes: AttentionSizes
  /** [position * kvHeads + kvHead]. */
  private readonly keys: Encoded[] = []
  private readonly values: Encoded[] = []

  constructor(model: QuantizedModel) {
    this.sizes = attentionSizes(model)
  }

  reset(): void {
    this.keys.length = 0
    this.values.length = 0
  }

  forward(qkv: Float32Array, window: number): Float32Array {
    const { heads, kvHeads, headDim, kvLimit, queryLimit } = this.sizes
    const part = (begin: number, head: number): Float32Array => qkv.slice(begin + head * headDim, begin + (head + 1) * headDim)
    const keyStart = heads * headDim
    for (let head = 0; head < kvHeads; head++) {
      this.keys.push(encode(part(keyStart, head), kvLimit, 1))
      this.values.push(encode(part(keyStart + kvHeads * headDim, head), kvLimit, 1))
    }
    const length = this.keys.length / kvHeads
    const output = new Float32Array(heads * headDim)
    for (let head = 0; head < heads; head++) {
      const query = encode(part(0, head), queryLimit, 1)
      output.set(this.attend(query, Math.floor(head / (heads / kvHeads)), Math.max(0, length - window), length), head * headDim)
    }
    return output
  }

  /** Scores, softmax and values of one query head over the positions from `first` on, before `length`. */
  private attend(query: Encoded, kvHead: number, first: number, length: number): Float32Array {
    const { kvHeads, headDim, weightLimit } = this.sizes
    const z = this.scores(query, kvHead, first, length)
    let maxScore = -Infinity
    for (let p = first; p < length; p++) if (z[p]! > maxScore) maxScore = z[p]!
    let total = 0
    let maxWeight = 0
    const weight = new Float32Array(length)
    for (let p = first; p < length; p++) {
      const e = exp32(f32(z[p]! - maxScore))
      total += fix(e)
      weight[p] = f32(e * this.values[p * kvHeads + kvHead]!.scale)
      if (weight[p]! > maxWeight) maxWeight = weight[p]!
    }
    const toInteger = f32(weightLimit / maxWeight)
    const sums = new Float64Array(headDim)
    for (let p = first; p < length; p++) {
      const integer = Math.floor(f32(weight[p]! * toInteger) + 0.5)
      if (integer === 0) continue
      const value = this.values[p * kvHeads + kvHead]!.q
      for (let i = 0; i < sums.length; i++) sums[i]! += integer * value[i]!
    }
    const toReal = f32(maxWeight / weightLimit)
    const inverseTotal = f32(1 / f32(unfix(total)))
    return Float32Array.from(sums, (sum) => f32(f32(sum * toReal) * inverseTotal))
  }

  private scores(query: Encoded, kvHead: number, first: number, length: number): Float32Array {
    const { kvHeads, headDim } = this.sizes
    const queryScale = f32(query.scale / this.sizes.scoreDivisor)
    const z = new Float32Array(length)
    for (let p = first; p < length; p++) {
      const key = this.keys[p * kvHeads + kvHead]!
      let dot = 0
      for (let i = 0; i < headDim; i++) dot += query.q[i]! * key.q[i]!
      z[p] = f32(f32(dot * key.scale) * queryScale)
    }
    return z
  }
}
