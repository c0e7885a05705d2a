import { parseDocument } from 'yaml'
import { InputError } from '../errors.js'

/** A key of a chip given beside its file: `core.lanes=128`. */
export interface KeySetting {
  /** As it was given. */
  readonly text: string
  readonly path: readonly string[]
  readonly value: unknown
}

type Group = Record<string, unknown>

/**
 * Reads `key=value`, the key dotted as in `core.lanes`, the value as YAML.
 * @throws InputError for text that is none
 */
export function parseSetting(text: string): KeySetting {
  const at = text.indexOf('=')
  const path = text.slice(0, at).trim().split('.')
  if (at < 1 || path.some((name) => name === '')) {
    throw new InputError(`--set ${text}: expected KEY=VALUE, such as core.lanes=128.`)
  }
  const document = parseDocument(text.slice(at + 1), { prettyErrors: false })
  if (document.errors.length > 0) throw new InputError(`--set ${text}: the value is not valid YAML.`)
  return { text, path, value: document.toJS() as unknown }
}

/** The content of a chip file with keys set, those of groups that it does not have too; the content itself stays. */
export function withSettings(content: Group, settings: readonly KeySetting[]): Group {
  return settings.reduce<Group>((group, { path, value }) => withKey(group, path, value), content)
}

function withKey(group: Group, [name, ...rest]: readonly string[], value: unknown): Group {
  const inner = Object.hasOwn(group, name!) ? group[name!] : undefined
  const isGroup = typeof inner === 'object' && inner !== null && !Array.isArray(inner)
  const next = rest.length === 0 ? value : withKey(isGroup ? inner as Group : {}, rest, value)
  // Not an assignment: a key may be called __proto__, and is then an unknown one.
  return Object.defineProperty({ ...group }, name!, { value: next, enumerable: true, configurable: true, writable: true })
}

/** The setting that a problem at this path comes from, if one does. */
export function settingAt(settings: readonly KeySetting[], path: readonly PropertyKey[]): KeySetting | undefined {
  return settings.findLast((setting) => setting.path.length <= path.length
    ? setting.path.every((name, at) => name === path[at])
    : path.length > 0 && path.every((name, at) => name === setting.path[at]))
}
