import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { didYouMean, InputError } from '../sim/errors.js'
import { cachedModel, hubCache, isRepository } from './hub-cache.js'
import { packageRoot } from './package-root.js'

/** File that says where a shipped model comes from. */
export const PROVENANCE_FILE = 'spikeloom.json'

function modelsFolder(): string {
  return join(packageRoot(), 'models')
}

/** Names of the models that come with Spikeloom: the folders of models/ that say what they are. */
export function modelNames(): string[] {
  if (!existsSync(modelsFolder())) return []
  const holds = (name: string, file: string): boolean => existsSync(join(modelsFolder(), name, file))
  return readdirSync(modelsFolder()).filter((name) => holds(name, PROVENANCE_FILE) || holds(name, 'config.json')).sort()
}

/** Folder of a shipped model. */
export function shippedModelPath(name: string): string {
  return join(modelsFolder(), name)
}

/**
 * The path that `--model NAME|PATH` means: a path when it has a slash or names a file type, else a shipped model.
 * @throws InputError for no such model (names the nearest, and all) or no such path.
 */
export function findModel(nameOrPath: string): string {
  if (/[/\\]|\.(bin|gguf|safetensors|json)$/.test(nameOrPath)) {
    if (existsSync(nameOrPath)) return nameOrPath
    if (!isRepository(nameOrPath)) throw new InputError(`model '${nameOrPath}' does not exist: no such file or folder.`)
    const cached = cachedModel(nameOrPath)
    if (cached !== undefined) return cached
    throw new InputError(`model '${nameOrPath}' is neither a file or folder nor in the cache ${hubCache()} (HF_HOME and HF_HUB_CACHE say where `
      + `that is). If it is a repository of the Hugging Face hub, fetch it with: spikeloom pull ${nameOrPath}`)
  }
  const names = modelNames()
  if (names.includes(nameOrPath)) return shippedModelPath(nameOrPath)
  throw new InputError(`there is no model '${nameOrPath}'.${didYouMean(nameOrPath, names)} Models: ${names.join(', ') || 'none'}.`
    + ' A model of your own is named by its path, such as ./my-model.')
}
