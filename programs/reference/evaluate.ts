import { expExact, logExact } from '../../sim/numerics.js'
import type { ModelConfig, Tokenizer } from '../models/types.js'

/** What separates documents in a text to evaluate on. */
export const DOCUMENT_SEPARATOR = '<|endoftext|>'

/** A model that takes one token after the other: the float model, the interpreter, a chip. */
export interface SequenceModel {
  readonly config: ModelConfig
  /** Forgets the sequence. @param length tokens of the next one, where frequencies depend on it (longrope, dynamic) */
  reset(length?: number): void
  forward(tokenId: number): ArrayLike<number>
}

export interface Evaluation {
  /** Predictions made. */
  readonly tokens: number
  /** UTF-8 bytes of the documents, trimmed. */
  readonly bytes: number
  /** Natural logarithm. */
  readonly nllPerToken: number
  readonly perplexity: number
  readonly bitsPerByte: number
}

/** Negative log-likelihood of `target` under the softmax of `logits`, nats. */
export function negativeLogLikelihood(logits: ArrayLike<number>, target: number): number {
  let max = -Infinity
  for (let i = 0; i < logits.length; i++) if (logits[i]! > max) max = logits[i]!
  let sum = 0
  for (let i = 0; i < logits.length; i++) sum += expExact(logits[i]! - max)
  return max + logExact(sum) - logits[target]!
}

/** Index of the largest logit; the first of equals. */
export function argmax(logits: ArrayLike<number>): number {
  let best = 0
  for (let i = 1; i < logits.length; i++) if (logits[i]! > logits[best]!) best = i
  return best
}

/** The documents of a text, trimmed, without empty ones. */
export function splitDocuments(text: string): string[] {
  return text.split(DOCUMENT_SEPARATOR).map((document) => document.trim()).filter((document) => document !== '')
}

/** Greedy continuation of a prompt: `count` token ids, or fewer when the text ends. */
export function greedy(model: SequenceModel, tokenizer: Tokenizer, prompt: string, count: number): number[] {
  const ids = tokenizer.encode(prompt)
  const generated: number[] = []
  model.reset(ids.length + count)
  let logits: ArrayLike<number> = []
  for (const id of ids) logits = model.forward(id)
  while (generated.length < count) {
    const next = argmax(logits)
    if (next === tokenizer.eosId || next === tokenizer.bosId) break
    generated.push(next)
    if (generated.length < count) logits = model.forward(next)
  }
  return generated
}
