import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { MODEL_SHAPES } from '../../programs/shapes/presets.js'
import { histogramWithMean } from '../../programs/shapes/histogram.js'
import { shapeModel } from '../../programs/shapes/shape-model.js'
import type { ModelConfig } from '../../programs/models/types.js'
import { DEFAULT_QUANTIZE_OPTIONS } from '../../programs/quantize/index.js'
import { loadChip } from '../../sim/config/load-chip.js'
import { parseResult, serializeResult } from '../../sim/result/parse.js'
import type { RunResult } from '../../sim/result/schema.js'
import { simulateStatistics } from '../../simulate/statistics.js'

/** The runs that docs/validation.md compares with silicon. */

const LLAMA_2 = MODEL_SHAPES['llama-2-7b']!

interface Run {
  readonly chip: string
  readonly model: ModelConfig
  readonly bits: number
  readonly encoding: 'ternary' | 'dense' | 'graded'
  readonly spikesPerActivation: number
  readonly context: number
  readonly promptTokens: number
}

/** Three billion weights in 14 layers of Granite-8B's size: one layer a card, as published; a vocabulary of 8,192. */
const NORTHPOLE_3B: ModelConfig = { ...LLAMA_2, dim: 4096, hiddenDim: 14336, layers: 14, heads: 32, kvHeads: 8, vocabSize: 8192 }
/** MatMul-free 370M's width and depth in a LLaMA block; a vocabulary of 8,000, because one hub takes all logits. */
const MMF_370M: ModelConfig = { ...LLAMA_2, dim: 1024, hiddenDim: 2816, layers: 24, heads: 16, kvHeads: 16, headDim: 64, vocabSize: 8000 }
/** GPT-2's sizes; its feed-forward block of 3,072, not gated, as a gated one of as many weights. */
const GPT_2: ModelConfig = { ...LLAMA_2, dim: 768, hiddenDim: 2048, layers: 12, heads: 12, kvHeads: 12, headDim: 64, vocabSize: 50257, tiedEmbeddings: true }

const SPIKES = 0.862
const seven = (chip: string): Run => ({
  chip, model: LLAMA_2, bits: 4, encoding: 'ternary', spikesPerActivation: SPIKES, context: 1024, promptTokens: 1,
})

export const RUNS = {
  'northpole-3b': { ...seven('northpole-like'), model: NORTHPOLE_3B, encoding: 'dense' },
  'mmf-decode': { ...seven('loihi2-like'), model: MMF_370M, bits: 8, encoding: 'graded', spikesPerActivation: 40, context: 500 },
  'mmf-prefill': { ...seven('loihi2-like'), model: MMF_370M, bits: 8, encoding: 'graded', spikesPerActivation: 40, context: 0, promptTokens: 8 },
  'gpt-2': { ...seven('edge-lpddr5'), model: GPT_2, context: 128 },
  '7b-sram-64': seven('sram-64'),
  '7b-hbm-board': seven('hbm-board'),
  '7b-edge-lpddr5': seven('edge-lpddr5'),
} as const satisfies Record<string, Run>
export type RunName = keyof typeof RUNS

function preset(name: string): ReturnType<typeof loadChip> {
  const file = `chips/${name}.yaml`
  return loadChip(readFileSync(file, 'utf8'), file)
}

/** One run's result, from `folder` if it is there and may be. */
export async function resultOf(name: RunName, folder: string, reuse: boolean): Promise<RunResult> {
  const file = `${folder}/${name}.json`
  if (reuse && existsSync(file)) return parseResult(JSON.parse(readFileSync(file, 'utf8')), file)
  const { chip, model, bits, encoding, spikesPerActivation, context, promptTokens }: Run = RUNS[name]
  const limit = 2 ** (bits - 1) - 1
  const result = await simulateStatistics({
    model: shapeModel(name, model, { ...DEFAULT_QUANTIZE_OPTIONS, weightBits: bits, activationBits: bits, encoding }),
    chip: preset(chip), context, promptTokens, tokens: 1, seed: 1,
    statistics: { histograms: { '*': histogramWithMean(spikesPerActivation, limit, 'laplace') }, source: 'laplace' },
  })
  mkdirSync(folder, { recursive: true })
  writeFileSync(file, serializeResult(result))
  console.error(`${name}: ${(result.energy.perTokenPj / 1e9).toFixed(3)} mJ a token, ${result.wallSeconds.toFixed(0)} s`)
  return result
}
