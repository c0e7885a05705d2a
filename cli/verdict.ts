import { SimulationError } from '../sim/errors.js'
import type { RunResult } from '../sim/result/schema.js'

/**
 * Called when everything is written and printed: a run whose logits are not the reference's has failed, in whichever
 * command it ran, and whatever else came out of it.
 * @throws SimulationError that names the runs which failed their check
 */
export function refuseFailedChecks(results: readonly RunResult[], labels?: readonly string[]): void {
  const failed = results.flatMap(({ verification, chip }, at) => (
    verification.logitsCompared > 0 && !verification.bitExact ? [labels?.[at] ?? chip.name] : []
  ))
  if (failed.length === 0) return
  const who = results.length === 1 ? '' : ` on ${failed.join(', ')}`
  throw new SimulationError(`the chip and the reference interpreter disagree${who}: see verification.firstMismatch in the result.`)
}
