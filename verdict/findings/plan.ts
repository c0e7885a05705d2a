import { expExact } from '../../sim/numerics.js'
import { histogramOf, histogramWithMean } from '../../programs/shapes/histogram.js'
import type { Distribution, SpikeHistogram } from '../../programs/shapes/histogram.js'
import type { EncodingName } from '../../programs/encodings/types.js'
import type { CoreKindName } from '../../sim/config/core-kinds.js'

/**
 * What is compared with what: chosen by sources before any result was seen, and the one place where it stands. Everything
 * else of the findings (runs, tables, figures) derives from it.
 */

export interface System {
  readonly name: string
  readonly what: string
  /** True where every weight has a core of its own, and tokens or sequences follow each other through the layers. */
  readonly holdsWeights: boolean
}

export const SYSTEMS: readonly System[] = [
  { name: 'sram-64', what: '64 chips that hold every weight in SRAM', holdsWeights: true },
  { name: 'hbm-board', what: 'one chip beside HBM3, rows fetched when a spike asks for them', holdsWeights: false },
  { name: 'edge-lpddr5', what: 'one small chip beside LPDDR5', holdsWeights: false },
]

export interface Workload {
  readonly name: string
  readonly what: string
  /** Tokens before it. */
  readonly context: number
  /** Tokens of each sequence, and sequences that go together: energy and time are divided by their product. */
  readonly promptTokens: number
  readonly sequences: number
}

export const WORKLOADS: readonly Workload[] = [
  { name: 'decode 1', what: 'one token at context 1,024', context: 1024, promptTokens: 1, sequences: 1 },
  { name: 'prefill', what: 'a prompt of 1,024 tokens: what the paper\'s 0.67 J are for', context: 0, promptTokens: 1024, sequences: 1 },
  { name: 'decode 16', what: 'a token of each of 16 sequences at context 1,024', context: 1024, promptTokens: 1, sequences: 16 },
]

export interface Rival {
  readonly name: string
  readonly encoding: EncodingName
  readonly activationBits: number
  /** The kind of core that the rival would build; on the same fabric, memories and lanes. */
  readonly core: CoreKindName
  readonly histogram: SpikeHistogram
  /** Where its counts come from. */
  readonly counts: string
}

/** SDLLM's published mean, [I] from its energies (docs/paper.md). */
export const SPIKES_PER_ACTIVATION = 0.862
const LIMIT = 7

/** SpikingBrain's counts: the threshold is a third of the mean magnitude, nothing is clipped. */
function meanThresholdHistogram(k: number, limit: number): SpikeHistogram {
  // |x| of a Laplace-shaped activation is exponential with mean 1: P(q >= n) = exp(-(n - 1/2) / k).
  const above = Array.from({ length: limit + 2 }, (_, n) => (n === 0 ? 1 : expExact(-(n - 0.5) / k)))
  return histogramOf(Array.from({ length: limit + 1 }, (_, n) => above[n]! - (n < limit ? above[n + 1]! : 0)))
}

/** Mean count of a Gaussian activation whose scale is its token's largest value over 7, of 4,096: docs/findings.md, 'Counts'. */
export const GAUSSIAN_ABSMAX_SPIKES = 1.46

/** The rivals at one shape of activations. */
export function rivalsOf(distribution: Distribution, mean = SPIKES_PER_ACTIVATION): Rival[] {
  const shared = histogramWithMean(mean, LIMIT, distribution)
  const counts = `${distribution === 'laplace' ? 'Laplace' : 'Gaussian'}, mean ${mean}`
  const same = (name: string, encoding: EncodingName, core: CoreKindName = 'adder-array'): Rival => (
    { name, encoding, core, activationBits: 4, histogram: shared, counts }
  )
  return [
    same('SDLLM, ternary', 'ternary'),
    same('the same counts, bits', 'bitwise'),
    same('the same counts, level order', 'latency'),
    same('the same counts, zero-skipping MACs', 'graded', 'mac-lanes'),
    { ...same('dense MACs', 'dense', 'vector-matrix'), counts: 'every value' },
    // SpikeLLM: 1.05 multiplied events an activation by its rule in two steps (verdict/rivals, its test), because counts are
    // around a zero point; one is simulated: every value is an event. The second event of a tenth of the channels is left
    // out, in its favour.
    { ...same('SpikeLLM, T=2', 'dense', 'mac-lanes'), counts: '1 of its 1.05 multiplied events' },
    {
      name: 'SpikingBrain, bits', encoding: 'bitwise', core: 'adder-array', activationBits: 8,
      histogram: meanThresholdHistogram(3, 127), counts: 'Laplace, threshold mean / 3',
    },
    { ...same('dense systolic array', 'dense', 'systolic'), counts: 'every value' },
  ]
}
