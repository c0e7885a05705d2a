import type { ModelConfig } from '../models/types.js'

/**
 * Models known by shape only. Sources: the authors' published config.json of each model (dimensions, heads,
 * vocabulary, RoPE base, epsilon, tied embeddings).
 */
export const MODEL_SHAPES: Readonly<Record<string, ModelConfig>> = {
  'llama-2-7b': {
    dim: 4096, hiddenDim: 11008, layers: 32, heads: 32, kvHeads: 32, headDim: 128, vocabSize: 32000,
    contextLength: 4096, normEps: 1e-5, ropeBase: 10000, tiedEmbeddings: false,
  },
  'llama-2-13b': {
    dim: 5120, hiddenDim: 13824, layers: 40, heads: 40, kvHeads: 40, headDim: 128, vocabSize: 32000,
    contextLength: 4096, normEps: 1e-5, ropeBase: 10000, tiedEmbeddings: false,
  },
  'llama-2-70b': {
    dim: 8192, hiddenDim: 28672, layers: 80, heads: 64, kvHeads: 8, headDim: 128, vocabSize: 32000,
    contextLength: 4096, normEps: 1e-5, ropeBase: 10000, tiedEmbeddings: false,
  },
  'llama-3-8b': {
    dim: 4096, hiddenDim: 14336, layers: 32, heads: 32, kvHeads: 8, headDim: 128, vocabSize: 128256,
    contextLength: 8192, normEps: 1e-5, ropeBase: 500000, tiedEmbeddings: false,
  },
  'mixtral-8x7b': {
    dim: 4096, hiddenDim: 14336, layers: 32, heads: 32, kvHeads: 8, headDim: 128, vocabSize: 32000,
    contextLength: 32768, normEps: 1e-5, ropeBase: 1000000, tiedEmbeddings: false,
    experts: { count: 8, chosen: 2, hiddenDim: 14336, normalised: true },
  },
  'qwen3-30b-a3b': {
    dim: 2048, hiddenDim: 6144, layers: 48, heads: 32, kvHeads: 4, headDim: 128, vocabSize: 151936,
    contextLength: 40960, normEps: 1e-6, ropeBase: 1000000, tiedEmbeddings: false, qkNorm: 'head',
    experts: { count: 128, chosen: 8, hiddenDim: 768, normalised: true },
  },
  'qwen2.5-14b': {
    dim: 5120, hiddenDim: 13824, layers: 48, heads: 40, kvHeads: 8, headDim: 128, vocabSize: 152064,
    contextLength: 131072, normEps: 1e-6, ropeBase: 1000000, tiedEmbeddings: false, qkvBias: true,
  },
}
