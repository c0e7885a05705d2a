import type { ClipCurvePoint } from '../reports/clip-chart.js'
import { performance } from 'node:perf_hooks'
import { macsOf } from '../programs/graph/macs.js'
import { addObserved, encodingByName, EncodingObserver, ENCODINGS, figuresByOperator, totalFigures } from '../programs/encodings/index.js'
import type { EncodingName, Observed, OperatorFigures } from '../programs/encodings/index.js'
import { loadModel } from '../programs/models/index.js'
import { decodeText } from '../programs/models/regular-file.js'
import type { LoadedModel } from '../programs/models/types.js'
import { signedLimit } from '../programs/quantize/index.js'
import type { QuantizeOptions } from '../programs/quantize/types.js'
import {
  evaluationOf, FloatModel, ReferenceInterpreter, scoreTasks, windowLosses, windowsOf,
} from '../programs/reference/index.js'
import type { Evaluation, SequenceModel, StreamOptions, TaskScores, Window, WindowedText } from '../programs/reference/index.js'
import { InputError } from '../sim/errors.js'
import { paperAdditionPj, paperMacPj, PAPER_MAC_PJ } from '../sim/energy/paper.js'
import { referenceKernels } from '../simulate/reference/kernels.js'
import type { TaskKind, TaskPool, TellProgress } from '../simulate/threads/kind.js'
import { inOrder } from '../simulate/threads/pool.js'
import { parseTasks } from './eval-task-file.js'
import { readBytes, readText } from './files.js'
import { kernelsOfEnvironment } from './kernels.js'
import { quantizeForRun } from './load.js'
import { findModel } from './model-source.js'
import { startProgress } from './output.js'
import type { Quantization } from './quantization-options.js'
import { withPoolOf } from './workers.js'
import type { PoolArguments } from './workers.js'

export interface EvalSettings {
  readonly model: string
  readonly encoding: EncodingName | 'float'
  readonly quantization: Quantization
  readonly text: string | undefined
  readonly limitBytes: number | undefined
  readonly tasks: string | undefined
  /** The text as one stream in windows; absent: document by document. */
  readonly stream?: StreamOptions
  /** No progress bar. */
  readonly quiet?: boolean
}

/** One encoding beside the others: the same integers, so the same quality. */
export interface EncodingComparison {
  readonly encoding: EncodingName
  readonly timeSteps: number
  readonly firingRate: number
  readonly spikesPerActivation: number
  /** Additions, shifted additions or multiply-accumulates for each multiply-accumulate of the dense layers. */
  readonly operationsPerMac: number
  /** The literature's price of them, linear layers and head alone. */
  readonly paperPjPerToken: number
}

/** What `spikeloom eval --json` prints. */
export interface EvalResult {
  readonly model: string
  readonly encoding: string
  readonly weightBits: number
  readonly activationBits: number
  readonly kvCacheBits: number
  readonly perplexity: number | null
  readonly bitsPerByte: number | null
  readonly nllPerToken: number | null
  readonly tokens: number
  readonly bytes: number
  readonly spikesPerActivation: number
  readonly firingRate: number
  readonly timeSteps: number
  readonly paperPjPerToken: number
  readonly byOperator: readonly OperatorFigures[]
  readonly encodings: readonly EncodingComparison[]
  readonly tasks: TaskScores | null
  readonly wallSeconds: number
}

/**
 * A text file, or its first bytes: whole characters only, each as it is in the file, a byte order mark too.
 * @throws InputError for a limit that is none, and naming the first byte that is no UTF-8
 */
export function readTextStart(path: string, limitBytes: number | undefined): string {
  if (limitBytes === undefined) return decodeText(readBytes(path, 'text'), path)
  if (!Number.isInteger(limitBytes) || limitBytes < 1) {
    throw new InputError(`limit-bytes is ${limitBytes}, expected a whole number of at least 1`)
  }
  return decodeText(readBytes(path, 'text', { firstBytes: limitBytes }), path, true)
}

/**
 * The text of an evaluation in windows; undefined where there is none.
 * @throws InputError for a text that is empty, has no token to predict, or is too short for a window
 */
