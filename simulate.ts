import { ACTION_COUNT, ACTION_INDEX } from './isa/actions.js'
import type { Action } from './isa/actions.js'
import { Chip } from './sim/chip/chip.js'
import type { TokenHost, TokenTiming } from './sim/chip/host.js'
import { allCounts, coreResults, linkResults, routerResults } from './sim/chip/measure.js'
import type { TraceSink } from './sim/chip/trace.js'
import { energyLedger } from './sim/energy/ledger.js'
import type { EnergyLedger } from './sim/energy/ledger.js'
import { linearMacsPerToken, paperAdditionPj, paperEnergy, paperMacPj } from './sim/energy/paper.js'
import { InputError } from './sim/errors.js'
import { activityByOperator, totalActivity } from './sim/result/activity.js'
import { RESULT_VERSION } from './sim/result/schema.js'
import type { RunResult } from './sim/result/schema.js'
import type { ChipSpec } from './sim/spec/chip-spec.js'
import type { MachineImage } from './sim/image.js'
import { compile } from './programs/compile/compile.js'
import type { CompiledProgram } from './programs/compile/compile.js'
import { parameterCount } from './programs/models/types.js'
import type { QuantizedModel } from './programs/quantize/types.js'
import { Chooser } from './programs/reference/choose.js'
import { Verifier } from './programs/reference/verify.js'
import type { SpikeHistogram } from './programs/shapes/histogram.js'
import { SPIKELOOM_VERSION } from './version.js'

/** One run: what to run on what. */
export interface SimulateOptions {
  readonly model: QuantizedModel
  /** Where the weights come from, one line. */
  readonly provenance?: string
  readonly chip: ChipSpec
  /** Text the model continues; default: the begin-of-sequence token alone. */
  readonly prompt?: string
  /** Tokens to generate, at least 1. Default 32. */
  readonly tokens?: number
  /** Seed of routing choices and of sampling. Default 1. */
  readonly seed?: number
  /** Sampling temperature; 0, the default, takes the likeliest token. */
  readonly temperature?: number
  /** QK^T and PV as multiply-accumulates, or as additions of cache rows per spike. Default dense. */
  readonly attention?: 'dense' | 'spiking'
  /** Compare the chip's logits with the reference interpreter, bit for bit. Default true. */
  readonly verify?: boolean
  /** Statistics mode: the model is a shape, spike counts are drawn. Nothing is verified, tokens mean nothing. */
  readonly statistics?: StatisticsOptions
  /** Called after each generated token. */
  readonly onToken?: (text: string, generated: number) => void
  /** Receives every instruction and wait, for a trace file. */
  readonly trace?: TraceSink
}

/** What statistics mode draws from, and the sequence it stands in. */
export interface StatisticsOptions {
  /** Spike counts of the activations that enter an operator. */
  readonly histogram: (operator: string, layer: number) => SpikeHistogram
  /** Where the histograms come from, one line. */
  readonly source: string
  /** Positions already in the KV cache. Default 0. */
  readonly context?: number
  /** Tokens of the prompt. Default 1. */
  readonly promptTokens?: number
}

/**
 * Runs a quantized model on a chip: compiles it, simulates prefill and decode cycle by cycle, checks the
 * logits, and prices what happened.
 * @throws InputError if the model does not fit the chip or the prompt does not fit the model
 * @throws SimulationError if the machine deadlocks or an accumulator traps
 */
export function simulate(options: SimulateOptions): RunResult {
  const startedAt = performance.now()
  const { model, chip: spec, tokens = 32, seed = 1, statistics } = options
  const firstPosition = statistics?.context ?? 0
  const prompt = statistics === undefined ? promptIds(model, options.prompt ?? '') : blankPrompt(model, statistics)
  checkLength(model, firstPosition + prompt.length, tokens)
  const attention = options.attention ?? 'dense'
  if (statistics !== undefined && attention === 'spiking') {
    throw new InputError('attention spiking needs real queries and weights: statistics mode computes none. Use attention dense.')
  }
  const program = compile(model, spec, { positions: firstPosition + prompt.length + tokens - 1, firstPosition, attention })
  const chip = new Chip(spec, withDraws(program.image, statistics, seed), seed)
  if (options.trace !== undefined) chip.traceTo(options.trace)

  const verifier = new Verifier(model, prompt, statistics === undefined && (options.verify ?? true))
  const chooser = new Chooser(seed, options.temperature ?? 0)
  const tokenIds: number[] = []
  const host = chip.runTokens(prompt, tokens, (logits, position) => {
    verifier.check(logits, position, tokenIds)
    const id = chooser.choose(logits)
    tokenIds.push(id)
    options.onToken?.(model.tokenizer.decodeToken(id), tokenIds.length)
    return id
  })
  const run: FinishedRun = { options, program, chip, host, prompt, tokenIds, cycles: chip.finishedAt, seed }
  return { ...describeRun(run, verifier), wallSeconds: (performance.now() - startedAt) / 1000 }
}

