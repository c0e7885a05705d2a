import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { InputError } from '../../sim/errors.js'
import { isLaterPart } from './gguf-split.js'
import { loadGguf } from './gguf.js'
import { isHuggingFaceFolder, loadHuggingFace } from './huggingface.js'
import { loadLlama2c } from './llama2c.js'
import type { LoadedModel } from './types.js'

export { readHuggingFaceConfig } from './huggingface-config.js'
export { layerShapes } from './tensors.js'
export type { LayerTensor, Shape } from './tensors.js'
export { checkConfig, parameterCount, tensorShapes, unknownTensor } from './types.js'
export type { LoadedModel, ModelConfig, Tokenizer } from './types.js'

/** A model file or folder, by what is at `path`: one line a format. */
interface Format {
  readonly name: string
  /** The path to load when this format is at `path`, else undefined. */
  locate(path: string, isFolder: boolean): string | undefined
  load(path: string): LoadedModel
}

/** The one file of a folder with an ending, tokenizers (tok*) and later parts of a split aside. */
function oneIn(folder: string, ending: string): string | undefined {
  const models = readdirSync(folder).filter((name) => name.endsWith(ending) && !name.startsWith('tok') && !isLaterPart(name))
  return models.length === 1 ? join(folder, models[0]!) : undefined
}

const FORMATS: readonly Format[] = [
  {
    name: 'a Hugging Face folder (config.json, model.safetensors, tokenizer.json)',
    locate: (path, isFolder) => (isFolder && isHuggingFaceFolder(path) ? path : undefined),
    load: loadHuggingFace,
  },
  {
    name: 'a GGUF file (.gguf)',
    locate: (path, isFolder) => (isFolder ? oneIn(path, '.gguf') : path.endsWith('.gguf') ? path : undefined),
    load: loadGguf,
  },
  {
    name: 'a llama2.c .bin with its tokenizer (tok*.bin) beside it',
    locate: (path, isFolder) => (isFolder ? oneIn(path, '.bin') : path.endsWith('.bin') ? path : undefined),
    load: loadLlama2c,
  },
]

/**
 * Opens a model: a Hugging Face folder, a GGUF or llama2.c file, or a folder with one such file. Headers are read
 * and checked at once, weights when they are asked for.
 * @throws InputError naming the file, and the key or tensor at fault
 */
export function loadModel(path: string): LoadedModel {
  if (!existsSync(path)) throw new InputError(`model ${path}: no such file or folder`)
  const isFolder = statSync(path).isDirectory()
  for (const format of FORMATS) {
    const located = format.locate(path, isFolder)
    if (located !== undefined) return format.load(located)
  }
  throw new InputError(`model ${path}: not a known format; expected ${FORMATS.map((f) => f.name).join(', or ')}`)
}
