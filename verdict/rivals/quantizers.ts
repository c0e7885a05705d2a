/**
 * How the literature's spiking language models turn one token's activations into events: each rule as its authors' code has
 * it, so that events and errors are theirs. The machine does not need this: it takes how many events an activation sends.
 */

/** One token's activations, quantized. */
export interface Quantized {
  /** What the events of each activation stand for: the value is (q - zero) * scale. */
  readonly q: Int32Array
  readonly zero: number
  readonly scale: Float64Array
  /** Events that each activation sends, and time steps until the last is out. */
  readonly events: Int32Array
  readonly timeSteps: number
}

export interface Quantizer {
  readonly name: string
  /** What one event costs for each weight it meets. */
  readonly operation: 'addition' | 'shiftedAddition' | 'multiplyAccumulate'
  readonly source: string
  /** @param salient 1 for input channels that are more important; undefined where no rule asks for them */
  readonly quantize: (x: ArrayLike<number>, salient?: Uint8Array) => Quantized
}

const round = (value: number): number => Math.sign(value) * Math.floor(Math.abs(value) + 0.5)

function bitsSet(value: number): number {
  let count = 0
  for (let rest = value; rest > 0; rest >>>= 1) count += rest & 1
  return count
}

function largest(x: ArrayLike<number>): number {
  let most = 0
  for (let i = 0; i < x.length; i++) most = Math.max(most, Math.abs(x[i]!))
  return most
}

/** What stands for every activation alike. */
function uniform(scale: number, length: number): Float64Array {
  return new Float64Array(length).fill(scale)
}

function most(values: Int32Array): number {
  return values.reduce((longest, value) => Math.max(longest, value), 0)
}

/**
 * SDLLM (arXiv 2604.16475): symmetric counts, |q| spikes of the sign. The same counts serve a multiplier, bits, and
 * level order.
 * @param step share of the largest value divided by the limit that one spike stands for; 1 is plain absmax, more clips
 */
export function symmetricCounts(x: ArrayLike<number>, limit: number, step = 1): { q: Int32Array; scale: number } {
  const top = largest(x)
  const scale = top === 0 ? 1 : (top * step) / limit
  return { q: Int32Array.from({ length: x.length }, (_, i) => Math.max(-limit, Math.min(limit, round(x[i]! / scale)))), scale }
}

interface SymmetricRule extends Pick<Quantizer, 'name' | 'operation' | 'source'> {
  /** Events that a count of magnitude q sends. */
  readonly events: (q: number) => number
  readonly steps: (q: Int32Array) => number
}

function symmetric({ events, steps, ...rest }: SymmetricRule, limit: number, step: number): Quantizer {
  return {
    ...rest,
    quantize: (x) => {
      const { q, scale } = symmetricCounts(x, limit, step)
      return {
        q, zero: 0, scale: uniform(scale, x.length),
        events: q.map((value) => events(Math.abs(value))), timeSteps: steps(q),
      }
    },
  }
}

const longest = (q: Int32Array): number => q.reduce((steps, value) => Math.max(steps, Math.abs(value)), 0)

/** @param step see `symmetricCounts` */
export function ternary(limit = 7, step = 1): Quantizer {
  return symmetric({
    name: 'SDLLM, ternary', operation: 'addition', source: 'arXiv 2604.16475; code BICLab/Int2Spike 37e014e',
    events: (q) => q, steps: longest,
  }, limit, step)
}

/** Each count once, at a time step that says how large it is (docs/encodings.md). */
export function levelOrder(limit = 7, step = 1): Quantizer {
  return symmetric({
    name: 'level order', operation: 'addition', source: 'this project',
    events: (q) => (q > 0 ? 1 : 0), steps: longest,
  }, limit, step)
}

/** W4A4 on multipliers that skip zeros: the quantized network that the spiking one was made from. */
export function zeroSkipping(limit = 7, step = 1): Quantizer {
  return symmetric({
    name: 'zero-skipping MACs', operation: 'multiplyAccumulate', source: 'EIE (ISCA 2016), one-sided',
    events: (q) => (q > 0 ? 1 : 0), steps: () => 1,
  }, limit, step)
}