interface FinishedRun {
  readonly options: SimulateOptions
  readonly program: CompiledProgram
  readonly chip: Chip
  readonly host: TokenHost
  readonly prompt: readonly number[]
  readonly tokenIds: readonly number[]
  readonly cycles: number
  readonly seed: number
}

function promptIds(model: QuantizedModel, prompt: string): number[] {
  const ids = model.tokenizer.encode(prompt)
  if (ids.length === 0) throw new InputError('the prompt is empty and the tokenizer adds no begin-of-sequence token')
  return ids
}

/** A prompt of which only the length matters. */
function blankPrompt(model: QuantizedModel, { promptTokens = 1 }: StatisticsOptions): number[] {
  if (!Number.isInteger(promptTokens) || promptTokens < 1) {
    throw new InputError(`prompt tokens: ${promptTokens}, expected a whole number of at least 1`)
  }
  return Array.from({ length: promptTokens }, () => model.tokenizer.bosId)
}

function checkLength(model: QuantizedModel, before: number, tokens: number): void {
  if (!Number.isInteger(tokens) || tokens < 1) throw new InputError(`tokens: ${tokens}, expected a whole number of at least 1`)
  const { contextLength } = model.config
  if (before + tokens - 1 <= contextLength) return
  const room = Math.max(0, contextLength - before + 1)
  throw new InputError(
    `the prompt has ${before} tokens and ${tokens} more are asked for, but model ${model.name} has a context of ` +
      `${contextLength} tokens. ${room > 0 ? `At most ${room} can be generated after this prompt.` : 'Shorten the prompt.'}`,
  )
}

/** The operators whose activations are encoded. */
const ENCODED = new Set(['qkv', 'o', 'gateUp', 'down', 'head'])

function withDraws(image: MachineImage, statistics: StatisticsOptions | undefined, seed: number): MachineImage {
  if (statistics === undefined) return image
  const cumulative = image.tags.map(({ operator, layer }) => {
    if (!ENCODED.has(operator)) return new Float64Array(0)
    let sum = 0
    return statistics.histogram(operator, layer).probability.map((p) => (sum += p))
  })
  return { ...image, draws: { seed, cumulative } }
}

function describeRun(run: FinishedRun, verifier: Verifier): Omit<RunResult, 'wallSeconds'> {
  const { options, program, chip, cycles } = run
  const { model } = options
  const counts = allCounts(chip)
  const ledger = energyLedger({ counts, tags: program.image.tags, cycles, spec: options.chip })
  const total = totalActivity(program.image.tags, chip.activity)
  const processed = run.host.timings.length
  return {
    schemaVersion: RESULT_VERSION,
    kind: 'run',
    spikeloomVersion: SPIKELOOM_VERSION,
    weights: options.statistics === undefined ? 'real' : 'statistical',
    fidelity: { network: 'cycle', cores: 'event', statement: fidelityOf(options) },
    chip: { name: options.chip.name, spec: options.chip },
    model: describeModel(model, options.provenance ?? ''),
    encoding: {
      name: 'ternary', weightBits: model.options.weightBits, activationBits: model.options.activationBits,
      attentionBits: model.options.attentionBits, kvCacheBits: model.options.kvBits,
    },
    seed: run.seed,
    prompt: { text: options.prompt ?? '', tokens: run.prompt.length },
    tokens: run.tokenIds.map((id) => model.tokenizer.decodeToken(id)),
    tokenIds: [...run.tokenIds],
    text: model.tokenizer.decode(run.tokenIds),
    verification: verifier.verdict(),
    latency: describeLatency(run),
    throughput: { tokensPerSecond: processed / seconds(cycles, options.chip) },
    energy: describeEnergy(run, ledger, counts, processed),
    activity: {
      ...total,
      synapticAdditions: sumOf(counts, 'synapticAdd'),
      flitHops: sumOf(counts, 'flitHop'),
      byOperator: activityByOperator(program.image.tags, chip.activity, counts),
    },
    cores: coreResults(chip, cycles),
    links: linkResults(chip, cycles),
    routers: routerResults(chip),
    mapping: {
      coresUsed: program.image.cores.filter((core) => core.program.length > 0).length,
      coresAvailable: program.scheduled.cores,
      timeMultiplexed: program.scheduled.shared,
      notes: [...program.scheduled.notes],
    },
    constants: ledger.byPrice.map((use) => ({ ...use })),
    notes: [...program.scheduled.notes],
  }
}

