import type { ModelConfig } from '../models/types.js'
import type {
  AddOperator, LayerPort, LinearOperator, NormOperator, Operator, Rope, Site, TagName, VectorWeights,
} from './operators.js'

/** The graph of a model: which operators a token goes through. The only place where the order of a family stands. */

/** A named place of a layer, where its site keeps it. */
export interface Vector {
  readonly name: string
  readonly site: Site
  readonly words: number
}

export interface LayerGraph {
  /** In the order in which they are laid out; `x`, the residual vector, is the hub's and goes from layer to layer. */
  readonly vectors: readonly Vector[]
  readonly operators: readonly Operator[]
}

export interface ModelGraph {
  /** From the token id to `x`. */
  readonly embedding: LinearOperator
  readonly layers: readonly LayerGraph[]
  /** From `x` to the logits: layer -1. */
  readonly final: LayerGraph
}

const known = new WeakMap<ModelConfig, ModelGraph>()

/** The graph of a model of this configuration; the same object for the same configuration. */
export function graphOf(config: ModelConfig): ModelGraph {
  let graph = known.get(config)
  if (graph === undefined) {
    const { layers } = config
    graph = { embedding: embedding(config), layers: Array.from({ length: layers }, (_, n) => layerOf(config, n)), final: finalOf(config) }
    known.set(config, graph)
  }
  return graph
}

/** Words of the fused vector [q | k | v]. */
export function qkvWords({ heads, kvHeads, headDim }: ModelConfig): number {
  return (heads + 2 * kvHeads) * headDim
}

/** What attention scores are divided by. */
export function scoreDivisor({ headDim, attentionScale }: ModelConfig): number {
  return attentionScale === undefined ? Math.sqrt(headDim) : 1 / attentionScale
}

function embedding({ dim, vocabSize }: ModelConfig): LinearOperator {
  return {
    kind: 'linear', site: 'hub', tag: 'embedding', port: 'embedding', input: 'token', output: 'x', taker: 'hub', sums: 'sumsEmbedding',
    inputs: vocabSize, outputs: dim, tensors: ['embed'],
  }
}

function layerOf(config: ModelConfig, n: number): LayerGraph {
  const { dim, hiddenDim, heads, headDim } = config
  const vector = (name: string, words: number, site: Site = 'hub'): Vector => ({ name, site, words })
  return {
    vectors: [
      vector('x', dim), vector('h', dim), vector('sumsModel', dim), vector('sumsGateUp', 2 * hiddenDim),
      vector('hidden', Math.max(hiddenDim, heads * headDim)), vector('qkv', qkvWords(config), 'heads'),
    ],
    operators: [...attentionBlock(config, n), ...feedForwardBlock(config)],
  }
}

/** x = x + o(attention(norm(x))) */
function attentionBlock(config: ModelConfig, n: number): Operator[] {
  const { dim, heads, headDim } = config
  return [
    norm('x', 'h', gain('attnNorm', dim)),
    linear('qkv', {
      input: 'h', output: 'qkv', inputs: dim, outputs: qkvWords(config), tensors: ['q', 'k', 'v'], taker: 'heads', sums: '',
    }),
    ...(config.qkvBias === true ? [qkvBias(config)] : []),
    ...(config.qkNorm === 'head' ? headNorms(config) : []),
    ...(config.noRope?.[n] === true ? [] : [{ kind: 'rotate', ...AT_HEADS, vector: 'qkv', rope: ropeOf(config, n) } as const]),
    { kind: 'attend', ...AT_HEADS, input: 'qkv', output: 'hidden', window: windowOf(config, n) },
    linear('o', {
      input: 'hidden', output: 'h', inputs: heads * headDim, outputs: dim, tensors: ['o'], taker: 'hub', sums: 'sumsModel',
    }),
    ...(config.oBias === true ? [{ kind: 'bias', site: 'hub', tag: 'o', vector: 'h', bias: gain('oBias', dim) } as const] : []),
    ...(config.postNorm === true ? [norm('h', 'h', gain('attnPostNorm', dim))] : []),
    add('h', 'o'),
  ]
}

