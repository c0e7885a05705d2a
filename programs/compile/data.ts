import { cacheRowWords } from '../../isa/index.js'
import { InputError } from '../../sim/errors.js'
import { graphOf } from '../graph/model.js'
import { vectorWeightsOf } from '../graph/operators.js'
import { inputRule } from '../quantize/index.js'
import { attentionConstants, constantsOf, layerOf } from './constants.js'
import { linearOf } from './ir.js'
import type { AttentionUnit, FinalUnit, HubUnit, TiledModel, Unit } from './ir.js'
import { headsTakeSums, stagesOfLayer } from './stages.js'

/** Data SRAM of a core: named buffers. A buffer that is asked for twice is the same buffer. */
export class DataLayout {
  /** Words taken. */
  words = 0
  private readonly buffers = new Map<string, { address: number; words: number }>()

  /** Address of a buffer, made on first use. */
  buffer(name: string, words: number): number {
    const known = this.buffers.get(name)
    if (known !== undefined) {
      if (known.words < words) throw new Error(`buffer ${name}: ${words} words asked, ${known.words} there`)
      return known.address
    }
    const address = this.words
    this.buffers.set(name, { address, words })
    this.words += words
    return address
  }

  /** Buffers in address order, for listings. */
  entries(): { name: string; address: number; words: number }[] {
    return [...this.buffers].map(([name, { address, words }]) => ({ name, address, words }))
  }
}

/**
 * The words that every core of a system with batches begins with. The host writes the header: how many tokens the batch has,
 * and of each its sequence, its position, and whether its logits are wanted. Behind it are the core's own copy of the
 * number of tokens, and the token in hand.
 */
export function batchWords({ batch }: Pick<TiledModel, 'batch'>) {
  const header = 1 + 3 * batch
  return {
    header: 0, sequences: 1, positions: 1 + batch, wanted: 1 + 2 * batch, headerLength: header,
    tokens: header, index: header + 1, length: header + 2,
  } as const
}

export interface BufferNeed {
  readonly name: string
  readonly words: number
  /** What it holds at the start, where that is not nothing; empty for a shape. */
  readonly values?: () => Float32Array | Int32Array
}

/** The gate works through the hidden vector, and the head through the vocabulary, in parts of about this many words. */
export const GATE_PART = 4000
export const HEAD_PART = 16384

const need = (name: string, words: number): BufferNeed => ({ name, words })

/**
 * The buffers a unit needs. On shared cores the working buffers of all layers are the same ones; constants
 * and KV caches are each layer's own.
 */
export function buffersOf(tiled: TiledModel, unit: Unit): BufferNeed[] {
  const batch = tiled.batch > 1 ? [need('batch', batchWords(tiled).length)] : []
  switch (unit.kind) {
    case 'matrix': return batch
    case 'hub': return [...batch, ...hubBuffers(tiled, unit)]
    case 'attention': return [...batch, ...attentionBuffers(tiled, unit)]
    case 'final': return [...batch, ...finalBuffers(tiled, unit)]
  }
}

/** In a batch a scale stands behind the counts, and the token's place in the batch behind the flag word. */
function scaleWords({ batch }: TiledModel): number {
  return batch > 1 ? 1 : 0
}

/** Time steps use the counts up; a second round of trains needs them again. */
function keptCounts(tiled: TiledModel): BufferNeed[] {
  return tiled.spec.sync.mode === 'barrier' ? [need('countsKept', widestInput(tiled))] : []
}

function widestInput({ model }: TiledModel): number {
  return Math.max(...graphOf(model.config).layers.flatMap(({ operators }) => (
    operators.flatMap((operator) => (operator.kind === 'linear' ? [operator.inputs] : []))
  )))
}

