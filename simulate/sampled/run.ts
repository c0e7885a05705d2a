import { Random } from '../../sim/random.js'
import { InputError } from '../../sim/errors.js'
import type { RunResult } from '../../sim/result/schema.js'
import { describeRun } from '../describe.js'
import type { MappingSummary } from '../describe.js'
import type { Measurement } from '../measurement.js'
import type { StatisticsRunOptions } from '../options.js'
import { STATISTICS } from '../task.js'
import type { StatisticsTask } from '../task.js'
import type { TaskPool } from '../threads/kind.js'
import { extrapolate, repeated, shareOut } from './combine.js'
import { estimateTotal } from './estimate.js'
import type { Estimate, Stratum } from './estimate.js'

/**
 * A run on statistics from a sample: instead of every token through every layer, a few windows of tokens through a few
 * layers, each lying where it lies in the whole model. A *window* is what is in the machine together: a batch, or tokens
 * that follow each other. Two stages (Cochran, Sampling Techniques, chapter 10):
 *   - windows: pairs at random distances from both ends of the prompt, so what grows with the context cancels;
 *   - layers: each window runs twice, once through the first layer alone and once through a random group of further
 *     layers too; their difference, per layer of the group, stands for every other layer.
 * Each window has a group and seeds of its own, so the spread between windows holds the noise of all of it.
 */
export interface SampleOptions {
  /** Windows to simulate, an even number; all of them, if there are fewer. */
  readonly windows: number
  /** Layers in a window's group, beside the first. */
  readonly layers: number
  /** Tokens of a window where tokens follow each other; a batch is a window by itself. Default 12. */
  readonly pipelineTokens?: number
  readonly level?: number
}

/**
 * What layers and windows lose by standing apart, as a share of the total, beside the noise: neighbours are warmer in
 * a whole run, and hubs of distant layers farther. Measured on whole runs where those are possible
 * (docs/findings.md, 'Machine and method'): at most 0.3 % of energy and of cycles.
 */
export const BIAS = 0.005

export interface SampledRun {
  readonly result: RunResult
  /** Of the whole prompt: bounds hold the noise of sampling, and `BIAS` on either side. */
  readonly energyPj: Estimate
  readonly cycles: Estimate
  /** Layer-tokens simulated, of all there are. */
  readonly share: number
}

interface Window {
  readonly tokens: number
  readonly firstPosition: number
  readonly group: readonly number[]
  readonly seed: number
}

type Options = Omit<StatisticsRunOptions, 'workers' | 'tokens' | 'onToken'>

/** Tokens of a window at most: what the compiler would put into one batch. */
const BATCH_TOKENS = 16

/**
 * @throws InputError for a sample that cannot say how sure it is, or a shape that does not fit the chip
 */
export async function simulateSampled(pool: TaskPool, options: Options, sample: SampleOptions): Promise<SampledRun> {
  const startedAt = performance.now()
  const { layers } = options.model.config
  if (layers < 3) throw new InputError(`a model of ${layers} layers is too short to be sampled: at least 3 are needed`)
  const group = Math.min(sample.layers, layers - 1)
  const probe = await shapeOfRun(pool, options)
  const windowTokens = windowTokensOf(options, sample, probe)
  const windows = chooseWindows(options, sample, windowTokens, group)
  const results = await runWindows(pool, options, windows)
  const whole = windows.map((window, at) => wholeWindow(results[2 * at]!, results[2 * at + 1]!, layers, window, probe))
  const all = Math.ceil((options.promptTokens ?? 1) / windowTokens)
  const measurement = joined(whole, (options.promptTokens ?? 1) / windowTokens, options)
  const described = (part: Measurement): RunResult => ({
    ...describeRun(finished(options, probe, part, sample)), wallSeconds: (performance.now() - startedAt) / 1000,
  })
  const values = whole.map((part) => described(part))
  const estimateOf = (value: (result: RunResult) => number): Estimate => {
    const estimate = estimateTotal([stratumOf(windows, values.map(value), all, options, windowTokens)], sample.level ?? 0.95)
    const bias = BIAS * estimate.total
    return { ...estimate, low: estimate.low - bias, high: estimate.high + bias }
  }
  return {
    result: described(measurement),
    energyPj: estimateOf(({ energy }) => energy.totalPj),
    cycles: estimateOf(({ latency }) => latency.cycles),
    share: (windows.length * (group + 2) * windowTokens) / (layers * (options.promptTokens ?? 1)),
  }
}

function taskOf(options: Options, window: Window, layers: readonly number[]): StatisticsTask {
  const { model, chip, statistics, context = 0, promptTokens = 1, sequences = 1 } = options
  return {
    name: model.name, config: model.config, quantize: model.options, zeroShares: model.zeroShares, chip, statistics,
    positions: context + promptTokens, firstPosition: window.firstPosition, promptTokens: window.tokens,
    placement: options.placement ?? 'annealed', mapping: options.mapping ?? 'auto', batch: options.batch,
    runPromptTokens: window.tokens, sequences, layers, seed: window.seed,
  }
}

