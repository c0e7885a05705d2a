import type { z } from 'zod'
import { didYouMean } from '../errors.js'
import type { ChipProblem } from './check.js'
import type { ChipKey } from './chip-keys.js'
import { chipKeys } from './chip-keys.js'

type Issue = z.core.$ZodIssue
type Path = readonly PropertyKey[]

/** A problem that hangs on a key itself, not on its value: an unknown key. */
export interface KeyProblem extends ChipProblem {
  readonly atKey?: boolean
}

const dotted = (path: Path): string => path.map(String).join('.')

function shown(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`
  if (value === null) return 'empty'
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' ? 'a group of keys' : String(value)
}

/** The names that may stand under `path`, groups included. */
function namesUnder(path: Path, keys: readonly ChipKey[]): string[] {
  const prefix = path.length === 0 ? '' : `${dotted(path)}.`
  const under = keys.filter((key) => key.path.startsWith(prefix))
  return [...new Set(under.map((key) => key.path.slice(prefix.length).split('.')[0]!))]
}

/** Where to look instead: the same name in another group, or the nearest name in this one. */
function unknownKey(path: Path, name: string, keys: readonly ChipKey[]): KeyProblem {
  const names = namesUnder(path, keys)
  const elsewhere = keys.find((key) => key.path.split('.').at(-1) === name)
  const hint = elsewhere
    ? ` It belongs under '${elsewhere.path.split('.').slice(0, -1).join('.') || 'the top level'}'.`
    : didYouMean(name, names) || ` Known here: ${names.join(', ')}.`
  return { path: [...path, name], atKey: true, message: `unknown key '${dotted([...path, name])}'.${hint}` }
}

function choices(issue: Issue): readonly unknown[] {
  if (issue.code === 'invalid_value') return issue.values
  if (issue.code === 'invalid_union') return issue.errors.flat().flatMap(choices)
  return []
}

/** What the key takes, in words. */
function wanted(path: Path, keys: readonly ChipKey[]): string {
  const key = keys.find((candidate) => candidate.path === dotted(path))
  if (key) return `${key.values}: ${key.meaning}`
  const entries = keys.find((candidate) => candidate.path === dotted(path.slice(0, -1)))
  return entries ? entries.meaning : `keys: ${namesUnder(path, keys).join(', ')}`
}

function describe(issue: Issue, value: unknown, keys: readonly ChipKey[]): string {
  const name = `${dotted(issue.path)} is ${shown(value)}, `
  switch (issue.code) {
    case 'too_small': return `${name}below the least it may be, ${issue.minimum} (${wanted(issue.path, keys)})`
    case 'too_big': return `${name}above the most it may be, ${issue.maximum} (${wanted(issue.path, keys)})`
    case 'invalid_union':
    case 'invalid_value': {
      const valid = choices(issue).map(String)
      const hint = typeof value === 'string' ? didYouMean(value, valid) : ''
      return `${name}not one of ${valid.join(', ')}.${hint}`
    }
    case 'invalid_type': {
      if (value === null) return `${dotted(issue.path)} is empty. Leave it out, or give it ${wanted(issue.path, keys)}`
      const kind = issue.expected === 'int' ? 'a whole number' : ['object', 'record'].includes(issue.expected) ? 'a group of keys' : `a ${issue.expected}`
      return `${name}but must be ${kind} (${wanted(issue.path, keys)})`
    }
    default: return `${dotted(issue.path)}: ${issue.message}`
  }
}

function valueAt(root: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | null)?.[key], root)
}

/** The schema's complaints about `input`, in words a user can act on. */
export function describeIssues(issues: readonly Issue[], input: unknown): KeyProblem[] {
  const keys = chipKeys()
  return issues.flatMap((issue): KeyProblem[] => {
    if (issue.code === 'unrecognized_keys') return issue.keys.map((name) => unknownKey(issue.path, name, keys))
    return [{ path: issue.path, message: describe(issue, valueAt(input, issue.path), keys) }]
  })
}
