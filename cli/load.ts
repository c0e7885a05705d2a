import { basename, join } from 'node:path'
import { existsSync } from 'node:fs'
import type { LoadedModel } from '../programs/models/types.js'
import { loadModel } from '../programs/models/index.js'
import { applyCalibration, parseCalibration } from '../programs/calibrate/index.js'
import type { CalibrationFile } from '../programs/calibrate/index.js'
import type { QuantizedModel } from '../programs/quantize/types.js'
import { readJson, readText } from './files.js'
import { gptqWeights } from './gptq.js'
import { findModel, PROVENANCE_FILE } from './model-source.js'
import type { Quantization } from './quantization-options.js'

export interface ModelForRun {
  readonly loaded: LoadedModel
  readonly quantized: QuantizedModel
  /** Where the weights come from, one line. */
  readonly provenance: string
}

const DEFAULTS: Quantization = { options: {}, calibration: undefined, gptq: undefined }

/** Loads and quantizes the model that `--model NAME|PATH` means. */
export function loadForRun(nameOrPath: string, quantization: Quantization = DEFAULTS): ModelForRun {
  const path = findModel(nameOrPath)
  const loaded = loadModel(path)
  return { loaded, quantized: quantizeForRun(loaded, quantization).model, provenance: provenanceOf(path) }
}

/** Quantizes a model as options and a calibration file say; options the user gave come before the file's. */
export function quantizeForRun(
  loaded: LoadedModel, { options, calibration, gptq }: Quantization,
): { model: QuantizedModel; calibration: CalibrationFile | undefined } {
  const file = calibration === undefined ? undefined : parseCalibration(readJson(calibration, 'calibration file'), calibration)
  const weights = gptq === undefined ? undefined : gptqWeights(loaded, file, readText(gptq, 'GPTQ text'))
  return { model: applyCalibration(loaded, file, options, weights), calibration: file }
}

function provenanceOf(path: string): string {
  const file = join(path, PROVENANCE_FILE)
  if (!existsSync(file)) return `file ${basename(path)}`
  const { description } = readJson(file, 'provenance file') as { description?: unknown }
  return typeof description === 'string' ? description : `shipped model ${basename(path)}`
}
