import { ACTION_COUNT, ACTIONS, assemble, formatDiagnostics } from '../../../isa/index.js'
import type { Action } from '../../../isa/index.js'
import { Chip } from '../../../sim/chip/chip.js'
import type { TraceSink } from '../../../sim/core/trace.js'
import type { AxonTableEntry, CoreImage, DataSegment, ExternalBuffer, MachineImage, RouteEntry } from '../../../sim/image.js'
import { completeChip } from '../../../sim/config/load-chip.js'
import type { ChipSpecInput } from '../../../sim/config/chip-spec.js'

/** Machines written by hand, in assembly, for tests of cores and chip. */

export interface CoreText {
  readonly program: string
  readonly axonTable?: readonly AxonTableEntry[]
  readonly routes?: readonly Partial<RouteEntry>[]
  readonly data?: readonly DataSegment[]
  readonly external?: readonly ExternalBuffer[]
  /** Tag of each instruction. Default: the core's index. */
  readonly tag?: (instruction: number, length: number) => number
}

/** One tag a core, and 16 to spare: counts of tag i are what core i did and sent. */
export function image(cores: readonly (CoreText | undefined)[]): MachineImage {
  return {
    cores: cores.map((core, index) => coreImage(core ?? { program: '' }, index)),
    tags: Array.from({ length: cores.length + 16 }, (_, index) => ({ operator: `work of core ${index}`, layer: 0 })),
  }
}

function coreImage({ program, axonTable = [], routes = [], data = [], external = [], tag }: CoreText, index: number): CoreImage {
  const { words, diagnostics } = assemble(program)
  if (diagnostics.length > 0) throw new Error(formatDiagnostics(diagnostics, program))
  return {
    program: words,
    tags: Uint16Array.from(words, (_, at) => tag?.(at, words.length) ?? index),
    axonTable,
    routes: routes.map((route) => ({ destinations: [], address: 0, mode: 'write' as const, semaphore: 0, ...route })),
    data,
    external,
    roles: [],
  }
}

export function machine(cores: readonly (CoreText | undefined)[], chip: ChipSpecInput = {}, seed = 1): Chip {
  return new Chip(completeChip(chip), image(cores), seed)
}

/** An axon table entry whose weights a function gives. */
export function tile(inputs: number, outputs: number, weight: (input: number, output: number) => number, options: Partial<AxonTableEntry> & { bits?: number } = {}): AxonTableEntry {
  const { bits = 4, accumulator = 0, weightAddress = 0 } = options
  const weights = Int8Array.from({ length: inputs * outputs }, (_, at) => weight(Math.floor(at / outputs), at % outputs))
  return { tile: { weights, offset: 0, stride: outputs, inputs, outputs, bits, limit: 2 ** (bits - 1) - 1 }, accumulator, weightAddress }
}

/** Counts of one tag that are not 0. */
export function countsOf(chip: Chip, tag: number): Partial<Record<Action, number>> {
  const counts: Partial<Record<Action, number>> = {}
  ACTIONS.forEach((action, index) => {
    const count = chip.counts[tag * ACTION_COUNT + index]!
    if (count !== 0) counts[action] = count
  })
  return counts
}

export interface Executed { readonly core: number; readonly instruction: number; readonly start: number; readonly end: number }

/** A sink that keeps what was executed. */
export function recorder(): { sink: TraceSink; rows: Executed[] } {
  const rows: Executed[] = []
  const sink: TraceSink = {
    begin: () => undefined,
    executed: (core, instruction, _opcode, _tag, start, end) => rows.push({ core, instruction, start, end }),
  }
  return { sink, rows }
}

export const ints = (address: number, ...values: number[]): DataSegment => ({ address, words: Int32Array.from(values) })
export const floats = (address: number, ...values: number[]): DataSegment => ({ address, words: Float32Array.from(values) })
