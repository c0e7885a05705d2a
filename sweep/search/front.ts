import type { Fitness } from './types.js'

/**
 * Whether `a` beats `b`: it meets the conditions better, or, where both meet them, is nowhere worse and somewhere better.
 *
 * Source: constrained domination of Deb, Pratap, Agarwal and Meyarivan, IEEE Trans. Evol. Comp. 6(2), 2002.
 */
export function dominates(a: Fitness, b: Fitness): boolean {
  if (a.violation !== b.violation) return a.violation < b.violation
  if (a.violation > 0) return false
  let better = false
  for (let at = 0; at < a.costs.length; at++) {
    const difference = a.costs[at]! - b.costs[at]!
    if (difference > 0) return false
    if (difference < 0) better = true
  }
  return better
}

/** Numbers of the designs that no other beats, of those that meet all conditions, in order. */
export function paretoFront(fitness: readonly Fitness[]): number[] {
  const feasible = fitness.map((_, at) => at).filter((at) => fitness[at]!.violation === 0)
  // Sorted by the first costs, nobody is beaten by one that comes later, unless they tie in all.
  const order = [...feasible].sort((a, b) => compareCosts(fitness[a]!.costs, fitness[b]!.costs) || a - b)
  const front: number[] = []
  for (const at of order) {
    if (!front.some((other) => dominates(fitness[other]!, fitness[at]!))) front.push(at)
  }
  return front.sort((a, b) => a - b)
}

function compareCosts(a: readonly number[], b: readonly number[]): number {
  for (let at = 0; at < a.length; at++) {
    const difference = a[at]! - b[at]!
    if (difference !== 0) return difference
  }
  return 0
}

/** Ranks: 0 is the front, 1 the front without rank 0, and so on; by fast non-dominated sorting (Deb et al. 2002). */
export function ranksOf(fitness: readonly Fitness[]): number[] {
  const beatenBy = fitness.map(() => 0)
  const beats = fitness.map((): number[] => [])
  fitness.forEach((a, i) => fitness.forEach((b, j) => {
    if (dominates(a, b)) {
      beats[i]!.push(j)
      beatenBy[j]!++
    }
  }))
  const ranks = fitness.map(() => 0)
  let current = fitness.map((_, at) => at).filter((at) => beatenBy[at] === 0)
  for (let rank = 0; current.length > 0; rank++) {
    const next: number[] = []
    for (const at of current) {
      ranks[at] = rank
      for (const other of beats[at]!) if (--beatenBy[other]! === 0) next.push(other)
    }
    current = next
  }
  return ranks
}

/** How alone each design is among those of its rank: the sides of the box to its neighbours; Infinity at the ends. */
export function crowdingOf(fitness: readonly Fitness[], ranks: readonly number[]): number[] {
  const crowding = fitness.map(() => 0)
  const objectives = fitness[0]?.costs.length ?? 0
  for (let rank = 0; ranks.includes(rank); rank++) {
    const members = ranks.map((_, at) => at).filter((at) => ranks[at] === rank)
    for (let objective = 0; objective < objectives; objective++) {
      const cost = (at: number): number => fitness[at]!.costs[objective]!
      const sorted = [...members].sort((a, b) => cost(a) - cost(b) || a - b)
      const span = cost(sorted.at(-1)!) - cost(sorted[0]!)
      crowding[sorted[0]!] = crowding[sorted.at(-1)!] = Infinity
      if (!(span > 0) || !Number.isFinite(span)) continue
      for (let at = 1; at < sorted.length - 1; at++) crowding[sorted[at]!]! += (cost(sorted[at + 1]!) - cost(sorted[at - 1]!)) / span
    }
  }
  return crowding
}
