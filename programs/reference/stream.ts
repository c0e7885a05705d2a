import type { Tokenizer } from '../models/types.js'
import { InputError } from '../../sim/errors.js'
import { negativeLogLikelihood } from './evaluate.js'
import type { Evaluation, SequenceModel } from './evaluate.js'

/** How a text is cut into windows when it is one stream of tokens. */
export interface StreamOptions {
  /** Tokens of a window, at most the model's context. */
  readonly window: number
  /**
   * Tokens from the beginning of a window to that of the next. Absent: windows follow each other, what is left at the end is
   * dropped, and each window is scored by itself, as GPTQ's and most papers' figures are made (2,048 on WikiText-2). Given:
   * each target is scored once, in the first window that has it, with the tokens before it there as its context.
   */
  readonly stride?: number
}

export interface StreamEvaluation extends Evaluation {
  readonly windows: number
  /** exp of the loss a word (split at white space); only where every token is scored. */
  readonly wordPerplexity: number
}

function checkStream({ window, stride }: StreamOptions, context: number): void {
  if (!Number.isInteger(window) || window < 2 || window > context) {
    throw new InputError(`window: ${window}, expected from 2 to the model's context of ${context} tokens`)
  }
  if (stride !== undefined && (!Number.isInteger(stride) || stride < 1 || stride > window)) {
    throw new InputError(`stride: ${stride}, expected from 1 to the window of ${window} tokens`)
  }
}

/** [first token, first target, end] of each window; a target is the token that is predicted. */
export function streamWindows(length: number, { window, stride }: StreamOptions): [begin: number, target: number, end: number][] {
  if (stride === undefined) {
    return Array.from({ length: Math.floor(length / window) }, (_, n) => [n * window, n * window + 1, (n + 1) * window])
  }
  const windows: [number, number, number][] = []
  for (let begin = 0, scored = 1; scored < length; begin += stride) {
    const end = Math.min(begin + window, length)
    // Where windows only touch, the first token of one is the target of none: it has no context there.
    const target = Math.max(scored, begin + 1)
    if (target < end) windows.push([begin, target, end])
    scored = end
  }
  return windows
}

/**
 * Loss of a text as one stream, tokenised once with the tokenizer's own begin of sequence, in windows whose positions begin
 * at 0. Without a stride the perplexity is exp of the mean loss, over windows of equal length.
 * @param onToken called after each prediction with the share that is done
 * @throws InputError for a window or stride out of range, and for a text shorter than a window
 */
export function evaluateStream(
  model: SequenceModel, tokenizer: Tokenizer, text: string, options: StreamOptions, onToken: (share: number) => void = () => undefined,
): StreamEvaluation {
  checkStream(options, model.config.contextLength)
  const ids = tokenizer.encode(text)
  const windows = streamWindows(ids.length, options)
  if (windows.length === 0) throw new InputError(`the text has ${ids.length} tokens, too few for a window of ${options.window}`)
  let nll = 0
  let tokens = 0
  windows.forEach(([begin, target, end], n) => {
    model.reset(end - begin)
    for (let at = begin; at + 1 < end; at++) {
      const logits = model.forward(ids[at]!)
      if (at + 1 < target) continue
      nll += negativeLogLikelihood(logits, ids[at + 1]!)
      tokens++
      onToken((n + (at + 1 - begin) / (end - begin)) / windows.length)
    }
  })
  const isWhole = tokens === ids.length - 1
  const bytes = isWhole ? new TextEncoder().encode(text).length : 0
  const words = text.split(/\s+/).filter((word) => word !== '').length
  return {
    tokens, bytes, windows: windows.length, nllPerToken: nll / tokens, perplexity: Math.exp(nll / tokens),
    bitsPerByte: isWhole ? nll / Math.LN2 / bytes : Number.NaN, wordPerplexity: isWhole ? Math.exp(nll / words) : Number.NaN,
  }
}
