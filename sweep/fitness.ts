import type { Numbers } from './plan/goals.js'
import { valueAt, violation } from './plan/goals.js'
import type { Plan } from './plan/types.js'
import type { Fitness } from './search/types.js'

/** The value of each objective, as the point's result says it; undefined where it does not. */
export function objectiveValues(numbers: Numbers | undefined, { objectives }: Pick<Plan, 'objectives'>): (number | undefined)[] {
  return objectives.map(({ path }) => {
    const value = valueAt(numbers, path)
    return typeof value === 'number' && Number.isFinite(value) ? value : undefined
  })
}

/**
 * How one design did, over its repeats: the mean of each objective, and its worst excess over a condition. A design of which
 * a run failed, or lacks an objective, meets no condition.
 */
export function fitnessOf(runs: readonly (Numbers | undefined)[], plan: Pick<Plan, 'objectives' | 'constraints'>): Fitness {
  const values = runs.map((numbers) => objectiveValues(numbers, plan))
  const complete = values.every((row) => row.every((value) => value !== undefined))
  const costs = plan.objectives.map(({ direction }, at) => {
    const mean = values.reduce((sum, row) => sum + (row[at] ?? Infinity), 0) / values.length
    return direction === 'minimise' ? mean : -mean
  })
  const excess = (numbers: Numbers | undefined): number => plan.constraints.reduce((sum, constraint) => sum + violation(numbers, constraint), 0)
  return { costs, violation: complete ? Math.max(...runs.map(excess)) : Infinity }
}
