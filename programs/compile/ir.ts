import { fieldRange } from '../../isa/index.js'
import type { ChipSpec } from '../../sim/config/chip-spec.js'
import type { Port } from '../graph/operators.js'
import type { QuantizedLinear, QuantizedModel } from '../quantize/types.js'
import type { Mapping, Placement } from './choices.js'

export type { Mapping, Placement } from './choices.js'

/** What the compiler's passes hand to each other. */

export interface CompileOptions {
  /** Rows of the KV cache: the longest sequence the program can run, tokens. */
  readonly positions: number
  /** Position of the first token: rows before it count as cached (statistics mode). Default 0. */
  readonly firstPosition?: number
  /** QK^T and PV on the adder array: multiply-accumulates, or additions of cache rows per spike. */
  readonly attention: 'dense' | 'spiking'
  /**
   * `auto`, the default: a core for every unit where the chip has enough, shared cores otherwise. `stationary` refuses a
   * chip that has too few; `shared` shares cores even where there are enough.
   */
  readonly mapping?: Mapping
  /**
   * Tokens of a prompt that go through a layer together where weights do not stay in the chip, so that each weight that
   * is fetched serves all of them. Default 1. No batch changes a bit of the result.
   */
  readonly batch?: number
  /** Sequences that run together, each with a KV cache of its own, and share fetched weights in batches. Default 1. */
  readonly sequences?: number
  /**
   * Only these layers get programs: the host hands their input to the first, and takes what leaves the last. Everything
   * lies where it lies in the whole model; the embedding goes with the first layer, the head with the last. Default: all.
   */
  readonly section?: Range
  /**
   * Only these layers get programs, in ascending order, the first layer among them: the residual vector goes from each to
   * the next of them, and from the last to the head. Everything lies where it lies in the whole model, so that a few
   * layers stand for all (simulate/sampled). Default: all.
   */
  readonly layers?: readonly number[]
  /** Default annealed. No placement changes a bit of the result. */
  readonly placement?: Placement
  /** Seed of the annealed placement. Default 1. */
  readonly placementSeed?: number
  /** The placement of an earlier compilation of the same model, chip and positions: it is used again, not searched again. */
  readonly coreOf?: Int32Array
}

export interface Range {
  readonly begin: number
  readonly end: number
}


/** A rectangle of one linear layer. */
export interface MatrixUnit {
  readonly kind: 'matrix'
  readonly id: number
  readonly linear: Port
  readonly layer: number
  readonly inputs: Range
  readonly outputs: Range
  /** Which of the layer's input slices: the slices are separate spike trains. */
  readonly slice: number
  /** Of an expert's layer: whose. */
  readonly expert?: number
}

/** Owner of the residual vector of one layer. */
export interface HubUnit {
  readonly kind: 'hub'
  readonly id: number
  readonly layer: number
}

/** One KV head of one layer. */
export interface AttentionUnit {
  readonly kind: 'attention'
  readonly id: number
  readonly layer: number
  readonly kvHead: number
}

/** Last norm, head and logits. */
export interface FinalUnit {
  readonly kind: 'final'
  readonly id: number
  readonly layer: -1
}

export type Unit = MatrixUnit | HubUnit | AttentionUnit | FinalUnit

/** After pass 'tile'. */
export interface TiledModel {
  readonly model: QuantizedModel
  readonly spec: ChipSpec
  readonly options: CompileOptions
  readonly units: readonly Unit[]
  /** Input slices of each kind of linear layer; the same in every layer. */
  readonly slices: Readonly<Record<Port, readonly Range[]>>
  readonly notes: readonly string[]
  /**
   * True if KV caches and the hubs' constants live in external memory, because data SRAM has no room for them: they
   * are loaded when they are used.
   */
  readonly externalData: boolean
  /** Most tokens that go through a layer together; 1 where no weight is fetched. */
  readonly batch: number
  readonly sequences: number
}

/** After pass 'place'. */
export interface PlacedModel extends TiledModel {
  /** Core of each unit, by unit id. */
  readonly coreOf: Int32Array
  readonly cores: number
  /** True when units share cores: one token in the machine at a time. */
  readonly shared: boolean
}

/** Where a matrix unit's weights lie in its core. */
export interface WeightPlace {
  readonly unit: number
  readonly table: number
  readonly address: number
  readonly bytes: number
  /**
   * In weight SRAM for good; loaded whole, for every token or batch; or its rows fetched as spikes ask for them: for every
   * token (`streamed`), or kept until the tokens of the batch have passed.
   */
  readonly residence: 'resident' | 'loaded' | 'streamed' | 'kept'
}

/** The linear layer of a kind; of experts, the first one's unless another is named. */
export function linearOf(model: QuantizedModel, kind: Port, layer: number, expert = 0): QuantizedLinear {
  switch (kind) {
    case 'embedding': return model.embedding
    case 'head': return model.head
    case 'expertGateUp':
    case 'expertDown': return model.layers[layer]!.experts![expert]![kind]
    default: return model.layers[layer]!.linears[kind]
  }
}

export function rangeLength(range: Range): number {
  return range.end - range.begin
}

/** Intersection, or undefined when empty. */
export function intersect(a: Range, b: Range): Range | undefined {
  const begin = Math.max(a.begin, b.begin)
  const end = Math.min(a.end, b.end)
  return begin < end ? { begin, end } : undefined
}

/** Head ranges of the fused qkv outputs that attention unit u needs: its queries, its key, its value. */
export function qkvRanges(model: Pick<TiledModel, 'model'>, kvHead: number): { range: Range; offset: number }[] {
  const { heads, kvHeads, headDim } = model.model.config
  const group = (heads / kvHeads) * headDim
  const query = kvHead * group
  const key = heads * headDim + kvHead * headDim
  const value = key + kvHeads * headDim
  return [
    { range: { begin: query, end: query + group }, offset: 0 },
    { range: { begin: key, end: key + headDim }, offset: group },
    { range: { begin: value, end: value + headDim }, offset: group + headDim },
  ]
}

/** `total` in `parts` nearly equal ranges whose borders are multiples of `grain` (but for the last). */
export function splitEvenly(total: number, parts: number, grain: number): Range[] {
  const width = Math.ceil(total / parts / grain) * grain
  const ranges: Range[] = []
  for (let begin = 0; begin < total; begin += width) ranges.push({ begin, end: Math.min(total, begin + width) })
  return ranges
}

/** Most elements, neurons or words that one instruction names: the reach of the length field. */
export const LONGEST_RUN = fieldRange('len').max

/** `length` in pieces of at most `longest`, all full but the last. */
export function pieces(length: number, longest: number = LONGEST_RUN): { offset: number; length: number }[] {
  return Array.from({ length: Math.ceil(length / longest) }, (_, piece) => {
    const offset = piece * longest
    return { offset, length: Math.min(longest, length - offset) }
  })
}

/** What a unit is called in reports and messages. */
export function unitName(unit: Unit): string {
  switch (unit.kind) {
    case 'hub': return `hub of layer ${unit.layer}`
    case 'final': return 'final hub'
    case 'attention': return `attention of layer ${unit.layer}, KV head ${unit.kvHead}`
    case 'matrix': {
      const where = unit.layer < 0 ? '' : ` of layer ${unit.layer}`
      const whose = unit.expert === undefined ? '' : ` (expert ${unit.expert})`
      return `${unit.linear}${where}${whose} [${unit.inputs.begin}..${unit.inputs.end}) x [${unit.outputs.begin}..${unit.outputs.end})`
    }
  }
}
