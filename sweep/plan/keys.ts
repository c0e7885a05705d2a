import { chipKeys } from '../../sim/config/chip-keys.js'
import { chipSpecSchema } from '../../sim/config/chip-spec.js'
import { describeIssues } from '../../sim/config/problems.js'
import { didYouMean, InputError } from '../../sim/errors.js'
import type { Key, Value, Vocabulary } from './types.js'

const SHAPE = 'model.'

/** `weightBits` and `weight-bits` are the same option. */
const dashed = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)

/** Paths of all chip keys, and groups whose names the user chooses, such as prices. The schema is turned into a list once. */
let schema: { readonly paths: readonly string[]; readonly openGroups: readonly string[] } | undefined

function chipSchema(): NonNullable<typeof schema> {
  const keys = schema === undefined ? chipKeys() : []
  return schema ??= {
    paths: keys.map(({ path }) => path),
    openGroups: keys.filter(({ values }) => values.startsWith('name: ')).map(({ path }) => `${path}.`),
  }
}

function isChipKey(name: string): boolean {
  const { paths, openGroups } = chipSchema()
  return paths.includes(name) || openGroups.some((group) => name.startsWith(group) && name.length > group.length)
}

/**
 * The key that a plan names: of the chip, of the options of run, `model.SIZE` of a shape, or `chip` for which chip it
 * starts from. `chip.KEY` and `run.OPTION` say it in full.
 * @throws InputError for an unknown key, with the nearest
 */
export function findKey(name: string, { options, sizes }: Pick<Vocabulary, 'options' | 'sizes'>): Key {
  if (name === 'chip' || name === 'base') return { name, target: 'base', path: 'chip' }
  const bare = name.replace(/^(chip|run)\./, '')
  if (!name.startsWith('run.') && isChipKey(bare)) return { name, target: 'chip', path: bare }
  if (!name.startsWith('chip.') && options.includes(dashed(bare))) return { name, target: 'run', path: dashed(bare) }
  if (name.startsWith(SHAPE) && sizes.includes(name.slice(SHAPE.length))) return { name, target: 'shape', path: name.slice(SHAPE.length) }
  const known = ['chip', ...chipSchema().paths, ...options, ...sizes.map((size) => SHAPE + size)]
  const last = known.filter((path) => path.split('.').at(-1) === name)
  const hint = last.length > 0 ? ` Did you mean '${last[0]!}'?` : didYouMean(bare, known)
  throw new InputError(`unknown key '${name}'.${hint} Keys are those of a chip file (core.lanes), options of run (encoding), `
    + `sizes of a shape (model.layers), and chip.`)
}

/** An object with one value deep inside. */
export function nested(path: string, value: unknown): Record<string, unknown> {
  const [head, ...rest] = path.split('.')
  // Names in an open group may hold dots of their own: prices.static.coreClock is one name under prices.
  const group = chipSchema().openGroups.find((prefix) => path.startsWith(prefix))
  if (group !== undefined) return { [group.slice(0, -1)]: { [path.slice(group.length)]: value } }
  return { [head!]: rest.length === 0 ? value : nested(rest.join('.'), value) }
}

function chipProblem(path: string, value: unknown): string | undefined {
  const input = nested(path, value)
  const parsed = chipSpecSchema.safeParse(input)
  return parsed.success ? undefined : describeIssues(parsed.error.issues, input)[0]!.message
}

/** Whether a key takes whole numbers only; undefined where the key does not say. */
export function isWhole({ target, path }: Key): boolean | undefined {
  if (target === 'shape') return true
  if (target !== 'chip') return undefined
  const parsed = chipSpecSchema.safeParse(nested(path, 1.5))
  return !parsed.success && parsed.error.issues.some((issue) => issue.code === 'invalid_type' && issue.expected === 'int')
}

/**
 * The value as the key takes it.
 * @throws InputError naming the key, the value and the limit
 */
export function checkValue(key: Key, value: Value, { checkOption, chip }: Pick<Vocabulary, 'checkOption' | 'chip'>): Value {
  switch (key.target) {
    case 'run': return checkOption(key.path, value)
    case 'chip': {
      const problem = chipProblem(key.path, value)
      if (problem !== undefined) throw new InputError(problem)
      return value
    }
    case 'base': {
      if (typeof value !== 'string') throw new InputError(`${key.name} is ${String(value)}, but must be a chip's name or file`)
      chip(value)
      return value
    }
    case 'shape': {
      if (typeof value === 'number' && Number.isInteger(value) && value >= 1) return value
      throw new InputError(`${key.name} is ${String(value)}, but must be a whole number of at least 1`)
    }
  }
}
