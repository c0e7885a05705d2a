import { graphOf } from '../graph/model.js'
import { vectorWeightsOf } from '../graph/operators.js'
import type { Operator } from '../graph/operators.js'
import { expertsOf } from '../models/experts.js'
import type { ModelConfig, Tokenizer } from '../models/types.js'
import { portBits } from '../quantize/index.js'
import type { QuantizedLayer, QuantizedLinear, QuantizedModel, QuantizeOptions, ZeroShares } from '../quantize/types.js'

/**
 * A model that is a shape: every size, no weights. The compiler lays it out like any other; the chip runs it
 * on spike counts that are drawn, not computed.
 * @param zeroShares what is known of its weights, for chips that gate or skip those that are zero
 */
export function shapeModel(name: string, config: ModelConfig, options: QuantizeOptions, zeroShares?: ZeroShares): QuantizedModel {
  const { dim, vocabSize } = config
  const { weightBits, embeddingBits } = options
  const shareOf = (port: string): number | undefined => zeroShares?.[port as keyof ZeroShares] ?? zeroShares?.['*']
  const linear: ShapeLinear = (port, inputs, outputs, bits) => {
    const zeroShare = shareOf(port)
    return { inputs, outputs, bits, q: new Int8Array(0), scale: NOTHING, ...(zeroShare === undefined ? {} : { zeroShare }) }
  }
  const layers = graphOf(config).layers.map(({ operators }, n) => shapeLayer(operators, weightBits, linear, expertsOf(config, n)?.count ?? 0))
  return {
    name, config, options,
    tokenizer: numberTokenizer(vocabSize),
    embedding: linear('embedding', vocabSize, dim, embeddingBits),
    layers,
    finalNorm: NOTHING,
    head: linear('head', dim, vocabSize, weightBits),
    ...(zeroShares === undefined ? {} : { zeroShares }),
  }
}

const NOTHING = new Float32Array(0)

type ShapeLinear = (port: string, inputs: number, outputs: number, bits: number) => QuantizedLinear

function shapeLayer(operators: readonly Operator[], bits: number, linear: ShapeLinear, experts: number): QuantizedLayer {
  const linears = (isExpert: boolean): Record<string, QuantizedLinear> => Object.fromEntries(operators.flatMap((operator) => (
    operator.kind === 'linear' && (operator.isExpert === true) === isExpert
      ? [[operator.port, linear(operator.port, operator.inputs, operator.outputs, portBits(operator.port, bits))]] : []
  )))
  const vectors = Object.fromEntries(operators.flatMap(vectorWeightsOf).map(({ name }) => [name, NOTHING]))
  const layer = { linears: linears(false) as QuantizedLayer['linears'], vectors }
  if (experts === 0) return layer
  return { ...layer, experts: Array.from({ length: experts }, () => linears(true) as NonNullable<QuantizedLayer['experts']>[number]) }
}

/** Text means nothing to a shape: a prompt is one token a character, a token is shown by its number. */
function numberTokenizer(vocabSize: number): Tokenizer {
  return {
    vocabSize, bosId: 1, eosId: 2,
    encode: (text, { bos = true } = {}) => [...(bos ? [1] : []), ...Array.from(text, (character) => character.codePointAt(0)! % vocabSize)],
    decode: (ids) => ids.map((id) => `<${id}>`).join(''),
    decodeToken: (id) => `<${id}>`,
  }
}