/** Unidirectional: counts are shifted by the limit, so that all spikes are positive. */
export function binary(limit = 7, step = 1): Quantizer {
  return {
    name: 'binary, unidirectional', operation: 'addition', source: 'code BICLab/Int2Spike 37e014e',
    quantize: (x) => {
      const { q, scale } = symmetricCounts(x, limit, step)
      const events = q.map((value) => value + limit)
      return { q: events, zero: limit, scale: uniform(scale, x.length), events, timeSteps: most(events) }
    },
  }
}

/** SpikingBrain (arXiv 2509.05276): the threshold is the mean magnitude over k, counts are not clipped, bits are sent. */
export function spikingBrain(k = 3): Quantizer {
  return {
    name: 'SpikingBrain, bitwise', operation: 'shiftedAddition',
    source: 'arXiv 2509.05276; code BICLab/SpikingBrain-7B ef99987, W8ASpike',
    quantize: (x) => {
      let sum = 0
      for (let i = 0; i < x.length; i++) sum += Math.abs(x[i]!)
      const scale = sum === 0 ? 1 : sum / x.length / k
      const q = Int32Array.from({ length: x.length }, (_, i) => round(x[i]! / scale))
      const events = q.map((value) => bitsSet(Math.abs(value)))
      return { q, zero: 0, scale: uniform(scale, x.length), events, timeSteps: 32 - Math.clz32(longest(q)) }
    },
  }
}

/** SpikeLLM's two settings: bits and time steps of salient channels, and the share of channels that are salient. */
export const SPIKE_LLM = {
  'T=2': { salientBits: 5, timeSteps: 2, salientShare: 0.1 },
  'T=4': { salientBits: 6, timeSteps: 4, salientShare: 0.05 },
} as const

/**
 * SpikeLLM (arXiv 2407.04752): asymmetric 4-bit counts over the token's range, salient input channels in more bits
 * over the same range. A spike carries up to 15, in as many time steps as that takes, so a count that the steps cannot
 * hold is cut (61 to 63 of 6 bits in four steps).
 */
export function spikeLlm(setting: keyof typeof SPIKE_LLM): Quantizer {
  const { salientBits, timeSteps } = SPIKE_LLM[setting]
  return {
    name: `SpikeLLM, ${setting}`, operation: 'multiplyAccumulate',
    source: 'arXiv 2407.04752; code Xingrun-Xing2/SpikeLLM 2acef4e, spike_linear.py',
    quantize: (x, salient) => {
      let low = 0
      let high = 0
      for (let i = 0; i < x.length; i++) {
        low = Math.min(low, x[i]!)
        high = Math.max(high, x[i]!)
      }
      const range = high - low || 1
      const q = new Int32Array(x.length)
      const events = new Int32Array(x.length)
      const scale = new Float64Array(x.length)
      const zeros = [4, salientBits].map((bits) => round((-low * (2 ** bits - 1)) / range))
      for (let i = 0; i < x.length; i++) {
        const wide = salient?.[i] === 1
        const top = 2 ** (wide ? salientBits : 4) - 1
        scale[i] = range / top
        const zero = zeros[wide ? 1 : 0]!
        const count = Math.min(top, Math.max(0, round(x[i]! / scale[i]!) + zero), wide ? 15 * timeSteps : 15)
        events[i] = Math.ceil(count / 15)
        // The zero point differs between the two kinds of channel; q is stored with it taken off.
        q[i] = count - zero
      }
      return { q, zero: 0, scale, events, timeSteps: most(events) }
    },
  }
}

/** Mean events an activation, over tokens. */
export function eventsPerActivation(quantizer: Quantizer, tokens: readonly ArrayLike<number>[], salient?: Uint8Array): number {
  let events = 0
  let activations = 0
  for (const token of tokens) {
    events += quantizer.quantize(token, salient).events.reduce((sum, count) => sum + count, 0)
    activations += token.length
  }
  return events / activations
}

/** The real values that the events stand for. */
export function dequantize({ q, zero, scale }: Quantized): Float64Array {
  return Float64Array.from(q, (value, i) => (value - zero) * scale[i]!)
}
