import type { CompiledProgram } from '../programs/compile/compile.js'
import type { MappingSummary } from './describe.js'

/** What a result says about how the model lay on the chip. */
export function mappingSummary({ image, scheduled }: CompiledProgram): MappingSummary {
  return {
    tags: image.tags,
    coresUsed: scheduled.plans.filter((plan) => plan.units.length > 0).length,
    coresAvailable: scheduled.cores,
    shared: scheduled.shared,
    batch: scheduled.batch,
    notes: scheduled.notes,
  }
}
