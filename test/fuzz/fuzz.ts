import { existsSync, mkdirSync, mkdtempSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
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

/** The folder that inputs are written into, and what lies in it: the next input writes only what differs. */
export class InputFolder {
  readonly path: string
  private readonly root: string
  private written: Files = {}

  constructor() {
    this.root = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'spikeloom-fuzz-'))
    this.path = join(this.root, 'input')
    mkdirSync(this.path)
  }

  /** Lets the folder hold these files and no others. Law: nobody changes the bytes of a file once it was written. */
  put(files: Files): void {
    for (const name of Object.keys(this.written)) if (files[name] === undefined) unlinkSync(join(this.path, name))
    for (const [name, bytes] of Object.entries(files)) {
      if (this.written[name] !== bytes) writeFileSync(join(this.path, name), bytes)
    }
    this.written = files
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true })
  }
}

/** Runs one input. Whatever is thrown that is not an error about the input is a fault. */
export function tryInput(target: Target, files: Files, folder: InputFolder): Outcome {
  if (target.onDisk) folder.put(files)
  try {
    target.parse(files, folder.path)
    return { kind: 'accepted', shape: 'accepted', message: '' }
  } catch (error) {
    const { name, message } = error as Error
    if (error instanceof InputError || error instanceof IsaError) return { kind: 'refused', shape: shapeOf(message.replaceAll(folder.path, '')), message }
    return { kind: 'fault', shape: `${name}: ${shapeOf(message)}`, message: (error as Error).stack ?? message }
  }
}

/** Time on the clock that an input may take before it is run again to see what of it was the processor's. */
const UNSEEN_SECONDS = 0.02

/** An outcome, and a bound of the processor time it took: time on the clock, or where that is long, what a second run took. */
function timed(target: Target, files: Files, folder: InputFolder, slowest: number): { outcome: Outcome; seconds: number } {
  const began = performance.now()
  const outcome = tryInput(target, files, folder)
  const seconds = (performance.now() - began) / 1000
  if (seconds <= slowest || seconds <= UNSEEN_SECONDS) return { outcome, seconds: Math.min(seconds, UNSEEN_SECONDS) }
  const before = process.cpuUsage()
  tryInput(target, files, folder)
  const used = process.cpuUsage(before)
  return { outcome, seconds: (used.user + used.system) / 1e6 }
}

function shapeOf(message: string): string {
  return message.slice(0, 400).replaceAll(/'[^']*'|"[^"]*"|`[^`]*`/g, 'Q').replaceAll(/-?\d+(\.\d+)?(e[+-]?\d+)?/g, 'N').slice(0, 60)
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
  const folder = new InputFolder()
  const counts = { accepted: 0, refused: 0, fault: 0 }
  const faults: Fault[] = []
  const shapes = new Set<string>()
  let [slowestSeconds, slowestIndex, peakBytes] = [0, -1, 0]
  for (let index = 0; index < inputs; index++) {
    onInput?.(index)
    const files = inputOf(target, seed, index)
    const { outcome, seconds } = timed(target, files, folder, slowestSeconds)
    if (seconds > slowestSeconds) [slowestSeconds, slowestIndex] = [seconds, index]
    if (index % 64 === 0) peakBytes = Math.max(peakBytes, process.memoryUsage.rss())
    counts[outcome.kind]++
    if (shapes.has(outcome.shape)) continue
    shapes.add(outcome.shape)
    onShape?.(index, outcome, files)
    if (outcome.kind === 'fault') faults.push({ index, shape: outcome.shape, message: outcome.message })
  }
  folder.remove()
  return {
    parser, seed, inputs, accepted: counts.accepted, refused: counts.refused, faults, shapes: shapes.size,
    slowestSeconds, slowestIndex, peakBytes,
  }
}
