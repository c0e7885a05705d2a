import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { IsaError } from '../../isa/diagnostics.js'
import { InputError } from '../../sim/errors.js'
import { Random } from '../../sim/random.js'
import { MODEL_TARGETS } from './model-targets.js'
import { OTHER_TARGETS } from './other-targets.js'
import type { Files, Target } from './target.js'

/** Runs parsers on inputs drawn from a seed, and sorts what comes of them. */

export const TARGETS: Readonly<Record<string, Target>> = { ...MODEL_TARGETS, ...OTHER_TARGETS }

/** Limits that an input must keep. */
export const LIMITS = { seconds: 1, bytes: 500e6 }

export interface Outcome {
  readonly kind: 'accepted' | 'refused' | 'fault'
  /** What was said, with names and numbers left out, so that like is told from unlike. */
  readonly shape: string
  readonly message: string
}

/** Runs one input. Whatever is thrown that is not an error about the input is a fault. */
export function tryInput(target: Target, files: Files, folder: string): Outcome {
  if (target.onDisk) {
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder)
    for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes)
  }
  try {
    target.parse(files, folder)
    return { kind: 'accepted', shape: 'accepted', message: '' }
  } catch (error) {
    const { name, message, stack } = error as Error
    if (error instanceof InputError || error instanceof IsaError) return { kind: 'refused', shape: shapeOf(message.replaceAll(folder, '')), message }
    return { kind: 'fault', shape: `${name}: ${shapeOf(message)}`, message: stack ?? message }
  }
}

function shapeOf(message: string): string {
  return message.replaceAll(/'[^']*'|"[^"]*"|`[^`]*`/g, 'Q').replaceAll(/-?\d+(\.\d+)?(e[+-]?\d+)?/g, 'N').slice(0, 60)
}

/** The files of input number `index` of a seed: the same on every machine. */
export function inputOf(target: Target, seed: number, index: number): Files {
  return target.make(new Random((Math.imul(seed, 0x9e3779b1) ^ index) >>> 0))
}

export interface Fault { readonly index: number; readonly shape: string; readonly message: string }

export interface Summary {
  readonly parser: string
  readonly seed: number
  readonly inputs: number
  readonly accepted: number
  readonly refused: number
  /** Of each kind of fault the first. */
  readonly faults: readonly Fault[]
  /** Kinds of refusal. */
  readonly shapes: number
  readonly slowestSeconds: number
  readonly slowestIndex: number
  readonly peakBytes: number
}

export interface FuzzOptions {
  readonly parser: string
  readonly inputs: number
  readonly seed: number
  /** Called before each input with its number. */
  readonly onInput?: (index: number) => void
  /** Called for the first input of each shape. */
  readonly onShape?: (index: number, outcome: Outcome, files: Files) => void
}

/** Runs a parser on many inputs. */
export function fuzz({ parser, inputs, seed, onInput, onShape }: FuzzOptions): Summary {
  const target = TARGETS[parser]!
  const folder = join(mkdtempSync(join(tmpdir(), 'spikeloom-fuzz-')), 'input')
  const counts = { accepted: 0, refused: 0, fault: 0 }
  const faults: Fault[] = []
  const shapes = new Set<string>()
  let [slowestSeconds, slowestIndex, peakBytes] = [0, -1, 0]
  for (let index = 0; index < inputs; index++) {
    onInput?.(index)
    const files = inputOf(target, seed, index)
    const before = process.cpuUsage()
    const outcome = tryInput(target, files, folder)
    const used = process.cpuUsage(before)
    const seconds = (used.user + used.system) / 1e6
    if (seconds > slowestSeconds) [slowestSeconds, slowestIndex] = [seconds, index]
    if (index % 64 === 0) peakBytes = Math.max(peakBytes, process.memoryUsage.rss())
    counts[outcome.kind]++
    if (shapes.has(outcome.shape)) continue
    shapes.add(outcome.shape)
    onShape?.(index, outcome, files)
    if (outcome.kind === 'fault') faults.push({ index, shape: outcome.shape, message: outcome.message })
  }
  rmSync(join(folder, '..'), { recursive: true, force: true })
  return {
    parser, seed, inputs, accepted: counts.accepted, refused: counts.refused, faults, shapes: shapes.size,
    slowestSeconds, slowestIndex, peakBytes,
  }
}
