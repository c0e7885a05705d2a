import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Argv } from 'yargs'
import { simulateStatisticsOn } from '../simulate/statistics.js'
import { simulateByLayerOn } from '../simulate/by-layer.js'
import { simulate } from '../simulate/simulate.js'
import type { SimulateOptions, SpikeStatisticsTable } from '../simulate/options.js'
import { withPool } from '../simulate/threads/pool.js'
import type { TaskPool } from '../simulate/threads/kind.js'
import type { TraceSink } from '../sim/chip/trace.js'
import { InputError } from '../sim/errors.js'
import type { ChipSpec } from '../sim/config/chip-spec.js'
import type { RunResult } from '../sim/result/schema.js'
import { MAPPINGS, PLACEMENTS } from '../programs/compile/ir.js'
import type { Mapping, Placement } from '../programs/compile/ir.js'
import { readHuggingFaceConfig } from '../programs/models/huggingface-config.js'
import type { ModelConfig } from '../programs/models/types.js'
import { ENCODINGS } from '../programs/encodings/types.js'
import type { EncodingName } from '../programs/encodings/types.js'
import { checkOptions, DEFAULT_QUANTIZE_OPTIONS } from '../programs/quantize/index.js'
import type { QuantizeOptions } from '../programs/quantize/types.js'
import { histogramWithMean } from '../programs/shapes/histogram.js'
import type { Distribution } from '../programs/shapes/histogram.js'
import { MODEL_SHAPES } from '../programs/shapes/presets.js'
import { shapeModel } from '../programs/shapes/shape-model.js'
import { readSpikeStatistics } from '../programs/shapes/statistics-file.js'
import { findChip } from './chip-source.js'
import { readJson } from './files.js'
import { kernelsOfEnvironment } from './kernels.js'
import { DEFAULT_MODEL, loadForRun } from './load.js'
import { startProgress } from './output.js'
import { quantizationOf, quantizationOptions } from './quantization-options.js'
import type { Quantization, QuantizationArguments } from './quantization-options.js'
import { refuseWorkers, WORKERS } from './workers.js'

/** Options of `run`, and of `compare` when it is given chips. */
export interface RunArguments extends QuantizationArguments {
  model: string
  prompt: string | undefined
  tokens: number | undefined
  seed: number
  placement: Placement
  mapping: Mapping
  batch: number | undefined
  'by-layer': boolean
  sequences: number
  temperature: number
  attention: 'dense' | 'spiking'
  encoding: EncodingName
  verify: boolean
  mode: 'functional' | 'statistical' | undefined
  'spikes-per-activation': number | undefined
  spikes: string | undefined
  distribution: Distribution
  context: number
  'prompt-tokens': number
  workers: number
}

/** What the shipped model continues when no prompt is given. */
const DEFAULT_PROMPT = 'And the LORD said unto'

const FUNCTIONAL = 'Functional runs (real weights):'
const STATISTICAL = 'Statistical runs (a model by its shape):'

