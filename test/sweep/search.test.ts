import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Random } from '../../sim/random.js'
import type { Dimension, Settings } from '../../sweep/plan/types.js'
import { drawLatin, drawRandom, settingsOf } from '../../sweep/search/draw.js'
import { crowdingOf, dominates, paretoFront, ranksOf } from '../../sweep/search/front.js'
import { searchPareto } from '../../sweep/search/pareto.js'
import type { Fitness } from '../../sweep/search/types.js'

const key = (name: string): Dimension['key'] => ({ name, target: 'chip', path: name })
const real = (name: string): Dimension => ({ key: key(name), kind: 'range', range: { from: 0, to: 1, scale: 'linear', whole: false } })
const levels = (name: string, count: number, ordered = true): Dimension => (
  { key: key(name), kind: 'levels', values: Array.from({ length: count }, (_, at) => at), ordered })
const met = (...costs: number[]): Fitness => ({ costs, violation: 0 })

/** By definition: those that no other beats. */
function frontByDefinition(all: readonly Fitness[]): number[] {
  return all.flatMap((one, at) => (one.violation === 0 && !all.some((other) => dominates(other, one)) ? [at] : []))
}

describe('the front', () => {
  it('is what no other beats, of those that meet the conditions', () => {
    const fitness = fc.record({ costs: fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 5 })),
      violation: fc.constantFrom(0, 0, 0, 1, Infinity) })
    fc.assert(fc.property(fc.array(fitness, { maxLength: 30 }), (all) => {
      expect(paretoFront(all)).toEqual(frontByDefinition(all))
    }))
  })

  it('has rank 0, and each rank is the front of what is left', () => {
    const all = [met(1, 5), met(2, 2), met(5, 1), met(2, 3), met(6, 6), { costs: [0, 0], violation: 2 }, { costs: [9, 9], violation: 1 }]
    expect(ranksOf(all)).toEqual([0, 0, 0, 1, 2, 4, 3])
  })

  it('crowds by the box between neighbours', () => {
    const all = [met(0, 4), met(1, 2), met(4, 0)]
    expect(crowdingOf(all, ranksOf(all))).toEqual([Infinity, 4 / 4 + 4 / 4, Infinity])
  })
})

describe('draws', () => {
  it('random: as many as asked, none twice, the same for the same seed', () => {
    const dimensions = [levels('a', 5), levels('b', 4, false)]
    const drawn = (seed: number, count: number) => drawRandom(new Random(seed), dimensions, count).map((genes) => JSON.stringify(settingsOf(dimensions, genes)))
    expect(new Set(drawn(1, 20)).size).toBe(20)
    expect(drawn(1, 10)).toEqual(drawn(1, 10))
    expect(drawn(2, 10)).not.toEqual(drawn(1, 10))
    expect(drawn(1, 50).length).toBeGreaterThanOrEqual(19)
  })

  it('latin: each tenth of each key holds one of ten designs', () => {
    const dimensions = [real('a'), real('b'), real('c')]
    const drawn = drawLatin(new Random(3), dimensions, 10)
    for (const d of [0, 1, 2]) expect(drawn.map((genes) => Math.floor(genes[d]! * 10)).sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  })
})

/** ZDT1 and ZDT2 (Zitzler, Deb, Thiele 2000): the front is f2 = 1 - sqrt(f1), and 1 - f1^2, where all x behind the first are 0. */
const zdt = (shape: (ratio: number) => number) => (settings: Settings): Fitness => {
  const x = Object.values(settings) as number[]
  const g = 1 + 9 * x.slice(1).reduce((sum, value) => sum + value, 0) / (x.length - 1)
  return met(x[0]!, g * shape(x[0]! / g))
}
const ZDT1 = zdt((ratio) => 1 - Math.sqrt(ratio))
const ZDT2 = zdt((ratio) => 1 - ratio * ratio)

/** Area between the front and the corner (1.1, 1.1). */
function hypervolume(all: readonly Fitness[]): number {
  const front = paretoFront(all).map((at) => all[at]!.costs as [number, number]).filter(([a, b]) => a < 1.1 && b < 1.1).sort((p, q) => p[0] - q[0])
  return front.reduce((area, [a, b], at) => area + ((front[at + 1]?.[0] ?? 1.1) - a) * (1.1 - b), 0)
}

function runSearch(dimensions: readonly Dimension[], points: number, population: number, seed: number, judge: (settings: Settings) => Fitness): { settings: Settings[]; fitness: Fitness[] } {
  const search = searchPareto(dimensions, points, population, seed)
  const [settings, fitness]: [Settings[], Fitness[]] = [[], []]
  for (let step = search.next(); !step.done;) {
    const batch = [...step.value]
    const answers = batch.map(judge)
    settings.push(...batch)
    fitness.push(...answers)
    step = search.next(answers)
  }
  return { settings, fitness }
}

describe('the search for the front', () => {
  const six = ['a', 'b', 'c', 'd', 'e', 'f'].map(real)
  /** With 1.21 the area of the whole square: ZDT1's true front leaves 0.8767, ZDT2's 0.5433 (integrals of the curves). */
  it.each([['ZDT1', ZDT1, 1.21 - 1 / 3], ['ZDT2', ZDT2, 1.21 - 2 / 3]] as const)('comes close to the known front of %s, and beats random draws', (_, judge, whole) => {
    const found = [1, 2, 3].map((seed) => hypervolume(runSearch(six, 2000, 40, seed, judge).fitness))
    const drawn = [1, 2, 3].map((seed) => hypervolume(drawRandom(new Random(seed), six, 2000).map((genes) => judge(settingsOf(six, genes)))))
    for (const [at, area] of found.entries()) {
      expect(area).toBeGreaterThan(drawn[at]!)
      expect(area).toBeGreaterThan(0.95 * whole)
      expect(area).toBeLessThanOrEqual(whole)
    }
  })

  it('hands out as many designs as asked, none twice, the same for the same seed', () => {
    const dimensions = [levels('a', 8), levels('b', 8), levels('c', 3, false)]
    const judge = ({ a, b, c }: Settings): Fitness => met(Number(a) + Number(c), 10 - Number(a) + Number(b))
    const one = runSearch(dimensions, 60, 10, 4, judge).settings.map((settings) => JSON.stringify(settings))
    expect(new Set(one).size).toBe(60)
    expect(runSearch(dimensions, 60, 10, 4, judge).settings.map((settings) => JSON.stringify(settings))).toEqual(one)
  })

  it('ends when nothing is left to try', () => {
    const { settings } = runSearch([levels('a', 3), levels('b', 2)], 500, 4, 1, ({ a, b }) => met(Number(a), -Number(b)))
    expect(new Set(settings.map((each) => JSON.stringify(each))).size).toBe(6)
    expect(settings).toHaveLength(6)
  })

  it('leaves what fails and what breaks conditions behind', () => {
    const judge = (settings: Settings): Fitness => {
      const fitness = ZDT1(settings)
      return fitness.costs[0]! < 0.5 ? { ...fitness, violation: Infinity } : fitness
    }
    const { fitness } = runSearch(six, 400, 40, 2, judge)
    const late = fitness.slice(200)
    expect(late.filter(({ violation }) => violation === 0).length).toBeGreaterThan(150)
  })
})
