import type { z } from 'zod'
import { COMPONENTS } from '../../isa/actions.js'
import { didYouMean, InputError } from '../errors.js'
import { RESULT_VERSION, resultSchema, type RunResult } from './schema.js'

type Issue = z.core.$ZodIssue

/** byComponent may differ from totalPj by this much of it. */
const ENERGY_TOLERANCE = 1e-9
const ISSUES_SHOWN = 5
const WANTED: Readonly<Record<string, string>> = { int: 'a whole number', array: 'a list', object: 'an object' }

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key], root)
}

function shown(value: unknown): string {
  if (typeof value === 'string') return `'${value.length > 40 ? `${value.slice(0, 40)}...` : value}'`
  if (Array.isArray(value)) return 'a list'
  return isObject(value) ? 'an object' : String(value)
}

/** 'latency.timeline[3].phase'. */
function dotted(path: readonly PropertyKey[]): string {
  return path.map((key, at) => (typeof key === 'number' ? `[${key}]` : `${at === 0 ? '' : '.'}${String(key)}`)).join('')
}

function unknownKeysBeside(path: readonly PropertyKey[], issues: readonly Issue[]): string[] {
  const parent = dotted(path.slice(0, -1))
  return issues.flatMap((issue) =>
    (issue.code === 'unrecognized_keys' && dotted(issue.path) === parent ? issue.keys : []))
}

function describe(issue: Issue, root: unknown, issues: readonly Issue[]): string {
  const at = dotted(issue.path)
  const value = valueAt(root, issue.path)
  if (issue.code === 'unrecognized_keys') {
    return `unknown key: ${issue.keys.map((key) => `'${dotted([...issue.path, key])}'`).join(', ')}`
  }
  if (value === undefined) {
    const near = didYouMean(String(issue.path.at(-1)), unknownKeysBeside(issue.path, issues))
    return `'${at}' is missing.${near === '' ? '' : ` The file has a key it does not know:${near}`}`
  }
  switch (issue.code) {
    case 'invalid_type':
      return `'${at}' is ${shown(value)}, but must be ${WANTED[issue.expected] ?? `a ${issue.expected}`}`
    case 'too_small': return `'${at}' is ${shown(value)}, below the least it may be, ${issue.minimum}`
    case 'too_big': return `'${at}' is ${shown(value)}, above the most it may be, ${issue.maximum}`
    case 'invalid_value': {
      const choices = issue.values.map(String)
      return `'${at}' is ${shown(value)}, not one of ${choices.join(', ')}.${didYouMean(String(value), choices)}`
    }
    default: return `'${at}': ${issue.message}`
  }
}

/** A missing key is told before the unknown key that was meant to be it. */
function describeAll(issues: readonly Issue[], root: unknown): string {
  const isUnknown = (issue: Issue): number => Number(issue.code === 'unrecognized_keys')
  const ordered = [...issues].sort((a, b) => isUnknown(a) - isUnknown(b))
  const lines = ordered.slice(0, ISSUES_SHOWN).map((issue) => `  ${describe(issue, root, issues)}`)
  if (ordered.length > ISSUES_SHOWN) lines.push(`  and ${ordered.length - ISSUES_SHOWN} more`)
  return lines.join('\n')
}

function checkEnvelope(json: unknown, file: string): void {
  if (!isObject(json)) throw new InputError(`${file}: a result file holds one JSON object, not ${shown(json)}.`)
  const { schemaVersion, kind } = json
  if (schemaVersion === undefined) {
    throw new InputError(`${file}: 'schemaVersion' is missing: this is no Spikeloom result file.` +
      ' One is written by: spikeloom run --out DIR')
  }
  if (kind !== 'run') throw new InputError(`${file}: 'kind' is ${shown(kind)}; a result of 'run' is needed.`)
  if (schemaVersion === RESULT_VERSION) return
  const advice = Number(schemaVersion) > RESULT_VERSION ? 'use a newer Spikeloom' : 'run it again with this Spikeloom'
  throw new InputError(`${file}: result version ${shown(schemaVersion)}, but this Spikeloom reads version ` +
    `${RESULT_VERSION}: ${advice}.`)
}

function checkEnergy({ energy }: RunResult, file: string): void {
  const sum = COMPONENTS.reduce((total, component) => total + energy.byComponent[component], 0)
  if (Math.abs(sum - energy.totalPj) <= ENERGY_TOLERANCE * energy.totalPj) return
  throw new InputError(`${file}: 'energy.byComponent' sums to ${sum} pJ, but 'energy.totalPj' is ${energy.totalPj}` +
    ' pJ. The file was changed, or not written by Spikeloom.')
}

/**
 * Checks the JSON of a result file.
 * @param file its name, for messages
 * @throws InputError for another version or kind, missing or unknown keys (with path and nearest name), wrong values,
 *   and components that do not sum to the total.
 */
export function parseResult(json: unknown, file: string): RunResult {
  checkEnvelope(json, file)
  const parsed = resultSchema.safeParse(json)
  if (!parsed.success) {
    throw new InputError(`${file} is not a complete result file:\n${describeAll(parsed.error.issues, json)}`)
  }
  checkEnergy(parsed.data, file)
  return parsed.data
}

/** The bytes of a result file: one JSON object, keys in the schema's order, wallSeconds last. */
export function serializeResult(result: RunResult): string {
  return `${JSON.stringify(parseResult(result, 'result'), null, 2)}\n`
}