/** One token through one layer: says how the model lies on the chip. */
async function shapeOfRun(pool: TaskPool, options: Options): Promise<MappingSummary> {
  const { promptTokens = 1, context = 0 } = options
  const window: Window = { tokens: Math.min(promptTokens, BATCH_TOKENS), firstPosition: context, group: [], seed: 1 }
  return (await pool.run(STATISTICS, taskOf(options, window, [0]))).mapping
}

function windowTokensOf({ promptTokens = 1 }: Options, { pipelineTokens = 12 }: SampleOptions, { batch, shared }: MappingSummary): number {
  return Math.min(promptTokens, batch > 1 ? batch : shared ? 1 : pipelineTokens)
}

function chooseWindows(options: Options, { windows }: SampleOptions, windowTokens: number, group: number): Window[] {
  const { promptTokens = 1, context = 0, seed = 1 } = options
  const random = new Random(seed)
  const all = Math.ceil(promptTokens / windowTokens)
  const pairs = Math.max(1, Math.floor(Math.min(windows, all) / 2))
  const places = all === 1 ? Array.from({ length: windows }, () => 0) : Array.from({ length: pairs }, (_, pair) => {
    // A stratum of distances each: the sample covers near and far ends alike.
    const distance = ((pair + random.uint32() / 2 ** 32) / pairs) * (all / 2)
    return [Math.floor(distance), all - 1 - Math.floor(distance)]
  }).flat()
  return places.map((place) => ({
    tokens: windowTokens, firstPosition: context + place * windowTokens,
    group: chooseGroup(random, options.model.config.layers, group), seed: random.uint32(),
  }))
}

/** Layers behind the first: one of each of `size` equal stretches, so that every part of the model is there. */
function chooseGroup(random: Random, layers: number, size: number): number[] {
  const rest = layers - 1
  return Array.from({ length: size }, (_, stretch) => {
    const [begin, end] = [stretch, stretch + 1].map((at) => Math.floor((at * rest) / size)) as [number, number]
    return 1 + begin + Math.floor((random.uint32() / 2 ** 32) * (end - begin))
  })
}

async function runWindows(pool: TaskPool, options: Options, windows: readonly Window[]): Promise<Measurement[]> {
  const tasks = windows.flatMap((window) => [taskOf(options, window, [0]), taskOf(options, window, [0, ...window.group])])
  return (await pool.runAll(STATISTICS, tasks)).map(({ measurement }) => measurement)
}

/** A window through all layers, from its run through the first and that through its group too. */
function wholeWindow(first: Measurement, more: Measurement, layers: number, { group, tokens }: Window, mapping: MappingSummary): Measurement {
  const whole = shareOut(extrapolate(first, more, (layers - 1) / group.length), mapping.tags)
  if (mapping.batch > 1 || mapping.shared || tokens < 3) return whole
  // Tokens follow each other: in the long run one leaves with every interval of the slowest stage, not of all of them.
  const ends = more.timings.slice(0, -1).map(({ endCycle }) => endCycle)
  const half = Math.floor(ends.length / 2)
  const interval = (ends.at(-1)! - ends[half]!) / (ends.length - 1 - half)
  return { ...whole, cycles: interval * tokens }
}

function joined(whole: readonly Measurement[], all: number, { promptTokens = 1, sequences = 1 }: Options): Measurement {
  const measurement = repeated(whole, all / whole.length)
  const tokens = promptTokens * sequences
  const [first] = whole[0]!.timings
  // The tokens' own times are not simulated: they are spread evenly.
  const timings = Array.from({ length: tokens }, (_, at) => ({
    ...first!, position: Math.floor(at / sequences), sequence: at % sequences, wantsLogits: at === tokens - 1,
    startCycle: (measurement.cycles * at) / tokens, endCycle: (measurement.cycles * (at + 1)) / tokens,
  }))
  return { ...measurement, timings }
}

function finished(options: Options, mapping: MappingSummary, measurement: Measurement, sample: SampleOptions): Parameters<typeof describeRun>[0] {
  const { model, chip, seed = 1, context = 0, sequences = 1 } = options
  const drawn = `${options.statistics.source}; sampled: ${sample.windows} windows of tokens, ${sample.layers} layers each stand for all`
  return {
    model, provenance: options.provenance ?? 'shape only', chip, seed,
    prompt: { text: '', tokens: measurement.timings.length, sequences }, tokenIds: [model.tokenizer.bosId],
    verdict: { bitExact: false, logitsCompared: 0, firstMismatch: null },
    measurement, mapping, drawnFrom: drawn, firstPosition: context,
  }
}

/** Windows as a stratum whose control is their place in the prompt: what attention costs grows with it. */
function stratumOf(
  windows: readonly Window[], values: readonly number[], all: number, { context = 0 }: Options, windowTokens: number,
): Stratum {
  const samples = windows.map(({ firstPosition }, at) => ({ control: (firstPosition - context) / windowTokens, value: values[at]! }))
  // A whole of one window has still groups of layers and draws to choose from: as many as one likes.
  if (all === 1) return { name: 'window', units: 1e9, controlMean: 0, samples: samples.map(({ value }) => ({ control: 0, value: value / 1e9 })) }
  return { name: 'windows', units: all, controlMean: (all - 1) / 2, samples }
}