/** The residual vector and the graph's own vectors. Counts replace the activations they were taken from. */
function residualBuffers(tiled: TiledModel, unit: HubUnit | FinalUnit): BufferNeed[] {
  const { dim } = tiled.model.config
  const { vectors, operators } = layerOf(tiled, unit)
  const encoded = new Set(operators.flatMap((operator) => (operator.kind === 'linear' ? [operator.input] : [])))
  const first = vectors.findIndex(({ name }) => encoded.has(name))
  return [
    need('xIn', dim + 1 + scaleWords(tiled)), need('x', dim + 1),
    ...vectors.flatMap(({ name, site, words }, at) => (site !== 'hub' || name === 'x' ? [] : [
      need(name, words + (encoded.has(name) ? scaleWords(tiled) : 0)), ...(at === first ? keptCounts(tiled) : []),
    ])),
  ]
}

/** Where one token is in the machine at a time, the embedding's sums come where those of o and down come later. */
function hubBuffers(tiled: TiledModel, unit: HubUnit): BufferNeed[] {
  const { operators } = layerOf(tiled, unit)
  const gates = operators.filter((operator) => operator.kind === 'gate')
  return [
    need('scaleIn', 1), need('scaleOut', 1), ...residualBuffers(tiled, unit), ...expertNeeds(tiled),
    ...gates.map(({ words }) => need('up', Math.min(words, GATE_PART))),
    ...(unit.layer === 0 && !tiled.externalData ? [need('sumsEmbedding', tiled.model.config.dim)] : []),
    ...salientNeeds(tiled, unit),
    ...(tiled.externalData ? [need('constant', longestPart(tiled, unit))] : constantsOf(tiled, unit)),
  ]
}

/** The scale of the router's and the experts' spikes, and where time steps use the counts up, a copy of them. */
function expertNeeds({ model, spec }: TiledModel): BufferNeed[] {
  if (model.config.experts === undefined) return []
  return [need('expertScale', 1), ...(spec.sync.mode === 'barrier' ? [need('expertCounts', model.config.dim)] : [])]
}

/** Longest part of a constant that is loaded at once. */
function longestPart(tiled: TiledModel, unit: HubUnit): number {
  return Math.max(...layerOf(tiled, unit).operators.map((operator) => {
    if (operator.kind === 'linear') return operator.taker === 'hub' && operator.output !== operator.sums ? operator.outputs : 0
    if (operator.kind === 'gate') return Math.min(operator.words, GATE_PART)
    return operator.site === 'hub' ? Math.max(0, ...vectorWeightsOf(operator).map(({ words }) => words)) : 0
  }))
}

function finalBuffers(tiled: TiledModel, unit: FinalUnit): BufferNeed[] {
  const { dim, vocabSize } = tiled.model.config
  // A tile may reach past the end of the part it begins in.
  const headWords = Math.min(vocabSize, HEAD_PART + tiled.spec.core.accumulators)
  return [
    need('scaleIn', 1), ...residualBuffers(tiled, unit), ...salientNeeds(tiled, unit),
    need('sumsHead', headWords), need('logits', headWords),
    ...(tiled.externalData ? [need('constantHead', Math.max(dim, headWords))] : constantsOf(tiled, unit)),
    need('trainEvents', tiled.units.filter((other) => other.kind === 'matrix' && other.linear === 'head').length),
  ]
}

/** Rows of a KV cache of a layer: one a position, or a ring of as many as its window sees. */
export function cacheRows(tiled: Pick<TiledModel, 'model' | 'options'>, unit: Pick<AttentionUnit, 'layer'>): number {
  const attend = layerOf(tiled, unit).operators.find((operator) => operator.kind === 'attend')!
  return Math.min(tiled.options.positions, attend.window ?? Infinity)
}

/**
 * Buffer of a unit's queries, keys and values: units that share a core work one behind the other in the same place, unless the
 * hub hands them out, which it does for all.
 */
export function headsPlace(tiled: Pick<TiledModel, 'model'>, { layer, kvHead }: AttentionUnit): string {
  return headsTakeSums(tiled, layer) ? 'qkv' : `qkv.${kvHead}`
}

