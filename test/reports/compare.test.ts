import { describe, expect, it } from 'vitest'
import { distinctLabels, refuseIncomparable } from '../../reports/comparable.js'
import { compareResults } from '../../reports/compare.js'
import { comparisonText } from '../../reports/compare-text.js'
import { InputError } from '../../sim/errors.js'
import { exampleResult } from '../support/example-result.js'

const a = exampleResult()
const b = exampleResult({ chip: { name: 'wide', core: { lanes: 256 }, network: { virtualChannels: 2 } } })
const compare = (...results: ReturnType<typeof exampleResult>[]) =>
  compareResults(results.map((result) => ({ label: result.chip.name, result })))

describe('a comparison', () => {
  it('gives absolutes and ratios to the first, and the chip fields that differ', () => {
    const { metrics, components, chipDifferences, sameTokens, notes } = compare(a, b)
    const cycles = metrics.find(({ name }) => name === 'cycles per token')!
    expect(cycles.values).toEqual([a.latency.cyclesPerToken, b.latency.cyclesPerToken])
    expect(cycles.ratios).toEqual([1, b.latency.cyclesPerToken / a.latency.cyclesPerToken])
    expect(chipDifferences).toEqual([
      { key: 'network.virtualChannels', values: [4, 2] }, { key: 'core.lanes', values: [64, 256] },
    ])
    expect(sameTokens).toBe(true)
    expect(notes).toEqual([])
    const perToken = components.reduce((sum, { values }) => sum + values[1]!, 0)
    expect(perToken).toBeCloseTo(b.energy.perTokenPj, 3)
  })

  it('gives the ratio of energies an interval, a point where both are one run', () => {
    const [ratio] = compare(a, b).ratios
    expect(ratio!.value).toBeCloseTo(b.energy.perTokenPj / a.energy.perTokenPj, 12)
    expect(ratio!.low).toBeLessThan(ratio!.value)
    expect(ratio!.high).toBeGreaterThan(ratio!.value)
    const { interval: ia, totalPj } = a.energy
    expect(ratio!.high / ratio!.low).toBeLessThan((ia!.high / ia!.low) ** 2)
    expect(compare(a, a).ratios[0]).toMatchObject({ value: 1, low: 1, high: 1 })
    expect(totalPj).toBeGreaterThan(ia!.low)
  })

  it('warns when more than the chip differs, when only the tokens differ, and when a run was wrong', () => {
    const otherSeed = { ...a, seed: 2 }
    expect(compare(a, otherSeed).notes).toEqual(['Not the same work (seed differs: 1, 2): no ratio here says anything of the chips.'])
    const otherPrompt = { ...a, prompt: { ...a.prompt, text: 'Once' } }
    expect(compare(a, otherPrompt).notes).toEqual(['The runs differ in more than the chip (prompt): ratios mix both.'])
    const otherTokens = { ...b, tokenIds: [...b.tokenIds].reverse() }
    const notes = [expect.stringContaining('not the same tokens')]
    expect(compare(a, otherTokens)).toMatchObject({ sameTokens: false, notes })
    const wrong = { ...b, verification: { ...b.verification, bitExact: false } }
    expect(compare(a, wrong).notes).toEqual(['The run on wide differs from its reference interpreter.'])
  })

  it('sees a price override in one chip only as a difference', () => {
    expect(compare(a, exampleResult({ chip: { prices: { flitHop: 1 } } })).chipDifferences)
      .toEqual([{ key: 'prices.flitHop', values: ['not set', 1] }])
  })

  it('has no ratio to nothing, and needs two results', () => {
    const silent = exampleResult()
    silent.activity.flitHops = 0
    expect(compare(silent, b).metrics.find(({ name }) => name === 'flit-hops')!.ratios).toEqual([null, null])
    expect(() => compare(a)).toThrow(InputError)
  })

  it('names columns by what differs: chips, else fields and encodings, else files', () => {
    const files = ['1.json', '2.json', '3.json']
    expect(distinctLabels([a, b], files)).toEqual(['example-chip', 'wide'])
    const lanes = exampleResult({ chip: { core: { lanes: 256 } } })
    expect(distinctLabels([a, lanes], files)).toEqual(['lanes 64', 'lanes 256'])
    const graded = { ...a, encoding: { ...a.encoding, name: 'graded' } }
    expect(distinctLabels([a, graded], files)).toEqual(['ternary', 'graded'])
    expect(distinctLabels([a, graded, lanes], files)).toEqual(['ternary, lanes 64', 'graded, lanes 64', 'ternary, lanes 256'])
    expect(distinctLabels([a, a, b], files)).toEqual(['example-chip (1.json)', 'example-chip (2.json)', 'wide'])
  })

  it('refuses other models, weights and seeds', () => {
    expect(() => refuseIncomparable([a, b])).not.toThrow()
    expect(() => refuseIncomparable([a, { ...b, seed: 2 }])).toThrow(/seed differs: 1, 2.*--force/)
    expect(() => refuseIncomparable([a, { ...b, model: { ...b.model, name: 'other' } }])).toThrow(InputError)
    expect(() => refuseIncomparable([a, { ...b, weights: 'statistical' }])).toThrow(/weights differs: real, statistical/)
  })

  it('says why: the critical path and waits where all have them, else what cores did', () => {
    expect(compare(a, b).why.map(({ name }) => name)).toContain('work: adders')
    const path = (cycles: number): typeof a => {
      const result = exampleResult()
      result.latency.criticalPath = [{ core: 0, operator: 'q', part: 'adders', cycles }]
      return result
    }
    expect(compare(path(100), path(50)).why).toMatchObject([{ name: 'path: adders', values: [100, 50], ratios: [1, 0.5] }])
    expect(compare(path(100), a).why.map(({ name }) => name)).not.toContain('path: adders')
  })
})

