import { z } from 'zod'
import { readYaml } from '../../sim/config/yaml-document.js'
import type { PlacedProblem } from '../../sim/config/yaml-document.js'
import { didYouMean, InputError } from '../../sim/errors.js'
import { canonicalJson } from './canonical-json.js'
import { dimensionOf, sizeOf } from './dimensions.js'
import type { VarySpec } from './dimensions.js'
import { constraintOf, objectiveOf } from './goals.js'
import { checkValue, findKey } from './keys.js'
import type { Baseline, Dimension, Key, Plan, SearchName, Settings, Value, Vocabulary } from './types.js'

/** More points than anybody waits for; a larger grid is a slip of the pen. */
export const MOST_POINTS = 1_000_000

const SEARCHES = ['grid', 'random', 'latin', 'pareto'] as const
const DEFAULT_POINTS = 100

const value = z.union([z.string(), z.number(), z.boolean()])
const values = z.array(value)
const vary = z.union([
  values,
  z.strictObject({ choose: values }),
  z.strictObject({
    from: z.number(), to: z.number(), steps: z.number().optional(), scale: z.enum(['linear', 'log']).optional(), whole: z.boolean().optional(),
  }),
])
const baseline = z.union([z.string(), z.record(z.string(), value)])

const planSchema = z.strictObject({
  name: z.string().optional(),
  base: z.string().default('loom-64'),
  vary: z.record(z.string(), vary).default({}),
  run: z.record(z.string(), value).default({}),
  search: z.enum(SEARCHES).default('grid'),
  points: z.number().int().min(1).max(MOST_POINTS).optional(),
  population: z.number().int().min(4).max(10_000).optional(),
  minimise: z.array(z.string()).optional(),
  maximise: z.array(z.string()).default([]),
  where: z.array(z.string()).default([]),
  baselines: z.array(baseline).default([]),
  repeats: z.number().int().min(1).max(10_000).default(1),
  seed: z.number().int().min(0).default(1),
  evaluate: z.strictObject({ text: z.string(), limitBytes: z.number().int().min(1).optional() }).optional(),
  keep: z.enum(['results', 'numbers']).default('results'),
})
type RawPlan = z.infer<typeof planSchema>

const KEYS = Object.keys(planSchema.shape)

/** What the schema has to say, in words that name the key, its value and what it takes. */
function schemaProblems(issues: readonly z.core.$ZodIssue[], content: unknown): PlacedProblem[] {
  return issues.flatMap((issue): PlacedProblem[] => {
    const where = issue.path.map(String).join('.')
    const given = issue.path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | null)?.[key], content)
    const name = `${where} is ${JSON.stringify(given)}`
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        path: [...issue.path, key], atKey: true,
        message: `unknown key '${[...issue.path, key].join('.')}'.${issue.path.length === 0 ? didYouMean(key, KEYS) : ''}`
          + (issue.path.length === 0 ? ` Keys of a plan: ${KEYS.join(', ')}.` : ''),
      }))
    }
    if (issue.code === 'invalid_union' && issue.path[0] === 'vary') {
      return [{ path: issue.path, message: `${name}: list values, or give {from, to, steps, scale} or {choose: [...]}` }]
    }
    if (issue.code === 'invalid_value') {
      const choices = issue.values.map(String)
      return [{ path: issue.path, message: `${name}, not one of ${choices.join(', ')}.${didYouMean(String(given), choices)}` }]
    }
    if (issue.code === 'too_big') return [{ path: issue.path, message: `${name}, above the most it may be, ${issue.maximum}` }]
    if (issue.code === 'too_small') return [{ path: issue.path, message: `${name}, below the least it may be, ${issue.minimum}` }]
    return [{ path: issue.path, message: `${name}: ${issue.message}` }]
  })
}

/** Collects what is wrong, each at its place, instead of stopping at the first. */
class Problems {
  readonly found: PlacedProblem[] = []

  try<T>(path: readonly PropertyKey[], read: () => T, atKey = false): T | undefined {
    try {
      return read()
    } catch (error) {
      if (!(error instanceof InputError)) throw error
      this.found.push({ path, message: error.message, atKey })
      return undefined
    }
  }
}

/** Names of the plan to keys, each looked up once. */
class Keys {
  readonly known = new Map<string, Key>()
  private readonly vocabulary: Vocabulary
  private readonly problems: Problems

  constructor(vocabulary: Vocabulary, problems: Problems) {
    this.vocabulary = vocabulary
    this.problems = problems
  }

  find(name: string, path: readonly PropertyKey[]): Key | undefined {
    const key = this.known.get(name) ?? this.problems.try(path, () => findKey(name, this.vocabulary), true)
    if (key !== undefined) this.known.set(name, key)
    return key
  }
}

function readDimensions(raw: RawPlan, keys: Keys, problems: Problems, vocabulary: Vocabulary): Dimension[] {
  const dimensions: Dimension[] = []
  for (const [name, spec] of Object.entries(raw.vary)) {
    const path = ['vary', name]
    const key = keys.find(name, path)
    if (key === undefined) continue
    const twin = dimensions.find((other) => other.key.target === key.target && other.key.path === key.path)
    if (twin !== undefined) problems.found.push({ path, atKey: true, message: `${name} and ${twin.key.name} are the same key` })
    const dimension = problems.try(path, () => dimensionOf(key, spec as VarySpec, vocabulary))
    if (dimension !== undefined) dimensions.push(dimension)
  }
  return dimensions
}

function readRun(raw: RawPlan, problems: Problems, vocabulary: Vocabulary): Settings {
  const run: Record<string, Value> = {}
  for (const [name, given] of Object.entries(raw.run)) {
    const path = ['run', name]
    const key = problems.try(path, () => findKey(`run.${name}`, vocabulary), true)
    const checked = key && problems.try(path, () => checkValue(key, given, vocabulary))
    if (key !== undefined && checked !== undefined) run[key.path] = checked
  }
  return run
}

