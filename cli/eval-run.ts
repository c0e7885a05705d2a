import type { ClipCurvePoint } from '../reports/clip-chart.js'
import { performance } from 'node:perf_hooks'
import { EncodingObserver, ENCODINGS } from '../programs/encodings/index.js'
import type { EncodingName, OperatorFigures } from '../programs/encodings/index.js'
import { loadModel } from '../programs/models/index.js'
import { decodeText } from '../programs/models/regular-file.js'
import { activeHiddenDim } from '../programs/models/types.js'
import type { LoadedModel } from '../programs/models/types.js'
import { signedLimit } from '../programs/quantize/index.js'
import type { QuantizedModel } from '../programs/quantize/types.js'
import { evaluate, evaluateStream, FloatModel, ReferenceInterpreter, scoreTasks } from '../programs/reference/index.js'
import type { Evaluation, SequenceModel, StreamOptions, TaskScores } from '../programs/reference/index.js'
import { InputError } from '../sim/errors.js'
import { linearMacsPerToken, paperAdditionPj, paperMacPj, PAPER_MAC_PJ } from '../sim/energy/paper.js'
import type { TaskKind } from '../simulate/threads/kind.js'
import { parseTasks } from './eval-task-file.js'
import { readBytes, readText } from './files.js'
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

async function evaluateText(model: SequenceModel, loaded: LoadedModel, settings: EvalSettings): Promise<Evaluation> {
  const nothing = { tokens: 0, bytes: 0, nllPerToken: Number.NaN, perplexity: Number.NaN, bitsPerByte: Number.NaN }
  if (settings.text === undefined) return nothing
  const text = readTextStart(settings.text, settings.limitBytes)
  if (text.trim() === '') throw new InputError(`text '${settings.text}' is empty.`)
  const total = Buffer.byteLength(text)
  const progress = await startProgress('evaluating', total, settings.quiet)
  try {
    const evaluation = settings.stream !== undefined
      ? evaluateStream(model, loaded.tokenizer, text, settings.stream, (share) => progress.update(Math.round(total * share), 'bytes'))
      : evaluate(model, loaded.tokenizer, text, (bytes) => progress.update(Math.min(total, Math.round(bytes)), 'bytes'))
    if (evaluation.tokens === 0) throw new InputError(`text '${settings.text}' has no token to predict.`)
    return evaluation
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
  return config.vocabSize * config.dim + linearMacsPerToken({
    layers: config.layers, hiddenSize: config.dim, intermediateSize: activeHiddenDim(config), heads: config.heads,
    kvHeads: config.kvHeads, headDim: config.headDim, vocabularySize: config.vocabSize,
  })
}

function compareEncodings(observer: EncodingObserver, model: QuantizedModel, macs: number): EncodingComparison[] {
  const bits = model.options.weightBits
  return ENCODINGS.map((encoding) => {
    const { operations, timeSteps, firingRate, spikesPerActivation } = observer.total(encoding)
    const tokens = observer.tokens
    const perToken = tokens === 0 ? 0 : operations / tokens
    const price = encoding === 'dense' || encoding === 'graded' ? paperMacPj(bits) : paperAdditionPj(bits)
    return {
      encoding, timeSteps, firingRate, spikesPerActivation, operationsPerMac: perToken / macs, paperPjPerToken: perToken * price,
    }
  })
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null)

/** Evaluates a model as one set of options says. */
export async function runEval(settings: EvalSettings): Promise<EvalResult> {
  const startedAt = performance.now()
  const loaded = loadModel(findModel(settings.model))
  const isFloat = settings.encoding === 'float'
  const { model: quantized } = quantizeForRun(loaded, settings.quantization)
  const interpreter = new ReferenceInterpreter(quantized)
  const observer = new EncodingObserver(interpreter)
  const machine: SequenceModel = isFloat ? new FloatModel(loaded) : interpreter
  const evaluation = await evaluateText(machine, loaded, settings)
  const tasks = await evaluateTasks(machine, loaded, settings.tasks)
  const macs = denseMacs(loaded)
  const comparison = isFloat ? [] : compareEncodings(observer, quantized, macs)
  const own = comparison.find(({ encoding }) => encoding === settings.encoding)
  return {
    model: loaded.name, encoding: settings.encoding, ...bitsOf(quantized, isFloat),
    perplexity: finite(evaluation.perplexity), bitsPerByte: finite(evaluation.bitsPerByte), nllPerToken: finite(evaluation.nllPerToken),
    tokens: evaluation.tokens, bytes: evaluation.bytes,
    spikesPerActivation: own?.spikesPerActivation ?? 0, firingRate: own?.firingRate ?? 0, timeSteps: own?.timeSteps ?? 0,
    paperPjPerToken: own?.paperPjPerToken ?? macs * PAPER_MAC_PJ,
    byOperator: settings.encoding === 'float' ? [] : observer.byOperator(settings.encoding),
    encodings: comparison, tasks, wallSeconds: (performance.now() - startedAt) / 1000,
  }
}

function bitsOf({ options }: QuantizedModel, isFloat: boolean): Pick<EvalResult, 'weightBits' | 'activationBits' | 'kvCacheBits'> {
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
