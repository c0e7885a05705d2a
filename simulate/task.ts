import { Chip } from '../sim/chip/chip.js'
import { InputError } from '../sim/errors.js'
import type { MachineImage } from '../sim/image.js'
import type { TraceSink } from '../sim/core/trace.js'
import type { ChipSpec } from '../sim/config/chip-spec.js'
import { compilePrompt } from '../programs/compile/compile.js'
import type { Mapping, Placement } from '../programs/compile/ir.js'
import type { ModelConfig } from '../programs/models/types.js'
import { ENCODED_OPERATORS } from '../programs/quantize/index.js'
import type { QuantizeOptions, ZeroShares } from '../programs/quantize/types.js'
import { shapeModel } from '../programs/shapes/shape-model.js'
import type { MappingSummary } from './describe.js'
import { mappingSummary } from './mapping.js'
import { measure } from './measurement.js'
import type { Measurement } from './measurement.js'
import type { SpikeStatisticsTable } from './options.js'
import { limitOf } from './simulate.js'
import type { TaskKind } from './threads/kind.js'

/** A token (or a whole prompt) simulated by itself: plain data, so that any thread can do it. */
export interface StatisticsTask {
  readonly name: string
  readonly config: ModelConfig
  readonly quantize: QuantizeOptions
  readonly zeroShares?: ZeroShares | undefined
  readonly chip: ChipSpec
  readonly statistics: SpikeStatisticsTable
  /** Rows of the KV cache: the same for all tasks of a run, so that their programs are the same. */
  readonly positions: number
  readonly firstPosition: number
  readonly promptTokens: number
  readonly placement: Placement
  readonly mapping: Mapping
  /** Most tokens of a batch, undefined for the usual; and the run's prompt, whose programs all its tasks use. */
  readonly batch: number | undefined
  readonly runPromptTokens: number
  readonly sequences: number
  /** Only these layers, the first among them, as programs/compile/ir.ts says; all by default. */
  readonly layers?: readonly number[]
  readonly cycleLimit?: number
  readonly seed: number
}

export interface StatisticsTaskResult {
  readonly measurement: Measurement
  readonly mapping: MappingSummary
}

/** The operators whose activations are encoded. */
const ENCODED = new Set<string>(ENCODED_OPERATORS)

function withDraws(image: MachineImage, statistics: SpikeStatisticsTable, seed: number): MachineImage {
  const cumulative = image.tags.map(({ operator, layer }) => {
    if (!ENCODED.has(operator)) return new Float64Array(0)
    const { histograms } = statistics
    const histogram = histograms[`${operator}/${layer}`] ?? histograms[operator] ?? histograms['*']
    if (histogram === undefined) {
      throw new InputError(`spike statistics: none for ${operator}, layer ${layer}; there are ${Object.keys(histograms).join(', ')}`)
    }
    let sum = 0
    return Float64Array.from(histogram.probability, (p) => (sum += p))
  })
  return { ...image, draws: { seed, cumulative } }
}

/** The last placement this thread found: the tasks of a run have the same one, and finding it takes seconds. */
let remembered: { readonly key: string; readonly coreOf: Int32Array } | undefined

/** Who is told what happens in a task, and the cycles that the tasks before it took. */
export interface TaskTrace {
  readonly sink: TraceSink
  readonly cyclesBefore: number
}

/** Simulates one task: the prompt's tokens follow each other through the layers, logits are taken of the last. */
export function runTask(task: StatisticsTask): StatisticsTaskResult {
  return runTracedTask(task, undefined)
}

/** The same, told of to a trace. */
export function runTracedTask(task: StatisticsTask, trace: TaskTrace | undefined): StatisticsTaskResult {
  const model = shapeModel(task.name, task.config, task.quantize, task.zeroShares)
  const { name, config, quantize, chip: spec, positions, placement, mapping, batch, sequences } = task
  const key = JSON.stringify([name, config, quantize, spec, positions, placement, mapping, batch, sequences])
  const program = compilePrompt(model, task.chip, {
    positions: task.positions, firstPosition: task.firstPosition, attention: 'dense', placement: task.placement,
    mapping: task.mapping, sequences: task.sequences,
    ...(task.layers === undefined ? {} : { layers: task.layers }),
    ...(remembered?.key === key ? { coreOf: remembered.coreOf } : {}),
  }, task.runPromptTokens, task.batch)
  remembered = { key, coreOf: program.scheduled.coreOf }
  const chip = new Chip(task.chip, withDraws(program.image, task.statistics, task.seed), task.seed)
  if (trace !== undefined) chip.traceTo(trace.sink, trace.cyclesBefore)
  const prompt = Array.from({ length: task.promptTokens }, () => model.tokenizer.bosId)
  const choose = (): number => model.tokenizer.bosId
  const host = task.sequences === 1
    ? chip.runTokens(prompt, 1, choose, limitOf(task))
    : chip.runSequences(Array.from({ length: task.sequences }, () => prompt), 1, choose, limitOf(task))
  return { measurement: measure(chip, host), mapping: mappingSummary(program) }
}

export const STATISTICS: TaskKind<StatisticsTask, StatisticsTaskResult> = { module: import.meta.url, name: 'runTask', run: runTask }
