import { readsOf, writesOf } from './operators.js'
import type { Operator } from './operators.js'
import type { LayerGraph, ModelGraph } from './model.js'

/**
 * What a graph must be before anything is made of it. A fault here is one of this program, not of its input; tests hold
 * it for every family, and `spikeloom compile --dump` prints it.
 */

/** Words that an operator needs of each vector it names. */
function wordsOf(operator: Operator): readonly { name: string; words: number }[] {
  switch (operator.kind) {
    case 'linear': return [
      { name: operator.input, words: operator.inputs }, { name: operator.output, words: operator.outputs },
      ...(operator.taker === 'hub' ? [{ name: operator.sums, words: operator.outputs }] : []),
    ]
    case 'norm': return [operator.input, operator.output].map((name) => ({ name, words: operator.end }))
    case 'copy': return [operator.input, operator.output].map((name) => ({ name, words: operator.words }))
    case 'bias': return [{ name: operator.vector, words: operator.bias.words }]
    case 'route': return [operator.input, operator.output].map((name) => ({ name, words: operator.words }))
    case 'gate': return [{ name: operator.input, words: 2 * operator.words }, { name: operator.output, words: operator.words }]
    default: return []
  }
}

/** Places outside a layer: what the host hands in and takes out, and where the embedding's and the head's sums meet. */
const OUTER = new Set(['token', 'logits', 'sumsHead', 'sumsEmbedding'])

function layerFaults({ vectors, operators }: LayerGraph, where: string): string[] {
  const faults: string[] = []
  const declared = new Map(vectors.map((vector) => [vector.name, vector]))
  /** Vectors that hold something nobody has read yet, true, or something that was read, false. */
  const unread = new Map<string, boolean>([['x', true]])
  const ports = new Set<string>()
  for (const operator of operators) {
    const what = `${where}: ${operator.kind === 'linear' ? operator.port : operator.kind}`
    for (const { name, words } of wordsOf(operator)) {
      if (OUTER.has(name)) continue
      const vector = declared.get(name)
      if (vector === undefined) faults.push(`${what} names ${name}, which is not declared`)
      else if (vector.words < words) faults.push(`${what} needs ${words} words of ${name}, which has ${vector.words}`)
    }
    for (const name of readsOf(operator)) {
      if (!unread.has(name)) faults.push(`${what} reads ${name}, which holds nothing`)
      else unread.set(name, false)
    }
    // Counts take the place of the activations they were encoded from.
    if (operator.kind === 'linear') {
      // The experts take the counts that the router had.
      if (operator.port !== 'router') unread.delete(operator.input)
      if (ports.has(operator.port)) faults.push(`${what}: two linear layers of this name`)
      ports.add(operator.port)
    }
    const written = writesOf(operator)
    if (unread.get(written) === true && !readsOf(operator).includes(written)) faults.push(`${what} overwrites ${written}, which nobody has read`)
    unread.set(written, true)
  }
  if (where !== 'final' && !unread.has('x')) faults.push(`${where} leaves no residual vector`)
  for (const [name, waits] of unread) {
    if (waits && name !== 'x' && name !== 'logits') faults.push(`${where} leaves ${name}, which nobody reads`)
  }
  return faults
}

/** What is wrong with a graph: nothing, for every model that can be configured. */
export function graphFaults(graph: ModelGraph): string[] {
  return [...graph.layers.flatMap((layer, n) => layerFaults(layer, `layer ${n}`)), ...layerFaults(graph.final, 'final')]
}
