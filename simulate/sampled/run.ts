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
import { extrapolate, inCycles, moved, repeated, shareOut, withHeads } from './combine.js'
import { estimateTotal } from './estimate.js'
import type { Estimate, Stratum } from './estimate.js'

/**
 * A run on statistics from a sample: instead of every token through every layer, a few windows of tokens through a few
 * layers, each lying where it lies in the whole model. A *window* is what is in the machine together: a batch, or tokens
 * that follow each other. Two stages (Cochran, Sampling Techniques, chapter 10):
 *   - windows: pairs at random distances from both ends of the prompt, so what grows with the context cancels;
 *   - layers: each window runs through the first layer alone. Some run again, through a random group of further layers
 *     too; the difference, per layer of the group, stands for every other layer. Windows without a group are moved from
 *     those with one: every layer changes with the place in the prompt as the first does.
 * Each window has seeds of its own, so the spread between windows holds the noise of all of it, and the bounds say what
 * the groups, which are fewer, add to it.
 */
export interface SampleOptions {
  /** Windows to simulate, an even number; all of them, if there are fewer. */
  readonly windows: number
  /** Layers in a window's group, beside the first. */
  readonly layers: number
  /** Windows with a group; all by default. */
  readonly groups?: number
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
  /** What the energy's bounds were made of, pJ: two runs of the same windows can be compared window by window. */
  readonly energySample: Stratum
  /** Layer-tokens simulated, of all there are. */
  readonly share: number
}

interface Window {
  readonly tokens: number
  readonly firstPosition: number
  /** Empty for a window that runs through the first layer alone. */
  readonly group: readonly number[]
  readonly seed: number
}

/** Where the prompt's windows lie, and how many there are of them. */
interface Place {
  readonly layers: number
  /** Windows that make up the prompt, not a whole number where the last is shorter. */
  readonly all: number
  readonly probe: MappingSummary
}

type Options = Omit<StatisticsRunOptions, 'workers' | 'tokens' | 'onToken'> & {
  /** Whose logits are wanted: the prompt's last token's, or, where tokens stand for sequences that decode, of each. */
  readonly logits?: 'last' | 'each'
}

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
  const all = (options.promptTokens ?? 1) / windowTokens
  const whole = await wholeWindows(pool, options, windows, { layers, all, probe })
  const measurement = joined(whole, all, options)
  const described = (part: Measurement): RunResult => ({
    ...describeRun(finished(options, probe, part, sample)), wallSeconds: (performance.now() - startedAt) / 1000,
  })
  const values = whole.map((part) => described(part))
  const sampleOf = (value: (result: RunResult) => number): Stratum => stratumOf(windows, values.map(value), all, options, windowTokens)
  const estimateOf = (value: (result: RunResult) => number): Estimate => {
    return widened(estimateTotal([sampleOf(value)], sample.level ?? 0.95), windows)
  }
  return {
    result: described(measurement),
    energyPj: estimateOf(({ energy }) => energy.totalPj),
    cycles: estimateOf(({ latency }) => latency.cycles),
    energySample: sampleOf(({ energy }) => energy.totalPj),
    share: (windows.reduce((sum, { group: own }) => sum + 1 + (own.length === 0 ? 0 : own.length + 1), 0) * windowTokens)
      / (layers * (options.promptTokens ?? 1)),
  }
}

/**
 * What few groups add to the bounds, as a factor: the estimate rests on the first layer in a window with a group and on a layer
 * of that group, each drawn once for all windows, where the windows' own draws are averaged. So to a variance of
 * s^2 / windows come 2 s^2 / groups.
 */
export function widening(windows: number, groups = windows): number {
  return groups >= windows ? 1 : Math.sqrt(1 + (2 * windows) / groups)
}

