import { completeChip, DEFAULT_QUANTIZE_OPTIONS, histogramWithMean, MODEL_SHAPES, shapeModel, simulateStatistics } from '../index.js'

/** What a batch saves where weights come from external memory: one sequence, and eight that share every fetched weight. */
const chip = completeChip({
  grid: { columns: 4, rows: 4 }, core: { weightSramKiB: 64, dataSramKiB: 128, spikeFifoEvents: 256 },
  dram: { kind: 'lpddr5', gigabytesPerSecond: 25.6, streaming: 'row' },
})
const sizes = { dim: 512, hiddenDim: 1376, layers: 2, heads: 8, kvHeads: 8, headDim: 64, vocabSize: 2048 }
const model = shapeModel('small', { ...MODEL_SHAPES['llama-2-7b']!, ...sizes }, DEFAULT_QUANTIZE_OPTIONS)
const statistics = { histograms: { '*': histogramWithMean(0.862, 7, 'laplace') }, source: 'Laplace, mean 0.862' }
for (const sequences of [1, 8]) {
  const { energy, throughput } = await simulateStatistics({ model, chip, statistics, context: 64, sequences })
  console.log(`${sequences}: ${(energy.perTokenPj / 1e6).toFixed(1)} uJ a token, ${throughput.tokensPerSecond.toFixed(0)} tokens/s`)
}
