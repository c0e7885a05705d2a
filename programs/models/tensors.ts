import type { Experts, ModelConfig } from './types.js'
import { expertsOf } from './experts.js'

/**
 * The tensors of a layer: canonical names, shapes, and what checkpoints call them. A family whose files use other names says
 * so in its row of families.ts; a family with a tensor of its own adds a row here.
 */

/** [rows, columns]; a vector has one column. */
export type Shape = readonly [rows: number, columns: number]

interface TensorRow {
  readonly shape: (config: ModelConfig) => Shape
  /** Whether a model has it; absent: every model has. */
  readonly when?: (config: ModelConfig, layer: number) => boolean
  /** Whether each expert has one: Hugging Face's name has {E} in it, GGUF joins them, expert by expert. */
  readonly perExpert?: true
  /** Behind `model.layers.N.` in Hugging Face's files, and behind `blk.N.` in GGUF. */
  readonly huggingFace: string
  readonly gguf: string
}

const queryDim = ({ heads, headDim }: ModelConfig): number => heads * headDim
const kvDim = ({ kvHeads, headDim }: ModelConfig): number => kvHeads * headDim
const bias = ({ qkvBias }: ModelConfig): boolean => qkvBias === true
const qkNorm = (config: ModelConfig): boolean => config.qkNorm !== undefined
const preNorm = (config: ModelConfig): boolean => config.preNorm !== false
const postNorm = (config: ModelConfig): boolean => config.postNorm === true

const dense = (config: ModelConfig, layer: number): boolean => expertsOf(config, layer) === undefined
const sparse = (config: ModelConfig, layer: number): boolean => expertsOf(config, layer) !== undefined
const expert = (config: ModelConfig): Experts => config.experts!

const ROWS = {
  attnNorm: { shape: ({ dim }) => [dim, 1], when: preNorm, huggingFace: 'input_layernorm.weight', gguf: 'attn_norm.weight' },
  q: { shape: (config) => [queryDim(config), config.dim], huggingFace: 'self_attn.q_proj.weight', gguf: 'attn_q.weight' },
  k: { shape: (config) => [kvDim(config), config.dim], huggingFace: 'self_attn.k_proj.weight', gguf: 'attn_k.weight' },
  v: { shape: (config) => [kvDim(config), config.dim], huggingFace: 'self_attn.v_proj.weight', gguf: 'attn_v.weight' },
  o: { shape: (config) => [config.dim, queryDim(config)], huggingFace: 'self_attn.o_proj.weight', gguf: 'attn_output.weight' },
  ffnNorm: { shape: ({ dim }) => [dim, 1], when: preNorm, huggingFace: 'post_attention_layernorm.weight', gguf: 'ffn_norm.weight' },
  gate: { shape: ({ hiddenDim, dim }) => [hiddenDim, dim], when: dense, huggingFace: 'mlp.gate_proj.weight', gguf: 'ffn_gate.weight' },
  up: { shape: ({ hiddenDim, dim }) => [hiddenDim, dim], when: dense, huggingFace: 'mlp.up_proj.weight', gguf: 'ffn_up.weight' },
  down: { shape: ({ hiddenDim, dim }) => [dim, hiddenDim], when: dense, huggingFace: 'mlp.down_proj.weight', gguf: 'ffn_down.weight' },
  router: { shape: (config) => [expert(config).count, config.dim], when: sparse, huggingFace: 'mlp.gate.weight', gguf: 'ffn_gate_inp.weight' },
  expertGate: {
    shape: (config) => [expert(config).hiddenDim, config.dim], when: sparse, perExpert: true,
    huggingFace: 'mlp.experts.{E}.gate_proj.weight', gguf: 'ffn_gate_exps.weight',
  },
  expertUp: {
    shape: (config) => [expert(config).hiddenDim, config.dim], when: sparse, perExpert: true,
    huggingFace: 'mlp.experts.{E}.up_proj.weight', gguf: 'ffn_up_exps.weight',
  },
  expertDown: {
    shape: (config) => [config.dim, expert(config).hiddenDim], when: sparse, perExpert: true,
    huggingFace: 'mlp.experts.{E}.down_proj.weight', gguf: 'ffn_down_exps.weight',
  },
  qBias: { shape: (config) => [queryDim(config), 1], when: bias, huggingFace: 'self_attn.q_proj.bias', gguf: 'attn_q.bias' },
  kBias: { shape: (config) => [kvDim(config), 1], when: bias, huggingFace: 'self_attn.k_proj.bias', gguf: 'attn_k.bias' },
  vBias: { shape: (config) => [kvDim(config), 1], when: bias, huggingFace: 'self_attn.v_proj.bias', gguf: 'attn_v.bias' },
  oBias: { shape: ({ dim }) => [dim, 1], when: ({ oBias }) => oBias === true, huggingFace: 'self_attn.o_proj.bias', gguf: 'attn_output.bias' },
  qNorm: {
    shape: (config) => [config.qkNorm === 'whole' ? queryDim(config) : config.headDim, 1], when: qkNorm,
    huggingFace: 'self_attn.q_norm.weight', gguf: 'attn_q_norm.weight',
  },
  kNorm: {
    shape: (config) => [config.qkNorm === 'whole' ? kvDim(config) : config.headDim, 1], when: qkNorm,
    huggingFace: 'self_attn.k_norm.weight', gguf: 'attn_k_norm.weight',
  },
  attnPostNorm: {
    shape: ({ dim }) => [dim, 1], when: postNorm, huggingFace: 'post_attention_layernorm.weight', gguf: 'post_attention_norm.weight',
  },
  ffnPostNorm: {
    shape: ({ dim }) => [dim, 1], when: postNorm, huggingFace: 'post_feedforward_layernorm.weight', gguf: 'post_ffw_norm.weight',
  },
} satisfies Record<string, TensorRow>

