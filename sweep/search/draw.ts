import type { Random } from '../../sim/random.js'
import { valueOf } from '../plan/dimensions.js'
import type { Dimension, Settings } from '../plan/types.js'

/** Shares of the dimensions, each in [0, 1): what searches work on. */
export type Genes = readonly number[]

export function settingsOf(dimensions: readonly Dimension[], genes: Genes): Settings {
  return Object.fromEntries(dimensions.map((dimension, d) => [dimension.key.name, valueOf(dimension, genes[d]!)]))
}

/** A design's identity. */
export function nameOf(settings: Settings): string {
  return JSON.stringify(settings)
}

export function randomGenes(random: Random, dimensions: readonly Dimension[]): Genes {
  return dimensions.map(() => random.uniform())
}

/** Tries of a new design before a search takes it that (nearly) all are known. */
const TRIES = 1000

/** A design that is not known yet, or undefined if none is found. */
function unknownOne(random: Random, dimensions: readonly Dimension[], known: ReadonlySet<string>): Genes | undefined {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const genes = randomGenes(random, dimensions)
    if (!known.has(nameOf(settingsOf(dimensions, genes)))) return genes
  }
  return undefined
}

/** Designs drawn at random, none twice. */
export function drawRandom(random: Random, dimensions: readonly Dimension[], count: number): Genes[] {
  const known = new Set<string>()
  const drawn: Genes[] = []
  while (drawn.length < count) {
    const genes = unknownOne(random, dimensions, known)
    if (genes === undefined) break
    known.add(nameOf(settingsOf(dimensions, genes)))
    drawn.push(genes)
  }
  return drawn
}

function shuffled(random: Random, count: number): number[] {
  const order = Array.from({ length: count }, (_, at) => at)
  for (let at = count - 1; at > 0; at--) {
    const other = random.below(at + 1)
    const swap = order[at]!
    order[at] = order[other]!
    order[other] = swap
  }
  return order
}

/**
 * A Latin hypercube: each key's range is cut into `count` parts, and each part holds one design. Where few values make two
 * designs the same, the second is drawn anew.
 *
 * Source: McKay, Beckman and Conover, Technometrics 21(2), 1979.
 */
export function drawLatin(random: Random, dimensions: readonly Dimension[], count: number): Genes[] {
  const orders = dimensions.map(() => shuffled(random, count))
  const known = new Set<string>()
  const drawn: Genes[] = []
  for (let at = 0; at < count; at++) {
    let genes: Genes | undefined = orders.map((order) => (order[at]! + random.uniform()) / count)
    if (known.has(nameOf(settingsOf(dimensions, genes)))) genes = unknownOne(random, dimensions, known)
    if (genes === undefined) break
    known.add(nameOf(settingsOf(dimensions, genes)))
    drawn.push(genes)
  }
  return drawn
}
