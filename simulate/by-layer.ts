import { Chip } from '../sim/chip/chip.js'
import type { SectionToken } from '../sim/chip/section-host.js'
import type { RunResult } from '../sim/result/schema.js'
import type { ChipSpec } from '../sim/config/chip-spec.js'
import { compile } from '../programs/compile/compile.js'
import type { CompiledProgram } from '../programs/compile/compile.js'
import type { CompileOptions, Range } from '../programs/compile/ir.js'
import type { QuantizedLayer, QuantizedLinear, QuantizedModel } from '../programs/quantize/types.js'
import { Chooser } from '../programs/reference/choose.js'
import { ReferenceInterpreter } from '../programs/reference/interpreter.js'
import type { Integrate } from '../programs/reference/interpreter.js'
import { Comparison } from '../programs/reference/verify.js'
import type { Verdict } from '../programs/reference/verify.js'
import { describeRun } from './describe.js'
import { mappingSummary } from './mapping.js'
import { machineSums } from './machine-sums.js'
import { joinAllLayers, measure } from './measurement.js'
import type { Measurement } from './measurement.js'
import type { LayerRunOptions } from './options.js'
import { checkLength, limitOf, promptIds } from './simulate.js'
import type { TaskKind, TaskPool } from './threads/kind.js'
import { withPool } from './threads/pool.js'

/**
 * A functional run by its layers: the reference interpreter says what enters each layer, so each can be simulated by
 * itself, at the same time as the others. Everything lies on the chip as in a whole run.
 */

/** One layer of a run, with all that must be known of it: plain data, so that any thread can do it. */
export interface LayerTask {
  /** Only the weights of this layer, and of what goes with it, are there. */
  readonly model: Omit<QuantizedModel, 'tokenizer'>
  readonly chip: ChipSpec
  readonly compile: CompileOptions & { readonly section: Range }
  readonly seed: number
  readonly cycleLimit?: number
  readonly kernels: 'simd' | 'plain'
  readonly tokens: readonly SectionToken[]
  /** What must leave the layer, for each token that hands something out; nothing where nothing is compared. */
  readonly expected: readonly Float32Array[]
}

export interface LayerTaskResult {
  readonly measurement: Measurement
  readonly verdict: Verdict
}

/** Simulates one layer. */
export function runLayer(task: LayerTask): LayerTaskResult {
  const program = compile({ ...task.model, tokenizer: NO_TOKENIZER }, task.chip, task.compile)
  const chip = new Chip(task.chip, program.image, task.seed, { kernels: task.kernels })
  const comparison = new Comparison()
  let taken = 0
  const host = chip.runSection(task.tokens, (output, position) => {
    const expected = task.expected[taken++]
    if (expected !== undefined) comparison.compare(output, expected, position)
  }, limitOf(task))
  return { measurement: measure(chip, host), verdict: comparison.verdict() }
}

/** A task has token ids; nobody asks it for text. */
const NO_TOKENIZER: QuantizedModel['tokenizer'] = {
  vocabSize: 0, bosId: 0, eosId: 0, encode: () => [], decode: () => '', decodeToken: () => '',
}

/** What the reference interpreter says of a run. */
interface ReferenceRun {
  /** Token ids that went through the model: the prompt, and all generated ones but the last. */
  readonly fed: readonly number[]
  readonly generated: readonly number[]
  /** Residual vectors, by layer and position: what enters the layer; behind the last layer, what leaves it. */
  readonly residuals: readonly (readonly Float32Array[])[]
  /** Logits from the end of the prompt on. */
  readonly logits: readonly Float32Array[]
}

function runReference(
  model: QuantizedModel, prompt: readonly number[], tokens: number, chooser: Chooser, sums: Integrate | undefined, stopAt?: number,
): ReferenceRun {
  const reference = new ReferenceInterpreter(model, { sums })
  const residuals: Float32Array[][] = Array.from({ length: model.config.layers + 1 }, () => [])
  reference.observeResidual = (layer, x) => residuals[layer]!.push(x)
  const fed: number[] = []
  const generated: number[] = []
  const logits: Float32Array[] = []
  while (generated.length < tokens) {
    const token = fed.length < prompt.length ? prompt[fed.length]! : generated.at(-1)!
    fed.push(token)
    const output = reference.forward(token)
    if (fed.length < prompt.length) continue
    logits.push(output)
    generated.push(chooser.choose(output))
    if (generated.at(-1) === stopAt) break
  }
  return { fed, generated, residuals, logits }
}

