import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { fuzz, LIMITS, TARGETS, tryInput } from './fuzz.js'

/**
 * Every parser on some thousand spoilt inputs, and on those that are kept: an answer about the input, and no other error.
 * `npm run fuzz` runs more of them; docs/reliability.md has the table.
 */

interface Kept { readonly parser: string; readonly kind: string; readonly files: Record<string, string> }

const CORPUS = new URL('./corpus/', import.meta.url).pathname
const kept = (parser: string): string[] => (existsSync(join(CORPUS, parser)) ? readdirSync(join(CORPUS, parser)) : [])

describe.each(Object.keys(TARGETS))('the parser of %s', (parser) => {
  it('answers spoilt inputs with errors about them, within a second each', () => {
    const { faults, accepted, refused, inputs, slowestSeconds, peakBytes } = fuzz({ parser, inputs: 1000, seed: 7 })
    expect(faults).toEqual([])
    expect(accepted + refused).toBe(inputs)
    // An input that is right is drawn now and then: were none accepted, the parser would not be reached.
    expect(accepted).toBeGreaterThan(0)
    expect(refused).toBeGreaterThan(inputs / 4)
    expect(slowestSeconds).toBeLessThan(LIMITS.seconds)
    expect(peakBytes).toBeLessThan(LIMITS.bytes)
  })

  it('answers the kept inputs as before', () => {
    const folder = join(mkdtempSync(join(tmpdir(), 'spikeloom-corpus-')), 'input')
    for (const name of kept(parser)) {
      const { kind, files } = JSON.parse(readFileSync(join(CORPUS, parser, name), 'utf8')) as Kept
      const bytes = Object.fromEntries(Object.entries(files).map(([file, text]) => [file, Buffer.from(text, 'base64')]))
      expect([name, tryInput(TARGETS[parser]!, bytes, folder).kind]).toEqual([name, kind])
    }
  })
})
