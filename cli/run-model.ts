import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { readHuggingFaceConfig } from '../programs/models/huggingface-config.js'
import { parameterCount } from '../programs/models/types.js'
import type { ModelConfig } from '../programs/models/types.js'
import { checkOptions, DEFAULT_QUANTIZE_OPTIONS, zeroSharesOf } from '../programs/quantize/index.js'
import type { QuantizedModel, QuantizeOptions, ZeroShares } from '../programs/quantize/types.js'
import { histogramWithMean } from '../programs/shapes/histogram.js'
import { MODEL_SHAPES } from '../programs/shapes/presets.js'
import { shapeModel } from '../programs/shapes/shape-model.js'
import { isSpikeFile, readSpikeFile } from '../programs/shapes/spike-file.js'
import { readSpikeStatistics } from '../programs/shapes/statistics-file.js'
import type { TraceSink } from '../sim/core/trace.js'
import type { ChipSpec } from '../sim/config/chip-spec.js'
import { InputError } from '../sim/errors.js'
import type { RunResult } from '../sim/result/schema.js'
import { simulateByLayerOn } from '../simulate/by-layer.js'
import type { SimulateOptions, SpikeStatisticsTable } from '../simulate/options.js'
import { simulate } from '../simulate/simulate.js'
import { simulateStatisticsOn } from '../simulate/statistics.js'
import type { TaskPool } from '../simulate/threads/kind.js'
import { findChip } from './chip-source.js'
import { DEFAULT_MODEL, DEFAULT_PROMPT } from './defaults.js'
import { checkRunSize } from './estimate.js'
import { namingChips } from './fit-check.js'
import { readJson } from './files.js'
import { kernelsOfEnvironment } from './kernels.js'
import { loadForRun } from './load.js'
import { configOf } from './model-config.js'
import { findModel } from './model-source.js'
import { startProgress } from './output.js'
import { quantizationOf } from './quantization-options.js'
import type { Quantization } from './quantization-options.js'
import { refuseOtherMode, refuseZeroWeights } from './run-applies.js'
import type { RunArguments } from './run-options.js'
import { runReplay } from './run-replay.js'
import { refuseWorkers, withPoolOf } from './workers.js'

/** What the arguments mean: with weights or on statistics, and how many tokens. @throws InputError for a shape with weights */
export function planOf(args: RunArguments): { mode: 'functional' | 'statistical'; tokens: number; shape: ModelConfig | undefined } {
  const shape = shapeOf(args.model)
  const mode = args.mode ?? (shape === undefined ? 'functional' : 'statistical')
  if (mode === 'functional' && shape !== undefined) {
    throw new InputError(`model ${args.model} is a shape without weights: run it with --mode statistical, or name a model with weights.`)
  }
  refuseOtherMode(args, mode)
  return { mode, tokens: args.tokens ?? (mode === 'functional' ? 32 : 1), shape }
}

/** Refuses a model that is neither a shape nor there. @throws InputError */
export function checkModel(model: string): void {
  if (shapeOf(model) === undefined) findModel(model)
}

/** Refuses arguments that no run could start with, before any chip is built. @throws InputError */
export function checkRun(args: RunArguments): void {
  if (planOf(args).mode === 'statistical') {
    shapeOptions(args)
    if (args.spikes !== undefined && isSpikeFile(args.spikes)) readSpikeFile(args.spikes)
    else statisticsOf(args)
  }
  checkModel(args.model)
}

/** Runs a model on a chip, whichever mode the arguments mean; draws a progress bar on a terminal. */
export async function runModel(chipName: string | ChipSpec, args: RunArguments, trace?: TraceSink): Promise<RunResult> {
  const { mode, tokens, shape } = planOf(args)
  refuseZeroWeights(args, [findChip(chipName)])
  const progress = await startProgress('simulating', tokens)
  const onToken = (text: string, generated: number): void => progress.update(generated, JSON.stringify(text))
  const run = (): RunResult | Promise<RunResult> => {
    if (mode === 'functional' && args['by-layer']) return withPoolOf(args, (pool) => runByLayer(pool, chipName, args, onToken))
    if (mode === 'statistical') {
      if (trace !== undefined) refuseWorkers(args, 'would have nothing to share: a trace is of one token after the other.')
      return withPoolOf(args, (pool) => runStatistical(pool, chipName, args, shape, onToken, trace))
    }
    refuseWorkers(args, 'would have nothing to share: a run with weights is one simulation, unless it goes --by-layer.')
    return runFunctional(chipName, args, onToken, trace)
  }
  try {
    return await namingChips(() => shapeOfRun(args), positionsOfRun(args), run)
  } finally {
    progress.stop()
  }
}

/** The model of a run without its weights. */
export function shapeOfRun(args: RunArguments): QuantizedModel {
  return shapeModel(args.model, configOf(args.model), DEFAULT_QUANTIZE_OPTIONS)
}

/** Rows of the KV cache that a run needs, about: a prompt's tokens are not counted before it is read. */
export function positionsOfRun(args: RunArguments): number {
  const { mode, tokens } = planOf(args)
  return mode === 'statistical' ? args.context + args['prompt-tokens'] + tokens - 1 : Math.ceil((args.prompt ?? '').length / 3) + tokens
}