function fidelityOf({ statistics }: SimulateOptions): string {
  const what = statistics === undefined
    ? 'Weights, spikes and logits are computed, not sampled.'
    : `Spike counts are drawn (${statistics.source}); weights and logits are not computed.`
  return `${what} Routers are simulated cycle by cycle, cores by events whose cycles follow the instruction table. ` +
    'Loading programs and resident weights before the first token is not counted.'
}

function describeModel(model: QuantizedModel, provenance: string): RunResult['model'] {
  const { config } = model
  return {
    name: model.name, provenance, parameters: parameterCount(config), layers: config.layers, hiddenSize: config.dim,
    intermediateSize: config.hiddenDim, heads: config.heads, kvHeads: config.kvHeads, headDim: config.headDim,
    vocabularySize: config.vocabSize, contextLength: config.contextLength,
  }
}

function seconds(cycles: number, spec: ChipSpec): number {
  return cycles / (spec.clockMHz * 1e6)
}

function describeLatency({ options, host, cycles, prompt, tokenIds }: FinishedRun): RunResult['latency'] {
  const { model } = options
  const prefillCycles = host.timings[prompt.length - 1]!.endCycle
  const decodeCycles = cycles - prefillCycles
  const decoded = tokenIds.length - 1
  return {
    cycles,
    seconds: seconds(cycles, options.chip),
    cyclesPerToken: decoded > 0 ? decodeCycles / decoded : cycles / host.timings.length,
    prefillCycles,
    decodeCycles,
    timeline: host.timings.map((timing: TokenTiming, index) => ({
      index, position: timing.position, phase: index < prompt.length ? 'prefill' as const : 'decode' as const,
      text: model.tokenizer.decodeToken(timing.token), startCycle: timing.startCycle, endCycle: timing.endCycle,
    })),
  }
}

function describeEnergy(run: FinishedRun, ledger: EnergyLedger, counts: Float64Array, processed: number): RunResult['energy'] {
  const paper = paperOf(run, counts, processed)
  return {
    totalPj: ledger.totalPj,
    perTokenPj: ledger.totalPj / processed,
    dynamicPj: ledger.dynamicPj,
    staticPj: ledger.staticPj,
    byComponent: { ...ledger.byComponent },
    byOperator: ledger.byOperator.map((row) => ({ ...row, byComponent: { ...row.byComponent } })),
    paper,
  }
}

/** The literature's accounting of the same run: additions and multiply-accumulates, nothing else. */
function paperOf(run: FinishedRun, counts: Float64Array, processed: number): RunResult['energy']['paper'] {
  const { model } = run.options
  const { config, options } = model
  const bits = options.weightBits
  const embedding = run.program.image.tags.findIndex((tag) => tag.operator === 'embedding')
  const additions = sumOf(counts, 'synapticAdd') - counts[embedding * ACTION_COUNT + ACTION_INDEX.synapticAdd]!
  const withLogits = run.host.timings.filter((timing) => timing.wantsLogits).length
  const pairs = (processed * (processed + 1)) / 2
  const denseMacs = linearMacsPerToken({
    layers: config.layers, hiddenSize: config.dim, intermediateSize: config.hiddenDim, heads: config.heads, kvHeads: config.kvHeads,
    headDim: config.headDim, vocabularySize: config.vocabSize,
  }) * processed + withLogits * config.vocabSize * config.dim + 2 * config.layers * config.heads * config.headDim * pairs
  const energy = paperEnergy(additions, sumOf(counts, 'mac'), denseMacs, bits)
  return {
    bits, additionPj: paperAdditionPj(bits), macPj: paperMacPj(bits), additions, macs: energy.macs,
    additionsPj: energy.additionsPj, macsPj: energy.macsPj, totalPj: energy.spikingPj, perTokenPj: energy.spikingPj / processed,
    denseMacs, denseQuantizedPj: energy.denseQuantizedPj, denseFloatPj: energy.denseFloatPj,
  }
}

/** How often an action happened, over all tags. */
function sumOf(counts: Float64Array, action: Action): number {
  let sum = 0
  for (let at = ACTION_INDEX[action]; at < counts.length; at += ACTION_COUNT) sum += counts[at]!
  return sum
}