function attentionBuffers(tiled: TiledModel, unit: AttentionUnit): BufferNeed[] {
  const { heads, kvHeads, headDim } = tiled.model.config
  // Working buffers are those of all layers that share a core: as long as the longest cache.
  const positions = Math.max(...Array.from({ length: tiled.model.config.layers }, (_, layer) => cacheRows(tiled, { layer })))
  const group = heads / kvHeads
  const width = (group + 2) * headDim
  const rowWords = cacheRowWords(headDim)
  const cacheWords = cacheRows(tiled, unit) * rowWords
  const own = `${unit.layer}.${unit.kvHead}`
  return [
    need('scaleIn', 1), ...(headsTakeSums(tiled, unit.layer) ? [need(`sumsQkv.${unit.kvHead}`, width)] : []), need(headsPlace(tiled, unit), width), need('query', headDim),
    need('scores', positions), need('weights', positions), need('sumsValue', headDim), need('mixed', group * headDim),
    ...attentionConstants(tiled, unit),
    ...(tiled.externalData
      ? [need('cacheRow', rowWords), need('stagedKeys', positions * rowWords), need('stagedValues', positions * rowWords)]
      : [need(`keys.${own}`, cacheWords), need(`values.${own}`, cacheWords)]),
  ]
}

/** Masks of the channels that set the scale, 1, for those layers fed by a unit that have salient ones, 0. */
/** Where the shares of the experts come, on every core. */
export const GATES_ADDRESS = 1

function ordinaryNeeds({ model }: Pick<TiledModel, 'model'>, unit: HubUnit | FinalUnit): BufferNeed[] {
  return stagesOfLayer(model.config, unit.layer).flatMap(({ linear: { port } }) => {
    const layer = linearOf(model, port, unit.layer)
    const { ordinary } = inputRule(model.options, layer)
    return ordinary === undefined ? [] : [{ name: `ordinary.${port}.${unit.layer}`, words: layer.inputs, values: () => ordinary }]
  })
}

/** The masks, and a vector for what they leave of the activations. */
function salientNeeds(tiled: TiledModel, unit: HubUnit | FinalUnit): BufferNeed[] {
  const masks = ordinaryNeeds(tiled, unit)
  return masks.length === 0 ? [] : [need('ordinary', widestInput(tiled)), ...masks]
}

/**
 * The external buffers a unit needs, in the order in which its core numbers them: a hub's constants, an attention
 * unit's keys and values.
 */
export function externalBuffersOf(tiled: TiledModel, unit: Unit): BufferNeed[] {
  if (!tiled.externalData) return []
  if (unit.kind === 'hub' || unit.kind === 'final') return constantsOf(tiled, unit)
  if (unit.kind !== 'attention') return []
  const words = tiled.sequences * cacheRows(tiled, unit) * cacheRowWords(tiled.model.config.headDim)
  const own = `${unit.layer}.${unit.kvHead}`
  return [need(`keys.${own}`, words), need(`values.${own}`, words)]
}

/** Lays out the buffers of the units of one core. */
export function layOutData(tiled: TiledModel, units: readonly Unit[]): DataLayout {
  const layout = new DataLayout()
  const { experts } = tiled.model.config
  if (experts !== undefined) {
    // The shares of the experts come to the same place on every core: they are multicast.
    layout.buffer('scaleIn', 1)
    layout.buffer('gatesIn', experts.count)
  }
  for (const unit of units) for (const { name, words } of buffersOf(tiled, unit)) layout.buffer(name, words)
  return layout
}

/** Words of data SRAM that these units need on one core. */
export function dataWordsOf(tiled: TiledModel, units: readonly Unit[]): number {
  return layOutData(tiled, units).words
}

/** Refuses a core whose data does not fit, with what takes the space. */
export function checkData(layout: DataLayout, core: number, roles: string, dataSramKiB: number): void {
  const capacity = Math.floor(dataSramKiB * 256)
  if (layout.words <= capacity) return
  const largest = layout.entries().sort((a, b) => b.words - a.words).slice(0, 3)
  throw new InputError(
    `core ${core} (${roles}) needs ${layout.words * 4} bytes of data SRAM, it has ${capacity * 4}. ` +
      `Largest: ${largest.map(({ name, words }) => `${name} ${words * 4} bytes`).join(', ')}. ` +
      'Raise core.dataSramKiB or ask for fewer positions.',
  )
}
