/**
 * What a model is made of: operators over named vectors. A name stands for a place of so many words, which may be
 * written again and again; an operator reads what was written there last.
 */

/** The linear layers of a decoder layer, in the order in which a token meets them. Their inputs are spike trains. */
export const LAYER_PORTS = ['qkv', 'o', 'gateUp', 'down', 'router', 'expertGateUp', 'expertDown'] as const
export type LayerPort = (typeof LAYER_PORTS)[number]

/** Those of which every expert has one. */
export const EXPERT_PORTS = ['expertGateUp', 'expertDown'] as const
export type ExpertPort = (typeof EXPERT_PORTS)[number]

export function isExpertPort(port: string): port is ExpertPort {
  return (EXPERT_PORTS as readonly string[]).includes(port)
}

/** Every linear layer of a model: the embedding takes one spike, the token id; the others take encoded activations. */
export const PORTS = ['embedding', ...LAYER_PORTS, 'head'] as const
export type Port = (typeof PORTS)[number]

/** Who runs an operator: the owner of the residual vector, or the heads, each on its own part of the vector. */
export type Site = 'hub' | 'heads'

/** What instructions are counted under, beside the ports. */
export type TagName = Port | 'norm' | 'attention' | 'control'

interface Common {
  readonly site: Site
  readonly tag: TagName
  /**
   * True for operators that run once for each expert that was chosen, in ascending order, each with the weights of its own;
   * they follow each other.
   */
  readonly isExpert?: true
}

/**
 * y = W x on spikes: the input is encoded as counts, the tiles add weight rows, the integer sums come back and are
 * dequantized. Where `output` is `sums`, they stay integers until an operator reads them, which dequantizes then.
 */
export interface LinearOperator extends Common {
  readonly kind: 'linear'
  readonly port: Port
  readonly input: string
  readonly output: string
  /** Who takes the sums; the heads take the parts of their queries, keys and values. */
  readonly taker: Site
  /** Place of the hub where the sums meet; nothing where the heads take them. */
  readonly sums: string
  readonly inputs: number
  readonly outputs: number
  /** Canonical names, within the layer, of the matrices whose outputs follow each other. */
  readonly tensors: readonly string[]
  /** True if its input is what the layer before encoded: the counts and their scale stand there still. */
  readonly isEncoded?: true
}

/** A vector of weights: its name, the canonical tensors it is joined from, and its length. */
export interface VectorWeights {
  readonly name: string
  readonly tensors: readonly string[]
  readonly words: number
}

/** RMSNorm and a gain: of a whole vector, or of each of the equal groups in a part of it, which share the gain. */
export interface NormOperator extends Common {
  readonly kind: 'norm'
  readonly input: string
  readonly output: string
  /** Its length is the length of a group. */
  readonly gain: VectorWeights
  /** First word and end of the part that is normalised; the rest is left as it is. */
  readonly begin: number
  readonly end: number
}

/** x + b, in place. */
export interface BiasOperator extends Common {
  readonly kind: 'bias'
  readonly vector: string
  readonly bias: VectorWeights
}

/** The frequencies of a rotary embedding: pair i turns by position * base^(-2i / dims) / divisors[i]. */
export interface Rope {
  /** Words of a head that turn, from its first; the rest is left. */
  readonly dims: number
  readonly base: number
  readonly divisors: readonly number[] | undefined
}

/** Rotary embedding of the queries and keys in a fused vector [q | k | v], in place, by the token's position. */
export interface RotateOperator extends Common {
  readonly kind: 'rotate'
  readonly vector: string
  readonly rope: Rope
}

/** Appends the token's keys and values to the cache, and mixes the cached values for every query head. */
export interface AttendOperator extends Common {
  readonly kind: 'attend'
  /** Fused [q | k | v]. */
  readonly input: string
  /** [heads * headDim] */
  readonly output: string
  /** Positions that a token sees, its own included; absent: all before it. */
  readonly window: number | undefined
}

/** A vector that is encoded where it stands, but is needed behind that, too. */
export interface CopyOperator extends Common {
  readonly kind: 'copy'
  readonly input: string
  readonly output: string
  readonly words: number
}

/** The hub's fused [q | k | v] goes to the heads, to each its part. */
export interface ScatterOperator extends Common {
  readonly kind: 'scatter'
  readonly input: string
  readonly output: string
}

/** act(g) * u of a fused vector [g | u]. */
export interface GateOperator extends Common {
  readonly kind: 'gate'
  readonly activation: 'silu' | 'gelu'
  /** Whose sums they are. */
  readonly port: LayerPort
  readonly input: string
  readonly output: string
  /** Words of g, and of u. */
  readonly words: number
}

/**
 * Chooses experts by their scores: the largest get their share of the softmax, of all or of those chosen; the others get 0.
 * Of equal scores the first is larger.
 */
export interface RouteOperator extends Common {
  readonly kind: 'route'
  readonly input: string
  readonly output: string
  /** Scores, one an expert. */
  readonly words: number
  readonly chosen: number
  readonly normalised: boolean
}

/** x = x + g * y, with the share g of the expert in hand. */
export interface WeighOperator extends Common {
  readonly kind: 'weigh'
  readonly to: string
  readonly input: string
  readonly gates: string
}

/** The residual connection: x = x + y. */
export interface AddOperator extends Common {
  readonly kind: 'add'
  readonly to: string
  readonly input: string
}

export type Operator =
  | LinearOperator | NormOperator | BiasOperator | RotateOperator | AttendOperator | GateOperator | AddOperator
  | CopyOperator | ScatterOperator | RouteOperator | WeighOperator
export type OperatorKind = Operator['kind']
export type OperatorOf<K extends OperatorKind> = Extract<Operator, { kind: K }>

/** What an operator reads, in order. */
export function readsOf(operator: Operator): readonly string[] {
  switch (operator.kind) {
    case 'bias':
    case 'rotate': return [operator.vector]
    case 'add': return [operator.to, operator.input]
    case 'weigh': return [operator.to, operator.input, operator.gates]
    default: return [operator.input]
  }
}

/** What an operator writes. */
export function writesOf(operator: Operator): string {
  switch (operator.kind) {
    case 'bias':
    case 'rotate': return operator.vector
    case 'add':
    case 'weigh': return operator.to
    default: return operator.output
  }
}

/** The vector weights of an operator. */
export function vectorWeightsOf(operator: Operator): readonly VectorWeights[] {
  switch (operator.kind) {
    case 'norm': return [operator.gain]
    case 'bias': return [operator.bias]
    default: return []
  }
}
