import { describe, expect, it } from 'vitest'
import { filesOf, readCorpus } from './corpus.js'
import { fuzz, InputFolder, LIMITS, TARGETS, tryInput } from './fuzz.js'

/**
 * Every parser on some thousand spoilt inputs, and on those that are kept: an answer about the input, and no other error.
 * `npm run fuzz` runs more of them; docs/reliability.md has the table.
 */

describe.each(Object.keys(TARGETS))('the parser of %s', (parser) => {
  it('answers spoilt inputs with errors about them, within a second each', () => {
    const { faults, accepted, refused, inputs, slowestSeconds, peakBytes } = fuzz({ parser, inputs: 400, seed: 7 })
    expect(faults).toEqual([])
    expect(accepted + refused).toBe(inputs)
    // An input that is right is drawn now and then: were none accepted, the parser would not be reached.
    expect(accepted).toBeGreaterThan(0)
    expect(refused).toBeGreaterThan(inputs / 4)
    expect(slowestSeconds).toBeLessThan(LIMITS.seconds)
    expect(peakBytes).toBeLessThan(LIMITS.bytes)
  })

  it('has an answer to the kept inputs', () => {
    const folder = new InputFolder()
    for (const input of readCorpus(parser)) {
      const { kind, message } = tryInput(TARGETS[parser]!, filesOf(parser, input), folder)
      expect([input.seed, input.index, kind === 'fault' ? message : '']).toEqual([input.seed, input.index, ''])
    }
    folder.remove()
  })
})
