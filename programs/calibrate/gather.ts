import type { Tokenizer } from '../models/types.js'
import type { EncodedOperator, QuantizedLinear } from '../quantize/index.js'
import { splitDocuments } from '../reference/evaluate.js'
import type { ReferenceInterpreter } from '../reference/interpreter.js'

/** The inputs of one linear layer over a calibration text: samples, and what is known of every channel. */
export interface LayerInputs {
  readonly operator: EncodedOperator
  readonly layer: number
  readonly linear: QuantizedLinear
  /** [samples][inputs], evenly spaced over the text. */
  readonly samples: readonly Float32Array[]
  /** Largest magnitude of each channel over the text, [inputs]. */
  readonly channelMax: Float64Array
  /** Mean magnitude of each channel's square, [inputs]. */
  readonly channelSquare: Float64Array
  readonly tokens: number
}

/** Tokens whose inputs are kept whole: enough for a scale and a Hessian, few enough for memory. */
const SAMPLES = 512

/** Runs a model over a text and keeps what enters its linear layers. */
export function gatherInputs(
  interpreter: ReferenceInterpreter, tokenizer: Tokenizer, text: string, onToken: (done: number, total: number) => void = () => undefined,
): LayerInputs[] {
  const documents = splitDocuments(text).map((document) => tokenizer.encode(document))
  const total = documents.reduce((sum, ids) => sum + ids.length, 0)
  const stride = Math.max(1, Math.floor(total / SAMPLES))
  const rows = interpreter.inputs.map(({ layer }, port) => {
    const { operator, layer: index } = interpreter.stats[port + 1]!
    return {
      operator: operator as EncodedOperator, layer: index, linear: layer, samples: [] as Float32Array[],
      channelMax: new Float64Array(layer.inputs), channelSquare: new Float64Array(layer.inputs), tokens: total,
    }
  })
  let token = 0
  interpreter.observe = (port, x) => {
    const { channelMax, channelSquare, samples } = rows[port]!
    for (let i = 0; i < x.length; i++) {
      const magnitude = Math.abs(x[i]!)
      if (magnitude > channelMax[i]!) channelMax[i] = magnitude
      channelSquare[i]! += magnitude * magnitude / total
    }
    if (token % stride === 0) samples.push(x.slice())
  }
  for (const ids of documents) {
    ids.forEach((id, position) => {
      const { contextLength } = interpreter.config
      if (position % contextLength === 0) interpreter.reset(Math.min(contextLength, ids.length - position))
      interpreter.forward(id)
      onToken(++token, total)
    })
  }
  interpreter.observe = undefined
  return rows
}
