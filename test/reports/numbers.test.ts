import { describe, expect, it } from 'vitest'
import { decodedTokens, latencyBasis, tokenBasis } from '../../reports/basis.js'
import { compareResults } from '../../reports/compare.js'
import { htmlReport } from '../../reports/html.js'
import { accountsSentence } from '../../reports/literature.js'
import { textReport } from '../../reports/text.js'
import { headline } from '../../reports/view.js'
import type { RunResult } from '../../sim/result/schema.js'
import { exampleResult } from '../support/example-result.js'

const plain = (text: string): string => text.replaceAll('\u00a0', ' ').replace(/\s+/g, ' ')

/** One token on statistics, as a run of a shape makes it: nothing is generated. */
function oneDrawnToken(): RunResult {
  const result = exampleResult()
  const [first] = result.latency.timeline
  const { cycles } = result.latency
  return {
    ...result, weights: 'statistical', text: '', verification: { bitExact: false, logitsCompared: 0, firstMismatch: null }, prompt: { text: '', tokens: 1, sequences: 1 },
    latency: {
      ...result.latency, prefillCycles: cycles, decodeCycles: 0, cyclesPerToken: cycles,
      timeline: [{ ...first!, position: 1024, startCycle: 0, endCycle: cycles }],
    },
  }
}

/** The figures of the examination: 640 uJ of additions, 155 uJ of multiply-accumulates, 42.1 mJ of chip. */
function examined(): RunResult {
  const result = oneDrawnToken()
  const paper = { ...result.energy.paper, additionsPj: 640e6, macsPj: 155e6, totalPj: 795e6, perTokenPj: 795e6 }
  return { ...result, energy: { ...result.energy, totalPj: 42.05e9, perTokenPj: 42.05e9, paper } }
}

describe('the two accounts of the literature (N6)', () => {
  it('names additions alone and both, each with its own ratio, in terminal and page', async () => {
    const view = headline(examined())
    expect(view.chipOverAdditions).toBeCloseTo(65.7, 1)
    expect(view.chipOverPaper).toBeCloseTo(52.9, 1)
    const text = plain(textReport(examined(), { color: false }))
    expect(text).toContain('the chip pays 65.7× the additions alone, 52.9× both together')
    expect(text).toMatch(/paper 640 µJ per token/)
    expect(text).toMatch(/155 µJ per token [^\n]*: 795 µJ both/)
    const page = plain(await htmlReport(examined()))
    expect(page).toMatch(/additions alone come to 640 µJ: the chip pays <b>65\.7×<\/b>/)
    expect(page).toMatch(/comes to 795 µJ: 52\.9×/)
    expect(page).not.toMatch(/additions come to 795/)
  })

  it('reconciles the two in one sentence, and speaks of additions only where nothing stays multiplied', () => {
    expect(plain(accountsSentence(examined()))).toMatch(/640 µJ for additions alone .* 795 µJ with 155 µJ of the multiply-accumulates/)
    const result = examined()
    const spiking = { ...result, energy: { ...result.energy, paper: { ...result.energy.paper, macs: 0, macsPj: 0 } } }
    expect(plain(accountsSentence(spiking))).toMatch(/additions only: 640 µJ/)
    expect(plain(textReport(spiking, { color: false }))).not.toMatch(/both/)
  })
})

describe('the basis of each figure (N15)', () => {
  it('names the tokens of a mean, and calls nothing generated that was drawn', async () => {
    const result = oneDrawnToken()
    expect(tokenBasis(result)).toBe('1 token, at position 1,024')
    expect(latencyBasis(result)).toBe('1 token, at position 1,024')
    expect(decodedTokens(result)).toBe(0)
    const page = plain(await htmlReport(result)).replace(/<script[\s\S]*/, '')
    const words = `${page} ${plain(textReport(result, { color: false }))}`
    expect(words).not.toMatch(/\bgenerated\b(?! on the chip)/)
    expect(words).not.toMatch(/generation|0 cycles/)
  })

  it('tells means of all tokens from means after the prompt, and prints watts', () => {
    const result = exampleResult()
    expect(tokenBasis(result)).toBe('3 prompt tokens and 8 generated tokens')
    expect(latencyBasis(result)).toBe('mean of 8 generated tokens, prompt left out')
    const { totalPj } = result.energy
    expect(headline(result).averageW).toBeCloseTo(totalPj * 1e-12 / result.latency.seconds, 12)
    expect(plain(textReport(result, { color: false }))).toMatch(/[\d.]+ mW on average/)
  })

  it('gives every figure of a comparison its basis', () => {
    const comparison = compareResults([{ label: 'a', result: exampleResult() }, { label: 'b', result: examined() }])
    for (const { name, basis } of [...comparison.metrics, ...comparison.components]) expect(basis, name).toMatch(/whole run|mean of/)
  })
})