export type LayerTensor = keyof typeof ROWS
const TENSORS: Readonly<Record<LayerTensor, TensorRow>> = ROWS

/** Tensors of one layer of a model, without the `layers.N.` in front, and their shapes; those of expert E as `experts.E.NAME`. */
export function layerShapes(config: ModelConfig, layer: number): Map<string, Shape> {
  const rows = (Object.entries(TENSORS) as [LayerTensor, TensorRow][]).filter(([, { when }]) => when?.(config, layer) ?? true)
  return new Map(rows.flatMap(([name, { shape, perExpert }]): [string, Shape][] => (
    perExpert !== true ? [[name, shape(config)]]
      : Array.from({ length: config.experts!.count }, (_, e) => [expertTensor(e, name), shape(config)])
  )))
}

/** Canonical name, within its layer, of a tensor of an expert. */
export function expertTensor(expertNumber: number, name: string): string {
  return `experts.${expertNumber}.${name}`
}

/** Where a checkpoint keeps a tensor: the name there, and which of its rows, where several are joined in one. */
export interface StoredTensor {
  readonly name: string
  readonly firstRow?: number
  /** Rows of the joined tensor. */
  readonly rows?: number
}

/** Other names of a family's tensors, behind the layer's prefix. */
export type TensorNames = (config: ModelConfig) => Partial<Record<LayerTensor, StoredTensor>>

/** A canonical tensor as Hugging Face or GGUF has it. */
export function storedTensor(
  name: string, config: ModelConfig, format: 'huggingFace' | 'gguf', names?: TensorNames,
): StoredTensor {
  const outer = OUTER[format]
  if (name === 'embed' || (name === 'head' && config.tiedEmbeddings)) return { name: outer.embed }
  if (name === 'head' || name === 'finalNorm') return { name: outer[name] }
  const [, layer, ...path] = name.split('.')
  const short = path.at(-1) as LayerTensor
  const { name: stored, ...rest } = names?.(config)[short] ?? { name: TENSORS[short][format] }
  const place = `${outer.layer}${layer}.${stored}`
  if (path.length === 1) return { name: place, ...rest }
  const number = Number(path[1])
  if (format === 'huggingFace') return { name: place.replace('{E}', String(number)), ...rest }
  const [rows] = TENSORS[short].shape(config)
  return { name: place, firstRow: number * rows, rows: config.experts!.count * rows }
}

const OUTER = {
  huggingFace: { embed: 'model.embed_tokens.weight', head: 'lm_head.weight', finalNorm: 'model.norm.weight', layer: 'model.layers.' },
  gguf: { embed: 'token_embd.weight', head: 'output.weight', finalNorm: 'output_norm.weight', layer: 'blk.' },
} as const
