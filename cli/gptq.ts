import { foldModel } from '../programs/calibrate/index.js'
import type { CalibrationFile } from '../programs/calibrate/index.js'
import { gatherInputs } from '../programs/calibrate/gather.js'
import type { LoadedModel } from '../programs/models/types.js'
import { quantizeLinearGptq, quantizeModel, secondMoments } from '../programs/quantize/index.js'
import type { LayerChoices } from '../programs/quantize/index.js'
import { ReferenceInterpreter } from '../programs/reference/index.js'

/** Rounds weights with GPTQ, on what enters each layer of the 8-bit model over a text, folds applied. */
export function gptqWeights(
  model: LoadedModel, calibration: CalibrationFile | undefined, text: string,
): NonNullable<LayerChoices['weights']> {
  const folded = calibration === undefined ? model : foldModel(model, calibration.fold)
  const exact = new ReferenceInterpreter(quantizeModel(folded, { weightBits: 8, activationBits: 8 }))
  const samples = new Map(gatherInputs(exact, model.tokenizer, text).map((row) => [`${row.operator}/${row.layer}`, row.samples]))
  return (operator, layer, matrices, inputs, bits) => (
    quantizeLinearGptq(matrices, inputs, bits, secondMoments(samples.get(`${operator}/${layer}`)!, inputs))
  )
}