/** Bounds with the bias, and with what few groups add. */
function widened(estimate: Estimate, windows: readonly Window[]): Estimate {
  const factor = widening(windows.length, windows.filter(({ group }) => group.length > 0).length)
  const bias = BIAS * estimate.total
  const { total, low, high, standardError } = estimate
  return {
    ...estimate, low: total - factor * (total - low) - bias, high: total + factor * (high - total) + bias, standardError: factor * standardError,
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

function chooseWindows(options: Options, sample: SampleOptions, windowTokens: number, group: number): Window[] {
  const { windows } = sample
  const { promptTokens = 1, context = 0, seed = 1 } = options
  const random = new Random(seed)
  const all = Math.ceil(promptTokens / windowTokens)
  const pairs = Math.max(1, Math.floor(Math.min(windows, all) / 2))
  const places = all === 1 ? Array.from({ length: windows }, () => 0) : Array.from({ length: pairs }, (_, pair) => {
    // A stratum of distances each: the sample covers near and far ends alike.
    const distance = ((pair + random.uint32() / 2 ** 32) / pairs) * (all / 2)
    return [Math.floor(distance), all - 1 - Math.floor(distance)]
  }).flat()
  // Groups at every so many-th window, from the first on.
  const every = Math.ceil(places.length / Math.min(sample.groups ?? places.length, places.length))
  return places.map((place, at) => ({
    // The last window of a prompt that is no whole number of windows ends with it.
    tokens: windowTokens, firstPosition: context + Math.min(place * windowTokens, promptTokens - windowTokens),
    group: at % every === 0 ? chooseGroup(random, options.model.config.layers, group) : [], seed: random.uint32(),
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

/** All windows through all layers. */
async function wholeWindows(pool: TaskPool, options: Options, windows: readonly Window[], place: Place): Promise<Measurement[]> {
  const tasks = windows.flatMap((window) => [
    taskOf(options, window, [0]), ...(window.group.length === 0 ? [] : [taskOf(options, window, [0, ...window.group])]),
  ])
  const queue = (await pool.runAll(STATISTICS, tasks)).map(({ measurement }) => measurement).values()
  const next = (): Measurement => queue.next().value as Measurement
  const runs = windows.map((window) => ({ window, first: next(), more: window.group.length === 0 ? undefined : next() }))
  const bases = runs.flatMap(({ window, first, more }) => (
    more === undefined ? [] : [{ first, whole: wholeWindow(first, more, window, place) }]
  ))
  const heads = headsOf(options, place)
  const { batch, shared, tags } = place.probe
  let at = 0
  return runs.map(({ first, more }) => {
    const base = bases[at % bases.length]!
    if (more !== undefined) at++
    const whole = more !== undefined ? base.whole : withInterval(moved(base.whole, base.first, first, place.layers, tags), first, place)
    return withHeads(whole, tags, heads, batch > 1 || shared)
  })
}

/** Tokens whose logits are wanted, for one whose logits a window took. */
function headsOf({ logits = 'last', promptTokens = 1, sequences = 1 }: Options, { all }: Place): number {
  if (sequences > 1 || promptTokens === 1) return 1
  return logits === 'each' ? promptTokens / all : 1 / all
}

/** A window through all layers, from its run through the first and that through its group too. */
function wholeWindow(first: Measurement, more: Measurement, { group }: Window, place: Place): Measurement {
  return withInterval(shareOut(extrapolate(first, more, (place.layers - 1) / group.length), place.probe.tags), more, place)
}

/** Where tokens follow each other, one leaves in the long run with every interval of the slowest stage, not of all of them. */
function withInterval(whole: Measurement, { timings }: Measurement, { probe: { batch, shared } }: Place): Measurement {
  if (batch > 1 || shared || timings.length < 4) return whole
  const ends = timings.slice(0, -1).map(({ endCycle }) => endCycle)
  const half = Math.floor(ends.length / 2)
  const interval = (ends.at(-1)! - ends[half]!) / (ends.length - 1 - half)
  return inCycles(whole, interval * timings.length)
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
  return { ...measurement, counts: measurement.counts.map(Math.round), timings }
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

/** So many units that none of the spread is written off: a window that was run has still layers and draws to choose from. */
const MANY = 1e9

/** Windows as a stratum whose control is their place in the prompt: what attention costs grows with it. */
function stratumOf(
  windows: readonly Window[], values: readonly number[], all: number, { context = 0 }: Options, windowTokens: number,
): Stratum {
  return {
    name: 'windows', units: MANY, controlMean: (all - 1) / 2,
    samples: windows.map(({ firstPosition }, at) => ({
      control: (firstPosition - context) / windowTokens, value: (values[at]! * all) / MANY,
    })),
  }
}