function windowedText(loaded: LoadedModel, settings: EvalSettings): WindowedText | undefined {
  if (settings.text === undefined) return undefined
  const text = readTextStart(settings.text, settings.limitBytes)
  if (text.trim() === '') throw new InputError(`text '${settings.text}' is empty.`)
  const windowed = windowsOf(loaded.tokenizer, loaded.config.contextLength, text, settings.stream)
  if (windowed.tokens === 0) throw new InputError(`text '${settings.text}' has no token to predict.`)
  return windowed
}

/** A share of an evaluation. */
interface EvalPart {
  readonly settings: EvalSettings
  readonly windows: readonly Window[]
  /** True for the part that answers the tasks. */
  readonly isFirst: boolean
}

interface EvalPartResult {
  /** Of this part's windows, in their order. */
  readonly losses: readonly Float64Array[]
  readonly observed: Observed
  readonly options: QuantizeOptions
  readonly tasks: TaskScores | null
}

/** Evaluates a share of the windows; each thread loads and quantizes the model by itself. */
export async function evalPart({ settings, windows, isFirst }: EvalPart, tell: TellProgress = () => undefined): Promise<EvalPartResult> {
  const loaded = loadModel(findModel(settings.model))
  const { model: quantized } = quantizeForRun(loaded, settings.quantization)
  const kernels = kernelsOfEnvironment() === 'simd' && settings.encoding !== 'float' ? referenceKernels(quantized) : {}
  const interpreter = new ReferenceInterpreter(quantized, kernels)
  const observer = new EncodingObserver(interpreter)
  const machine: SequenceModel = settings.encoding === 'float' ? new FloatModel(loaded) : interpreter
  let read = 0
  const losses = windows.map((window) => windowLosses(machine, window, () => tell(++read)))
  const tasks = isFirst ? await evaluateTasks(machine, loaded, settings.tasks) : null
  return { losses, observed: observer.observed(), options: quantized.options, tasks }
}

export const EVAL_PART: TaskKind<EvalPart, EvalPartResult> = { module: import.meta.url, name: 'evalPart', run: evalPart }

/** Runs all parts of an evaluation in a pool, with a bar over the tokens that are read: part k of n has every n-th window from k on. */
async function evaluateParts(settings: EvalSettings, windows: readonly Window[], pool: TaskPool): Promise<EvalPartResult[]> {
  const parts = Math.max(1, Math.min(pool.workers, windows.length))
  const progress = await startProgress('evaluating', windows.reduce((sum, { ids }) => sum + ids.length - 1, 0), settings.quiet)
  const done = new Float64Array(parts)
  try {
    return await inOrder(Array.from({ length: parts }, (_, part) => {
      const own = windows.filter((__, n) => n % parts === part)
      return pool.run(EVAL_PART, { settings, windows: own, isFirst: part === 0 }, (read) => {
        done[part] = read
        progress.update(done.reduce((sum, each) => sum + each), 'tokens')
      })
    }))
  } finally {
    progress.stop()
  }
}

async function evaluateTasks(model: SequenceModel, loaded: LoadedModel, file: string | undefined): Promise<TaskScores | null> {
  if (file === undefined) return null
  const tasks = parseTasks(readText(file, 'task file'), file)
  const progress = await startProgress('answering', tasks.length)
  try {
    return scoreTasks(model, loaded.tokenizer, tasks, (done) => progress.update(done))
  } finally {
    progress.stop()
  }
}

/** Multiply-accumulates of the linear layers and the head for one token. */
function denseMacs({ config }: LoadedModel): number {
  const { linear, head } = macsOf(config)
  return linear + head
}

function compareEncodings(observed: Observed, bits: number, macs: number): EncodingComparison[] {
  return ENCODINGS.map((encoding) => {
    const { operations, timeSteps, firingRate, spikesPerActivation } = totalFigures(observed, encoding)
    const perToken = observed.tokens === 0 ? 0 : operations / observed.tokens
    const price = encodingByName(encoding).operation === 'multiplyAccumulate' ? paperMacPj(bits) : paperAdditionPj(bits)
    return {
      encoding, timeSteps, firingRate, spikesPerActivation, operationsPerMac: perToken / macs, paperPjPerToken: perToken * price,
    }
  })
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null)

const NO_TEXT: Evaluation = { tokens: 0, bytes: 0, nllPerToken: Number.NaN, perplexity: Number.NaN, bitsPerByte: Number.NaN }

