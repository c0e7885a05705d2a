import { powerExact } from '../../sim/numerics.js'
import { Random } from '../../sim/random.js'
import type { Dimension } from '../plan/types.js'
import { drawLatin, nameOf, randomGenes, settingsOf } from './draw.js'
import type { Genes } from './draw.js'
import { crowdingOf, ranksOf } from './front.js'
import type { Fitness, Search } from './types.js'

/**
 * NSGA-II: generations of designs, each bred from the best of those before by rank and, within a rank, by how alone they
 * are. A generation is handed out whole and answered whole, so the search is the same for any number of workers. No design
 * is run twice: a child that is known is changed until it is not.
 *
 * Source: Deb, Pratap, Agarwal and Meyarivan, A fast and elitist multiobjective genetic algorithm: NSGA-II, IEEE Trans.
 * Evol. Comp. 6(2), 2002; crossover and mutation with its distribution indices for real-coded genes.
 */
interface Individual {
  readonly genes: Genes
  readonly fitness: Fitness
}

const CROSSOVER_SHARE = 0.9
const CROSSOVER_INDEX = 15
const MUTATION_INDEX = 20

/** Genes are kept to a grid, so that the last bits of a power, which machines differ in, decide nothing. */
const GENE_STEPS = 2 ** 20

function onGrid(gene: number): number {
  return Math.min(GENE_STEPS - 1, Math.max(0, Math.floor(gene * GENE_STEPS))) / GENE_STEPS
}

/** Keys without an order take their value from one parent or the other; others by simulated binary crossover. */
function crossed(random: Random, dimensions: readonly Dimension[], a: Genes, b: Genes): Genes {
  const mixes = random.uniform() < CROSSOVER_SHARE
  return dimensions.map((dimension, d) => {
    const [share, first] = [random.uniform(), random.uniform() < 0.5]
    const [x, y] = first ? [a[d]!, b[d]!] : [b[d]!, a[d]!]
    if (!mixes) return a[d]!
    if (dimension.kind === 'levels' && !dimension.ordered) return x
    const power = 1 / (CROSSOVER_INDEX + 1)
    const spread = share <= 0.5 ? powerExact(2 * share, power) : powerExact(1 / (2 * (1 - share)), power)
    return onGrid(0.5 * ((1 + spread) * x + (1 - spread) * y))
  })
}

/** One gene changes on average: anew where there is no order, else by polynomial mutation. */
function mutated(random: Random, dimensions: readonly Dimension[], genes: Genes): Genes {
  return dimensions.map((dimension, d) => {
    const [chance, share] = [random.uniform(), random.uniform()]
    if (chance >= 1 / dimensions.length) return genes[d]!
    if (dimension.kind === 'levels' && (!dimension.ordered || dimension.values.length < 4)) return onGrid(share)
    const power = 1 / (MUTATION_INDEX + 1)
    const step = share < 0.5 ? powerExact(2 * share, power) - 1 : 1 - powerExact(2 * (1 - share), power)
    return onGrid(genes[d]! + step)
  })
}

/** The better of two drawn at random. */
function tournament(random: Random, parents: readonly Individual[], ranks: readonly number[], crowding: readonly number[]): Genes {
  const a = random.below(parents.length)
  const b = random.below(parents.length)
  const better = ranks[a]! !== ranks[b]! ? ranks[a]! < ranks[b]! : crowding[a]! >= crowding[b]!
  return parents[better ? a : b]!.genes
}

/** Tries to breed a new design before one is drawn, and to draw one before the search ends. */
const BREEDING_TRIES = 20
const DRAWING_TRIES = 1000

function breed(random: Random, dimensions: readonly Dimension[], parents: readonly Individual[], count: number, known: Set<string>): Genes[] {
  const fitness = parents.map((parent) => parent.fitness)
  const ranks = ranksOf(fitness)
  const crowding = crowdingOf(fitness, ranks)
  const children: Genes[] = []
  for (let tries = 0; children.length < count && tries < BREEDING_TRIES + DRAWING_TRIES; tries++) {
    const pick = (): Genes => tournament(random, parents, ranks, crowding)
    const child = tries < BREEDING_TRIES ? mutated(random, dimensions, crossed(random, dimensions, pick(), pick())) : randomGenes(random, dimensions)
    const name = nameOf(settingsOf(dimensions, child))
    if (known.has(name)) continue
    known.add(name)
    children.push(child)
    tries = -1
  }
  return children
}

/** The best by rank, then by how alone they are. */
function survivors(all: readonly Individual[], count: number): Individual[] {
  const ranks = ranksOf(all.map(({ fitness }) => fitness))
  const crowding = crowdingOf(all.map(({ fitness }) => fitness), ranks)
  const order = all.map((_, at) => at).sort((a, b) => ranks[a]! - ranks[b]! || crowding[b]! - crowding[a]! || a - b)
  return order.slice(0, count).map((at) => all[at]!)
}

/**
 * Searches for the front.
 * @param points designs to hand out in all
 * @param population designs of a generation
 */
export function * searchPareto(dimensions: readonly Dimension[], points: number, population: number, seed: number): Search {
  const random = new Random(seed)
  const known = new Set<string>()
  let next = drawLatin(random, dimensions, Math.min(population, points))
  for (const genes of next) known.add(nameOf(settingsOf(dimensions, genes)))
  let parents: Individual[] = []
  for (let handed = 0; next.length > 0;) {
    const batch = next
    const fitness: readonly Fitness[] = yield batch.map((genes) => settingsOf(dimensions, genes))
    handed += batch.length
    parents = survivors([...parents, ...batch.map((genes, at) => ({ genes, fitness: fitness[at]! }))], population)
    next = handed < points ? breed(random, dimensions, parents, Math.min(population, points - handed), known) : []
  }
}
