import { expertsOf } from '../models/experts.js'
import type { Experts, ModelConfig } from '../models/types.js'
import type {
  AddOperator, CopyOperator, LayerPort, LinearOperator, NormOperator, Operator, Rope, Site, TagName, VectorWeights,
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
  const { dim, heads, headDim, experts } = config
  const own = expertsOf(config, n)
  const isWhole = config.qkNorm === 'whole'
  // Layers share their places on a core: those of a model with dense layers and others are as long as the longer.
  const width = Math.max(hasDenseLayers(config) ? config.hiddenDim : 0, experts?.hiddenDim ?? 0)
  const vector = (name: string, words: number, site: Site = 'hub'): Vector => ({ name, site, words })
  return {
    vectors: [
      vector('x', dim), vector('h', dim), vector('sumsModel', dim),
      // The sums of qkv, where the hub takes them, are taken before those of gateUp come.
      vector('sumsGateUp', Math.max(2 * width, isWhole ? qkvWords(config) : 0)),
      ...(isWhole ? [vector('projected', qkvWords(config))] : []), vector('hidden', Math.max(width, heads * headDim)), vector('qkv', qkvWords(config), 'heads'),
      ...(experts === undefined ? [] : [
        vector('sumsRouter', experts.count), vector('scores', experts.count), vector('gates', experts.count), vector('expertOut', dim),
      ]),
    ],
    operators: [...attentionBlock(config, n), ...(own === undefined ? feedForwardBlock(config) : expertsBlock(config, own))],
  }
}

/** What a block reads: the residual vector's norm, or where a family has norms only behind its blocks, a copy of it. */
function blockInput(name: string, { dim, preNorm }: ModelConfig): NormOperator | CopyOperator {
  return preNorm === false ? { kind: 'copy', site: 'hub', tag: 'norm', input: 'x', output: 'h', words: dim } : norm('x', 'h', gain(name, dim))
}

/** x = x + o(attention(norm(x))) */
function attentionBlock(config: ModelConfig, n: number): Operator[] {
  const { dim, heads, headDim } = config
  return [
    blockInput('attnNorm', config),
    ...(config.qkNorm === 'whole' ? wholeProjection(config) : headProjection(config)),
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

/** The heads take the sums of their own queries, keys and values. */
function headProjection(config: ModelConfig): Operator[] {
  return [
    linear('qkv', {
      input: 'h', output: 'qkv', inputs: config.dim, outputs: qkvWords(config), tensors: ['q', 'k', 'v'], taker: 'heads', sums: '',
    }),
    ...(config.qkvBias === true ? [qkvBias(config, 'qkv', AT_HEADS)] : []),
    ...(config.qkNorm === 'head' ? qkNorms(config, 'qkv', config.headDim, config.headDim, AT_HEADS) : []),
  ]
}

/** A norm over all heads needs them in one place: the hub takes the sums, normalises, and hands the heads their parts. */
function wholeProjection(config: ModelConfig): Operator[] {
  const { dim, heads, kvHeads, headDim } = config
  return [
    linear('qkv', {
      input: 'h', output: 'projected', inputs: dim, outputs: qkvWords(config), tensors: ['q', 'k', 'v'], taker: 'hub', sums: 'sumsGateUp',
    }),
    ...(config.qkvBias === true ? [qkvBias(config, 'projected', AT_HUB)] : []),
    ...qkNorms(config, 'projected', heads * headDim, kvHeads * headDim, AT_HUB),
    { kind: 'scatter', ...AT_HUB, input: 'projected', output: 'qkv' },
  ]
}

type Place = Pick<NormOperator, 'site' | 'tag'>

function qkvBias(config: ModelConfig, vector: string, place: Place): Operator {
  return { kind: 'bias', ...place, vector, bias: { name: 'qkvBias', tensors: ['qBias', 'kBias', 'vBias'], words: qkvWords(config) } }
}

/** Queries and keys in groups that share a gain: every head by itself, or all together; values are left. */
function qkNorms({ heads, kvHeads, headDim }: ModelConfig, vector: string, queryGroup: number, keyGroup: number, place: Place): Operator[] {
  const keys = heads * headDim
  const part = (name: string, group: number, begin: number, end: number): Operator => (
    { kind: 'norm', ...place, input: vector, output: vector, gain: gain(name, group), begin, end }
  )
  return [part('qNorm', queryGroup, 0, keys), part('kNorm', keyGroup, keys, keys + kvHeads * headDim)]
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

/** x = x + down(act(gate(norm(x))) * up(norm(x))) */
function feedForwardBlock(config: ModelConfig): Operator[] {
  const { dim, hiddenDim, postNorm, activation = 'silu' } = config
  return [
    blockInput('ffnNorm', config),
    linear('gateUp', {
      input: 'h', output: 'sumsGateUp', inputs: dim, outputs: 2 * hiddenDim, tensors: ['gate', 'up'], taker: 'hub', sums: 'sumsGateUp',
    }),
    { kind: 'gate', site: 'hub', tag: 'gateUp', activation, port: 'gateUp', input: 'sumsGateUp', output: 'hidden', words: hiddenDim },
    // The sums of o are taken before those of down come: they share a place.
    linear('down', {
      input: 'hidden', output: 'h', inputs: hiddenDim, outputs: dim, tensors: ['down'], taker: 'hub', sums: 'sumsModel',
    }),
    ...(postNorm === true ? [norm('h', 'h', gain('ffnPostNorm', dim))] : []),
    add('h', 'down'),
  ]
}

/**
 * x = x + g * expert(norm(x)) for every expert that the router chose. The router's spikes are those of the experts: they are
 * sent to the router's tiles first, and then to the tiles of the experts that it chose.
 */
function expertsBlock(config: ModelConfig, { count, chosen, hiddenDim, normalised }: Experts): Operator[] {
  const { dim, activation = 'silu' } = config
  const expert = (port: 'expertGateUp' | 'expertDown', rest: Omit<LinearOperator, 'kind' | 'site' | 'tag' | 'port'>): Operator => (
    { ...linear(port, rest), isExpert: true }
  )
  return [
    blockInput('ffnNorm', config),
    linear('router', {
      input: 'h', output: 'scores', inputs: dim, outputs: count, tensors: ['router'], taker: 'hub', sums: 'sumsRouter',
    }),
    { kind: 'route', site: 'hub', tag: 'router', input: 'scores', output: 'gates', words: count, chosen, normalised },
    expert('expertGateUp', {
      input: 'h', output: 'sumsGateUp', inputs: dim, outputs: 2 * hiddenDim, tensors: ['expertGate', 'expertUp'], taker: 'hub',
      sums: 'sumsGateUp', isEncoded: true,
    }),
    {
      kind: 'gate', site: 'hub', tag: 'expertGateUp', activation, port: 'expertGateUp', input: 'sumsGateUp', output: 'hidden', words: hiddenDim,
      isExpert: true,
    },
    expert('expertDown', {
      input: 'hidden', output: 'expertOut', inputs: hiddenDim, outputs: dim, tensors: ['expertDown'], taker: 'hub', sums: 'sumsModel',
    }),
    { kind: 'weigh', site: 'hub', tag: 'expertDown', to: 'x', input: 'expertOut', gates: 'gates', isExpert: true },
  ]
}

function hasDenseLayers(config: ModelConfig): boolean {
  return Array.from({ length: config.layers }, (_, n) => expertsOf(config, n)).includes(undefined)
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
const AT_HUB = { site: 'hub', tag: 'qkv' } as const

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
