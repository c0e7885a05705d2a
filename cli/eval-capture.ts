import { loadModel } from '../programs/models/index.js'
import { ReferenceInterpreter, splitDocuments, totalSpikes } from '../programs/reference/index.js'
import { SpikeRecorder } from '../programs/reference/record.js'
import { InputError } from '../sim/errors.js'
import { readTextStart } from './eval-run.js'
import type { EvalSettings } from './eval-run.js'
import { quantizeForRun } from './load.js'
import { findModel } from './model-source.js'

/**
 * Records what enters the layers of the reference on the first document of a text, as far as the model's context goes.
 * @throws InputError without a text, and for an encoding or calibration that a shape cannot replay
 */
export function captureSpikes(settings: EvalSettings): { bytes: Uint8Array; tokens: number; spikesPerActivation: number } {
  if (settings.text === undefined) throw new InputError('--capture records the spikes of a text: give --text FILE.')
  if (settings.encoding === 'float') throw new InputError('--capture records spikes: it needs a spike encoding, not float.')
  if (settings.quantization.calibration !== undefined) {
    throw new InputError('--capture with --calibration: scales and limits by layer are in programs that a shape does not have. Leave it out.')
  }
  const loaded = loadModel(findModel(settings.model))
  const { model } = quantizeForRun(loaded, settings.quantization)
  if (model.config.experts !== undefined) throw new InputError(`--capture: model ${model.name} has experts; a recording does not hold which were chosen.`)
  const document = splitDocuments(readTextStart(settings.text, settings.limitBytes))[0]
  if (document === undefined) throw new InputError(`text '${settings.text}' is empty.`)
  const ids = model.tokenizer.encode(document).slice(0, model.config.contextLength)
  const interpreter = new ReferenceInterpreter(model)
  interpreter.reset(ids.length)
  const recorder = new SpikeRecorder(interpreter)
  for (const id of ids) {
    recorder.note(id)
    interpreter.forward(id)
  }
  const { activationBits, weightBits, rounding, clip } = model.options
  const about = { encoder: 'symmetric absmax', activationBits, weightBits, rounding, clip, promptTokens: ids.length }
  const texts = Object.fromEntries(Object.entries(about).map(([key, value]) => [key, String(value)]))
  const { spikesPerActivation } = totalSpikes(interpreter.stats)
  return { bytes: recorder.file({ model: loaded.name, ...texts }), tokens: ids.length, spikesPerActivation }
}
