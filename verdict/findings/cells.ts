import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DEFAULT_QUANTIZE_OPTIONS } from '../../programs/quantize/index.js'
import { MODEL_SHAPES } from '../../programs/shapes/presets.js'
import { shapeModel } from '../../programs/shapes/shape-model.js'
import type { ChipSpec } from '../../sim/config/chip-spec.js'
import type { RangedPrice } from '../../sim/result/intervals.js'
import type { RunResult } from '../../sim/result/schema.js'
import { simulateSampled } from '../../simulate/sampled/run.js'
import type { SampleOptions } from '../../simulate/sampled/run.js'
import { simulateStatisticsOn } from '../../simulate/statistics.js'
import type { TaskPool } from '../../simulate/threads/kind.js'
import { SPIKELOOM_VERSION } from '../../version.js'
import type { Rival, Workload } from './plan.js'

/** One cell of the table: a rival on a system at a workload. */
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
  /** Half width of the 95 % sampling interval, as a share of the total; 0 for whole runs. */
  readonly noise: number
}

/** The same cell has the same key, whatever else is in the plan. */
function keyOf({ model, chip, workload, rival, seed, sample }: Cell): string {
  const said = JSON.stringify([
    SPIKELOOM_VERSION, model, chip, workload, { ...rival, histogram: [...rival.histogram.probability] }, seed, sample ?? null,
  ])
  return createHash('sha256').update(said).digest('hex').slice(0, 20)
}

/** True if a cell was run before. */
export function isKept(cell: Cell, folder: string): boolean {
  return existsSync(join(folder, `${keyOf(cell)}.json`))
}

/** Cells that were run before are read from `folder`; others are run and written there, so an interrupted run goes on. */
export async function runCell(pool: TaskPool, cell: Cell, folder: string): Promise<CellResult> {
  const path = join(folder, `${keyOf(cell)}.json`)
  if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8')) as CellResult
  const result = await simulateCell(pool, cell)
  mkdirSync(folder, { recursive: true })
  writeFileSync(`${path}.part`, JSON.stringify(result))
  renameSync(`${path}.part`, path)
  return result
}

/** The system with the rival's cores: level order takes two accumulators an output, so it gets twice as many. */
function coreOf(chip: ChipSpec, { core: kind, encoding }: Rival): ChipSpec {
  const accumulators = Math.min(8192, chip.core.accumulators * (encoding === 'latency' ? 2 : 1))
  return { ...chip, core: { ...chip.core, kind, accumulators } }
}

async function simulateCell(pool: TaskPool, { model, chip, workload, rival, seed, sample }: Cell): Promise<CellResult> {
  const { context, promptTokens } = workload
  const options = {
    model: shapeModel(model, MODEL_SHAPES[model]!, {
      ...DEFAULT_QUANTIZE_OPTIONS, encoding: rival.encoding, activationBits: rival.activationBits,
    }),
    chip: coreOf(chip, rival), context, seed, placement: 'greedy' as const,
    statistics: { histograms: { '*': rival.histogram }, source: rival.counts },
  }
  // Where every weight has a core of its own, sequences follow each other through the layers as tokens of a prompt do.
  const together = chip.dram.streaming === 'row' && chip.dram.kind !== 'none'
  const shape = together ? { promptTokens, sequences: workload.sequences } : { promptTokens: promptTokens * workload.sequences, sequences: 1 }
  if (sample === undefined) {
    return reduce(await simulateStatisticsOn(pool, { ...options, ...shape, tokens: 1 }), 0)
  }
  const { result, energyPj } = await simulateSampled(pool, { ...options, ...shape }, sample)
  return reduce(result, (energyPj.high - energyPj.low) / 2 / energyPj.total)
}

function reduce({ energy, latency, constants, activity, area }: RunResult, noise: number): CellResult {
  return {
    tokens: Math.round(energy.totalPj / energy.perTokenPj), energyPj: energy.totalPj, seconds: latency.seconds,
    byComponent: energy.byComponent, staticPj: energy.staticPj, operationsPj: energy.paper.totalPj,
    rows: constants.map(({ name, component, value, low, high, driver, energyPj }) => ({ name, component, value, low, high, driver, energyPj })),
    areaMm2: area?.totalMm2 ?? 0, spikesPerActivation: activity.spikesPerActivation, noise,
  }
}