function limitOfRun({ 'cycle-limit': cycleLimit }: RunArguments): { readonly cycleLimit?: number } {
  return cycleLimit === undefined ? {} : { cycleLimit }
}

type OnToken = (text: string, generated: number) => void

/** What both kinds of functional runs are given. */
function functionalOptions(chipName: string | ChipSpec, args: RunArguments): Omit<SimulateOptions, 'batch' | 'onToken' | 'trace'> {
  const chip = findChip(chipName)
  const { quantized, provenance } = loadForRun(args.model, quantizationOfRun(args))
  const { tokens } = planOf(args)
  checkRunSize({ chip, mode: 'functional', parameters: parameterCount(quantized.config), tokens: Math.min(tokens, quantized.config.contextLength), workers: args.workers })
  return {
    model: quantized, provenance, chip, prompt: args.prompt ?? (args.model === DEFAULT_MODEL ? DEFAULT_PROMPT : ''),
    tokens, seed: args.seed, temperature: args.temperature, attention: args.attention, verify: args.verify,
    stopAtEnd: !args['ignore-eos'], ...limitOfRun(args),
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
  trace?: TraceSink,
): Promise<RunResult> {
  const chip = findChip(chipName)
  const { config, zeroShares } = knownOf(args, shape, chip)
  const model = shapeModel(args.model, config, shapeOptions(args), zeroShares)
  if (args.spikes !== undefined && isSpikeFile(args.spikes)) return runReplay(chipName, args, model, onToken, trace)
  const { tokens } = planOf(args)
  const simulated = (args['prompt-tokens'] + tokens - 1) * args.sequences
  checkRunSize({ chip, mode: 'statistical', parameters: parameterCount(config), tokens: simulated, workers: Math.min(args.workers, tokens) })
  return simulateStatisticsOn(pool, {
    model, provenance: 'shape only: no weights', chip, statistics: statisticsOf(args), context: args.context,
    promptTokens: args['prompt-tokens'], tokens, seed: args.seed, placement: args.placement, mapping: args.mapping,
    sequences: args.sequences, ...limitOfRun(args), ...(args.batch === undefined ? {} : { batch: args.batch }), onToken,
    ...(trace === undefined ? {} : { trace }),
  })
}

interface Known { readonly config: ModelConfig; readonly zeroShares: ZeroShares | undefined }

/** Sizes of a model that runs on statistics, and the zeros among its weights if the chip asks for them: those stated, or its own. */
function knownOf(args: RunArguments, shape: ModelConfig | undefined, { core }: ChipSpec): Known {
  const stated = args['zero-weights']
  const asked = core.zeroWeights !== 'paid'
  if (shape !== undefined) return { config: shape, zeroShares: !asked || stated === undefined ? undefined : { '*': stated } }
  const { quantized } = loadForRun(args.model, quantizationOfRun(args))
  return { config: quantized.config, zeroShares: !asked ? undefined : stated === undefined ? zeroSharesOf(quantized) : { '*': stated } }
}

/** A model that is a shape: a preset, or a config.json by itself. */
function shapeOf(model: string): ModelConfig | undefined {
  const preset = MODEL_SHAPES[model]
  if (preset !== undefined) return preset
  if (model.endsWith('config.json') && existsSync(model)) return readHuggingFaceConfig(model)
  const has = (name: string): boolean => existsSync(join(model, name))
  if (!/[/\\]/.test(model) || !has('config.json') || has('tokenizer.json')) return undefined
  if (has('model.safetensors') || has('model.safetensors.index.json')) {
    throw new InputError(`model ${model} has weights but no tokenizer.json, which says what its tokens are. Put it there; or, to run the `
      + `model by its shape alone: --model ${join(model, 'config.json')} --spikes-per-activation NUMBER.`)
  }
  return readHuggingFaceConfig(join(model, 'config.json'))
}

/** The quantization of a run, with its encoding. */
function quantizationOfRun(args: RunArguments): Quantization {
  const quantization = quantizationOf(args)
  return { ...quantization, options: { ...quantization.options, encoding: args.encoding } }
}

/** The same for a shape, which has no activations that could be calibrated. */
function shapeOptions(args: RunArguments): QuantizeOptions {
  const options = { ...DEFAULT_QUANTIZE_OPTIONS, ...quantizationOfRun(args).options }
  checkOptions(options)
  return options
}

/** Where spike counts come from. */
function statisticsOf(args: RunArguments): SpikeStatisticsTable {
  if (args.spikes !== undefined) return readSpikeStatistics(readJson(args.spikes, 'spike statistics'), args.spikes)
  const mean = args['spikes-per-activation']
  if (mean === undefined) {
    const why = shapeOf(args.model) === undefined ? '' : `${args.model} is a shape without weights, so it runs on statistics: `
    throw new InputError(`${why}statistics mode needs spike counts. Give --spikes-per-activation NUMBER, or --spikes FILE with measured histograms.`)
  }
  const limit = 2 ** ((args['activation-bits'] ?? DEFAULT_QUANTIZE_OPTIONS.activationBits) - 1) - 1
  return {
    histograms: { '*': histogramWithMean(mean, limit, args.distribution) },
    source: `${args.distribution} counts, ${mean} spikes per activation`,
  }
}
