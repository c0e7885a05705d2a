import type { Argv } from 'yargs'
import { MAPPINGS, PLACEMENTS } from '../programs/compile/choices.js'
import type { Mapping, Placement } from '../programs/compile/choices.js'
import { ENCODINGS } from '../programs/encodings/types.js'
import type { EncodingName } from '../programs/encodings/types.js'
import type { Distribution } from '../programs/shapes/histogram.js'
import { DEFAULT_MODEL, DEFAULT_PROMPT, SET } from './defaults.js'
import { MOST_BATCH, MOST_TOKENS, real, SEED, whole } from './numbers.js'
import { quantizationOptions } from './quantization-options.js'
import type { QuantizationArguments } from './quantization-options.js'
import { QUEUE, WORKERS } from './workers.js'

/** Options of `run`, and of `compare` when it is given chips. */
export interface RunArguments extends QuantizationArguments {
  model: string
  set: string[]
  prompt: string | undefined
  tokens: number | undefined
  seed: number
  placement: Placement
  mapping: Mapping
  batch: number | undefined
  'by-layer': boolean
  sequences: number
  'zero-weights': number | undefined
  temperature: number
  attention: 'dense' | 'spiking'
  encoding: EncodingName
  verify: boolean
  'ignore-eos': boolean
  'cycle-limit': number | undefined
  mode: 'functional' | 'statistical' | undefined
  'spikes-per-activation': number | undefined
  spikes: string | undefined
  distribution: Distribution
  context: number
  'prompt-tokens': number
  workers: number
  queue: string | undefined
}

const FUNCTIONAL = 'Functional runs (real weights):'
const STATISTICAL = 'Statistical runs (a model by its shape):'

export function runOptions<T>(parser: Argv<T>): Argv<T & RunArguments> {
  return quantizationOptions(parser
    .option('model', { type: 'string', default: DEFAULT_MODEL, describe: 'shipped model, a path, or a shape such as llama-2-7b' })
    .option('set', SET)
    .option('tokens', { ...whole('tokens', 1, MOST_TOKENS), describe: 'tokens to generate (default: 32; 1 on statistics)' })
    .option('seed', { ...SEED, describe: 'seed of sampling, routing choices and drawn spikes' })
    .option('mapping', { choices: MAPPINGS, default: 'auto' as const, describe: 'a core for every part of the model, or shared cores' })
    .option('placement', { choices: PLACEMENTS, default: 'annealed' as const, describe: 'how parts of the model find their cores' })
    .option('batch', { ...whole('batch', 1, MOST_BATCH), describe: 'most tokens of the prompt that share each weight fetched from memory (default: 16)' })
    .option('encoding', { choices: ENCODINGS, default: 'ternary' as const, describe: 'how spike counts become events' })
    .option('workers', WORKERS)
    .option('queue', QUEUE)
    .option('mode', { choices: ['functional', 'statistical'] as const, describe: 'compute with real weights, or draw spike counts' })
    .option('prompt', { type: 'string', group: FUNCTIONAL, describe: `text to continue (default for the shipped model: '${DEFAULT_PROMPT}')` })
    .option('temperature', { ...real('temperature', 0, 1000), group: FUNCTIONAL, default: 0, describe: 'sampling temperature; 0 takes the likeliest token' })
    .option('attention', {
      choices: ['dense', 'spiking'] as const, group: FUNCTIONAL, default: 'dense' as const,
      describe: 'QK^T and PV as multiply-accumulates or as spikes',
    })
    .option('ignore-eos', { type: 'boolean', group: FUNCTIONAL, default: false, describe: 'go on after the end of text' })
    .option('cycle-limit', { ...whole('cycle-limit', 1, Number.MAX_SAFE_INTEGER), describe: 'simulated cycles after which a run that has not ended fails' })
    .option('verify', { type: 'boolean', group: FUNCTIONAL, default: true, describe: 'compare the logits with the reference interpreter' })
    .option('by-layer', {
      type: 'boolean', group: FUNCTIONAL, default: false, describe: 'simulate each layer by itself, on the input the reference computed',
    })
    .option('spikes-per-activation', { ...real('spikes-per-activation', 0, 127), group: STATISTICAL, describe: 'mean spike count, such as the paper\'s 0.862' })
    .option('distribution', {
      choices: ['laplace', 'gaussian'] as const, group: STATISTICAL, default: 'laplace' as const, describe: 'bell curve of that mean',
    })
    .option('spikes', { type: 'string', group: STATISTICAL, describe: 'measured spike histograms (eval --json), or recorded counts to replay (eval --capture)' })
    .option('zero-weights', {
      ...real('zero-weights', 0, 1), group: STATISTICAL, describe: 'share of weights that are zero, for a chip that gates or skips them (default: the model\'s own, if it has weights)',
    })
    .option('context', { ...whole('context', 0, MOST_TOKENS), group: STATISTICAL, default: 0, describe: 'positions already in the KV cache' })
    .option('prompt-tokens', { ...whole('prompt-tokens', 1, MOST_TOKENS), group: STATISTICAL, default: 1, describe: 'length of the prompt, tokens' })
    .option('sequences', {
      ...whole('sequences', 1, MOST_BATCH), group: STATISTICAL, default: 1, describe: 'sequences that run together and share weights fetched from memory',
    })
) as unknown as Argv<T & RunArguments>
}