function qkvBias(config: ModelConfig): Operator {
  return { kind: 'bias', ...AT_HEADS, vector: 'qkv', bias: { name: 'qkvBias', tensors: ['qBias', 'kBias', 'vBias'], words: qkvWords(config) } }
}

/** Every query and every key by itself; values are left. */
function headNorms({ heads, kvHeads, headDim }: ModelConfig): Operator[] {
  const keys = heads * headDim
  const part = (name: string, begin: number, end: number): Operator => (
    { kind: 'norm', ...AT_HEADS, input: 'qkv', output: 'qkv', gain: gain(name, headDim), begin, end }
  )
  return [part('qNorm', 0, keys), part('kNorm', keys, keys + kvHeads * headDim)]
}

/** Positions that a token sees in a layer; absent: all before it. */
function windowOf({ window, windowLayers }: ModelConfig, n: number): number | undefined {
  return windowLayers?.[n] ?? true ? window : undefined
}

/** The rotary frequencies of a layer. */
function ropeOf(config: ModelConfig, n: number): Rope {
  const { headDim, rotaryDims = headDim, ropeBase, ropeDivisors, windowRopeBase } = config
  const isLocal = windowRopeBase !== undefined && windowOf(config, n) !== undefined
  return isLocal ? { dims: rotaryDims, base: windowRopeBase, divisors: undefined } : { dims: rotaryDims, base: ropeBase, divisors: ropeDivisors }
}

/** x = x + down(silu(gate(norm(x))) * up(norm(x))) */
function feedForwardBlock({ dim, hiddenDim, postNorm }: ModelConfig): Operator[] {
  return [
    norm('x', 'h', gain('ffnNorm', dim)),
    linear('gateUp', {
      input: 'h', output: 'sumsGateUp', inputs: dim, outputs: 2 * hiddenDim, tensors: ['gate', 'up'], taker: 'hub', sums: 'sumsGateUp',
    }),
    { kind: 'gate', site: 'hub', tag: 'gateUp', input: 'sumsGateUp', output: 'hidden', words: hiddenDim },
    // The sums of o are taken before those of down come: they share a place.
    linear('down', {
      input: 'hidden', output: 'h', inputs: hiddenDim, outputs: dim, tensors: ['down'], taker: 'hub', sums: 'sumsModel',
    }),
    ...(postNorm === true ? [norm('h', 'h', gain('ffnPostNorm', dim))] : []),
    add('h', 'down'),
  ]
}

function finalOf({ dim, vocabSize }: ModelConfig): LayerGraph {
  return {
    vectors: [{ name: 'x', site: 'hub', words: dim }, { name: 'h', site: 'hub', words: dim }],
    operators: [
      norm('x', 'h', gain('finalNorm', dim)),
      {
        kind: 'linear', site: 'hub', tag: 'head', port: 'head', input: 'h', output: 'logits', taker: 'hub', sums: 'sumsHead',
        inputs: dim, outputs: vocabSize, tensors: ['head'],
      },
    ],
  }
}

const AT_HEADS = { site: 'heads', tag: 'attention' } as const

function gain(name: string, words: number): VectorWeights {
  return { name, tensors: [name], words }
}

function norm(input: string, output: string, weights: VectorWeights): NormOperator {
  return { kind: 'norm', site: 'hub', tag: 'norm', input, output, gain: weights, begin: 0, end: weights.words }
}

function linear(port: LayerPort, rest: Omit<LinearOperator, 'kind' | 'site' | 'tag' | 'port'>): LinearOperator {
  return { kind: 'linear', site: 'hub', tag: port, port, ...rest }
}

function add(input: string, tag: TagName): AddOperator {
  return { kind: 'add', site: 'hub', tag, to: 'x', input }
}
