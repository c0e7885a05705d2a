import { hostname } from 'node:os'
import type { Plan, Settings, Value } from '../sweep/plan/types.js'
import { parsePlan } from '../sweep/plan/parse.js'
import { baselinesOf, pointsOf } from '../sweep/points.js'
import type { Point, Workbench } from '../sweep/points.js'
import { searchOf } from '../sweep/search/index.js'
import type { StoreOptions } from '../sweep/store/store.js'
import { contentHash } from './content-hash.js'
import { readText } from './files.js'
import { rememberGiven } from './given.js'
import { SPIKELOOM_VERSION } from '../version.js'
import { checkRun } from './run-model.js'
import { completeRun, planVocabulary } from './sweep-vocabulary.js'

/** Reads a plan file. @throws InputError as `parsePlan` */
export function readPlan(file: string): Plan {
  return parsePlan(readText(file, 'plan'), file, planVocabulary())
}

/** What the files hold that a run names, so that another file under the same name is another point. */
function contents(run: Readonly<Record<string, unknown>>, evaluation: Plan['evaluation']): unknown {
  const words = [...Object.values(run), evaluation?.text].filter((value): value is string => typeof value === 'string')
  return words.filter((word) => /[./]/.test(word)).map((word) => contentHash(word) ?? null)
}

/** All that turns a plan's settings into runs. */
export function workbenchOf(plan: Plan): Workbench {
  return { plan, version: SPIKELOOM_VERSION, chip: planVocabulary().chip, complete: (run: Settings) => ({ ...completeRun(run) }), contents }
}

/** The first designs that a plan asks for, baselines before them. */
export function firstPoints(bench: Workbench): Iterable<Point> {
  const first = searchOf(bench.plan).next()
  return concatenated(baselinesOf(bench), pointsOf(bench, first.done === true ? [] : first.value, bench.plan.baselines.length * bench.plan.repeats))
}

function * concatenated<T>(...parts: readonly Iterable<T>[]): Generator<T> {
  for (const part of parts) yield * part
}

/** Refuses a plan whose first point could not start: options that do not go together, a model without spike counts. */
export function checkFirstPoint(bench: Workbench): void {
  for (const { task } of pointsOf(bench, firstDesigns(bench), 0)) {
    if (task === undefined) continue
    const args = { ...task.run } as unknown as Parameters<typeof checkRun>[0]
    rememberGiven(args, Object.keys(bench.plan.run).map((option) => `--${option}`))
    checkRun(args)
    return
  }
}

function firstDesigns(bench: Workbench): Iterable<Readonly<Record<string, Value>>> {
  const first = searchOf(bench.plan).next()
  return first.done === true ? [] : first.value
}

/** Whether a process of this machine is there; of another machine nobody knows, so it is taken to be. */
function isAlive(owner: string): boolean {
  const [host, pid] = owner.split('#') as [string, string]
  if (host !== hostname()) return true
  try {
    process.kill(Number(pid), 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** How this process opens a store. @param shared false: a file of its own, which may lie on a network share */
export function storeOptions(shared: boolean): StoreOptions {
  return { owner: `${hostname()}#${process.pid}`, isAlive, now: () => Date.now(), log: shared ? 'wal' : 'delete' }
}
