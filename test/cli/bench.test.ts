import { describe, expect, it } from 'vitest'
import { BENCHMARKS, reportRow } from '../../bench/all.js'
import { median, spread } from '../../bench/harness.js'
import { benchTable, chooseBenchmarks } from '../../cli/bench.js'
import { spikeloom } from '../support/capture.js'

describe('spikeloom bench', () => {
  it('runs all groups when none is named, else the named ones in the list\'s order', () => {
    expect(chooseBenchmarks([]).map(({ name }) => name)).toEqual(BENCHMARKS.map(({ name }) => name))
    expect(chooseBenchmarks(['wheel', 'run']).map(({ name }) => name)).toEqual(['run', 'wheel'])
  })

  it('names the nearest group for one that does not exist', async () => {
    const { code, stderr } = await spikeloom('bench', 'placment')
    expect(code).toBe(2)
    expect(stderr).toMatch(/no benchmark 'placment'\. Did you mean 'placement'\?/)
  })

  it('lists its groups', async () => {
    const { code, stdout } = await spikeloom('bench', '--list', '--json')
    expect(code).toBe(0)
    expect((JSON.parse(stdout) as { name: string }[]).map(({ name }) => name)).toContain('large-model')
  })

  it('a row names its reference\'s figure and where it comes from', () => {
    const row = reportRow('run', { name: 'a', unit: 's', value: 5, reference: 'the goal', ratio: 0.25, source: 'goal of 20 s' })
    expect(row).toEqual({
      benchmark: 'run', name: 'a', unit: 's', value: 5, spread: null, reference: { what: 'the goal', value: 20, source: 'goal of 20 s' },
      ratio: 0.25,
    })
    const text = benchTable([row, reportRow('x', { name: 'b', unit: 'm/s', value: 1234567, spread: 0.123, reference: 'c', ratio: 2 })])
    expect(text).toContain('the goal: 20 (goal of 20 s)')
    expect(text).toMatch(/b +1,235,000 +m\/s +12 % +2 x +c: 617,300 \(measured in the same run\)/)
  })

  it('medians and spreads', () => {
    expect(median([3, 1, 2])).toBe(2)
    expect(median([4, 1, 2, 3])).toBe(2.5)
    expect(spread([9, 10, 12])).toBeCloseTo(0.3)
  })
})
