import { spikesOf, timeStepsOf } from './train.js'
import type { CountLimits, Encoding } from './types.js'

/** What one encoding made of the inputs of one linear layer. */
export interface EncodingFigures {
  readonly activations: number
  /** Events sent. */
  readonly spikes: number
  readonly spikesPerActivation: number
  /** Spikes per activation and time step. */
  readonly firingRate: number
  /** Mean over trains of their time steps. */
  readonly timeSteps: number
  /** Additions, shifted additions or multiply-accumulates, for all outputs. */
  readonly operations: number
}

/** What meters count, as plain numbers that add up. */
export interface MeterSums {
  activations: number
  spikes: number
  trains: number
  steps: number
  /** Activations times time steps. */
  slots: number
  operations: number
}

/** Counts what an encoding sends for the trains it is shown, without unrolling them. */
export class EncodingMeter {
  readonly encoding: Encoding
  private readonly limits: CountLimits
  private readonly outputs: number
  private readonly spikesOf: Int32Array // by q + limit
  private readonly stepsOf: Int32Array
  private activations = 0
  private spikes = 0
  private trains = 0
  private steps = 0
  private slots = 0

  /** @param outputs of the layer that takes the trains */
  constructor(encoding: Encoding, limits: CountLimits, outputs: number) {
    this.encoding = encoding
    this.limits = limits
    this.outputs = outputs
    const { limit } = limits
    const format = encoding.format(limits)
    this.spikesOf = Int32Array.from({ length: 2 * limit + 1 }, (_, at) => spikesOf(format, at - limit))
    this.stepsOf = Int32Array.from({ length: 2 * limit + 1 }, (_, at) => timeStepsOf(format, at - limit))
  }

  /** Counts one train. */
  note(q: Int32Array): void {
    const { limit } = this.limits
    let longest = 0
    let spikes = 0
    for (let i = 0; i < q.length; i++) {
      const at = q[i]! + limit
      spikes += this.spikesOf[at]!
      const steps = this.stepsOf[at]!
      if (steps > longest) longest = steps
    }
    this.activations += q.length
    this.spikes += spikes
    this.trains++
    this.steps += longest
    this.slots += q.length * longest
  }

  figures(): EncodingFigures {
    return figuresOf([this.sums])
  }

  /** Raw sums, for `figuresOf`. */
  get sums(): MeterSums {
    const { activations, spikes, trains, steps, slots, outputs } = this
    return { activations, spikes, trains, steps, slots, operations: spikes * outputs }
  }
}

/** Adds what several meters counted. */
export function sumOf(meters: readonly MeterSums[]): MeterSums {
  const total = { activations: 0, spikes: 0, trains: 0, steps: 0, slots: 0, operations: 0 }
  for (const sums of meters) {
    for (const key of Object.keys(total) as (keyof typeof total)[]) total[key] += sums[key]
  }
  return total
}

/** The figures of what several meters counted; time steps are the mean over all their trains. */
export function figuresOf(meters: readonly MeterSums[]): EncodingFigures {
  const total = sumOf(meters)
  const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole)
  return {
    activations: total.activations, spikes: total.spikes, operations: total.operations,
    spikesPerActivation: ratio(total.spikes, total.activations),
    firingRate: ratio(total.spikes, total.slots),
    timeSteps: ratio(total.steps, total.trains),
  }
}
