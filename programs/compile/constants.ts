import { graphOf } from '../graph/model.js'
import type { LayerGraph } from '../graph/model.js'
import { vectorWeightsOf } from '../graph/operators.js'
import type { Port, Rope } from '../graph/operators.js'
import { rotarySteps } from '../graph/rotary.js'
import type { BufferNeed } from './data.js'
import { linearOf, qkvRanges } from './ir.js'
import type { AttentionUnit, FinalUnit, HubUnit, TiledModel, Unit } from './ir.js'
import { headsTakeSums } from './stages.js'

/** Vectors that a unit has from the start: gains of norms, channel scales, biases, rotary steps; each by its name. */

/** The graph that a unit works on; the final hub's is that of the head. */
export function layerOf({ model }: Pick<TiledModel, 'model'>, { layer }: Pick<Unit, 'layer'>): LayerGraph {
  const { layers, final } = graphOf(model.config)
  return layer < 0 ? final : layers[layer]!
}

/** Name of a vector weight of a unit's layer. */
export function weightName(name: string, { layer }: Pick<Unit, 'layer'>): string {
  return layer < 0 ? name : `${name}.${layer}`
}

/** Name of the channel scales of a linear layer. */
export function scaleName(port: Port, unit: Pick<Unit, 'layer'>, expert?: number): string {
  if (port === 'embedding') return 'scale.embedding'
  return weightName(expert === undefined ? `scale.${port}` : `scale.${port}.${expert}`, unit)
}

/** The gains and channel scales of a hub or of the final hub. */
export function constantsOf({ model }: Pick<TiledModel, 'model'>, unit: HubUnit | FinalUnit): BufferNeed[] {
  const operators = layerOf({ model }, unit).operators.filter(({ site }) => site === 'hub')
  const scales = (port: Port, layer: number, expert?: number): BufferNeed => {
    const { outputs, scale } = linearOf(model, port, layer, expert)
    return { name: scaleName(port, unit, expert), words: outputs, values: () => scale }
  }
  const experts = [...model.layers[unit.layer]?.experts?.keys() ?? []]
  return [
    ...operators.flatMap(vectorWeightsOf).map(({ name, words }) => ({
      name: weightName(name, unit), words, values: () => (unit.kind === 'final' ? model.finalNorm : model.layers[unit.layer]!.vectors[name]!),
    })),
    ...operators.flatMap((operator) => {
      if (operator.kind !== 'linear' || operator.taker !== 'hub') return []
      return operator.isExpert === true ? experts.map((expert) => scales(operator.port, unit.layer, expert)) : [scales(operator.port, unit.layer)]
    }),
    ...(unit.kind === 'hub' && unit.layer === 0 ? [scales('embedding', -1)] : []),
  ]
}

/** Name of the steps of a rotary embedding: layers with the same frequencies share them on a core. */
export function rotationName({ base, divisors }: Rope): string {
  return `rotation.${base}${divisors === undefined ? '' : '.scaled'}`
}

/** What one KV head has of its own: rotary steps, channel scales, and the weights of the heads' operators. */
export function attentionConstants({ model }: Pick<TiledModel, 'model'>, unit: AttentionUnit): BufferNeed[] {
  const { linears, vectors } = model.layers[unit.layer]!
  const { operators } = layerOf({ model }, unit)
  const own = `${unit.layer}.${unit.kvHead}`
  const ranges = qkvRanges({ model }, unit.kvHead)
  const words = ranges.reduce((sum, { range }) => sum + range.end - range.begin, 0)
  /** The part of a vector over the fused outputs, in the order of the unit's buffer. */
  const part = (all: Float32Array): Float32Array => {
    const values = new Float32Array(words)
    for (const { range, offset } of ranges) values.set(all.subarray(range.begin, range.end), offset)
    return values
  }
  const heads = operators.filter(({ site }) => site === 'heads')
  const { headDim } = model.config
  return [
    ...heads.flatMap((operator) => (operator.kind === 'rotate' ? [{
      name: rotationName(operator.rope), words: headDim / 2, values: () => Int32Array.from(rotarySteps(operator.rope, headDim), (step) => step | 0),
    }] : [])),
    ...(headsTakeSums({ model }, unit.layer) ? [{ name: `scaleQkv.${own}`, words, values: () => part(linears.qkv.scale) }] : []),
    ...heads.flatMap((operator): BufferNeed[] => {
      if (operator.kind === 'bias') return [{ name: `biasQkv.${own}`, words, values: () => part(vectors[operator.bias.name]!) }]
      return vectorWeightsOf(operator).map((weights) => (
        { name: weightName(weights.name, unit), words: weights.words, values: () => vectors[weights.name]! }
      ))
    }),
  ]
}
