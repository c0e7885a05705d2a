import { didYouMean, InputError } from '../../sim/errors.js'
import type { LoadedModel } from '../models/types.js'
import { quantizeModel } from '../quantize/index.js'
import type { InputEncoding, LayerChoices, QuantizedModel, QuantizeOptions } from '../quantize/index.js'
import type { CalibratedLayer, CalibrationFile } from './file.js'
import { rotateResidual, rotateValues, smooth } from './fold.js'

/** The model with everything folded into its weights that a calibration says. */
export function foldModel(model: LoadedModel, fold: CalibrationFile['fold']): LoadedModel {
  let folded = model
  if (fold.rotation !== undefined) folded = rotateResidual(folded, fold.rotation)
  if (fold.valueRotation !== undefined) folded = rotateValues(folded, fold.valueRotation)
  if (fold.gamma !== undefined) folded = smooth(folded, fold.gamma)
  return folded
}

/** A row without what it leaves open. */
function encodingOf({ operator: _operator, layer: _layer, ...rest }: CalibratedLayer): InputEncoding {
  return Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)) as InputEncoding
}

function defined<T extends object>(values: T): Partial<{ [K in keyof T]: Exclude<T[K], undefined> }> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never
}

/**
 * Quantizes a model as a calibration says. Options given here come before the file's, and those that settle an
 * input's encoding before its layers.
 * @throws InputError if the file was made for another model or names a channel or layer the model does not have
 */
export function applyCalibration(
  model: LoadedModel, file: CalibrationFile | undefined, options: Partial<QuantizeOptions> = {}, weights?: LayerChoices['weights'],
): QuantizedModel {
  const choices: LayerChoices = weights === undefined ? {} : { weights }
  if (file !== undefined || weights !== undefined) refuseExperts(model)
  if (file === undefined) return quantizeModel(model, options, choices)
  checkAgainst(model, file)
  const given = defined({ activationBits: options.activationBits, clip: options.clip, maxCount: options.maxCount })
  const byName = new Map(file.layers.map((row) => [`${row.operator}/${row.layer}`, { ...encodingOf(row), ...given }]))
  return quantizeModel(foldModel(model, file.fold), { ...defined(file.options), ...options }, {
    ...choices, input: (operator, layer) => byName.get(`${operator}/${layer}`),
  })
}

/** @throws InputError for a model whose layers have several matrices of one name */
export function refuseExperts({ name, config }: Pick<LoadedModel, 'name' | 'config'>): void {
  if (config.experts === undefined) return
  throw new InputError(`model ${name} has experts: calibration, rotation and GPTQ have one encoding and one matrix a layer. Quantize it without them.`)
}

function checkAgainst({ name, config }: LoadedModel, file: CalibrationFile): void {
  if (file.model !== name) {
    throw new InputError(`the calibration is for model '${file.model}', this is '${name}'.${didYouMean(file.model, [name])} Calibrate this model.`)
  }
  const inputs = {
    qkv: config.dim, o: config.heads * config.headDim, gateUp: config.dim, down: config.hiddenDim, head: config.dim,
    router: 0, expertGateUp: 0, expertDown: 0,
  }
  for (const { operator, layer, salient } of file.layers) {
    const last = config.layers - 1
    if (operator === 'head' ? layer !== -1 : layer < 0 || layer > last) {
      throw new InputError(`calibration: ${operator} of layer ${layer}, but the model has layers 0..${last}, and the head is layer -1`)
    }
    const beyond = salient?.channels.find((channel) => channel >= inputs[operator])
    if (beyond !== undefined) {
      throw new InputError(`calibration: salient channel ${beyond} of ${operator} in layer ${layer}, but it has inputs 0..${inputs[operator] - 1}`)
    }
  }
}
