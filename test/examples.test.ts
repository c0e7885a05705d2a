import { readdirSync, readFileSync } from 'node:fs'
import { afterEach, describe, expect, it, vi } from 'vitest'

/** What each example must print; the figures that prices and placement move are left out. */
const EXPECTED: Readonly<Record<string, RegExp>> = {
  '01-one-spike.ts': /^2 x \[1 2 3 4\] - \[-1 0 1 7\] = \[3 4 5 1\] after \d+ cycles$/,
  '02-network.ts': /^corner to corner, 15 routers: 47 cycles \(3 \* 15 \+ 2\)\nto 16 cores: \d+ flit-hops in 47 cycles as a tree, 152 in \d+ as 16 packets$/,
  '03-own-model.ts': /^default: '(.+)' bit-exact, .*\nnarrow: '\1' bit-exact, .*$/,
  '04-seven-billion.ts': /^\d+ M additions, \d+ cycles\npaper [\d.]+ uJ, chip [\d.]+ uJ$/,
  '05-batch.ts': /^1: [\d.]+ uJ a token, \d+ tokens\/s\n8: [\d.]+ uJ a token, \d+ tokens\/s$/,
}

const files = readdirSync('examples').filter((name) => name.endsWith('.ts'))

describe('examples', () => {
  afterEach(() => vi.restoreAllMocks())

  it('every example is listed here and in its README', () => {
    expect(files).toEqual(Object.keys(EXPECTED))
    const readme = readFileSync('examples/README.md', 'utf8')
    for (const file of files) expect(readme).toContain(file)
  })

  for (const file of files) {
    it(file, async () => {
      const lines: string[] = []
      vi.spyOn(console, 'log').mockImplementation((line: string) => { lines.push(line) })
      await import(`../examples/${file.slice(0, -3)}.ts`)
      expect(lines.join('\n')).toMatch(EXPECTED[file]!)
    })
  }
})
