import { PORTS } from '../graph/operators.js'
import type { Port } from '../graph/operators.js'

/** The linear layers whose inputs are spike trains. */
export const OPERATORS = PORTS
export type Operator = Port

/** What one operator of one layer received since the start (or the last reset). */
export interface SpikeStatistics {
  readonly operator: Operator
  /** Layer, or -1 for the embedding and the head. */
  readonly layer: number
  readonly outputs: number
  /** Trains received: one a token. */
  trains: number
  /** Neurons examined: inputs of the layer, over all trains. */
  activations: number
  /** Spikes fired: the sum of |q|. */
  spikes: number
  /** Largest |q| of any train. */
  maxCount: number
  /** Sum over trains of the largest |q|, which is the train's time steps T. */
  timeSteps: number
  /** Inputs that fired at least once: weight rows fetched. */
  rowsTouched: number
  /** counts[n]: activations that fired n times. */
  readonly counts: Float64Array
}

/** @param limit largest count an activation can have */
export function newStatistics(operator: Operator, layer: number, outputs: number, limit = 127): SpikeStatistics {
  return {
    operator, layer, outputs, trains: 0, activations: 0, spikes: 0, maxCount: 0, timeSteps: 0, rowsTouched: 0,
    counts: new Float64Array(Math.max(128, limit + 1)),
  }
}

/** Sums over operators and layers; the embedding's one spike a token is left out of the activations. */
export interface SpikeTotals {
  readonly activations: number
  readonly spikes: number
  /** Weights added or subtracted: spikes times outputs, the embedding included. */
  readonly synapticAdditions: number
  /** Multiply-accumulates of the dense layers that the spikes replace. */
  readonly denseMacs: number
  readonly spikesPerActivation: number
  /** Spikes per activation and time step. */
  readonly firingRate: number
  /** synapticAdditions (without the embedding's) / denseMacs. */
  readonly additionsPerMac: number
}

/** Adds up the statistics of a run. */
export function totalSpikes(statistics: readonly SpikeStatistics[]): SpikeTotals {
  let activations = 0
  let spikes = 0
  let additions = 0
  let embeddingAdditions = 0
  let denseMacs = 0
  let slots = 0
  for (const s of statistics) {
    if (s.operator === 'embedding') {
      embeddingAdditions += s.spikes * s.outputs
      continue
    }
    activations += s.activations
    spikes += s.spikes
    additions += s.spikes * s.outputs
    denseMacs += s.activations * s.outputs
    if (s.trains > 0) slots += (s.activations / s.trains) * s.timeSteps
  }
  return {
    activations, spikes, synapticAdditions: additions + embeddingAdditions, denseMacs,
    spikesPerActivation: activations === 0 ? 0 : spikes / activations,
    firingRate: slots === 0 ? 0 : spikes / slots,
    additionsPerMac: denseMacs === 0 ? 0 : additions / denseMacs,
  }
}
