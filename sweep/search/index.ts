import { Random } from '../../sim/random.js'
import type { Plan } from '../plan/types.js'
import { drawLatin, drawRandom, settingsOf } from './draw.js'
import { grid } from './grid.js'
import { searchPareto } from './pareto.js'
import type { Search } from './types.js'

/** The search that a plan names. */
export function * searchOf({ search, dimensions, points, population, seed }: Plan): Search {
  switch (search) {
    case 'grid': {
      // Made anew each time it is gone through, so that it never stands in memory whole.
      yield { [Symbol.iterator]: () => grid(dimensions) }
      return
    }
    case 'random': {
      yield drawRandom(new Random(seed), dimensions, points).map((genes) => settingsOf(dimensions, genes))
      return
    }
    case 'latin': {
      yield drawLatin(new Random(seed), dimensions, points).map((genes) => settingsOf(dimensions, genes))
      return
    }
    case 'pareto': yield * searchPareto(dimensions, points, population, seed)
  }
}
