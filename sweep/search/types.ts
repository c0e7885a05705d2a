import type { Settings } from '../plan/types.js'

/** What a search learns of a design: lower is better everywhere. */
export interface Fitness {
  /** One number an objective, all to be made small. */
  readonly costs: readonly number[]
  /** How far it is from meeting all conditions; 0: it meets them. Infinity: it failed. */
  readonly violation: number
}

/**
 * A search hands out designs, a batch at a time, and is told how those of the last batch did, in their order. What it hands
 * out depends on the plan and on those answers alone: never on when they came.
 */
export type Search = Generator<Iterable<Settings>, void, readonly Fitness[]>
