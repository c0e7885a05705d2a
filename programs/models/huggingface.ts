import { existsSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { readHuggingFaceConfig } from './huggingface-config.js'
import { loadJsonTokenizer } from './json-tokenizer.js'
import { adjacentPairs } from './rotary.js'
import { openSafetensors } from './safetensors.js'
import { tensorShapes, unknownTensor } from './types.js'
import type { BiasTensor, LayerTensor, LoadedModel, ModelConfig } from './types.js'

const LAYER_NAMES: Record<LayerTensor | BiasTensor, string> = {
  attnNorm: 'input_layernorm.weight',
  q: 'self_attn.q_proj.weight',
  k: 'self_attn.k_proj.weight',
  v: 'self_attn.v_proj.weight',
  qBias: 'self_attn.q_proj.bias',
  kBias: 'self_attn.k_proj.bias',
  vBias: 'self_attn.v_proj.bias',
  o: 'self_attn.o_proj.weight',
  ffnNorm: 'post_attention_layernorm.weight',
  gate: 'mlp.gate_proj.weight',
  up: 'mlp.up_proj.weight',
  down: 'mlp.down_proj.weight',
}

/** A canonical tensor name as Hugging Face has it. */
function storedName(name: string, config: ModelConfig): string {
  if (name === 'embed' || (name === 'head' && config.tiedEmbeddings)) return 'model.embed_tokens.weight'
  if (name === 'head') return 'lm_head.weight'
  if (name === 'finalNorm') return 'model.norm.weight'
  const [, layer, tensor] = name.split('.')
  return `model.layers.${layer}.${LAYER_NAMES[tensor as LayerTensor]}`
}

/** Whether `path` is a folder in the Hugging Face layout. */
export function isHuggingFaceFolder(path: string): boolean {
  return existsSync(join(path, 'config.json'))
}

/**
 * Opens a Hugging Face folder of the LLaMA family: config.json, tokenizer.json, model.safetensors (or shards).
 * Every tensor's header is checked at once; its values are read when asked for, and not kept.
 * @throws InputError naming the file, and the key or tensor at fault
 */
export function loadHuggingFace(folder: string): LoadedModel {
  const config = readHuggingFaceConfig(join(folder, 'config.json'))
  const store = openSafetensors(folder)
  const shapes = tensorShapes(config)
  for (const [tensor, shape] of shapes) store.check(storedName(tensor, config), shape, 'config.json')
  const name = basename(resolve(folder))
  return {
    name,
    config,
    tokenizer: loadJsonTokenizer(folder, config.vocabSize),
    tensor(tensorName) {
      const shape = shapes.get(tensorName)
      if (shape === undefined) throw unknownTensor(name, tensorName, config)
      const values = store.read(storedName(tensorName, config))
      return /\.[qk](Bias)?$/.test(tensorName) ? adjacentPairs(values, shape[1], config.headDim) : values
    },
  }
}
