import { grouped, plural } from './format.js'
import type { RunResult } from '../sim/result/schema.js'
import { batchOf, tokensThrough } from './view.js'

/**
 * Over what each figure of a report is taken. A run has several bases (all tokens, those after the prompt, the whole run);
 * each figure names its own, so that no two are read as one.
 */

/** Tokens that went through the model after the prompt. */
export function decodedTokens(result: RunResult): number {
  return Math.max(0, tokensThrough(result) - result.prompt.tokens)
}

/** What tokens after the prompt are: text was generated only where weights computed it. */
export function decodedName({ weights }: RunResult): string {
  return weights === 'real' ? 'generated token' : 'decode token'
}

/** 'the 5 prompt tokens and 31 generated tokens': what energy per token is a mean over. */
export function tokenBasis(result: RunResult): string {
  const decoded = decodedTokens(result)
  const prompt = result.prompt.tokens
  if (decoded > 0) return `${plural(prompt, 'prompt token')} and ${plural(decoded, decodedName(result))}`
  const [only] = result.latency.timeline
  if (prompt === 1 && only !== undefined) return `1 token, at position ${grouped(only.position)}`
  return plural(prompt, 'prompt token')
}

/** What latency per token is a mean over. */
export function latencyBasis(result: RunResult): string {
  const decoded = decodedTokens(result)
  if (batchOf(result) > 1) {
    return `mean time on the way of ${decoded > 0 ? plural(decoded, decodedName(result)) : tokenBasis(result)}`
  }
  if (decoded > 0) return `mean of ${plural(decoded, decodedName(result))}, prompt left out`
  return tokensThrough(result) === 1 ? tokenBasis(result) : `the run over its ${tokenBasis(result)}`
}
