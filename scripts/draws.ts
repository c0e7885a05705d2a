import fc from 'fast-check'
import { anyDraw, outcomeOf } from '../test/support/draws.js'
import type { Outcome } from '../test/support/draws.js'

/**
 * `npm run draws -- --count N --seed S`: N draws of chip, model and options; prints how they ended, and each that differs
 * from the reference, shrunk. Ends with 1 if one did.
 */
function numberAfter(name: string, fallback: number): number {
  const at = process.argv.indexOf(name)
  const value = at < 0 ? fallback : Number(process.argv[at + 1])
  if (!Number.isInteger(value)) throw new Error(`${name}: expected a whole number`)
  return value
}

const count = numberAfter('--count', 1000)
const seed = numberAfter('--seed', 1)
const seen: Record<Outcome, number> = { equal: 0, refused: 0, trapped: 0 }
const property = fc.asyncProperty(anyDraw, async (draw) => { seen[await outcomeOf(draw)]++ })
const details = await fc.check(property, { numRuns: count, seed, interruptAfterTimeLimit: 3_600_000 })
console.log(`${details.numRuns} draws from seed ${seed}: ${JSON.stringify(seen)}`)
if (details.failed) {
  console.log(fc.defaultReportMessage(details))
  process.exitCode = 1
}
