import type { AxonTableEntry, TrainFormat } from '../../sim/image.js'

/** How integer spike counts become events in time, and what taking an event costs. See docs/encodings.md. */
export const ENCODINGS = ['ternary', 'binary', 'bitwise', 'graded', 'dense', 'latency'] as const
export type EncodingName = (typeof ENCODINGS)[number]

/** What one event costs for each output it reaches. */
export type Operation = NonNullable<AxonTableEntry['operation']>

/** Bounds of the counts of one vector. */
export interface CountLimits {
  /** Largest |q|. */
  readonly limit: number
  /** Largest magnitude one graded event carries: 2^(bits - 1) - 1. Smaller than `limit` with salient channels. */
  readonly stepLimit: number
}

/** One encoding: what an event costs, and the numbers from which trains, their statistics and checks are made (trains.ts). */
export interface Encoding {
  readonly name: EncodingName
  readonly operation: Operation
  /** Accumulators an output takes. */
  readonly sums: 1 | 2
  /** How the encoder sends counts of these limits. */
  readonly format: (limits: CountLimits) => TrainFormat
}
