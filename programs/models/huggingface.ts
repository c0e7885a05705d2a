import { existsSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { readFamilyConfig } from './huggingface-config.js'
import { loadJsonTokenizer } from './json-tokenizer.js'
import { adjacentPairs, isRotated } from './rotary.js'
import { openSafetensors } from './safetensors.js'
import { checkStored, readStored } from './tensor-store.js'
import type { TensorStore } from './tensor-store.js'
import { storedTensor } from './tensors.js'
import type { StoredTensor } from './tensors.js'
import { tensorShapes, unknownTensor } from './types.js'
import type { LoadedModel } from './types.js'

/** Tables that are computed anyway, and a head that is stored though it is the embedding. */
const HARMLESS = /rotary_emb\.inv_freq$|^lm_head\.weight$/

/** The same, and what a model of text and images has for images. */
const HARMLESS_OUTER = new RegExp(`${HARMLESS.source}|language_model\\.lm_head\\.weight$|vision_tower\\.|multi_modal_projector\\.`)

/** What the tensors of a text model are called where it is a part of a larger one, by one that every model has. */
function innerName(store: TensorStore): (name: string) => string {
  if (store.has('language_model.model.embed_tokens.weight')) return (name) => `language_model.${name}`
  if (store.has('model.language_model.embed_tokens.weight')) return (name) => name.replace(/^model\./, 'model.language_model.')
  return (name) => name
}

/** Whether `path` is a folder in the Hugging Face layout. */
export function isHuggingFaceFolder(path: string): boolean {
  return existsSync(join(path, 'config.json'))
}

/** A folder's name, or a snapshot's by the repository whose it is. */
function nameOf(folder: string): string {
  return /models--.+--([^/\\]+)[/\\]snapshots[/\\][^/\\]+$/.exec(folder)?.[1] ?? basename(folder)
}

/**
 * Opens a Hugging Face folder of a family that is understood: config.json, tokenizer.json, model.safetensors (or shards).
 * Every tensor's header is checked at once; its values are read when asked for, and not kept.
 * @throws InputError naming the file, and the key or tensor at fault
 */
export function loadHuggingFace(folder: string): LoadedModel {
  const { config, family, packing } = readFamilyConfig(join(folder, 'config.json'))
  const store = openSafetensors(folder, packing)
  const shapes = tensorShapes(config)
  const prefixed = innerName(store)
  const stored = (tensor: string): StoredTensor => {
    const found = storedTensor(tensor, config, 'huggingFace', family.tensors)
    return { ...found, name: prefixed(found.name) }
  }
  for (const [tensor, shape] of shapes) checkStored(store, stored(tensor), shape, 'config.json')
  store.refuseUnread([...shapes.keys()].map((tensor) => stored(tensor).name), family.outer === undefined ? HARMLESS : HARMLESS_OUTER)
  const name = nameOf(resolve(folder))
  return {
    name,
    config,
    tokenizer: loadJsonTokenizer(folder, config.vocabSize),
    tensor(tensorName) {
      const shape = shapes.get(tensorName)
      if (shape === undefined) throw unknownTensor(name, tensorName, config)
      const values = readStored(store, stored(tensorName), shape)
      const isGain = /norm$/i.test(tensorName)
      const meant = isGain && family.gainOffset !== undefined ? values.map((value) => value + family.gainOffset!) : values
      return isRotated(tensorName) ? adjacentPairs(meant, shape[1], config.headDim, config.rotaryDims) : meant
    },
  }
}
