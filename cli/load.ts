import { basename, join } from 'node:path'
import { existsSync } from 'node:fs'
import type { LoadedModel } from '../programs/models/types.js'
import { loadModel } from '../programs/models/index.js'
import { quantizeModel } from '../programs/quantize/index.js'
import type { QuantizedModel } from '../programs/quantize/types.js'
import { readJson } from './files.js'
import { findModel, PROVENANCE_FILE } from './model-source.js'

/** The model of a command that was given none. */
export const DEFAULT_MODEL = 'kjv-1m'

export interface ModelForRun {
  readonly loaded: LoadedModel
  readonly quantized: QuantizedModel
  /** Where the weights come from, one line. */
  readonly provenance: string
}

/** Loads and quantizes the model that `--model NAME|PATH` means. */
export function loadForRun(nameOrPath: string): ModelForRun {
  const path = findModel(nameOrPath)
  const loaded = loadModel(path)
  return { loaded, quantized: quantizeModel(loaded), provenance: provenanceOf(path) }
}

function provenanceOf(path: string): string {
  const file = join(path, PROVENANCE_FILE)
  if (!existsSync(file)) return `file ${basename(path)}`
  const { description } = readJson(file, 'provenance file') as { description?: unknown }
  return typeof description === 'string' ? description : `shipped model ${basename(path)}`
}
