import type { ChipSpec } from '../sim/config/chip-spec.js'
import { refuseGiven } from './given.js'
import type { RunArguments } from './run-options.js'

/** Options that a run on statistics does not look at: it has no text, no logits and no scales. */
const FUNCTIONAL_ONLY = [
  'prompt', 'temperature', 'attention', 'verify', 'by-layer', 'ignore-eos', 'calibration', 'gptq', 'clip', 'max-count', 'rounding',
]
/** Options that a run with weights does not look at: its spikes are computed, its positions counted. */
const STATISTICAL_ONLY = ['spikes-per-activation', 'spikes', 'distribution', 'context', 'prompt-tokens', 'sequences', 'zero-weights']

/** All options of runs: those of a command that runs nothing have no effect. */
const RUN_OPTIONS = [
  ...FUNCTIONAL_ONLY, ...STATISTICAL_ONLY, 'model', 'tokens', 'seed', 'mapping', 'placement', 'batch', 'encoding', 'workers', 'mode', 'set',
  'cycle-limit', 'weight-bits', 'weight-group', 'activation-bits', 'kv-bits',
]

/** @throws UsageError for options that this kind of run does not look at */
export function refuseOtherMode(args: RunArguments, mode: 'functional' | 'statistical'): void {
  if (mode === 'statistical') {
    refuseGiven(args, FUNCTIONAL_ONLY, `a run on statistics draws its spikes and computes no text, logits or scales. Leave it out, or run a model with weights.`)
    if (args.spikes !== undefined) refuseGiven(args, ['spikes-per-activation', 'distribution'], '--spikes has the counts.')
  } else {
    refuseGiven(args, STATISTICAL_ONLY, `a run with weights computes its spikes and continues one prompt. Leave it out, or add --mode statistical.`)
    if (args['by-layer']) refuseGiven(args, ['batch'], '--by-layer sends tokens through a layer one by one.')
    refuseGiven(args, ['weight-group'], 'chips add whole columns; groups of weights are for eval.')
  }
}

/** @throws UsageError for a share of zero weights that no chip looks at */
export function refuseZeroWeights(args: RunArguments, chips: readonly ChipSpec[]): void {
  if (chips.some(({ core }) => core.zeroWeights !== 'paid')) return
  refuseGiven(args, ['zero-weights'], "the chip pays for zero weights as for others. Add --set core.zeroWeights=gated or skipped.")
}

/** @throws UsageError for options of runs where nothing is run */
export function refuseRunOptions(args: RunArguments): void {
  refuseGiven(args, RUN_OPTIONS, 'all that is compared are result files, and nothing is run.')
}
