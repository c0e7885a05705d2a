import { describe, expect, it } from 'vitest'
import { findChip } from '../../cli/chip-source.js'
import { loadForRun } from '../../cli/load.js'
import type { Advice } from '../../reports/advice.js'
import { rankAdvice } from '../../reports/advice.js'
import type { Together } from '../../reports/advice-text.js'
import { candidatesOf, lineOf } from '../../reports/candidates.js'
import { completeChip } from '../../sim/config/load-chip.js'
import { loadChip } from '../../sim/config/load-chip.js'
import type { ChipSpec } from '../../sim/config/chip-spec.js'
import type { RunResult } from '../../sim/result/schema.js'
import { simulate } from '../../simulate/simulate.js'
import { spikeloom } from '../support/capture.js'
import { exampleResult } from '../support/example-result.js'

const TOKENS = 2
const PROMPT = 'In the'

interface Printed {
  readonly advice: readonly Advice[]
  readonly together: Together | null
  readonly refused: readonly { readonly set: string }[]
}

async function advise(...words: string[]): Promise<Printed> {
  const { code, stdout, stderr } = await spikeloom('advise', '--json', '--prompt', PROMPT, '--tokens', String(TOKENS), ...words)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return JSON.parse(stdout) as Printed
}

/** A run by the library alone, with changes as `advise` prints them. */
function run(...sets: string[]): RunResult {
  const chip = structuredClone(findChip('loom-64')) as unknown as Record<string, unknown>
  const options: Record<string, string> = {}
  for (const set of sets) {
    const [key, text] = set.split('=') as [string, string]
    const value = Number.isNaN(Number(text)) ? text : Number(text)
    if (key.startsWith('--')) options[key.slice(2)] = text
    else {
      const path = key.split('.')
      const group = path.slice(0, -1).reduce((at, name) => at[name] as Record<string, unknown>, chip)
      group[path.at(-1)!] = value
    }
  }
  const quantization = { options: 'encoding' in options ? { encoding: options['encoding'] as 'graded' } : {}, calibration: undefined, gptq: undefined }
  const { quantized } = loadForRun('kjv-1m', quantization)
  return simulate({
    model: quantized, chip: completeChip(chip as Partial<ChipSpec> as never), prompt: PROMPT, tokens: TOKENS, verify: false,
    ...('mapping' in options ? { mapping: options['mapping'] as 'shared' } : {}),
  })
}

function ratiosTo(base: RunResult, changed: RunResult): number[] {
  const per = ({ energy, latency, area }: RunResult): number[] => [energy.perTokenPj, latency.cyclesPerToken, area?.totalMm2 ?? 1]
  return per(changed).map((value, at) => value / per(base)[at]!)
}

describe('advise', () => {
  it('ranks every change of the shipped model as runs by the library alone do', async () => {
    const { advice, together, refused } = await advise('--tries', '99')
    expect(advice.length).toBeGreaterThan(15)
    expect(refused).toEqual([])
    const base = run()
    const products = advice.map((row) => {
      const [energy, latency, area] = ratiosTo(base, run(row.set))
      expect(row.energyRatio / energy!, row.set).toBeCloseTo(1, 9)
      expect(row.latencyRatio / latency!, row.set).toBeCloseTo(1, 9)
      expect(row.areaRatio! / area!, row.set).toBeCloseTo(1, 9)
      return energy! * latency!
    })
    for (let at = 1; at < products.length; at++) expect(products[at]!, advice[at]!.set).toBeGreaterThanOrEqual(products[at - 1]! - 1e-9)
    expect(together!.set).toHaveLength(3)
    const [energy, latency] = ratiosTo(base, run(...together!.set))
    expect(together!.energyRatio / energy!).toBeCloseTo(1, 9)
    expect(together!.latencyRatio / latency!).toBeCloseTo(1, 9)
    const few = await advise('--tries', '12')
    expect(few.advice.slice(0, 3).map(({ set }) => set)).toEqual(advice.slice(0, 3).map(({ set }) => set))
  }, 300_000)

  it('ranks by what it is told', () => {
    const rows = [[0.9, 0.5, 2], [0.5, 0.95, 1], [1.2, 0.4, 0.5]].map(([energyRatio, latencyRatio, areaRatio], at): Advice => ({
      set: `k=${at}`, line: '', energyRatio: energyRatio!, latencyRatio: latencyRatio!, areaRatio: areaRatio!, why: '',
    }))
    const first = (by: 'product' | 'energy' | 'latency' | 'area'): string => rankAdvice(rows, by)[0]!.set
    expect([first('product'), first('energy'), first('latency'), first('area')]).toEqual(['k=0', 'k=1', 'k=2', 'k=2'])
  })

  it('has a line of YAML for every change of a chip, which a chip file takes', () => {
    for (const chip of [{}, { sync: { mode: 'barrier' as const }, core: { weightReuse: 'per-spike' as const }, network: { hopCycles: 5 as const } }]) {
      const candidates = candidatesOf(exampleResult({ chip }))
      expect(candidates.length).toBeGreaterThan(10)
      for (const candidate of candidates.filter(({ option }) => !option)) {
        const changed = loadChip(lineOf(candidate), 'advice.yaml') as unknown as Record<string, unknown>
        const value = candidate.key.split('.').reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], changed)
        expect(value, candidate.set).toBe(candidate.value)
      }
    }
  })

  it('ends with code 2 for no tries', async () => {
    expect((await spikeloom('advise', '--tries', '0')).code).toBe(2)
  })
})