/** The losses of all windows, in the text's order. */
function mergedLosses(parts: readonly EvalPartResult[], windows: number): Float64Array[] {
  return Array.from({ length: windows }, (_, n) => parts[n % parts.length]!.losses[Math.floor(n / parts.length)]!)
}

/** Evaluates a model as one set of options says; the same result for any number of workers. */
export async function runEval(settings: EvalSettings, pool: PoolArguments = { workers: 1 }): Promise<EvalResult> {
  const startedAt = performance.now()
  const loaded = loadModel(findModel(settings.model))
  const text = windowedText(loaded, settings)
  const parts = await withPoolOf(pool, (opened) => evaluateParts(settings, text?.windows ?? [], opened))
  const evaluation = text === undefined ? NO_TEXT : evaluationOf(text, mergedLosses(parts, text.windows.length))
  const isFloat = settings.encoding === 'float'
  const observed = addObserved(parts.map((part) => part.observed))
  const [{ options, tasks }] = parts as [EvalPartResult]
  const macs = denseMacs(loaded)
  const comparison = isFloat ? [] : compareEncodings(observed, options.weightBits, macs)
  const own = comparison.find(({ encoding }) => encoding === settings.encoding)
  return {
    model: loaded.name, encoding: settings.encoding, ...bitsOf(options, isFloat),
    perplexity: finite(evaluation.perplexity), bitsPerByte: finite(evaluation.bitsPerByte), nllPerToken: finite(evaluation.nllPerToken),
    tokens: evaluation.tokens, bytes: evaluation.bytes,
    spikesPerActivation: own?.spikesPerActivation ?? 0, firingRate: own?.firingRate ?? 0, timeSteps: own?.timeSteps ?? 0,
    paperPjPerToken: own?.paperPjPerToken ?? macs * PAPER_MAC_PJ,
    byOperator: settings.encoding === 'float' ? [] : figuresByOperator(observed, settings.encoding),
    encodings: comparison, tasks, wallSeconds: (performance.now() - startedAt) / 1000,
  }
}

function bitsOf(options: QuantizeOptions, isFloat: boolean): Pick<EvalResult, 'weightBits' | 'activationBits' | 'kvCacheBits'> {
  if (isFloat) return { weightBits: 32, activationBits: 32, kvCacheBits: 32 }
  return { weightBits: options.weightBits, activationBits: options.activationBits, kvCacheBits: options.kvBits }
}

/** Points of the curve: membranes clipped at a fixed threshold, then the threshold itself moved. */
function sweptPoints(limit: number): { clip: number; maxCount: number }[] {
  const counts = [...new Set([1, 6 / 7, 5 / 7, 4 / 7, 3 / 7, 2 / 7, 1 / 7].map((share) => Math.max(1, Math.round(share * limit))))]
  return [
    ...counts.map((maxCount) => ({ clip: 1, maxCount })),
    ...[0.5, 0.6, 0.7, 0.8, 0.9, 1.25, 1.5, 2, 3].map((clip) => ({ clip, maxCount: limit })),
  ]
}

interface ClipTask {
  readonly settings: EvalSettings
  readonly clip: number
  readonly maxCount: number
}

export async function evalClip({ settings, clip, maxCount }: ClipTask): Promise<ClipCurvePoint> {
  const options = { ...settings.quantization.options, clip, maxCount }
  const result = await runEval({ ...settings, tasks: undefined, quiet: true, quantization: { ...settings.quantization, options } })
  const { perplexity, bitsPerByte, spikesPerActivation, firingRate, timeSteps } = result
  return { clip, maxCount, perplexity: perplexity!, bitsPerByte: bitsPerByte!, spikesPerActivation, firingRate, timeSteps }
}

export const CLIP: TaskKind<ClipTask, ClipCurvePoint> = { module: import.meta.url, name: 'evalClip', run: evalClip }

/** Quality and spikes at each clip, with everything else as the settings say; each thread loads the model by itself. */
export async function sweepClip(settings: EvalSettings, pool: PoolArguments = { workers: 1 }): Promise<ClipCurvePoint[]> {
  const tasks = sweptPoints(signedLimit(settings.quantization.options.activationBits ?? 4)).map((point) => ({ settings, ...point }))
  const progress = await startProgress('clips', tasks.length)
  try {
    return await withPoolOf(pool, (opened) => opened.runAll(CLIP, tasks, (done) => progress.update(done)))
  } finally {
    progress.stop()
  }
}
