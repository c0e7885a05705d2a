import { completeChip, DEFAULT_QUANTIZE_OPTIONS, histogramWithMean, MODEL_SHAPES, shapeModel, simulateStatistics } from '../index.js'

/**
 * A model by its shape: two of LLaMA-2-7B's 32 layers, spike counts drawn with the paper's mean of 0.862. The same
 * programs, routers and prices as with real weights.
 */
const config = { ...MODEL_SHAPES['llama-2-7b']!, layers: 2, vocabSize: 1024 }
const result = await simulateStatistics({
  model: shapeModel('two layers of llama-2-7b', config, DEFAULT_QUANTIZE_OPTIONS),
  chip: completeChip({ grid: { columns: 20, rows: 16 }, core: { lanes: 256, weightSramKiB: 1024, dataSramKiB: 512 } }),
  statistics: { histograms: { '*': histogramWithMean(0.862, 7, 'laplace') }, source: 'Laplace, mean 0.862' },
  context: 256,
})
const { energy, latency, activity } = result
console.log(`${(activity.synapticAdditions / 1e6).toFixed(0)} M additions, ${latency.cycles} cycles`)
console.log(`paper ${(energy.paper.additionsPj / 1e6).toFixed(1)} uJ, chip ${(energy.totalPj / 1e6).toFixed(1)} uJ`)
