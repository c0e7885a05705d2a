import { InputError } from '../sim/errors.js'
import type { RunResult } from '../sim/result/schema.js'
import type { Difference } from './compare.js'

/** What makes results comparable, and what to call them. */

type Leaf = string | number | boolean

/** Leaves of nested objects by dotted path; lists as JSON. */
function leaves(value: unknown, path = '', into = new Map<string, Leaf>()): Map<string, Leaf> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    for (const [key, item] of Object.entries(value)) leaves(item, path === '' ? key : `${path}.${key}`, into)
  } else into.set(path, typeof value === 'object' ? JSON.stringify(value) : value as Leaf)
  return into
}

/** Leaves that are not the same in all objects. */
export function differences(objects: readonly unknown[], ignored: readonly string[] = []): Difference[] {
  const maps = objects.map((object) => leaves(object))
  const keys = [...new Set(maps.flatMap((map) => [...map.keys()]))].filter((key) => !ignored.includes(key))
  return keys
    .map((key) => ({ key, values: maps.map((map) => map.get(key) ?? 'not set') }))
    .filter(({ values }) => values.some((value) => value !== values[0]))
}

/** What should be equal for ratios to mean the chip. */
export function identity({ model, encoding, seed, prompt, weights, mapping, spikeloomVersion }: RunResult): unknown {
  const { name, parameters } = model
  return {
    model: name, parameters, encoding, seed, prompt: prompt.text, promptTokens: prompt.tokens, sequences: prompt.sequences, weights,
    sharedCores: mapping.timeMultiplexed, batch: mapping.batch, spikeloomVersion,
  }
}

/** Differences that make a ratio mean nothing: another model, other draws. */
const FATAL = new Set(['model', 'parameters', 'seed', 'weights'])

/** Sentences on differences that make ratios meaningless; none where results can be compared. */
export function incomparable(results: readonly RunResult[]): string[] {
  return differences(results.map(identity)).filter(({ key }) => FATAL.has(key))
    .map(({ key, values }) => `${key} differs: ${[...new Set(values.map(String))].join(', ')}`)
}

/** @throws InputError for results of different models, weights or seeds */
export function refuseIncomparable(results: readonly RunResult[]): void {
  const reasons = incomparable(results)
  if (reasons.length === 0) return
  throw new InputError(`these results are not of the same work (${reasons.join('; ')}): a ratio between them says nothing of the chips. ` +
    'Run the same model with the same seed, or add --force.')
}

const LAST_NAMES = /^(?:.*\.)?(\w+)$/
const MOST_KEYS = 3

function shown(key: string, value: Leaf): string {
  const name = key === 'encoding.name' ? '' : LAST_NAMES.exec(key)?.[1] ?? key
  return name === '' ? String(value) : `${name} ${value}`
}

/**
 * Names of results by what differs: the chips' names where those tell them apart; else the chip and the fields and options
 * that differ; their files where nothing else does.
 */
export function distinctLabels(results: readonly RunResult[], files: readonly string[]): string[] {
  const names = results.map(({ chip }) => chip.name)
  const isDistinct = (labels: readonly string[]): boolean => new Set(labels).size === labels.length
  if (isDistinct(names)) return names
  const rows = [...differences(results.map(identity), ['spikeloomVersion']), ...differences(results.map(({ chip }) => chip.spec), ['name', 'description'])]
  const same = names.every((name) => name === names[0])
  const labels = names.map((name, at) => {
    const parts = rows.slice(0, MOST_KEYS).map(({ key, values }) => shown(key, values[at]!))
    return [...(same && parts.length > 0 ? [] : [name]), ...parts].join(', ')
  })
  return isDistinct(labels) ? labels : names.map((name, at) => (
    names.filter((other) => other === name).length > 1 ? `${name} (${files[at]!})` : name
  ))
}
