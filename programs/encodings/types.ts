/** How integer spike counts become events in time, and what taking an event costs. See docs/encodings.md. */
export const ENCODINGS = ['ternary', 'binary', 'bitwise', 'graded', 'dense', 'latency'] as const
export type EncodingName = (typeof ENCODINGS)[number]

/** What one event costs for each output it reaches. */
export type Operation = 'addition' | 'shiftedAddition' | 'multiplyAccumulate' | 'levelAddition'

/** Bounds of the counts of one vector. */
export interface CountLimits {
  /** Largest |q|. */
  readonly limit: number
  /** Largest magnitude one graded event carries: 2^(bits - 1) - 1. Smaller than `limit` with salient channels. */
  readonly stepLimit: number
}

/** One encoding, neuron by neuron. The train of a vector is all its neurons' events in order of their time steps. */
export interface Encoding {
  readonly name: EncodingName
  readonly operation: Operation
  /** Accumulators an output takes. */
  readonly sums: 1 | 2
  /** Events that a count of q sends; each costs one `operation` an output. */
  readonly spikes: (q: number, limits: CountLimits) => number
  /** Time steps until a count of q is out; a vector's train lasts as long as its longest neuron. */
  readonly timeSteps: (q: number, limits: CountLimits) => number
  /**
   * Value of the event that a neuron sends in time step `step` of a train of `steps`; undefined sends none. The row of
   * weights is added to the sums that many times.
   */
  readonly event: (q: number, step: number, steps: number, limits: CountLimits) => number | undefined
  /** What the values of a neuron's events sum to, less its count; the column sums of the weights correct it. */
  readonly offset: (limits: CountLimits) => number
}
