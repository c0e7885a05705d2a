import { existsSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { InputError } from '../../sim/errors.js'
import { loadBpeTokenizer } from './bpe-tokenizer.js'
import { parseJson } from './json.js'
import { adjacentPairs } from './rotary.js'
import { openSafetensors } from './safetensors.js'
import type { TensorStore } from './safetensors.js'
import { fileSize, readBytes } from './tensor-file.js'
import { checkConfig, tensorShapes, unknownTensor } from './types.js'
import type { LayerTensor, LoadedModel, ModelConfig, Shape } from './types.js'

const ARCHITECTURES = ['LlamaForCausalLM']

const LAYER_NAMES: Record<LayerTensor, string> = {
  attnNorm: 'input_layernorm',
  q: 'self_attn.q_proj',
  k: 'self_attn.k_proj',
  v: 'self_attn.v_proj',
  o: 'self_attn.o_proj',
  ffnNorm: 'post_attention_layernorm',
  gate: 'mlp.gate_proj',
  up: 'mlp.up_proj',
  down: 'mlp.down_proj',
}

/** A canonical tensor name as Hugging Face has it. */
function storedName(name: string, config: ModelConfig): string {
  if (name === 'embed' || (name === 'head' && config.tiedEmbeddings)) return 'model.embed_tokens.weight'
  if (name === 'head') return 'lm_head.weight'
  if (name === 'finalNorm') return 'model.norm.weight'
  const [, layer, tensor] = name.split('.')
  return `model.layers.${layer}.${LAYER_NAMES[tensor as LayerTensor]}.weight`
}

function number(values: Record<string, unknown>, key: string, file: string, fallback?: number): number {
  const value = values[key] ?? fallback
  if (typeof value !== 'number') {
    throw new InputError(`${file}: ${key} is ${JSON.stringify(value)}, expected a number`)
  }
  return value
}

/** Refuses what would be computed wrongly rather than ignored. */
function checkArchitecture(values: Record<string, unknown>, file: string): void {
  const architectures = values['architectures']
  const architecture: unknown = Array.isArray(architectures) ? architectures[0] : values['model_type']
  if (typeof architecture !== 'string' || !(ARCHITECTURES.includes(architecture) || architecture === 'llama')) {
    throw new InputError(`${file}: architecture ${JSON.stringify(architecture)} is not supported; ` +
      `supported: ${ARCHITECTURES.join(', ')}`)
  }
  if ((values['hidden_act'] ?? 'silu') !== 'silu') {
    throw new InputError(`${file}: hidden_act is ${JSON.stringify(values['hidden_act'])}, expected "silu"`)
  }
  for (const key of ['attention_bias', 'mlp_bias']) {
    if (values[key] === true) throw new InputError(`${file}: ${key} is true; biases are not supported`)
  }
  if (values['rope_scaling'] !== undefined && values['rope_scaling'] !== null) {
    throw new InputError(`${file}: rope_scaling is set; scaled rotary embeddings are not supported`)
  }
}

function readConfig(file: string): ModelConfig {
  const values = parseJson(readText(file), file)
  checkArchitecture(values, file)
  const dim = number(values, 'hidden_size', file)
  const heads = number(values, 'num_attention_heads', file)
  const config: ModelConfig = {
    dim,
    hiddenDim: number(values, 'intermediate_size', file),
    layers: number(values, 'num_hidden_layers', file),
    heads,
    kvHeads: number(values, 'num_key_value_heads', file, heads),
    headDim: number(values, 'head_dim', file, dim / heads),
    vocabSize: number(values, 'vocab_size', file),
    contextLength: number(values, 'max_position_embeddings', file),
    normEps: number(values, 'rms_norm_eps', file),
    ropeBase: number(values, 'rope_theta', file, 10000),
    tiedEmbeddings: values['tie_word_embeddings'] === true,
  }
  checkConfig(config, file)
  return config
}

function readText(file: string): string {
  return new TextDecoder().decode(readBytes(file, 0, fileSize(file), 'the text'))
}

function sameShape(stored: readonly number[], [rows, columns]: Shape): boolean {
  if (columns === 1) return stored.length === 1 && stored[0] === rows
  return stored.length === 2 && stored[0] === rows && stored[1] === columns
}

/** Every tensor must be there in its shape before the first is used. */
function checkTensors(store: TensorStore, config: ModelConfig, folder: string): void {
  for (const [name, shape] of tensorShapes(config)) {
    const stored = storedName(name, config)
    if (!sameShape(store.shape(stored), shape)) {
      const expected = shape[1] === 1 ? [shape[0]] : shape
      throw new InputError(`${folder}: tensor '${stored}' has the shape [${store.shape(stored).join(', ')}], ` +
        `config.json makes it [${expected.join(', ')}]`)
    }
  }
}

/** Whether `path` is a folder in the Hugging Face layout. */
export function isHuggingFaceFolder(path: string): boolean {
  return existsSync(join(path, 'config.json'))
}

/**
 * Opens a Hugging Face folder of the LLaMA family: config.json, tokenizer.json, model.safetensors (or shards).
 * Tensors are read when asked for; nothing is kept.
 * @throws InputError naming the file, and the key or tensor at fault
 */
export function loadHuggingFace(folder: string): LoadedModel {
  const config = readConfig(join(folder, 'config.json'))
  const store = openSafetensors(folder)
  checkTensors(store, config, folder)
  const name = basename(resolve(folder))
  const shapes = tensorShapes(config)
  return {
    name,
    config,
    tokenizer: loadBpeTokenizer(folder),
    tensor(tensorName) {
      if (!shapes.has(tensorName)) throw unknownTensor(name, tensorName, config)
      const values = store.read(storedName(tensorName, config))
      const rotated = tensorName.endsWith('.q') || tensorName.endsWith('.k')
      return rotated ? adjacentPairs(values, config.dim, config.headDim) : values
    },
  }
}