export function runOptions<T>(parser: Argv<T>): Argv<T & RunArguments> {
  return quantizationOptions(parser
    .option('model', { type: 'string', default: DEFAULT_MODEL, describe: 'shipped model, a path, or a shape such as llama-2-7b' })
    .option('tokens', { type: 'number', describe: 'tokens to generate (default: 32; 1 on statistics)' })
    .option('seed', { type: 'number', default: 1, describe: 'seed of sampling, routing choices and drawn spikes' })
    .option('mapping', { choices: MAPPINGS, default: 'auto' as const, describe: 'a core for every part of the model, or shared cores' })
    .option('placement', { choices: PLACEMENTS, default: 'annealed' as const, describe: 'how parts of the model find their cores' })
    .option('batch', { type: 'number', describe: 'most tokens of the prompt that share each weight fetched from memory (default: 16)' })
    .option('encoding', { choices: ENCODINGS, default: 'ternary' as const, describe: 'how spike counts become events' })
    .option('workers', WORKERS)
    .option('mode', { choices: ['functional', 'statistical'] as const, describe: 'compute with real weights, or draw spike counts' })
    .option('prompt', { type: 'string', group: FUNCTIONAL, describe: `text to continue (default for the shipped model: '${DEFAULT_PROMPT}')` })
    .option('temperature', { type: 'number', group: FUNCTIONAL, default: 0, describe: 'sampling temperature; 0 takes the likeliest token' })
    .option('attention', {
      choices: ['dense', 'spiking'] as const, group: FUNCTIONAL, default: 'dense' as const,
      describe: 'QK^T and PV as multiply-accumulates or as spikes',
    })
    .option('verify', { type: 'boolean', group: FUNCTIONAL, default: true, describe: 'compare the logits with the reference interpreter' })
    .option('by-layer', {
      type: 'boolean', group: FUNCTIONAL, default: false, describe: 'simulate each layer by itself, on the input the reference computed',
    })
    .option('spikes-per-activation', { type: 'number', group: STATISTICAL, describe: 'mean spike count, such as the paper\'s 0.862' })
    .option('distribution', {
      choices: ['laplace', 'gaussian'] as const, group: STATISTICAL, default: 'laplace' as const, describe: 'bell curve of that mean',
    })
    .option('spikes', { type: 'string', group: STATISTICAL, describe: 'file of measured spike histograms (spikeloom eval --json)' })
    .option('context', { type: 'number', group: STATISTICAL, default: 0, describe: 'positions already in the KV cache' })
    .option('prompt-tokens', { type: 'number', group: STATISTICAL, default: 1, describe: 'length of the prompt, tokens' })
    .option('sequences', {
      type: 'number', group: STATISTICAL, default: 1, describe: 'sequences that run together and share weights fetched from memory',
    })
) as unknown as Argv<T & RunArguments>
}

/** What the arguments mean: with weights or on statistics, and how many tokens. @throws InputError for a shape with weights */
export function planOf(args: RunArguments): { mode: 'functional' | 'statistical'; tokens: number; shape: ModelConfig | undefined } {
  const shape = shapeOf(args.model)
  const mode = args.mode ?? (shape === undefined ? 'functional' : 'statistical')
  if (mode === 'functional' && shape !== undefined) {
    throw new InputError(`model ${args.model} is a shape without weights: run it with --mode statistical, or name a model with weights.`)
  }
  if (args['by-layer'] && mode === 'statistical') {
    throw new InputError('--by-layer is for functional runs: statistics mode has no reference that knows what enters a layer.')
  }
  if (mode === 'functional' && args.sequences !== 1) {
    throw new InputError(`--sequences ${args.sequences} is for statistical runs: a run with weights continues one prompt.`)
  }
  if (args['by-layer'] && args.batch !== undefined) {
    throw new InputError('--by-layer sends tokens through a layer one by one: leave out --batch.')
  }
  return { mode, tokens: args.tokens ?? (mode === 'functional' ? 32 : 1), shape }
}

/** Runs a model on a chip, whichever mode the arguments mean; draws a progress bar on a terminal. */
export async function runModel(chipName: string | ChipSpec, args: RunArguments, trace?: TraceSink): Promise<RunResult> {
  const { mode, tokens, shape } = planOf(args)
  const progress = await startProgress('simulating', tokens)
  const onToken = (text: string, generated: number): void => progress.update(generated, JSON.stringify(text))
  try {
    if (mode === 'functional' && args['by-layer']) {
      if (trace !== undefined) throw new InputError('--trace needs a whole run: leave out --by-layer.')
      return await withPool(args.workers, (pool) => runByLayer(pool, chipName, args, onToken))
    }
    if (mode === 'functional') {
      refuseWorkers(args.workers, 'would have nothing to share: a run with weights is one simulation, unless it goes --by-layer.')
      return runFunctional(chipName, args, onToken, trace)
    }
    return await withPool(args.workers, (pool) => runStatistical(pool, chipName, args, shape, onToken))
  } finally {
    progress.stop()
  }
}

type OnToken = (text: string, generated: number) => void

