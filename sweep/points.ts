import { createHash } from 'node:crypto'
import { InputError } from '../sim/errors.js'
import type { ChipSpec, ChipSpecInput } from '../sim/config/chip-spec.js'
import { completeChip } from '../sim/config/load-chip.js'
import { canonicalJson } from './plan/canonical-json.js'
import { nested } from './plan/keys.js'
import type { Plan, Settings, Value, Vocabulary } from './plan/types.js'

/** What a point runs: plain data that says all, so that any thread or machine can do it. */
export interface PointTask {
  readonly chip: ChipSpec
  /** Options of run, complete. */
  readonly run: Readonly<Record<string, unknown>>
  /** Sizes that the model's shape takes instead of its own. */
  readonly sizes: Readonly<Record<string, number>>
  readonly evaluation: Plan['evaluation']
  /** Whether the whole result is wanted, beside its numbers. */
  readonly wantsResult: boolean
}

export type Role = 'point' | 'baseline'

/** One run of a sweep. */
export interface Point {
  /** Its place in the plan, from 0. */
  readonly position: number
  readonly role: Role
  /** A baseline's name; of a swept point, nothing. */
  readonly name: string
  readonly settings: Settings
  readonly seed: number
  /** What it runs is the same if, and only if, this is. */
  readonly key: string
  /** Nothing to run where the chip cannot be. */
  readonly task: PointTask | undefined
  readonly error: string | undefined
}

/** What turns settings into tasks: the plan's words, and what they stand for. */
export interface Workbench {
  readonly plan: Plan
  readonly version: string
  readonly chip: Vocabulary['chip']
  /** All options of a run, those not given at their defaults. */
  readonly complete: (run: Settings) => Readonly<Record<string, unknown>>
  /** What files these options name hold, in short: two runs with equal options and other files are not the same. */
  readonly contents: (run: Readonly<Record<string, unknown>>, evaluation: Plan['evaluation']) => unknown
}

function merged(base: unknown, over: unknown): unknown {
  if (typeof base !== 'object' || base === null || typeof over !== 'object' || over === null) return over
  const result: Record<string, unknown> = { ...base }
  for (const [key, value] of Object.entries(over)) result[key] = key in result ? merged(result[key], value) : value
  return result
}

/** The options and sizes among settings, and the chip with its keys set. */
function partsOf({ plan, chip }: Workbench, settings: Settings): { spec: ChipSpec; run: Record<string, Value>; sizes: Record<string, number> } {
  const run: Record<string, Value> = { ...plan.run }
  const sizes: Record<string, number> = {}
  let base = plan.base
  let over: unknown = {}
  for (const [name, value] of Object.entries(settings)) {
    const key = plan.keys.get(name)!
    if (key.target === 'base') base = String(value)
    else if (key.target === 'run') run[key.path] = value
    else if (key.target === 'shape') sizes[key.path] = Number(value)
    else over = merged(over, nested(key.path, value))
  }
  return { spec: completeChip(merged(chip(base), over) as ChipSpecInput), run, sizes }
}

/** Chips differ by what they are, not by what they are called. */
function anonymous(spec: ChipSpec): Partial<ChipSpec> {
  return { ...spec, name: '', description: '' }
}

function keyOf(parts: unknown): string {
  return createHash('sha256').update(canonicalJson(parts)).digest('hex').slice(0, 32)
}

/**
 * One run of the plan.
 * @param repeat which of the repeats: it adds to the run's seed
 */
export function pointAt(
  bench: Workbench, place: { readonly position: number; readonly role: Role; readonly name: string; readonly repeat: number }, settings: Settings,
): Point {
  const { plan, version } = bench
  const { position, role, name, repeat } = place
  try {
    const { spec, run: given, sizes } = partsOf(bench, settings)
    const complete = bench.complete(given)
    const seed = Number(complete['seed'] ?? 1) + repeat
    const run = { ...complete, seed }
    const { evaluation } = plan
    const key = keyOf({ version, chip: anonymous(spec), run, sizes, evaluation, contents: bench.contents(run, evaluation) })
    return { position, role, name, settings, seed, key, error: undefined, task: { chip: spec, run, sizes, evaluation, wantsResult: plan.keep === 'results' } }
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    const seed = Number(plan.run['seed'] ?? 1) + repeat
    const key = keyOf({ version, plan: plan.base, run: plan.run, settings, seed })
    return { position, role, name, settings, seed, key, error: error.message, task: undefined }
  }
}

function * repeated(
  bench: Workbench, first: number, role: Role, designs: Iterable<{ readonly name: string; readonly settings: Settings }>,
): Generator<Point> {
  let position = first
  for (const { name, settings } of designs) {
    for (let repeat = 0; repeat < bench.plan.repeats; repeat++) yield pointAt(bench, { position: position++, role, name, repeat }, settings)
  }
}

/** The plan's baselines, which come first. */
export function baselinesOf(bench: Workbench): Iterable<Point> {
  return repeated(bench, 0, 'baseline', bench.plan.baselines)
}

/** A search's designs, each as often as the plan repeats it, with their places from `first` on. */
export function pointsOf(bench: Workbench, designs: Iterable<Settings>, first: number): Iterable<Point> {
  return repeated(bench, first, 'point', unnamed(designs))
}

function * unnamed(designs: Iterable<Settings>): Generator<{ readonly name: string; readonly settings: Settings }> {
  for (const settings of designs) yield { name: '', settings }
}
