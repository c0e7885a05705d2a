import { eventFlits, eventsPerPacketTo, packetFormat, wordFlits } from '../../sim/config/packet-format.js'
import { histogramWithMean } from '../shapes/histogram.js'
import { isExpertPort, PORTS } from '../graph/operators.js'
import type { LinearOperator, Port, Site } from '../graph/operators.js'
import { intersect, qkvRanges, rangeLength } from './ir.js'
import type { AttentionUnit, FinalUnit, HubUnit, MatrixUnit, Range, TiledModel } from './ir.js'
import { headsTakeSums, stagesOfLayer } from './stages.js'

/**
 * What units say to each other while one token is decoded, in expected flits: what placement minimises. Spike
 * trains are those of activations with a Laplace distribution, because at compile time no activation is known.
 */

/** The paper's models fire 0.86 spikes per activation, the shipped model 0.9. */
const SPIKES_PER_ACTIVATION = 0.9

/** The host, as the end of a flow; units are named by their ids. */
export const HOST = -1

/** Flits that one sender puts on the network for a token, each to all destinations. */
export interface Flow {
  readonly from: number
  readonly to: readonly number[]
  readonly flits: number
}

interface Layer {
  readonly hub: HubUnit
  readonly attention: readonly AttentionUnit[]
  readonly tiles: Readonly<Record<Port, readonly MatrixUnit[]>>
}

/** All flows of a token whose logits are wanted. */
export function trafficOf(tiled: TiledModel): Flow[] {
  const sizes = flitSizes(tiled)
  const { layers, final, outer } = groupUnits(tiled)
  const flows = hostFlows(tiled, sizes, layers[0]!.hub, outer.embedding)
  layers.forEach((layer, index) => {
    flows.push(...layerFlows(tiled, sizes, layer))
    const next = layers[index + 1]?.hub ?? final
    const handover = sizes.words(tiled.model.config.dim + 1)
    flows.push({ from: layer.hub.id, to: [next.id], flits: handover }, { from: next.id, to: [layer.hub.id], flits: 1 })
  })
  const { vocabSize } = tiled.model.config
  flows.push(...trainFlows(tiled, sizes, final.id, outer.head), ...sumFlows(sizes, outer.head, final.id))
  flows.push({ from: final.id, to: [HOST], flits: 1 + sizes.words(vocabSize) })
  return flows.filter(({ from, to }) => to.length > 0 && !(to.length === 1 && to[0] === from))
}

interface FlitSizes {
  /** Flits of a vector of words. */
  readonly words: (words: number) => number
  /** Flits of the train of so many neurons, marker included, to so many destinations. */
  readonly train: (neurons: number, destinations: number) => number
}

function flitSizes({ spec, model }: TiledModel): FlitSizes {
  const format = packetFormat(spec.network, spec.core.spikeTrain)
  const limit = 2 ** (model.options.activationBits - 1) - 1
  const { probability } = histogramWithMean(Math.min(SPIKES_PER_ACTIVATION, 0.9 * limit), limit, 'laplace')
  // Share of the neurons that fire more than t spikes.
  const firing = Array.from({ length: limit }, (_, t) => probability.reduce((sum, p, k) => (k > t ? sum + p : sum), 0))
  const eventsPerNeuron = spec.sync.mode === 'barrier' ? firing
    : spec.core.spikeTrain === 'burst' ? [firing[0]!]
    : [firing.reduce((sum, share) => sum + share, 0)]
  const packets = (events: number, perPacket: number): number => {
    const full = Math.floor(events / perPacket)
    const rest = events - full * perPacket
    return full * eventFlits(perPacket, format) + (rest > 0 ? Math.max(1, eventFlits(rest, format)) : 0)
  }
  return {
    words: (words) => {
      const full = Math.floor(words / format.wordsPerPacket)
      const rest = words - full * format.wordsPerPacket
      return full * wordFlits(format.wordsPerPacket, format) + (rest > 0 ? wordFlits(rest, format) : 0)
    },
    train: (neurons, destinations) => {
      const perPacket = eventsPerPacketTo(destinations, spec.network, format)
      return eventsPerNeuron.reduce((sum, share) => sum + packets(share * neurons, perPacket), 1)
    },
  }
}

type Tiles = Record<Port, MatrixUnit[]>

function groupUnits(tiled: TiledModel): { layers: Layer[]; final: FinalUnit; outer: Tiles } {
  const noTiles = (): Tiles => Object.fromEntries(PORTS.map((port) => [port, []])) as unknown as Tiles
  const tiles = Array.from({ length: tiled.model.config.layers }, noTiles)
  const attention: AttentionUnit[][] = tiles.map(() => [])
  const hubs: HubUnit[] = []
  const outer = noTiles()
  let final: FinalUnit | undefined
  for (const unit of tiled.units) {
    if (unit.kind === 'hub') hubs[unit.layer] = unit
    else if (unit.kind === 'final') final = unit
    else if (unit.kind === 'attention') attention[unit.layer]!.push(unit)
    else (tiles[unit.layer] ?? outer)[unit.linear].push(unit)
  }
  const layers = hubs.map((hub, layer) => ({ hub, attention: attention[layer]!, tiles: tiles[layer]! }))
  return { layers, final: final!, outer }
}