describe('a comparison as text', () => {
  it('is aligned: every value column ends where its heading does', () => {
    const lines = comparisonText(compare(a, b), { color: false }).split('\n')
    const head = lines.find((line) => line.includes('example-chip') && line.includes('wide'))!
    const end = head.indexOf('example-chip') + 'example-chip'.length
    const energy = lines.find((line) => line.includes('energy per token') && line.includes('µJ'))!
    expect(energy.slice(0, end)).toMatch(/\S$/)
    expect(energy[end]).toBe(' ')
    expect(energy).toMatch(/1\.45 µJ +1\.42 µJ +0\.982×$/)
    expect(lines.some((line) => /core\.lanes +64 +256$/.test(line))).toBe(true)
    expect(lines.some((line) => line === '  tokens: the same')).toBe(true)
  })

  it('says when nothing differs', () => {
    expect(comparisonText(compare(a, a), { color: false })).toContain('The runs do not differ in any field')
  })

  it.each([72, 80, 100, 140])('fits a terminal of %i columns with five results, each in it, and the winner named', (width) => {
    const five = [a, b, ...[32, 128, 512].map((lanes) => exampleResult({ chip: { name: `a-chip-of-${lanes}-lanes`, core: { lanes } } }))]
    const comparison = compare(...five)
    const lines = comparisonText(comparison, { color: false, width }).split('\n')
    for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(width)
    for (const { chip } of five) expect(lines.some((line) => line.includes(chip.name))).toBe(true)
    expect(lines.filter((line) => line.startsWith('  energy per token ')).length).toBeGreaterThanOrEqual(width < 120 ? 2 : 1)
    const energies = comparison.metrics[0]!.values
    const winner = five[energies.indexOf(Math.min(...energies))]!.chip.name
    expect(lines.some((line) => line.startsWith(`  least energy a token: ${winner}, `))).toBe(true)
  })

  it('says on top when the results are not of the same work', () => {
    const lines = comparisonText(compare(a, { ...b, seed: 2 }), { color: false }).split('\n')
    expect(lines[1]).toMatch(/Not the same work \(seed differs: 1, 2\)/)
  })
})