function readBaselines(raw: RawPlan, keys: Keys, problems: Problems, vocabulary: Vocabulary): Baseline[] {
  return raw.baselines.map((given, at): Baseline => {
    const { name, ...rest } = typeof given === 'string' ? { chip: given, name: given } : given
    const settings: Record<string, Value> = {}
    for (const [keyName, keyValue] of Object.entries(rest)) {
      const path = ['baselines', at, keyName]
      const key = keys.find(keyName, path)
      const checked = key && problems.try(path, () => checkValue(key, keyValue, vocabulary))
      if (key !== undefined && checked !== undefined) settings[key.name] = checked
    }
    return { name: String(name ?? rest['chip'] ?? `baseline ${at + 1}`), settings }
  })
}

/** The number of points that a plan asks for. @throws InputError for a grid without end, or too large */
function pointsOf(search: SearchName, asked: number | undefined, dimensions: readonly Dimension[], repeats: number): number {
  const size = dimensions.reduce((product, dimension) => product * sizeOf(dimension), 1)
  const open = dimensions.find((dimension) => dimension.kind === 'range')
  if (search === 'grid') {
    if (open !== undefined) throw new InputError(`${open.key.name} is a range without steps: a grid needs them (steps: 5), other searches do not`)
    if (size * repeats > MOST_POINTS) {
      throw new InputError(`this grid has ${size * repeats} points, above the most there may be, ${MOST_POINTS}: `
        + 'list fewer values, or take search: latin with points: 1000')
    }
    if (asked !== undefined && asked !== size) {
      throw new InputError(`points is ${asked}, but a grid has all of its ${size} points: leave points out, or take search: random`)
    }
    return size
  }
  const points = Math.min(asked ?? DEFAULT_POINTS, size)
  if (points * repeats > MOST_POINTS) throw new InputError(`${points} points, ${repeats} times each, are above the most there may be, ${MOST_POINTS}`)
  return points
}

/** Points of a generation: a tenth of all, but enough to breed from and few enough to learn from. */
function populationOf(asked: number | undefined, points: number): number {
  return Math.min(points, asked ?? Math.min(100, Math.max(8, 2 * Math.round(points / 20))))
}

function readObjectives(raw: RawPlan, problems: Problems): Plan['objectives'] {
  const minimise = raw.minimise ?? (raw.maximise.length > 0 ? [] : ['J/token', 's/token'])
  const objectives = (['minimise', 'maximise'] as const).flatMap((direction) => (direction === 'minimise' ? minimise : raw.maximise)
    .map((name, at) => problems.try([direction, at], () => objectiveOf(name, direction))))
    .filter((objective) => objective !== undefined)
  const twice = objectives.find(({ path }, at) => objectives.findIndex((other) => other.path === path) !== at)
  if (twice !== undefined) problems.found.push({ path: ['minimise'], message: `objective ${twice.name} is listed twice` })
  if (raw.evaluate === undefined && objectives.some(({ name }) => name === 'perplexity')) {
    problems.found.push({ path: ['minimise'], message: 'perplexity is measured on a text: name one under evaluate: { text: FILE }' })
  }
  if (raw.search === 'pareto' && (objectives.length < 2 || objectives.length > 3)) {
    problems.found.push({ path: ['minimise'], message: `search: pareto needs two or three objectives, not ${objectives.length}` })
  }
  return objectives
}

/** A plan as the store keeps it: all of it, whatever file it came from. */
export function planToJson(plan: Plan): string {
  return canonicalJson({ ...plan, keys: [...plan.keys] })
}

/** The plan that a store keeps. */
export function planFromJson(text: string): Plan {
  const { keys, ...rest } = JSON.parse(text) as Omit<Plan, 'keys'> & { readonly keys: [string, Key][] }
  return { ...rest, keys: new Map(keys) }
}

/**
 * Reads a plan.
 * @param file its name, for messages only
 * @throws InputError with file:line:column for every error found: bad YAML, unknown keys, values out of their limits, empty
 *   ranges, too many points
 */
export function parsePlan(text: string, file: string, vocabulary: Vocabulary): Plan {
  const document = readYaml(text, file, 'plan')
  const { content } = document
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    return document.refuse([{ path: [], message: "a plan is a list of 'key: value' lines, such as 'search: grid'" }])
  }
  const parsed = planSchema.safeParse(content)
  if (!parsed.success) return document.refuse(schemaProblems(parsed.error.issues, content))
  const raw = parsed.data
  const problems = new Problems()
  const keys = new Keys(vocabulary, problems)
  problems.try(['base'], () => vocabulary.chip(raw.base))
  const dimensions = readDimensions(raw, keys, problems, vocabulary)
  const run = readRun(raw, problems, vocabulary)
  const baselines = readBaselines(raw, keys, problems, vocabulary)
  const objectives = readObjectives(raw, problems)
  const constraints = raw.where.map((condition, at) => problems.try(['where', at], () => constraintOf(condition)))
    .filter((constraint) => constraint !== undefined)
  const points = problems.try(['vary'], () => pointsOf(raw.search, raw.points, dimensions, raw.repeats), true)
  if (problems.found.length > 0 || points === undefined) return document.refuse(problems.found)
  return {
    base: raw.base, dimensions, keys: keys.known, run, search: raw.search, points, population: populationOf(raw.population, points),
    objectives, constraints, baselines, repeats: raw.repeats, seed: raw.seed, keep: raw.keep,
    evaluation: raw.evaluate && { text: raw.evaluate.text, limitBytes: raw.evaluate.limitBytes },
  }
}
