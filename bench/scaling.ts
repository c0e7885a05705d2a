import { DEFAULT_QUANTIZE_OPTIONS } from '../programs/quantize/index.js'
import { histogramWithMean } from '../programs/shapes/histogram.js'
import { shapeModel } from '../programs/shapes/shape-model.js'
import { completeChip } from '../sim/config/load-chip.js'
import { simulateStatistics } from '../simulate/statistics.js'
import { main, median, spread } from './harness.js'
import type { BenchRow } from './harness.js'

/**
 * How the time of a run grows: one thing doubles at a time. Time should grow as the events do: with tokens, with spikes,
 * and with the layers' width (events grow with width, additions with its square, but those are not computed here).
 * Seeded; median of three; compilation is in the time.
 */

interface Work {
  readonly tokens: number
  readonly dim: number
  readonly spikes: number
}

const BASE: Work = { tokens: 8, dim: 512, spikes: 0.4 }
const CHIP = completeChip({
  grid: { columns: 16, rows: 16 }, core: { lanes: 256, weightSramKiB: 512, dataSramKiB: 256, spikeFifoEvents: 512 },
})

/** Seconds and spike events of one run. */
async function once({ tokens, dim, spikes }: Work): Promise<{ seconds: number; events: number }> {
  const model = shapeModel('scaling', {
    dim, hiddenDim: 4 * dim, layers: 4, heads: 8, kvHeads: 8, headDim: dim / 8, vocabSize: 1024, contextLength: 512,
    normEps: 1e-5, ropeBase: 10000, tiedEmbeddings: false,
  }, DEFAULT_QUANTIZE_OPTIONS)
  const result = await simulateStatistics({
    model, chip: CHIP, promptTokens: tokens, tokens: 1, seed: 1, placement: 'snake',
    statistics: { histograms: { '*': histogramWithMean(spikes, 7, 'laplace') }, source: 'laplace' },
  })
  return { seconds: result.wallSeconds, events: result.cores.reduce((sum, core) => sum + core.spikesConsumed, 0) }
}

async function timed(work: Work): Promise<{ seconds: number; events: number; spread: number }> {
  const runs = [await once(work), await once(work), await once(work)]
  const seconds = runs.map((run) => run.seconds)
  return { seconds: median(seconds), events: runs[0]!.events, spread: spread(seconds) }
}

/** One row a doubling: seconds, beside the seconds before the doubling. */
export async function scalingBenchmarks(): Promise<BenchRow[]> {
  await once(BASE)
  const rows: BenchRow[] = []
  for (const [what, ...values] of [['tokens', 2, 4, 8, 16], ['dim', 256, 512, 1024], ['spikes', 0.4, 0.8, 1.6]] as const) {
    let from: number = values[0]
    let before = await timed({ ...BASE, [what]: from })
    for (const to of values.slice(1)) {
      const after = await timed({ ...BASE, [what]: to })
      const taken = (after.events / before.events).toFixed(2)
      rows.push({
        name: `${what} ${from} to ${to}: spikes taken ${taken} x`, unit: 's', value: after.seconds, spread: after.spread,
        reference: `${what} ${from}`, ratio: after.seconds / before.seconds,
      })
      before = after
      from = to
    }
  }
  return rows
}

await main(import.meta.url, scalingBenchmarks)
