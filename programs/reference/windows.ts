import { expExact } from '../../sim/numerics.js'
import type { Tokenizer } from '../models/types.js'
import { InputError } from '../../sim/errors.js'
import { negativeLogLikelihood, splitDocuments } from './evaluate.js'
import type { Evaluation, SequenceModel } from './evaluate.js'
import { checkStream, streamWindows } from './stream.js'
import type { StreamEvaluation, StreamOptions } from './stream.js'

/** Tokens that a model reads from position 0 on, and which of them are predicted: what can be evaluated alone. */
export interface Window {
  readonly ids: readonly number[]
  /** Index of the first token whose loss counts, at least 1. */
  readonly target: number
  /** Windows of one document follow each other; a stream is one document. */
  readonly document: number
}

/** A text, cut into windows that may be evaluated in any order, anywhere. */
export interface WindowedText {
  readonly windows: readonly Window[]
  /** Predictions whose loss counts. */
  readonly tokens: number
  /** UTF-8 bytes of what is predicted; 0 where that is not the whole text. */
  readonly bytes: number
  /** Words of the text, split at white space. */
  readonly words: number
  readonly isStream: boolean
}

/** Documents in windows of contextLength - 1 predictions; a window begins with the last token of the one before. */
function documentWindows(ids: readonly number[], contextLength: number, document: number): Window[] {
  const size = contextLength - 1
  const windows: Window[] = []
  for (let at = 0; at + 1 < ids.length; at += size) windows.push({ ids: ids.slice(at, at + size + 1), target: 1, document })
  return windows
}

const byteLength = (text: string): number => new TextEncoder().encode(text).length

/**
 * Cuts a text: into documents, each with its own begin of sequence, or as one stream.
 * @throws InputError as `evaluateStream`
 */
export function windowsOf(tokenizer: Tokenizer, contextLength: number, text: string, stream?: StreamOptions): WindowedText {
  const words = text.split(/\s+/).filter((word) => word !== '').length
  if (stream === undefined) {
    const documents = splitDocuments(text)
    const windows = documents.flatMap((document, n) => documentWindows(tokenizer.encode(document), contextLength, n))
    const tokens = windows.reduce((sum, { ids, target }) => sum + ids.length - target, 0)
    return { windows, tokens, bytes: documents.reduce((sum, document) => sum + byteLength(document), 0), words, isStream: false }
  }
  checkStream(stream, contextLength)
  const ids = tokenizer.encode(text)
  const windows = streamWindows(ids.length, stream).map(([begin, target, end]) => (
    { ids: ids.slice(begin, end), target: target - begin, document: 0 }
  ))
  if (windows.length === 0) throw new InputError(`the text has ${ids.length} tokens, too few for a window of ${stream.window}`)
  const tokens = windows.reduce((sum, window) => sum + window.ids.length - window.target, 0)
  return { windows, tokens, bytes: tokens === ids.length - 1 ? byteLength(text) : 0, words, isStream: true }
}

/**
 * Losses of the tokens that count in one window, nats.
 * @param onToken called after each token read
 */
export function windowLosses(model: SequenceModel, { ids, target }: Window, onToken: () => void = () => undefined): Float64Array {
  const losses = new Float64Array(ids.length - target)
  model.reset(ids.length)
  for (let at = 0; at + 1 < ids.length; at++) {
    const logits = model.forward(ids[at]!)
    if (at + 1 >= target) losses[at + 1 - target] = negativeLogLikelihood(logits, ids[at + 1]!)
    onToken()
  }
  return losses
}

/** Adds up the losses of all windows, in their order, document by document: the same sum wherever they were computed. */
export function evaluationOf(text: WindowedText, losses: readonly Float64Array[]): Evaluation & Partial<StreamEvaluation> {
  const { tokens, bytes, words, isStream, windows } = text
  let nll = 0
  for (let first = 0; first < windows.length;) {
    const { document } = windows[first]!
    let sum = 0
    for (; first < windows.length && windows[first]!.document === document; first++) {
      for (const loss of losses[first]!) sum += loss
    }
    nll += sum
  }
  const evaluation = {
    tokens, bytes, nllPerToken: nll / tokens, perplexity: expExact(nll / tokens),
    bitsPerByte: isStream && bytes === 0 ? Number.NaN : nll / Math.LN2 / bytes,
  }
  if (!isStream) return evaluation
  return { ...evaluation, windows: windows.length, wordPerplexity: bytes === 0 ? Number.NaN : expExact(nll / words) }
}

function evaluateWindows(model: SequenceModel, text: WindowedText, onShare: (share: number) => void): Evaluation & Partial<StreamEvaluation> {
  const reads = text.windows.reduce((sum, { ids }) => sum + ids.length - 1, 0)
  let read = 0
  return evaluationOf(text, text.windows.map((window) => windowLosses(model, window, () => onShare(++read / reads))))
}

/**
 * Mean negative log-likelihood, perplexity and bits per byte of a text, document by document, each with its begin
 * of sequence.
 * @param text documents separated by `<|endoftext|>`
 * @param onShare called after each token with the share that is done
 */
export function evaluate(
  model: SequenceModel, tokenizer: Tokenizer, text: string, onShare: (share: number) => void = () => undefined,
): Evaluation {
  return evaluateWindows(model, windowsOf(tokenizer, model.config.contextLength, text), onShare)
}

/**
 * Loss of a text as one stream, tokenised once with the tokenizer's own begin of sequence, in windows whose positions begin
 * at 0. Without a stride the perplexity is exp of the mean loss, over windows of equal length.
 * @param onShare called after each token with the share that is done
 * @throws InputError for a window or stride out of range, and for a text shorter than a window
 */
export function evaluateStream(
  model: SequenceModel, tokenizer: Tokenizer, text: string, options: StreamOptions, onShare: (share: number) => void = () => undefined,
): StreamEvaluation {
  return evaluateWindows(model, windowsOf(tokenizer, model.config.contextLength, text, options), onShare) as StreamEvaluation
}
