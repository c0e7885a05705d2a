import { InputError, didYouMean } from '../../sim/errors.js'
import { layerShapes } from './tensors.js'
import type { Shape } from './tensors.js'

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
  /** Whether the attention's output projection has a bias; absent means no. */
  readonly oBias?: boolean
  /** Divisor of each rotary pair's frequency, [headDim / 2] (Llama 3.1's and linear scaling); absent means 1. */
  readonly ropeDivisors?: readonly number[]
  /** Words of a head that are rotated, from its first; absent: all. `ropeDivisors` has one for each pair of them. */
  readonly rotaryDims?: number
  /** Frequencies that are others for longer sequences (longrope, dynamic): `atLength` in rotary.ts settles them. */
  readonly ropeByLength?: RopeByLength
  /** Factor of cosines and sines (longrope, yarn); absent means 1. */
  readonly ropeFactor?: number
  /** Layers whose queries and keys are not rotated, true (SmolLM3), [layers]; absent: all are. */
  readonly noRope?: readonly boolean[]
  /**
   * RMSNorm of queries and keys before rotation: of every head, with one gain for all heads (Qwen3, Gemma 3), or of the
   * whole projected vector (OLMo 2).
   */
  readonly qkNorm?: 'head' | 'whole'
  /** Positions that a token attends to, its own included, in the layers that have a window; absent: all before it. */
  readonly window?: number
  /** Layers that have the window, [layers]; absent: all, if there is one. */
  readonly windowLayers?: readonly boolean[]
  /** Base of the rotary frequencies in layers with a window, which are not scaled there (Gemma 3); absent: as elsewhere. */
  readonly windowRopeBase?: number
  /** RMSNorm of what the attention and the feed-forward block add to the residual vector (Gemma 3, OLMo 2). */
  readonly postNorm?: boolean
  /** False where the blocks read the residual vector without a norm (OLMo 2); absent means a norm before each. */
  readonly preNorm?: false
  /** Experts in place of one feed-forward block; absent: none. */
  readonly experts?: Experts
  /** Activation of the gate: silu (absent), or GELU in its tanh form. */
  readonly activation?: 'gelu'
  /** Factor of the embedding (Gemma 3, Granite); absent means 1. */
  readonly embedScale?: number
  /** Factor of what is added to the residual vector (Granite); absent means 1. */
  readonly residualScale?: number
  /** Factor of attention scores; absent: 1 / sqrt(headDim). */
  readonly attentionScale?: number
  /** Divisor of the logits (Granite); absent means 1. */
  readonly logitDivisor?: number
}

/** Feed-forward blocks of which a router chooses some for each token (Mixtral, Qwen3-MoE). */
export interface Experts {
  readonly count: number
  /** Experts that a token goes through. */
  readonly chosen: number
  /** Width of one expert. */
  readonly hiddenDim: number
  /** Whether the probabilities of those chosen are made to sum to 1. */
  readonly normalised: boolean
  /** Layers that have experts, [layers]; the others are dense. Absent: all have. */
  readonly layers?: readonly boolean[]
}

/** What becomes of the frequencies of a sequence longer than `trained` tokens: other divisors, or a base that grows by `factor`. */
export type RopeByLength = { readonly trained: number } & ({ readonly divisors: readonly number[] } | { readonly factor: number })

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

/** Every canonical tensor of a model and its shape, in file order of the usual checkpoints. */
export function tensorShapes(config: ModelConfig): Map<string, Shape> {
  const shapes = new Map<string, Shape>([['embed', [config.vocabSize, config.dim]]])
  for (let n = 0; n < config.layers; n++) {
    for (const [name, shape] of layerShapes(config, n)) shapes.set(`layers.${n}.${name}`, shape)
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

const MOST_EXPERTS = 4096

function checkExperts({ experts }: ModelConfig, where: string): void {
  if (experts === undefined) return
  const { count, chosen, hiddenDim } = experts
  const within = (value: number, most: number): boolean => Number.isInteger(value) && value >= 1 && value <= most
  if (!within(count, MOST_EXPERTS)) throw new InputError(`${where}: ${count} experts, expected from 1 to ${MOST_EXPERTS}`)
  if (!within(chosen, count)) throw new InputError(`${where}: ${chosen} experts a token, expected from 1 to ${count}`)
  if (!within(hiddenDim, LARGEST.hiddenDim)) {
    throw new InputError(`${where}: the width of an expert is ${hiddenDim}, expected from 1 to ${LARGEST.hiddenDim}`)
  }
}

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
  checkExperts(config, where)
  if (config.heads % config.kvHeads !== 0) {
    throw new InputError(`${where}: heads (${config.heads}) must be a multiple of kvHeads (${config.kvHeads})`)
  }
  if (config.headDim % 2 !== 0) {
    throw new InputError(`${where}: headDim is ${config.headDim}, expected an even number (rotary pairs)`)
  }
  const rotary = config.rotaryDims ?? config.headDim
  if (!Number.isInteger(rotary) || rotary < 2 || rotary % 2 !== 0 || rotary > config.headDim) {
    throw new InputError(`${where}: ${rotary} words of a head are rotated, expected an even number of at most ${config.headDim}`)
  }
  const byLength = config.ropeByLength
  for (const divisors of [config.ropeDivisors, byLength !== undefined && 'divisors' in byLength ? byLength.divisors : undefined]) {
    if (divisors === undefined || (divisors.length === rotary / 2 && divisors.every((d) => d > 0 && Number.isFinite(d)))) continue
    throw new InputError(`${where}: ${divisors.length} rotary frequency divisors ` +
      `(${divisors.slice(0, 4).join(', ')}...), expected ${rotary / 2} positive numbers`)
  }
  const isPositive = (value: number): boolean => value > 0 && Number.isFinite(value)
  for (const key of ['ropeFactor', 'window', 'windowRopeBase', 'embedScale', 'residualScale', 'attentionScale', 'logitDivisor'] as const) {
    const value = config[key] ?? 1
    if (!isPositive(value)) throw new InputError(`${where}: ${key} is ${value}, expected a positive number`)
  }
  if (!isPositive(config.normEps) || !isPositive(config.ropeBase)) {
    throw new InputError(`${where}: normEps (${config.normEps}) and ropeBase (${config.ropeBase}) must be positive`)
  }
}
