import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anyDraw, outcomeOf } from '../support/draws.js'
import type { Outcome } from '../support/draws.js'

describe('every option, drawn', () => {
  it('the chip equals the reference bit for bit, or the run is refused; `npm run draws` tries more', async () => {
    const seen: Record<Outcome, number> = { equal: 0, refused: 0, trapped: 0 }
    await fc.assert(fc.asyncProperty(anyDraw, async (draw) => { seen[await outcomeOf(draw)]++ }), { numRuns: 80, seed: 20261127, endOnFailure: true })
    expect(seen.equal).toBeGreaterThan(25)
    expect(seen.refused).toBeGreaterThan(5)
  })
})
