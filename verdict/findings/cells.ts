import { encodingByName } from '../../programs/encodings/index.js'
import { DEFAULT_QUANTIZE_OPTIONS } from '../../programs/quantize/index.js'
import { MODEL_SHAPES } from '../../programs/shapes/presets.js'
import { shapeModel } from '../../programs/shapes/shape-model.js'
import type { ChipSpec } from '../../sim/config/chip-spec.js'
import type { RangedPrice } from '../../sim/result/intervals.js'
import type { RunResult } from '../../sim/result/schema.js'
import { estimateTotal } from '../../simulate/sampled/estimate.js'
import type { Stratum } from '../../simulate/sampled/estimate.js'
import { simulateSampled, widening } from '../../simulate/sampled/run.js'
import type { SampleOptions } from '../../simulate/sampled/run.js'
import { simulateStatisticsOn } from '../../simulate/statistics.js'
import type { TaskPool } from '../../simulate/threads/kind.js'
import { isKeptAs, kept, keptName } from './kept.js'
import type { Rival, Workload } from './plan.js'

/** One cell of a table: a rival on a system at a workload. */
export interface Cell {
  readonly model: string
  readonly chip: ChipSpec
  readonly workload: Workload
  readonly rival: Rival
  readonly seed: number
  /** Simulated whole where that is possible in seconds; otherwise a sample. */
  readonly sample: SampleOptions | undefined
}

/** What a cell comes to: what tables and figures are made of. */
export interface CellResult {
  readonly tokens: number
  readonly energyPj: number
  readonly seconds: number
  readonly byComponent: RunResult['energy']['byComponent']
  readonly staticPj: number
  /** Price rows with their ranges: intervals and ratios come from them without another run. */
  readonly rows: readonly RangedPrice[]
  readonly operationsPj: number
  readonly areaMm2: number
  readonly spikesPerActivation: number
  /** Half width of the 90 % sampling interval, as a share of the total; 0 for whole runs. */
  readonly noise: number
  /** What that interval was made of, where it was sampled. */
  readonly sample?: Stratum
  /** What few groups of layers add to it (simulate/sampled). */
  readonly widening?: number
}

/** Level of the sampling intervals: that of the prices. */
const LEVEL = 0.9

/** The same simulation has the same key, whatever it is called and whatever else is in the plan. */
export function keyOf({ model, chip, workload, rival, seed, sample }: Cell): string {
  const { context, promptTokens, sequences } = workload
  const { encoding, activationBits, core, histogram } = rival
  const machine = { ...chip, name: '', description: '' }
  return keptName([
    model, machine, context, promptTokens, sequences,
    // Dense cores take every value alike.
    encoding, activationBits, core, encoding === 'dense' ? [] : [...histogram.probability], seed, sample ?? null,
  ], sample !== undefined)
}

/** True if a cell was run before. */
export const isKept = (cell: Cell, folder: string): boolean => isKeptAs(keyOf(cell), folder)

/** Cells that were run before are read from `folder`; others are run and written there. */
export const runCell = (pool: TaskPool, cell: Cell, folder: string): Promise<CellResult> => (
  kept(keyOf(cell), folder, () => simulateCell(pool, cell))
)

/** The system with the rival's cores, with as many outputs: level order takes two accumulators each, so it gets twice as many. */
export function coreOf(chip: ChipSpec, { core: kind, encoding }: Rival): ChipSpec {
  const accumulators = Math.min(8192, chip.core.accumulators * encodingByName(encoding).sums)
  return { ...chip, core: { ...chip.core, kind, accumulators } }
}

async function simulateCell(pool: TaskPool, { model, chip, workload, rival, seed, sample }: Cell): Promise<CellResult> {
  const { context, promptTokens, sequences } = workload
  const options = {
    model: shapeModel(model, MODEL_SHAPES[model]!, {
      ...DEFAULT_QUANTIZE_OPTIONS, encoding: rival.encoding, activationBits: rival.activationBits,
    }),
    chip: coreOf(chip, rival), context, seed, placement: 'greedy' as const,
    statistics: { histograms: { '*': rival.histogram }, source: rival.counts },
  }
  // Where every weight has a core of its own, sequences follow each other through the layers as tokens of a prompt do.
  const together = chip.dram.streaming === 'row' && chip.dram.kind !== 'none'
  const shape = together
    ? { promptTokens, sequences }
    : { promptTokens: promptTokens * sequences, sequences: 1, logits: sequences > 1 ? 'each' as const : 'last' as const }
  if (sample === undefined) {
    return reduce(await simulateStatisticsOn(pool, { ...options, promptTokens: shape.promptTokens, sequences: shape.sequences, tokens: 1 }))
  }
  const { result, energyPj, energySample } = await simulateSampled(pool, { ...options, ...shape }, sample)
  return {
    ...reduce(result), noise: (energyPj.high - energyPj.low) / 2 / energyPj.total, sample: energySample,
    widening: widening(sample.windows, sample.groups),
  }
}

function reduce({ energy, latency, constants, activity, area }: RunResult): CellResult {
  return {
    tokens: Math.round(energy.totalPj / energy.perTokenPj), energyPj: energy.totalPj, seconds: latency.seconds,
    byComponent: energy.byComponent, staticPj: energy.staticPj, operationsPj: energy.paper.totalPj,
    rows: constants.map(({ name, component, value, low, high, driver, energyPj }) => ({ name, component, value, low, high, driver, energyPj })),
    areaMm2: area?.totalMm2 ?? 0, spikesPerActivation: activity.spikesPerActivation, noise: 0,
  }
}

/**
 * Half width of the sampling interval of a ratio, as a share of it. Where both sides were sampled at the same windows, what
 * windows have in common cancels: the spread is that of y - R x (Cochran, Sampling Techniques, 6.4). Otherwise the
 * two add in squares.
 */
export function ratioNoise(over: CellResult, under: CellResult): number {
  const [y, x] = [over.sample, under.sample]
  if (y === undefined || x === undefined || y.samples.length !== x.samples.length) {
    return Math.sqrt(over.noise * over.noise + under.noise * under.noise)
  }
  const mean = ({ samples }: Stratum): number => samples.reduce((sum, { value }) => sum + value, 0) / samples.length
  const ratio = mean(y) / mean(x)
  const samples = y.samples.map(({ control, value }, at) => ({ control, value: value - ratio * x.samples[at]!.value }))
  const { low, high } = estimateTotal([{ ...y, samples }], LEVEL)
  return ((over.widening ?? 1) * (high - low)) / 2 / (mean(y) * y.units)
}
