import { nearest } from '../isa/nearest.js'

/**
 * The errors a user can cause or meet. The CLI turns `InputError` into exit code 2 and every other
 * error into exit code 1; the library lets its caller tell them apart by class.
 */

/** The input was wrong: the message names where, the value, the limit and the nearest valid choice. */
export class InputError extends Error {
  override name = 'InputError'
}

/** The run itself failed: a deadlock, an accumulator that overflowed in trap mode, a check that did not hold. */
export class SimulationError extends Error {
  override name = 'SimulationError'
}

/** ` Did you mean 'x'?`, or the empty string. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const match = nearest(word, candidates)
  return match === undefined ? '' : ` Did you mean '${match}'?`
}
