import { ACTION_INDEX } from '../../isa/actions.js'
import type { Core } from './core.js'

const ACCUMULATOR_READ = ACTION_INDEX.accumulatorRead
const ACCUMULATOR_WRITE = ACTION_INDEX.accumulatorWrite

/**
 * Books the end of a train whose sums were kept in the lanes' registers, one a lane: they are added to the accumulators, as
 * many a cycle as there are lanes. Returns those cycles; 0 for a train without events.
 */
export function bookLaneSums(core: Core, table: number): number {
  if (core.intake.events === 0) return 0
  const { outputs } = core.image.axonTable[table]!.tile
  core.count(ACCUMULATOR_READ, outputs)
  core.count(ACCUMULATOR_WRITE, outputs)
  return Math.ceil(outputs / core.spec.lanes)
}
