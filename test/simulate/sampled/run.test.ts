import { describe, expect, it } from 'vitest'
import { DEFAULT_QUANTIZE_OPTIONS } from '../../../programs/quantize/index.js'
import { histogramWithMean } from '../../../programs/shapes/histogram.js'
import { shapeModel } from '../../../programs/shapes/shape-model.js'
import { completeChip } from '../../../sim/config/load-chip.js'
import type { StatisticsRunOptions } from '../../../simulate/options.js'
import { simulateSampled } from '../../../simulate/sampled/run.js'
import type { SampleOptions } from '../../../simulate/sampled/run.js'
import { simulateStatisticsOn } from '../../../simulate/statistics.js'
import type { TaskPool } from '../../../simulate/threads/kind.js'
import { withPool } from '../../../simulate/threads/pool.js'

/** Layers whose inputs differ: some fire twice as much as others. */
const LAYERS = 24
const config = {
  dim: 64, hiddenDim: 128, layers: LAYERS, heads: 4, kvHeads: 2, headDim: 16, vocabSize: 96, contextLength: 256,
  normEps: 1e-5, ropeBase: 10000, tiedEmbeddings: true,
}
const model = shapeModel('deep', config, DEFAULT_QUANTIZE_OPTIONS)
const statistics = {
  histograms: Object.fromEntries([
    ['*', histogramWithMean(0.862, 7, 'laplace')] as const,
    ...Array.from({ length: LAYERS }, (_, layer) => (
      ['qkv', 'o', 'gateUp', 'down'].map((operator) => (
        [`${operator}/${layer}`, histogramWithMean(0.7 + 0.4 * Math.sin(layer) ** 2, 7, 'laplace')] as const
      ))
    )).flat(),
  ]),
  source: 'layers that differ',
}
/** Weights do not fit: batches fetch the rows of their spikes. */
const streaming = completeChip({
  grid: { columns: 3, rows: 3 }, core: { weightSramKiB: 2, dataSramKiB: 16, accumulators: 256, programWords: 32768 },
  dram: { kind: 'hbm3', gigabytesPerSecond: 8, streaming: 'row' },
})

/** Of 20 seeds, how many hold the whole run's energy, and its cycles, inside their 95 % interval. */
async function held(pool: TaskPool, options: Omit<StatisticsRunOptions, 'tokens'>, sample: SampleOptions): Promise<Record<'energy' | 'cycles', number>> {
  const whole = await simulateStatisticsOn(pool, { ...options, tokens: 1, seed: 99 })
  const holds = ({ low, high }: { low: number; high: number }, truth: number): number => (truth >= low && truth <= high ? 1 : 0)
  const counts = { energy: 0, cycles: 0 }
  for (let seed = 1; seed <= 20; seed++) {
    const sampled = await simulateSampled(pool, { ...options, seed }, sample)
    expect(sampled.share).toBeLessThan(0.05)
    counts.energy += holds(sampled.energyPj, whole.energy.totalPj)
    counts.cycles += holds(sampled.cycles, whole.latency.cycles)
  }
  return counts
}

describe('a sampled run', () => {
  const options = { model, chip: streaming, statistics, promptTokens: 96, batch: 4, placement: 'greedy' as const }

  it('holds the whole run inside its 95 % interval for at least 18 of 20 seeds, at a twentieth of the work', { timeout: 900_000 }, async () => {
    await withPool(1, async (pool) => {
      const { energy, cycles } = await held(pool, options, { windows: 4, layers: 4 })
      expect(energy).toBeGreaterThanOrEqual(18)
      expect(cycles).toBeGreaterThanOrEqual(18)
    })
  })

  it('does so with one group of layers for all windows, at a sixtieth of the work, where layers are alike', { timeout: 900_000 }, async () => {
    await withPool(1, async (pool) => {
      const alike = { histograms: { '*': histogramWithMean(0.862, 7, 'laplace') }, source: 'layers that are alike' }
      const { energy, cycles } = await held(pool, { ...options, statistics: alike }, { windows: 4, layers: 1, groups: 1 })
      expect(energy).toBeGreaterThanOrEqual(18)
      expect(cycles).toBeGreaterThanOrEqual(18)
    })
  })
})