/** What both kinds of functional runs are given. */
function functionalOptions(chipName: string | ChipSpec, args: RunArguments): Omit<SimulateOptions, 'batch' | 'onToken' | 'trace'> {
  const chip = findChip(chipName)
  const { quantized, provenance } = loadForRun(args.model, quantizationOfRun(args))
  return {
    model: quantized, provenance, chip, prompt: args.prompt ?? (args.model === DEFAULT_MODEL ? DEFAULT_PROMPT : ''),
    tokens: planOf(args).tokens, seed: args.seed, temperature: args.temperature, attention: args.attention, verify: args.verify,
    placement: args.placement, mapping: args.mapping, kernels: kernelsOfEnvironment(),
  }
}

/** Runs a model with its weights, in this thread. */
export function runFunctional(chipName: string | ChipSpec, args: RunArguments, onToken: OnToken, trace?: TraceSink): RunResult {
  return simulate({
    ...functionalOptions(chipName, args), ...(args.batch === undefined ? {} : { batch: args.batch }), onToken,
    ...(trace === undefined ? {} : { trace }),
  })
}

/** Runs a model with its weights, its layers on the threads of a pool; progress is in tokens, as of other runs. */
export async function runByLayer(pool: TaskPool, chipName: string | ChipSpec, args: RunArguments, onToken: OnToken): Promise<RunResult> {
  const { tokens } = planOf(args)
  const onLayer = (done: number, layers: number): void => onToken(`layer ${done} of ${layers}`, Math.floor((tokens * done) / layers))
  return simulateByLayerOn(pool, { ...functionalOptions(chipName, args), onLayer })
}

/** Runs a model's shape, its tokens on the threads of a pool. */
export async function runStatistical(
  pool: TaskPool, chipName: string | ChipSpec, args: RunArguments, shape: ModelConfig | undefined, onToken: OnToken,
): Promise<RunResult> {
  const chip = findChip(chipName)
  const config = shape ?? loadForRun(args.model).quantized.config
  const model = shapeModel(args.model, config, shapeOptions(args))
  return simulateStatisticsOn(pool, {
    model, provenance: 'shape only: no weights', chip, statistics: statisticsOf(args), context: args.context,
    promptTokens: args['prompt-tokens'], tokens: planOf(args).tokens, seed: args.seed, placement: args.placement, mapping: args.mapping,
    sequences: args.sequences, ...(args.batch === undefined ? {} : { batch: args.batch }), onToken,
  })
}

/** A model that is a shape: a preset, or a config.json by itself. */
function shapeOf(model: string): ModelConfig | undefined {
  const preset = MODEL_SHAPES[model]
  if (preset !== undefined) return preset
  if (model.endsWith('config.json') && existsSync(model)) return readHuggingFaceConfig(model)
  const config = join(model, 'config.json')
  return /[/\\]/.test(model) && existsSync(config) && !existsSync(join(model, 'tokenizer.json')) ? readHuggingFaceConfig(config) : undefined
}

/** The quantization of a run, with its encoding. */
function quantizationOfRun(args: RunArguments): Quantization {
  const quantization = quantizationOf(args)
  return { ...quantization, options: { ...quantization.options, encoding: args.encoding } }
}

/** The same for a shape, which has no activations that could be calibrated. */
function shapeOptions(args: RunArguments): QuantizeOptions {
  if (args.calibration !== undefined) {
    throw new InputError('--calibration is for functional runs: statistics mode draws spike counts, and scales nothing.')
  }
  const options = { ...DEFAULT_QUANTIZE_OPTIONS, ...quantizationOfRun(args).options }
  checkOptions(options)
  return options
}

/** Where spike counts come from. */
function statisticsOf(args: RunArguments): SpikeStatisticsTable {
  if (args.spikes !== undefined) return readSpikeStatistics(readJson(args.spikes, 'spike statistics'), args.spikes)
  const mean = args['spikes-per-activation']
  if (mean === undefined) {
    throw new InputError('statistics mode needs spike counts: give --spikes-per-activation NUMBER, or --spikes FILE with measured histograms.')
  }
  const limit = 2 ** ((args['activation-bits'] ?? DEFAULT_QUANTIZE_OPTIONS.activationBits) - 1) - 1
  return {
    histograms: { '*': histogramWithMean(mean, limit, args.distribution) },
    source: `${args.distribution} counts, ${mean} spikes per activation`,
  }
}
