import { describe, expect, it } from 'vitest'
import {
  constant, duration, energy, grouped, number3, percent, printable, ratio, short, visibleToken,
} from '../../reports/format.js'
import { textReport } from '../../reports/text.js'
import { tokenLatencyCycles } from '../../reports/view.js'
import { exampleResult } from '../support/example-result.js'

const plain = (text: string): string => text.replaceAll('\u00a0', ' ')

describe('numbers for people', () => {
  it.each([
    [energy(0), '0'], [energy(0.1125), '113 fJ'], [energy(999.6), '1 nJ'], [energy(2.26e6), '2.26 µJ'],
    [energy(6.7e11), '670 mJ'],
    [duration(3.75e-5), '37.5 µs'], [duration(2), '2 s'],
    [short(1_049_984), '1.05 M'], [short(999), '999'], [short(1000), '1 k'],
    [grouped(1234567), '1,234,567'], [grouped(12), '12'], [number3(0.00012), '0.00012'], [number3(123.4), '123'],
    [ratio(26.97), '27×'], [ratio(NaN), '–'], [percent(0.3814), '38.1 %'],
    [constant(0.1125), '0.1125'], [constant(4.6), '4.6'],
  ])('%s is %s', (actual, expected) => expect(plain(actual)).toBe(expected))

  it('shows blanks of tokens and cuts long ones by characters, not by halves of them', () => {
    expect(visibleToken(' a\n')).toBe('␣a↵')
    expect(visibleToken('x'.repeat(30))).toBe(`${'x'.repeat(13)}…`)
    expect(visibleToken('\u{1f600}'.repeat(20))).toBe(`${'\u{1f600}'.repeat(13)}…`)
    expect(printable('a\u0000\ud800b\u{1f600}\u202e\tc\n')).toBe('a\\u{0}\\u{d800}b\u{1f600}\\u{202e}\tc\n')
  })
})

describe('the terminal summary', () => {
  const summary = textReport(exampleResult(), { color: false })

  it('says what was written, whether it is right, and what both accounts come to', () => {
    expect(summary).toContain('In the beginning God created the heaven and the earth.')
    expect(summary).toContain('✓ bit-exact: 4,096 logits of 8 generated tokens equal the reference')
    expect(summary).toMatch(/energy +1\.45 µJ per token {2}mean of 3 prompt tokens and 8 generated tokens/)
    expect(summary).toMatch(/ 920 nJ \.\. 2\.15 µJ as prices may be; 68\.4 % of it clock and leakage/)
    expect(summary).toMatch(/paper +77 nJ per token {2}685 k additions × 0\.1125 pJ/)
    expect(summary).toMatch(/6\.9 nJ per token {2}12 k MACs that stay × 0\.575 pJ: 83\.9 nJ both/)
    expect(summary).toContain('the chip pays 18.8× the additions alone, 17.2× both together')
  })

  it('is short, within 100 columns, and its component bars are as long as their shares', () => {
    const lines = summary.split('\n')
    expect(lines.length).toBeLessThan(30)
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(100)
    const rows = lines.filter((line) => / {2}[\d.]+ % {2}/.test(line))
      .map((line) => ({ length: line.split('█').length - 1, share: Number(/([\d.]+) % {2}/.exec(line)![1]) }))
    const [longest] = rows
    expect(rows.length).toBeGreaterThan(3)
    for (const { length, share } of rows) {
      expect(Math.abs(length / longest!.length - share / longest!.share)).toBeLessThan(0.06)
    }
    expect(rows.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(100, 0)
  })

  it('is coloured only when asked, and reads the same', () => {
    const coloured = textReport(exampleResult(), { color: true })
    // eslint-disable-next-line no-control-regex -- the escapes that make colours
    const escapes = /\u001b\[\d+m/g
    expect(summary).not.toMatch(escapes)
    expect(coloured).toMatch(escapes)
    expect(coloured.replace(escapes, '')).toBe(summary)
  })

  it('wraps long text and lets no escape of a token reach the terminal', () => {
    const result = exampleResult()
    result.text = ` and it came to pass\u001b[31m`.repeat(20)
    const lines = textReport(result, { color: false, width: 60 }).split('\n')
    expect(lines.join('\n')).not.toContain('\u001b')
    expect(lines.filter((line) => line.includes('came')).every((line) => line.length <= 60)).toBe(true)
    expect(lines.join(' ').replace(/\s+/g, ' ').split('and it came to pass').length).toBe(21)
  })

  it('says when the chip and the reference differ, and when nothing was compared', () => {
    const result = exampleResult()
    const firstMismatch = { position: 2, index: 5, chip: 1, reference: 2 }
    result.verification = { bitExact: false, logitsCompared: 9, firstMismatch }
    expect(textReport(result, { color: false }))
      .toContain('✗ differs from the reference interpreter; first at position 2, logit 5: chip 1, reference 2')
    result.verification = { bitExact: false, logitsCompared: 0, firstMismatch: null }
    expect(textReport(result, { color: false })).toContain('not compared with the reference')
  })
})

describe('a run in batches', () => {
  const example = exampleResult()
  const timeline = example.latency.timeline.map((token) => ({ ...token, startCycle: 100, endCycle: 5100 }))
  const result = { ...example, mapping: { ...example.mapping, batch: 8 }, latency: { ...example.latency, timeline } }

  it('has a latency that is how long a token is on its way, not how often one leaves', () => {
    expect(tokenLatencyCycles(result)).toBe(5000)
    expect(tokenLatencyCycles(example)).toBe(example.latency.cyclesPerToken)
    expect(plain(textReport(result, { color: false }))).toMatch(/latency +10 µs per token +5,000 cycles; mean time on the way of 8 generated tokens\n.* in batches of up to 8/)
  })
})
