import { loadModel, readHuggingFaceConfig } from '../programs/models/index.js'
import type { ModelConfig } from '../programs/models/types.js'
import { MODEL_SHAPES } from '../programs/shapes/presets.js'
import { didYouMean, InputError } from '../sim/errors.js'
import { findModel, modelNames } from './model-source.js'

/** Sizes of a model known by shape, of a config.json, or of any model that can be opened. */
export function configOf(nameOrPath: string): ModelConfig {
  const shape = MODEL_SHAPES[nameOrPath]
  if (shape !== undefined) return shape
  const isName = /^[\w.-]+$/.test(nameOrPath) && !/\.(bin|gguf|safetensors|json)$/.test(nameOrPath)
  if (isName && !modelNames().includes(nameOrPath)) {
    const known = [...Object.keys(MODEL_SHAPES), ...modelNames()]
    throw new InputError(`there is no model '${nameOrPath}'.${didYouMean(nameOrPath, known)}`
      + ` Models: ${known.join(', ')}.`
      + ' A config.json or a model of your own is named by its path, such as ./config.json.')
  }
  const path = findModel(nameOrPath)
  return path.endsWith('.json') ? readHuggingFaceConfig(path) : loadModel(path).config
}
