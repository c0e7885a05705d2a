import { describe, expect, it } from 'vitest'
import { COMPONENTS } from '../../../isa/actions.js'
import { InputError } from '../../../sim/errors.js'
import { parseResult, serializeResult } from '../../../sim/result/parse.js'
import { resultSchema } from '../../../sim/result/schema.js'
import { exampleResult } from '../../support/example-result.js'

type Json = Record<string, unknown>
const example = (): Json => JSON.parse(serializeResult(exampleResult())) as Json
const complaint = (json: unknown): string => {
  try {
    parseResult(json, 'run.json')
  } catch (error) {
    expect(error).toBeInstanceOf(InputError)
    return (error as Error).message
  }
  throw new Error('accepted')
}

/** Object with the keys of every level in reverse order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).reverse().map(([key, item]) => [key, reversed(item)]))
}

describe('the result file', () => {
  it('comes back from its bytes as it went in', () => {
    const result = exampleResult()
    expect(parseResult(JSON.parse(serializeResult(result)), 'run.json')).toEqual(result)
  })

  it('has the same bytes whatever the order of keys it was built in, with the wall time last', () => {
    const bytes = serializeResult(exampleResult())
    expect(serializeResult(reversed(exampleResult()) as ReturnType<typeof exampleResult>)).toBe(bytes)
    expect(Object.keys(JSON.parse(bytes) as Json).at(-1)).toBe('wallSeconds')
    const required = Object.keys(resultSchema.shape).filter((key) => key !== 'peakMemoryBytes')
    expect(Object.keys(JSON.parse(bytes) as Json)).toEqual(required)
    expect(bytes.endsWith('}\n')).toBe(true)
  })

  it('names the contract of run --json', () => {
    const json = example() as { [key: string]: never }
    const get = (path: string): unknown => path.split('.').reduce<unknown>((at, key) => (at as Json)[key], json)
    for (const path of ['schemaVersion', 'chip.name', 'model.name', 'seed', 'verification.bitExact', 'latency.cycles',
      'verification.logitsCompared', 'latency.seconds', 'latency.cyclesPerToken', 'energy.totalPj', 'energy.perTokenPj',
      'energy.byComponent', 'activity.spikes', 'activity.synapticAdditions', 'activity.flitHops', 'activity.firingRate',
      'activity.spikesPerActivation', 'wallSeconds']) expect(get(path), path).toBeDefined()
    expect(get('tokens')).toContain(' earth')
    const parts = get('energy.byComponent') as Record<string, number>
    expect(Object.keys(parts)).toEqual(COMPONENTS)
    expect(Object.values(parts).reduce((sum, part) => sum + part, 0)).toBe(get('energy.totalPj'))
  })
})

describe('a wrong result file', () => {
  it('is refused when it is no object, no result, or of another version or kind', () => {
    expect(complaint([1])).toMatch(/run\.json: a result file holds one JSON object, not a list/)
    expect(complaint({ a: 1 })).toMatch(/'schemaVersion' is missing.*spikeloom run/)
    expect(complaint({ ...example(), schemaVersion: 7 })).toMatch(/version 7.*reads version 1.*newer Spikeloom/)
    expect(complaint({ ...example(), schemaVersion: 0 })).toMatch(/run it again/)
    expect(complaint({ ...example(), kind: 'noc' })).toMatch(/'kind' is 'noc'/)
  })

  it('names a missing key by its path, and the misspelt one beside it', () => {
    const json = example()
    const latency = json['latency'] as Json
    latency['cyclePerToken'] = latency['cyclesPerToken']
    delete latency['cyclesPerToken']
    const message = complaint(json)
    expect(message).toMatch(/'latency\.cyclesPerToken' is missing.*Did you mean 'cyclePerToken'/)
    expect(message).toMatch(/unknown key: 'latency\.cyclePerToken'/)
  })

  it('names a wrong value, its limit and the nearest choice', () => {
    const json = example()
    ;((json['latency'] as Json)['timeline'] as Json[])[2]!['phase'] = 'prefil'
    expect(complaint(json)).toMatch(/'latency\.timeline\[2\]\.phase' is 'prefil', not one of prefill, decode\. Did/)
    expect(complaint({ ...example(), wallSeconds: -1 })).toMatch(/'wallSeconds' is -1, below the least it may be, 0/)
    expect(complaint({ ...example(), seed: 'x' })).toMatch(/'seed' is 'x', but must be a number/)
    expect(complaint({ ...example(), tokens: 3 })).toMatch(/'tokens' is 3, but must be a list/)
  })

  it('is refused when its components do not sum to its total, from one part in 1e9 on', () => {
    const json = example()
    const energy = json['energy'] as { totalPj: number }
    energy.totalPj *= 1 + 1e-10
    expect(parseResult(json, 'run.json').energy.totalPj).toBe(energy.totalPj)
    energy.totalPj *= 1 + 3e-9
    expect(complaint(json)).toMatch(/sums to .* pJ, but 'energy\.totalPj'/)
  })

  it('keeps its message short when much is wrong', () => {
    const message = complaint({ schemaVersion: 1, kind: 'run' })
    expect(message.split('\n').length).toBeLessThan(9)
    expect(message).toMatch(/and \d+ more/)
  })
})
