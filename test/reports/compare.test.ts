import { describe, expect, it } from 'vitest'
import { compareResults, distinctLabels } from '../../reports/compare.js'
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
    expect(compare(a, otherSeed).notes).toEqual(['The runs differ in more than the chip (seed): ratios mix both.'])
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

  it('tells chips of the same name apart by their files', () => {
    expect(distinctLabels(['x', 'y', 'x'], ['1.json', '2.json', '3.json'])).toEqual(['x (1.json)', 'y', 'x (3.json)'])
  })
})

describe('a comparison as text', () => {
  it('is aligned: every value column ends where its heading does', () => {
    const lines = comparisonText(compare(a, b), { color: false }).split('\n')
    const head = lines.find((line) => line.includes('example-chip'))!
    const end = head.indexOf('example-chip') + 'example-chip'.length
    const energy = lines.find((line) => line.includes('energy per token') && line.includes('µJ'))!
    expect(energy.slice(0, end)).toMatch(/\S$/)
    expect(energy[end]).toBe(' ')
    expect(energy).toMatch(/1\.45 µJ +1\.42 µJ +0\.982×$/)
    expect(lines.some((line) => /core\.lanes +64 +256$/.test(line))).toBe(true)
    expect(lines.some((line) => line === '  tokens: the same')).toBe(true)
  })

  it('says when nothing differs', () => {
    expect(comparisonText(compare(a, a), { color: false })).toContain('do not differ in any field')
  })
})
