import type { QuantizedModel } from '../programs/quantize/types.js'
import { readSpikeFile } from '../programs/shapes/spike-file.js'
import type { TraceSink } from '../sim/core/trace.js'
import type { RunResult } from '../sim/result/schema.js'
import { simulateReplay } from '../simulate/replay.js'
import { findChip } from './chip-source.js'
import type { ChipSpec } from '../sim/config/chip-spec.js'
import { isGiven, refuseGiven } from './given.js'
import type { RunArguments } from './run-options.js'

/** Options that a replay does not look at: its tokens are those of the recording, one sequence from the first position on. */
const NOT_REPLAYED = ['context', 'tokens', 'sequences', 'workers', 'queue', 'distribution', 'spikes-per-activation']

/**
 * `run --spikes FILE.safetensors`: the recorded counts, one by one, through a model's shape.
 * @throws UsageError for options that have no effect on it
 */
export function runReplay(
  chip: string | ChipSpec, args: RunArguments, model: QuantizedModel, onToken: (text: string, generated: number) => void,
  trace?: TraceSink,
): RunResult {
  refuseGiven(args, NOT_REPLAYED, 'a recording of spikes has its own tokens: one sequence, from the first position on.')
  const spikes = readSpikeFile(args.spikes!)
  return simulateReplay({
    model, provenance: `shape only: spikes recorded from ${spikes.model === '' ? 'a model without a name' : spikes.model}`, chip: findChip(chip),
    spikes, source: args.spikes!, seed: args.seed, placement: args.placement, mapping: args.mapping, onToken,
    ...(isGiven(args, 'prompt-tokens') ? { promptTokens: args['prompt-tokens'] } : {}),
    ...(args.batch === undefined ? {} : { batch: args.batch }), ...(trace === undefined ? {} : { trace }),
  })
}
