import { InputError } from '../../sim/errors.js'
import type { Evaluation } from './evaluate.js'

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

/** @throws InputError for a window or stride out of range */
export function checkStream({ window, stride }: StreamOptions, context: number): void {
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
