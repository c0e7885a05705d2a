import type { z } from 'zod'
import { didYouMean } from '../errors.js'

/** What is wrong with a JSON file, in words for its user: of a schema's complaints only the facts are taken. */

type Issue = z.core.$ZodIssue

const ISSUES_SHOWN = 5
const WANTED: Readonly<Record<string, string>> = {
  int: 'a whole number', array: 'a list', object: 'an object', record: 'an object', boolean: 'true or false', number: 'a number', string: 'a text',
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key], root)
}

/** A value, shortened, or what kind of thing it is. */
export function shown(value: unknown): string {
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
  const at = issue.path.length === 0 ? 'the file' : `'${dotted(issue.path)}'`
  const value = valueAt(root, issue.path)
  if (issue.code === 'unrecognized_keys') {
    return `unknown key: ${issue.keys.map((key) => `'${dotted([...issue.path, key])}'`).join(', ')}`
  }
  if (value === undefined && issue.path.length > 0) {
    const near = didYouMean(String(issue.path.at(-1)), unknownKeysBeside(issue.path, issues))
    return `${at} is missing.${near === '' ? '' : ` The file has a key it does not know:${near}`}`
  }
  switch (issue.code) {
    case 'invalid_type':
      return `${at} is ${shown(value)}, but must be ${WANTED[issue.expected] ?? `a ${issue.expected}`}`
    case 'too_small': return `${at} is ${shown(value)}, below the least it may be, ${issue.minimum}`
    case 'too_big': return `${at} is ${shown(value)}, above the most it may be, ${issue.maximum}`
    case 'invalid_value': {
      const choices = issue.values.map(String)
      return `${at} is ${shown(value)}, not one of ${choices.join(', ')}.${didYouMean(String(value), choices)}`
    }
    // Rules of ours bring a sentence of ours.
    case 'custom': return `${at}: ${issue.message}`
    case 'invalid_key':
    case 'invalid_element': return describe(issue.issues[0]!, root, issues)
    default: return `${at} is ${shown(value)}, which cannot be`
  }
}

/**
 * A schema's complaints about a JSON value, one a line, at most five. A missing key is told before the unknown key that was
 * meant to be it.
 */
export function jsonProblems(issues: readonly Issue[], root: unknown): string {
  const isUnknown = (issue: Issue): number => Number(issue.code === 'unrecognized_keys')
  const ordered = [...issues].sort((a, b) => isUnknown(a) - isUnknown(b))
  const lines = ordered.slice(0, ISSUES_SHOWN).map((issue) => `${describe(issue, root, issues)}`)
  if (ordered.length > ISSUES_SHOWN) lines.push(`and ${ordered.length - ISSUES_SHOWN} more`)
  return lines.map((line) => `  ${line}`).join('\n')
}