/** The token's spike and flag, the embedding's row, the credit. */
function hostFlows(
  { model, slices }: TiledModel, sizes: FlitSizes, hub: HubUnit, tiles: readonly MatrixUnit[],
): Flow[] {
  // One of the input slices owns the token: its share of the tokens.
  const share = (slice: Range): number => rangeLength(slice) / model.config.vocabSize
  return [
    ...slices.embedding.map((slice, index): Flow => ({
      from: HOST, to: tiles.filter((tile) => tile.slice === index).map(({ id }) => id), flits: 2 * share(slice),
    })),
    ...tiles.map((tile): Flow => ({
      from: tile.id, to: [hub.id], flits: sizes.words(rangeLength(tile.outputs)) * share(tile.inputs),
    })),
    { from: HOST, to: [hub.id], flits: sizes.words(1) },
    { from: hub.id, to: [HOST], flits: 1 },
  ]
}

function layerFlows(tiled: TiledModel, sizes: FlitSizes, { hub, attention, tiles }: Layer): Flow[] {
  const { heads, kvHeads, headDim } = tiled.model.config
  const linears = stagesOfLayer(tiled.model.config, hub.layer).map(({ linear }) => linear)
  const takenBy = (taker: Site): LinearOperator[] => linears.filter((linear) => linear.taker === taker)
  const mixed = sizes.words((heads / kvHeads) * headDim)
  return [
    { from: hub.id, to: attention.map(({ id }) => id), flits: sizes.words(1) },
    ...linears.flatMap(({ port }) => blocksOf(tiles[port]).flatMap((block) => trainFlows(tiled, sizes, hub.id, block).map(expected(tiled, port)))),
    ...takenBy('hub').flatMap(({ port }) => sumFlows(sizes, tiles[port], hub.id).map(expected(tiled, port))),
    ...takenBy('heads').flatMap(({ port }) => attention.flatMap((unit) => qkvFlows(tiled, sizes, tiles[port], unit))),
    ...(headsTakeSums(tiled, hub.layer) ? [] : attention.map((unit): Flow => (
      { from: hub.id, to: [unit.id], flits: partFlits(tiled, sizes, unit) }
    ))),
    ...attention.map((unit): Flow => ({ from: unit.id, to: [hub.id], flits: mixed })),
  ]
}

/** The tiles of a linear layer, those of each expert by themselves. */
function blocksOf(tiles: readonly MatrixUnit[]): (readonly MatrixUnit[])[] {
  const blocks = new Map<number | undefined, MatrixUnit[]>()
  for (const tile of tiles) blocks.set(tile.expert, [...blocks.get(tile.expert) ?? [], tile])
  return [...blocks.values()]
}

/** A flow of an expert is there for the tokens that choose it: as many for each. */
function expected({ model }: TiledModel, port: Port): (flow: Flow) => Flow {
  const { count, chosen } = model.config.experts ?? { count: 1, chosen: 1 }
  return isExpertPort(port) ? (flow) => ({ ...flow, flits: (flow.flits * chosen) / count }) : (flow) => flow
}

function trainFlows({ slices }: TiledModel, sizes: FlitSizes, from: number, tiles: readonly MatrixUnit[]): Flow[] {
  if (tiles.length === 0) return []
  return slices[tiles[0]!.linear].map((slice, index) => {
    const to = tiles.filter((tile) => tile.slice === index).map(({ id }) => id)
    return { from, to, flits: sizes.train(rangeLength(slice), to.length) }
  })
}

function sumFlows(sizes: FlitSizes, tiles: readonly MatrixUnit[], owner: number): Flow[] {
  return tiles.map((tile) => ({ from: tile.id, to: [owner], flits: sizes.words(rangeLength(tile.outputs)) }))
}

/** Flits of its queries, key and value, when the hub hands them to an attention unit. */
function partFlits(tiled: TiledModel, sizes: FlitSizes, unit: AttentionUnit): number {
  return qkvRanges(tiled, unit.kvHead).reduce((sum, { range }) => sum + sizes.words(rangeLength(range)), 0)
}

/** The sums of its queries, key and value to an attention unit. */
function qkvFlows(tiled: TiledModel, sizes: FlitSizes, tiles: readonly MatrixUnit[], unit: AttentionUnit): Flow[] {
  const ranges = qkvRanges(tiled, unit.kvHead)
  return tiles.flatMap((tile): Flow[] => {
    const parts = ranges.map(({ range }) => intersect(tile.outputs, range)).filter((part) => part !== undefined)
    const flits = parts.reduce((sum, part) => sum + sizes.words(rangeLength(part)), 0)
    return flits > 0 ? [{ from: tile.id, to: [unit.id], flits }] : []
  })
}
