import type { ChipSpec } from '../../sim/config/chip-spec.js'
import type { SampleOptions } from '../../simulate/sampled/run.js'
import { lanesAtEqualArea } from './area.js'
import type { Cell } from './cells.js'
import { GAUSSIAN_ABSMAX_SPIKES, rivalsOf, SYSTEMS, WORKLOADS } from './plan.js'
import type { Rival, System, Workload } from './plan.js'

/** Every run that the findings are made of, in the order in which they are best made: a later one is worth less alone. */

export const MODEL = 'llama-2-7b'
/** What other models are run beside it. */
export const OTHER_MODELS = ['llama-2-13b', 'llama-3-8b', 'qwen2.5-14b'] as const

/** One run and the table it stands in. */
export interface Planned {
  readonly study: 'main' | 'models' | 'shapes' | 'area' | 'batches' | 'check'
  readonly model: string
  readonly workload: string
  readonly system: string
  /** What differs from the main table's run of the same rival; '' there. */
  readonly variant: string
  readonly rival: string
  readonly cell: Cell
}

type ChipOf = (system: string) => ChipSpec

/** Names of rivals that meet in every study; the others differ in their counts alone. */
export const RIVAL = {
  ternary: 'SDLLM, ternary', bits: 'the same counts, bits', level: 'the same counts, level order',
  skip: 'the same counts, zero-skipping MACs', dense: 'dense MACs', spikeLlm: 'SpikeLLM, T=2',
  spikingBrain: 'SpikingBrain, bits', systolic: 'dense systolic array',
} as const

/** Windows, layers and groups of a sampled run (simulate/sampled); whole runs have none. */
function sampleOf(workload: Workload, { holdsWeights }: System): SampleOptions | undefined {
  if (workload.promptTokens * workload.sequences === 1) return undefined
  const layers = holdsWeights ? { layers: 2, groups: 2 } : { layers: 1, groups: 1 }
  return { windows: workload.sequences > 1 ? 2 : 4, ...layers, pipelineTokens: 8, level: 0.9 }
}

/** One token, of which only some layers are run; whole where the machine's size and not its work takes the time. */
const ONE_TOKEN: SampleOptions = { windows: 3, layers: 1, groups: 1, level: 0.9 }
const oneToken = ({ holdsWeights }: System): SampleOptions | undefined => (holdsWeights ? undefined : ONE_TOKEN)

const DECODE = WORKLOADS[0]!

interface Part {
  readonly study: Planned['study']
  readonly system: System
  readonly workload: Workload
  readonly rival: Rival
  readonly chip: ChipSpec
  readonly sample: SampleOptions | undefined
  readonly model?: string
  readonly variant?: string
}

function planned({ study, system, workload, rival, chip, sample, model = MODEL, variant = '' }: Part): Planned {
  return {
    study, model, workload: workload.name, system: system.name, variant, rival: rival.name,
    cell: { model, chip, workload, rival, seed: 1, sample },
  }
}

function mainCells(chipOf: ChipOf): Planned[] {
  return WORKLOADS.flatMap((workload) => SYSTEMS.flatMap((system) => rivalsOf('laplace').map((rival) => (
    planned({ study: 'main', system, workload, rival, chip: chipOf(system.name), sample: sampleOf(workload, system) })
  ))))
}

const named = (rivals: readonly Rival[], ...names: readonly string[]): Rival[] => rivals.filter(({ name }) => names.includes(name))

/** The largest models need twice the chips to lie in SRAM. */
function forModel(chip: ChipSpec, { holdsWeights }: System): ChipSpec {
  return holdsWeights ? { ...chip, system: { ...chip.system, chipRows: 2 * chip.system.chipRows } } : chip
}

function modelCells(chipOf: ChipOf): Planned[] {
  const rivals = named(rivalsOf('laplace'), RIVAL.ternary, RIVAL.skip, RIVAL.dense, RIVAL.spikeLlm)
  return OTHER_MODELS.flatMap((model) => SYSTEMS.slice(0, 2).flatMap((system) => rivals.map((rival) => planned({
    study: 'models', model, system, workload: DECODE, rival, chip: forModel(chipOf(system.name), system), sample: oneToken(system),
  }))))
}

/** Gaussian counts: with the published mean, and at the step that the largest value sets. */
function shapeCells(chipOf: ChipOf): Planned[] {
  return [undefined, GAUSSIAN_ABSMAX_SPIKES].flatMap((mean) => {
    const rivals = named(rivalsOf('gaussian', mean), RIVAL.ternary, RIVAL.bits, RIVAL.level, RIVAL.skip)
    return SYSTEMS.slice(0, 2).flatMap((system) => rivals.map((rival) => planned({
      study: 'shapes', system, workload: DECODE, rival, chip: chipOf(system.name), variant: rival.counts, sample: oneToken(system),
    })))
  })
}

/** Adders that need no multipliers get more lanes, until the core is as large as the multiplying rival's. */
function areaCells(chipOf: ChipOf): Planned[] {
  const rivals = named(rivalsOf('laplace'), RIVAL.ternary, RIVAL.bits, RIVAL.level)
  return SYSTEMS.flatMap((system) => rivals.map((rival) => {
    const chip = chipOf(system.name)
    const lanes = lanesAtEqualArea(chip, rival)
    return planned({
      study: 'area', system, workload: DECODE, rival, chip: { ...chip, core: { ...chip.core, lanes } }, variant: `${lanes} lanes`,
      sample: oneToken(system),
    })
  }))
}

/** Sequences that share what is fetched from external memory. */
function batchCells(chipOf: ChipOf): Planned[] {
  const system = SYSTEMS[1]!
  return [2, 4].flatMap((sequences) => {
    const workload = { ...DECODE, name: `decode ${sequences}`, sequences }
    return named(rivalsOf('laplace'), RIVAL.ternary, RIVAL.dense).map((rival) => (
      planned({ study: 'batches', system, workload, rival, chip: chipOf(system.name), sample: ONE_TOKEN })
    ))
  })
}

/** Sampled runs of what the main table has whole: what samples are worth. */
function checkCells(chipOf: ChipOf): Planned[] {
  const [rival] = rivalsOf('laplace')
  return SYSTEMS.map((system) => (
    planned({ study: 'check', system, workload: DECODE, rival: rival!, chip: chipOf(system.name), variant: 'sampled', sample: ONE_TOKEN })
  ))
}

const MAIN_RIVALS: readonly string[] = [RIVAL.ternary, RIVAL.skip, RIVAL.spikeLlm, RIVAL.dense]

/**
 * How late a run comes: what the answer rests on first, what takes the longest to simulate (a batch that streams through a
 * large chip) later, and the array that no claim is about last.
 */
function lateness({ study, workload, system, rival }: Planned): number {
  if (rival === RIVAL.systolic) return 9
  if (study === 'area' || study === 'check') return 2
  if (study !== 'main') return 6
  if (workload === DECODE.name) return 0
  const isMain = MAIN_RIVALS.includes(rival)
  if (system !== 'hbm-board') return isMain ? 1 : 4
  return isMain ? 3 : 5
}

export function plannedCells(chipOf: ChipOf): Planned[] {
  const cells = [mainCells, checkCells, areaCells, modelCells, batchCells, shapeCells].flatMap((cellsOf) => cellsOf(chipOf))
  return cells.sort((a, b) => lateness(a) - lateness(b))
}
