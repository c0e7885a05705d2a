import { InputError, didYouMean } from '../../sim/errors.js'

/**
 * What every loader yields, whatever the file format: a LLaMA-family model with lazily read tensors
 * under canonical names, its rotary embedding in the adjacent-pair convention, and its tokenizer.
 */

export interface ModelConfig {
  /** Width of the residual stream. */
  readonly dim: number
  /** Width of the feed-forward block (outputs of gate and of up). */
  readonly hiddenDim: number
  readonly layers: number
  /** Query heads. */
  readonly heads: number
  /** Key and value heads; `heads` is a multiple of it (grouped-query attention). */
  readonly kvHeads: number
  /** Width of one head; even. */
  readonly headDim: number
  readonly vocabSize: number
  /** Longest sequence the model was trained on, tokens. */
  readonly contextLength: number
  /** Epsilon of RMSNorm. */
  readonly normEps: number
  /** Base of the rotary embedding's frequencies. */
  readonly ropeBase: number
  /** Whether the head shares the embedding's weights. */
  readonly tiedEmbeddings: boolean
  /** Whether the query, key and value projections have biases (Qwen2); absent means no. */
  readonly qkvBias?: boolean
  /** Divisor of each rotary pair's frequency, [headDim / 2] (Llama 3.1's and linear scaling); absent means 1. */
  readonly ropeDivisors?: readonly number[]
}

export interface Tokenizer {
  readonly vocabSize: number
  readonly bosId: number
  readonly eosId: number
  /**
   * Text to token ids; `bos` (default true) puts the begin-of-sequence id first if the model was trained with one,
   * and gives that id alone for an empty text.
   */
  encode(text: string, options?: { bos?: boolean }): number[]
  /** Token ids to text; begin and end of sequence give no text. */
  decode(ids: readonly number[]): string
  /** The text of one token alone; bytes that are no whole UTF-8 character show as U+FFFD. */
  decodeToken(id: number): string
}

export interface LoadedModel {
  readonly name: string
  readonly config: ModelConfig
  readonly tokenizer: Tokenizer
  /**
   * A tensor by canonical name, row-major [rows = outputs, columns = inputs] (the embedding: [vocabulary, dim]).
   * @throws InputError for a name the model does not have, or bytes that are missing or of an unknown type
   */
  tensor(name: string): Float32Array
}

/** [rows, columns]; a vector has one column. */
export type Shape = readonly [rows: number, columns: number]

/** Canonical tensor names of a layer, without the `layers.N.` in front. */
export const LAYER_TENSORS = ['attnNorm', 'q', 'k', 'v', 'o', 'ffnNorm', 'gate', 'up', 'down'] as const
export type LayerTensor = (typeof LAYER_TENSORS)[number]

/** Canonical names of a layer's biases, where the configuration has `qkvBias`. */
export const BIAS_TENSORS = ['qBias', 'kBias', 'vBias'] as const
export type BiasTensor = (typeof BIAS_TENSORS)[number]

/** Shapes of a layer's tensors. */
export function layerShapes(config: ModelConfig): Record<LayerTensor, Shape> {
  const { dim, hiddenDim } = config
  const queryDim = config.heads * config.headDim
  const kvDim = config.kvHeads * config.headDim
  return {
    attnNorm: [dim, 1],
    q: [queryDim, dim],
    k: [kvDim, dim],
    v: [kvDim, dim],
    o: [dim, queryDim],
    ffnNorm: [dim, 1],
    gate: [hiddenDim, dim],
    up: [hiddenDim, dim],
    down: [dim, hiddenDim],
  }
}

/** Shapes of a layer's biases. */
export function biasShapes(config: ModelConfig): Record<BiasTensor, Shape> {
  const { q, k, v } = layerShapes(config)
  return { qBias: [q[0], 1], kBias: [k[0], 1], vBias: [v[0], 1] }
}

/** Every canonical tensor of a model and its shape, in file order of the usual checkpoints. */
export function tensorShapes(config: ModelConfig): Map<string, Shape> {
  const shapes = new Map<string, Shape>([['embed', [config.vocabSize, config.dim]]])
  const layer: Record<string, Shape> = { ...layerShapes(config), ...(config.qkvBias ? biasShapes(config) : {}) }
  for (let n = 0; n < config.layers; n++) {
    for (const [name, shape] of Object.entries(layer)) shapes.set(`layers.${n}.${name}`, shape)
  }
  shapes.set('finalNorm', [config.dim, 1])
  shapes.set('head', [config.vocabSize, config.dim])
  return shapes
}

/** Trained parameters of a model; tied embeddings count once. */
export function parameterCount(config: ModelConfig): number {
  let total = 0
  for (const [name, [rows, columns]] of tensorShapes(config)) {
    if (name !== 'head' || !config.tiedEmbeddings) total += rows * columns
  }
  return total
}

/** The error for a tensor name that is not one of the model's. */
export function unknownTensor(model: string, name: string, config: ModelConfig): InputError {
  const hint = didYouMean(name, tensorShapes(config).keys())
  return new InputError(`model ${model}: no tensor '${name}' (it has ${config.layers} layers).${hint}`)
}

/** The largest sizes that are taken for meant: ten times the largest published models' and more. */
const LARGEST = {
  dim: 2 ** 18, hiddenDim: 2 ** 21, layers: 2 ** 12, heads: 2 ** 14, kvHeads: 2 ** 14, headDim: 2 ** 14,
  vocabSize: 2 ** 24, contextLength: 2 ** 30,
} as const

/**
 * Refuses a configuration the machine has no meaning for. Its sizes are bounded before anything is looped over them.
 * @throws InputError naming the key, its value and the limit
 */
export function checkConfig(config: ModelConfig, where: string): void {
  for (const [key, limit] of Object.entries(LARGEST)) {
    const value = config[key as keyof typeof LARGEST]
    if (!Number.isInteger(value) || value < 1) {
      throw new InputError(`${where}: ${key} is ${value}, expected a positive integer`)
    }
    if (value > limit) throw new InputError(`${where}: ${key} is ${value}, the limit is ${limit}`)
  }
  if (config.heads % config.kvHeads !== 0) {
    throw new InputError(`${where}: heads (${config.heads}) must be a multiple of kvHeads (${config.kvHeads})`)
  }
  if (config.headDim % 2 !== 0) {
    throw new InputError(`${where}: headDim is ${config.headDim}, expected an even number (rotary pairs)`)
  }
  const divisors = config.ropeDivisors
  if (divisors !== undefined && (divisors.length !== config.headDim / 2 || !divisors.every((d) => d > 0 && Number.isFinite(d)))) {
    throw new InputError(`${where}: ${divisors.length} rotary frequency divisors ` +
      `(${divisors.slice(0, 4).join(', ')}...), expected ${config.headDim / 2} positive numbers`)
  }
  const isPositive = (value: number): boolean => value > 0 && Number.isFinite(value)
  if (!isPositive(config.normEps) || !isPositive(config.ropeBase)) {
    throw new InputError(`${where}: normEps (${config.normEps}) and ropeBase (${config.ropeBase}) must be positive`)
  }
}