/** A model of whose weights only one layer's are there; the rest is shape. */
function onlyLayer(model: QuantizedModel, layer: number): LayerTask['model'] {
  const { name, config, options } = model
  const isLast = layer === model.config.layers - 1
  return {
    name, config, options,
    embedding: layer === 0 ? model.embedding : shapeOf(model.embedding),
    layers: model.layers.map((weights, at) => (at === layer ? weights : layerShape(weights))),
    head: isLast ? model.head : shapeOf(model.head),
    finalNorm: isLast ? model.finalNorm : NOTHING,
  }
}

const NOTHING = new Float32Array(0)

function shapeOf(linear: QuantizedLinear): QuantizedLinear {
  return { ...linear, q: new Int8Array(0), scale: NOTHING }
}

function layerShape({ linears, vectors, experts }: QuantizedLayer): QuantizedLayer {
  const each = <T, U>(record: Readonly<Record<string, T>>, made: (value: T) => U): Record<string, U> => (
    Object.fromEntries(Object.entries(record).map(([name, value]) => [name, made(value)]))
  )
  return {
    linears: each(linears, shapeOf) as QuantizedLayer['linears'], vectors: each(vectors, () => NOTHING),
    ...(experts === undefined ? {} : { experts: experts.map((expert) => each(expert, shapeOf) as typeof expert) }),
  }
}

/** @param whole the whole model, whose placement all layers keep */
function tasksOf(options: LayerRunOptions, { scheduled: whole }: CompiledProgram, reference: ReferenceRun, promptTokens: number): LayerTask[] {
  const { model, chip, seed = 1, verify = true } = options
  const { layers } = model.config
  return Array.from({ length: layers }, (_, layer): LayerTask => ({
    model: onlyLayer(model, layer), chip, seed, kernels: options.kernels ?? 'simd', ...limitOf(options),
    compile: { ...whole.options, coreOf: whole.coreOf, section: { begin: layer, end: layer + 1 } },
    tokens: reference.fed.map((token, position) => (
      { token, input: reference.residuals[layer]![position]!, wantsLogits: position >= promptTokens - 1 }
    )),
    expected: !verify ? [] : layer === layers - 1 ? reference.logits : reference.residuals[layer + 1]!,
  }))
}

/** The verdicts on all layers as one on the logits, which is what the last layer hands out. */
function jointVerdict(verdicts: readonly Verdict[]): Verdict {
  const failed = verdicts.find(({ bitExact }) => !bitExact)
  return { ...verdicts.at(-1)!, bitExact: failed === undefined, firstMismatch: failed?.firstMismatch ?? null }
}

/**
 * Runs a quantized model layer by layer, each by itself, on the inputs that the reference interpreter computed. Counts,
 * and so the energy of what was done, are those of a whole run, but for the residual vectors, which come from the
 * host and go there. Tokens do not overlap: the cycles are those of one token after the other.
 * @throws InputError if the model does not fit the chip or the prompt does not fit the model
 * @throws SimulationError if the machine deadlocks or an accumulator traps
 */
export function simulateByLayer(options: LayerRunOptions): Promise<RunResult> {
  return withPool(options.workers ?? 1, (pool) => simulateByLayerOn(pool, options))
}

/** The same on a pool that is open; `workers` has no part. */
export async function simulateByLayerOn(pool: TaskPool, options: LayerRunOptions): Promise<RunResult> {
  const startedAt = performance.now()
  const { model, chip, tokens = 32, seed = 1 } = options
  const prompt = promptIds(model, options.prompt ?? '')
  checkLength(model, prompt.length, tokens)
  const { attention = 'dense', placement = 'annealed', mapping = 'auto' } = options
  const whole = compile(model, chip, { positions: prompt.length + tokens - 1, attention, placement, mapping })
  const stopAt = options.stopAtEnd === true ? model.tokenizer.eosId : undefined
  const reference = runReference(whole.scheduled.model, prompt, tokens, new Chooser(seed, options.temperature ?? 0), machineSums(whole), stopAt)
  const tasks = tasksOf(options, whole, reference, prompt.length)
  const results = await pool.runAll(LAYER, tasks, (done) => options.onLayer?.(done, tasks.length))
  const result = describeRun({
    model, provenance: options.provenance ?? '', chip, seed, prompt: { text: options.prompt ?? '', tokens: prompt.length, sequences: 1 },
    tokenIds: reference.generated, verdict: jointVerdict(results.map(({ verdict }) => verdict)),
    measurement: joinAllLayers(results.map(({ measurement }) => measurement)), mapping: mappingSummary(whole),
    drawnFrom: undefined, firstPosition: 0, byLayer: true,
  })
  return { ...result, wallSeconds: (performance.now() - startedAt) / 1000 }
}

export const LAYER: TaskKind<LayerTask, LayerTaskResult> = { module: import.meta.url, name: 'runLayer', run: runLayer }
