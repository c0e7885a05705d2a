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

/** Levenshtein distance, for 'did you mean' hints. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const current = [i]
    for (let j = 1; j <= b.length; j++) {
      const substitute = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      current.push(Math.min(substitute, previous[j]! + 1, current[j - 1]! + 1))
    }
    previous = current
  }
  return previous[b.length]!
}

/** The candidate closest to `word`, or undefined when none is close enough to be a likely slip. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined
  let bestDistance = Math.max(2, Math.floor(word.length / 2)) + 1
  for (const candidate of candidates) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase())
    if (distance < bestDistance) {
      bestDistance = distance
      best = candidate
    }
  }
  return best
}

/** ` Did you mean 'x'?`, or the empty string. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const match = nearest(word, candidates)
  return match === undefined ? '' : ` Did you mean '${match}'?`
}
