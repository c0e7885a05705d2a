/**
 * A process of its own, so that its memory can be measured: opens the model folder named by its argument, brings the
 * last of its layers and part of the vocabulary to integers, runs one token through them, and prints what it saw.
 */
import { loadModel } from '../../../programs/models/index.js'
import type { LoadedModel } from '../../../programs/models/index.js'
import { quantizeModel } from '../../../programs/quantize/index.js'
import { ReferenceInterpreter } from '../../../programs/reference/index.js'

const model = loadModel(process.argv[2]!)
const openedRssBytes = process.memoryUsage().rss
const last = model.config.layers - 1
const { dim } = model.config
const down = model.tensor(`layers.${last}.down`)
const firstDown = Array.from(down.subarray(0, 4))
const VOCABULARY = 1000
const oneLayer: LoadedModel = {
  ...model,
  config: { ...model.config, layers: 1, vocabSize: VOCABULARY },
  tensor(name) {
    const values = model.tensor(name.replace('layers.0.', `layers.${last}.`))
    return name === 'embed' || name === 'head' ? values.slice(0, VOCABULARY * dim) : values
  },
}
const logits = new ReferenceInterpreter(quantizeModel(oneLayer)).forward(5)
process.stdout.write(JSON.stringify({
  layers: model.config.layers,
  dim,
  firstDown,
  nonZeroLogits: logits.reduce((count, logit) => count + (logit === 0 ? 0 : 1), 0),
  finite: logits.every(Number.isFinite),
  openedRssBytes,
  // Kilobytes on every system Node runs on.
  peakRssBytes: process.resourceUsage().maxRSS * 1024,
}))
