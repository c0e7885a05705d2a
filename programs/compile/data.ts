import { cacheRowWords } from '../../isa/index.js'
import { InputError } from '../../sim/errors.js'
import { inputRule } from '../quantize/index.js'
import type { EncodedOperator } from '../quantize/index.js'
import { linearOf } from './ir.js'
import type { FinalUnit, HubUnit, TiledModel, Unit } from './ir.js'

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
}

/** The gate works through the hidden vector, and the head through the vocabulary, in parts of about this many words. */
export const GATE_PART = 4000
export const HEAD_PART = 16384

/**
 * The buffers a unit needs. On shared cores the working buffers of all layers are the same ones; constants
 * and KV caches are each layer's own.
 */
export function buffersOf(tiled: TiledModel, unit: Unit): BufferNeed[] {
  const { dim, hiddenDim, heads, kvHeads, headDim, vocabSize } = tiled.model.config
  const positions = tiled.options.positions
  const group = heads / kvHeads
  const need = (name: string, words: number): BufferNeed => ({ name, words })
  const widest = Math.max(dim, hiddenDim, heads * headDim)
  // Time steps use the counts up; a second round of trains needs them again.
  const kept = tiled.spec.sync.mode === 'barrier' ? [need('countsKept', widest)] : []
  const external = tiled.externalData
  // A tile may reach past the end of the part it begins in.
  const headWords = Math.min(vocabSize, HEAD_PART + tiled.spec.core.accumulators)
  const batched = tiled.batch > 1
  const batch = batched ? [need('batch', batchWords(tiled).length)] : []
  // In a batch a scale stands behind the counts, and the token's place in the batch behind the flag word.
  const scale = batched ? 1 : 0
  switch (unit.kind) {
    case 'matrix': return batch
    // Counts replace the activations they were taken from. The hidden vector's place takes the attention outputs before, and
    // where one token is in the machine at a time, the embedding's sums come where those of o and down come later.
    case 'hub': return [
      ...batch, need('scaleIn', 1), need('scaleOut', 1), need('xIn', dim + 1 + scale), need('x', dim + 1),
      need('h', dim + scale), ...kept,
      need('sumsModel', dim), need('sumsGateUp', 2 * hiddenDim), need('hidden', Math.max(hiddenDim, heads * headDim) + scale),
      need('up', Math.min(hiddenDim, GATE_PART)),
      ...(unit.layer === 0 && !external ? [need('sumsEmbedding', dim)] : []),
      ...salientNeeds(tiled, unit, widest),
      ...(external ? [need('constant', Math.max(dim, Math.min(hiddenDim, GATE_PART)))] : constantsOf(tiled, unit)),
    ]
    case 'attention': {
      const width = (group + 2) * headDim
      const own = `${unit.layer}.${unit.kvHead}`
      const cacheWords = positions * cacheRowWords(headDim)
      return [
        ...batch, need('scaleIn', 1), need(`sumsQkv.${unit.kvHead}`, width), need('qkv', width), need('query', headDim),
        need('scores', positions), need('weights', positions), need('sumsValue', headDim), need('mixed', group * headDim),
        need('rotation', headDim / 2), need(`scaleQkv.${own}`, width),
        ...(tiled.model.config.qkvBias === true ? [need(`biasQkv.${own}`, width)] : []),
        ...(external
          ? [need('cacheRow', cacheRowWords(headDim)), need('stagedKeys', cacheWords), need('stagedValues', cacheWords)]
          : [need(`keys.${own}`, cacheWords), need(`values.${own}`, cacheWords)]),
      ]
    }
    case 'final': return [
      ...batch, need('scaleIn', 1), need('xIn', dim + 1 + scale), need('x', dim + 1), need('h', dim + scale),
      ...kept, ...salientNeeds(tiled, unit, widest),
      need('sumsHead', headWords), need('logits', headWords),
      ...(external ? [need('constantHead', Math.max(dim, headWords))] : constantsOf(tiled, unit)),
      need('trainEvents', tiled.units.filter((other) => other.kind === 'matrix' && other.linear === 'head').length),
    ]
  }
}

/** Masks of the channels that set the scale, for those layers fed by a unit that have salient ones. */
export function ordinaryNeeds(
  { model }: Pick<TiledModel, 'model'>, unit: HubUnit | FinalUnit,
): (BufferNeed & { linear: EncodedOperator })[] {
  const fed: readonly EncodedOperator[] = unit.kind === 'final' ? ['head'] : ['qkv', 'o', 'gateUp', 'down']
  return fed.flatMap((linear) => {
    const layer = linearOf(model, linear, unit.layer)
    if (inputRule(model.options, layer).ordinary === undefined) return []
    return [{ name: `ordinary.${linear}.${unit.layer}`, words: layer.inputs, linear }]
  })
}

/** The masks, and a vector for what they leave of the activations. */
function salientNeeds(tiled: TiledModel, unit: HubUnit | FinalUnit, widest: number): BufferNeed[] {
  const masks = ordinaryNeeds(tiled, unit)
  return masks.length === 0 ? [] : [{ name: 'ordinary', words: widest }, ...masks]
}

/** The gains and channel scales of a hub or of the final hub. */
export function constantsOf(tiled: Pick<TiledModel, 'model'>, unit: HubUnit | FinalUnit): BufferNeed[] {
  const { dim, hiddenDim, vocabSize } = tiled.model.config
  if (unit.kind === 'final') return [{ name: 'finalNorm', words: dim }, { name: 'scaleHead', words: vocabSize }]
  return [
    { name: `attnNorm.${unit.layer}`, words: dim }, { name: `ffnNorm.${unit.layer}`, words: dim },
    { name: `scaleO.${unit.layer}`, words: dim }, { name: `scaleGateUp.${unit.layer}`, words: 2 * hiddenDim },
    { name: `scaleDown.${unit.layer}`, words: dim }, ...(unit.layer === 0 ? [{ name: 'scaleEmbedding', words: dim }] : []),
  ]
}

/**
 * The external buffers a unit needs, in the order in which its core numbers them: a hub's constants, an attention
 * unit's keys and values.
 */
export function externalBuffersOf(tiled: TiledModel, unit: Unit): BufferNeed[] {
  if (!tiled.externalData) return []
  if (unit.kind === 'hub' || unit.kind === 'final') return constantsOf(tiled, unit)
  if (unit.kind !== 'attention') return []
  const words = tiled.sequences * tiled.options.positions * cacheRowWords(tiled.model.config.headDim)
  const own = `${unit.layer}.${unit.kvHead}`
  return [{ name: `keys.${own}`, words }, { name: `values.${own}`, words }]
}

/** Lays out the buffers of the units of one core. */
export function layOutData(tiled: TiledModel, units: readonly Unit[]): DataLayout {
  const layout = new DataLayout()
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
