import type { AxonTableEntry, RouteEntry, Tag, WeightTile } from '../../sim/image.js'
import { buffersOf, checkData, externalBuffersOf, HEAD_PART, layOutData } from './data.js'
import type { BufferNeed, DataLayout } from './data.js'
import { InputError } from '../../sim/errors.js'
import { linearOf, rangeLength, unitName } from './ir.js'
import type { AttentionUnit, FinalUnit, HubUnit, LinearKind, MatrixUnit, PlacedModel, Range, Unit, WeightPlace } from './ir.js'
import { tileBytes } from './tile.js'

/**
 * Pass 'schedule': what every core holds and in which order it works: data buffers, semaphores, weight
 * addresses, and which tiles are resident.
 */

/** Semaphore of the activation scale: the same on every core, because the scale is multicast. */
export const SCALE_SEMAPHORE = 0

/** Semaphores of the host. */
export const HOST_SEMAPHORES = { credit: 0, done: 1, logits: 2, taken: 3 } as const

export interface CorePlan {
  readonly core: number
  readonly units: readonly Unit[]
  readonly data: DataLayout
  readonly semaphores: Map<string, number>
  readonly weights: readonly WeightPlace[]
  readonly axonTable: readonly AxonTableEntry[]
  /** True if the next tile is loaded while the one before is in use. */
  readonly doubleBuffered: boolean
}

/** Units by what the emitters ask for, so that a model of thousands of units compiles in seconds. */
interface UnitIndex {
  readonly hubs: readonly HubUnit[]
  readonly final: FinalUnit
  /** By layer. */
  readonly attention: readonly (readonly AttentionUnit[])[]
  /** By `${linear}/${layer}`. */
  readonly tiles: ReadonlyMap<string, readonly MatrixUnit[]>
  /** Trains of a layer, by `${linear}/${layer}`, filled as they are asked for. */
  readonly rounds: Map<string, Train[][]>
  /** By `${operator}/${layer}`. */
  readonly tags: ReadonlyMap<string, number>
}

export interface ScheduledModel extends PlacedModel {
  readonly index: UnitIndex
  readonly plans: readonly CorePlan[]
  readonly tags: readonly Tag[]
  /** Endpoint of the host. */
  readonly host: number
}

const SEMAPHORES = 64
const AXON_TABLE_ENTRIES = 256

export function schedule(placed: PlacedModel): ScheduledModel {
  const unitsOf: Unit[][] = Array.from({ length: placed.cores }, () => [])
  for (const unit of placed.units) unitsOf[placed.coreOf[unit.id]!]!.push(unit)
  const plans = unitsOf.map((units, core): CorePlan => {
    const data = layOutData(placed, units)
    checkData(data, core, units.map(unitName).slice(0, 3).join('; '), placed.spec.core.dataSramKiB)
    return { core, units, data, semaphores: new Map([['scale', SCALE_SEMAPHORE]]), ...placeWeights(placed, core, units) }
  })
  const notes = [...placed.notes, ...residenceNotes(plans)]
  const tags = listTags(placed)
  return { ...placed, notes, plans, tags, index: indexUnits(placed, tags), host: placed.cores }
}

function residenceNotes(plans: readonly CorePlan[]): string[] {
  const places = plans.flatMap((plan) => plan.weights)
  const count = (residence: WeightPlace['residence']): number => places.filter((place) => place.residence === residence).length
  const notes: string[] = []
  if (count('loaded') > 0) {
    notes.push(`${count('loaded')} of ${places.length} weight tiles do not stay in weight SRAM: they are loaded from external memory for every token`)
  }
  if (count('streamed') > 0) {
    notes.push(`${count('streamed')} of ${places.length} weight tiles do not stay in weight SRAM: the rows of spikes are fetched from external memory`)
  }
  return notes
}

function indexUnits(placed: PlacedModel, tags: readonly Tag[]): UnitIndex {
  const hubs: HubUnit[] = []
  const attention: AttentionUnit[][] = Array.from({ length: placed.model.config.layers }, () => [])
  const tiles = new Map<string, MatrixUnit[]>()
  let final: FinalUnit | undefined
  for (const unit of placed.units) {
    if (unit.kind === 'hub') hubs.push(unit)
    else if (unit.kind === 'final') final = unit
    else if (unit.kind === 'attention') attention[unit.layer]!.push(unit)
    else {
      const key = `${unit.linear}/${unit.layer}`
      const known = tiles.get(key)
      if (known === undefined) tiles.set(key, [unit])
      else known.push(unit)
    }
  }
  return { hubs, final: final!, attention, tiles, rounds: new Map(), tags: new Map(tags.map((tag, at) => [`${tag.operator}/${tag.layer}`, at])) }
}

/**
 * Resident tiles first, smallest first, while the largest of the others still has room to be loaded into:
 * room for two of them, if it can be had, so that one is loaded while the other is used. With row streaming the
 * others need no room: their rows go through the FIFO.
 */
function placeWeights(placed: PlacedModel, core: number, units: readonly Unit[]): Pick<CorePlan, 'weights' | 'axonTable' | 'doubleBuffered'> {
  const { spec, model } = placed
  const tiles = units.filter((unit): unit is MatrixUnit => unit.kind === 'matrix')
  if (tiles.length > AXON_TABLE_ENTRIES) {
    throw new InputError(`core ${core} would hold ${tiles.length} weight tiles, its axon table has ${AXON_TABLE_ENTRIES} entries. Enlarge the grid.`)
  }
  const capacity = spec.core.weightSramKiB * 1024
  const bytes = tiles.map((unit) => {
    return tileBytes(spec, rangeLength(unit.inputs), rangeLength(unit.outputs), linearOf(model, unit.linear, unit.layer).bits)
  })
  const streams = spec.dram.kind !== 'none' && spec.dram.streaming === 'row'
  const fit = fitTiles(bytes, capacity, streams)
  if (fit.resident.size < tiles.length && spec.dram.kind === 'none') {
    throw new InputError(
      `the weights of core ${core} need ${bytes.reduce((a, b) => a + b, 0)} bytes, its weight SRAM has ${capacity}, and the chip has no external ` +
        'memory to reload from (dram.kind: none). Raise core.weightSramKiB, enlarge the grid, or give it external memory.',
    )
  }
  const weights = tiles.map((unit, index): WeightPlace => ({
    unit: unit.id, table: index, address: fit.addresses[index]!, bytes: bytes[index]!,
    residence: fit.resident.has(index) ? 'resident' : streams ? 'streamed' : 'loaded',
  }))
  const axonTable = tiles.map((unit, index): AxonTableEntry => ({
    tile: weightTile(placed, unit), accumulator: 0, weightAddress: fit.addresses[index]!,
    ...(weights[index]!.residence === 'streamed' ? { streamed: true } : {}),
  }))
  return { weights, axonTable, doubleBuffered: fit.buffers === 2 }
}

/** Which tiles stay, and the byte addresses of all; the others take turns in one or two buffers behind them. */
function fitTiles(bytes: readonly number[], capacity: number, streams: boolean): { resident: Set<number>; addresses: number[]; buffers: number } {
  const order = bytes.map((_, index) => index).sort((a, b) => bytes[a]! - bytes[b]! || a - b)
  const total = (count: number): number => order.slice(0, count).reduce((sum, index) => sum + bytes[index]!, 0)
  const largest = order.length === 0 ? 0 : bytes[order[order.length - 1]!]!
  const residents = (buffers: number): number => {
    let count = order.length
    while (count > 0 && total(count) + (count < order.length && !streams ? buffers * largest : 0) > capacity) count--
    return count
  }
  const buffers = 2 * largest <= capacity ? 2 : 1
  const count = total(order.length) <= capacity ? order.length : residents(buffers)
  const addresses: number[] = []
  let next = 0
  for (const index of order.slice(0, count)) {
    addresses[index] = next
    next += bytes[index]!
  }
  const others = bytes.map((_, index) => index).filter((index) => !order.slice(0, count).includes(index))
  others.forEach((index, turn) => { addresses[index] = streams ? 0 : next + (turn % buffers) * largest })
  return { resident: new Set(order.slice(0, count)), addresses, buffers }
}

function weightTile(placed: PlacedModel, unit: MatrixUnit): WeightTile {
  const linear = linearOf(placed.model, unit.linear, unit.layer)
  return {
    weights: linear.q,
    offset: unit.inputs.begin * linear.outputs + unit.outputs.begin,
    stride: linear.outputs,
    inputs: rangeLength(unit.inputs),
    outputs: rangeLength(unit.outputs),
    bits: linear.bits,
    limit: 2 ** (linear.bits - 1) - 1,
  }
}

export const OPERATORS = ['embedding', 'norm', 'qkv', 'attention', 'o', 'gateUp', 'down', 'head', 'control'] as const
export type Operator = (typeof OPERATORS)[number]

function listTags(placed: PlacedModel): Tag[] {
  const tags: Tag[] = [{ operator: 'control', layer: -1 }, { operator: 'embedding', layer: -1 }]
  for (let layer = 0; layer < placed.model.config.layers; layer++) {
    for (const operator of ['norm', 'qkv', 'attention', 'o', 'gateUp', 'down']) tags.push({ operator, layer })
  }
  return [...tags, { operator: 'norm', layer: -1 }, { operator: 'head', layer: -1 }]
}

// ---- Questions the emitters ask

export function tagOf(model: ScheduledModel, operator: Operator, layer: number): number {
  return model.index.tags.get(`${operator}/${layer}`)!
}

export function planOf(model: ScheduledModel, unit: Unit): CorePlan {
  return model.plans[model.coreOf[unit.id]!]!
}

/** Number of a named semaphore of a core, made on first use. */
export function semaphore(plan: CorePlan, name: string): number {
  const known = plan.semaphores.get(name)
  if (known !== undefined) return known
  const index = plan.semaphores.size
  if (index >= SEMAPHORES) {
    throw new InputError(`core ${plan.core} needs more than ${SEMAPHORES} semaphores (for ${name}). Enlarge the grid, so that fewer units share a core.`)
  }
  plan.semaphores.set(name, index)
  return index
}

/** Buffer of the first hub where the embedding's sums meet; see data.ts. */
export function embeddingSums(model: ScheduledModel): string {
  return model.externalData ? 'sumsModel' : 'sumsEmbedding'
}

/** Number of an external buffer of a unit's core. */
export function externalBuffer(model: ScheduledModel, unit: Unit, name: string): number {
  const index = externalOf(model, planOf(model, unit)).findIndex((buffer) => buffer.name === name)
  if (index < 0) throw new Error(`${unitName(unit)} has no external buffer ${name}`)
  return index
}

/** The external buffers of a core, in the order of their numbers. */
export function externalOf(model: ScheduledModel, plan: CorePlan): BufferNeed[] {
  return plan.units.flatMap((unit) => externalBuffersOf(model, unit))
}

/** Address of a unit's buffer. */
export function address(model: ScheduledModel, unit: Unit, name: string): number {
  const need = buffersOf(model, unit).find((candidate) => candidate.name === name)
  if (need === undefined) throw new Error(`${unitName(unit)} has no buffer ${name}`)
  return planOf(model, unit).data.buffer(name, need.words)
}

export function hubOf(model: ScheduledModel, layer: number): HubUnit {
  return model.index.hubs[layer]!
}

export function finalOf(model: ScheduledModel): FinalUnit {
  return model.index.final
}

export function attentionOf(model: ScheduledModel, layer: number): readonly AttentionUnit[] {
  return model.index.attention[layer]!
}

/** Tiles of a linear layer. */
export function tilesOf(model: ScheduledModel, linear: LinearKind, layer: number): readonly MatrixUnit[] {
  return model.index.tiles.get(`${linear}/${layer}`)!
}

/** One spike train: an input slice of a layer, and the tiles that take it. */
export interface Train {
  readonly slice: number
  readonly tiles: readonly MatrixUnit[]
}

/** Outputs of the head tiles of one part of the vocabulary: those that begin in the part that a tile begins in. */
export function headPart(model: ScheduledModel, tile: MatrixUnit): Range {
  const partOf = (unit: MatrixUnit): number => Math.floor(unit.outputs.begin / HEAD_PART)
  const part = tilesOf(model, 'head', -1).filter((other) => partOf(other) === partOf(tile))
  return { begin: Math.min(...part.map(({ outputs }) => outputs.begin)), end: Math.max(...part.map(({ outputs }) => outputs.end)) }
}

/**
 * The trains of a linear layer, in rounds: within a round a core gets one train at most, because events of
 * two trains would mix in its spike FIFO. One round unless tiles of the layer share a core. The head goes through a
 * large vocabulary part by part, each with rounds of its own.
 */
export function roundsOf(model: ScheduledModel, linear: LinearKind, layer: number): Train[][] {
  const key = `${linear}/${layer}`
  let rounds = model.index.rounds.get(key)
  if (rounds === undefined) model.index.rounds.set(key, rounds = computeRounds(model, linear, layer))
  return rounds
}

function computeRounds(model: ScheduledModel, linear: LinearKind, layer: number): Train[][] {
  const tiles = tilesOf(model, linear, layer)
  if (linear !== 'head') return roundsOfTiles(model, tiles)
  const parts = Math.ceil(model.model.config.vocabSize / HEAD_PART)
  return Array.from({ length: parts }, (_, part) => (
    roundsOfTiles(model, tiles.filter(({ outputs }) => Math.floor(outputs.begin / HEAD_PART) === part))
  )).flat()
}

function roundsOfTiles(model: ScheduledModel, tiles: readonly MatrixUnit[]): Train[][] {
  const rounds: Map<number, MatrixUnit[]>[] = []
  const seen = new Map<number, number>()
  for (const tile of tiles) {
    const core = model.coreOf[tile.id]!
    const round = seen.get(core) ?? 0
    seen.set(core, round + 1)
    const trains = rounds[round] ?? (rounds[round] = new Map<number, MatrixUnit[]>())
    trains.set(tile.slice, [...(trains.get(tile.slice) ?? []), tile])
  }
  return rounds.map((trains) => [...trains].sort(([a], [b]) => a - b).map(([slice, tiles]) => ({ slice, tiles })))
}

/**
 * True if the tiles of a layer tell the train's sender that they have taken it: needed on shared cores where
 * the sums do not tell (silent tiles, several rounds) and another train could follow too early.
 */
export function confirmsTrains(model: ScheduledModel, linear: LinearKind, layer: number): boolean {
  return model.shared && (linear === 'embedding' || linear === 'head' || roundsOf(model, linear, layer).length > 1)
}

/** Cores of units, each once, in ascending order. */
export function coresOf(model: ScheduledModel, units: readonly Unit[]): number[] {
  return [...new Set(units.map((unit) => model.coreOf[unit.id]!))].sort((a, b) => a - b)
}

/** Packets that a run of words is sent in. */
export function packetsFor(model: ScheduledModel, words: number): number {
  return Math.ceil(words / model.spec.network.wordsPerPacket)
}

/** Packets that tiles send for the outputs in `range`. */
export function packetsFrom(model: ScheduledModel, tiles: readonly MatrixUnit[], ranges: readonly Range[]): number {
  let packets = 0
  for (const tile of tiles) {
    for (const range of ranges) {
      const length = Math.min(tile.outputs.end, range.end) - Math.max(tile.outputs.begin, range.begin)
      if (length > 0) packets += packetsFor(model, length)
    }
  }
  return packets
}

/** A route to one unit's buffer. */
export function routeTo(model: ScheduledModel, unit: Unit, buffer: string, offset: number, mode: RouteEntry['mode'], semaphoreName: string): RouteEntry {
  const plan = planOf(model, unit)
  return {
    destinations: [plan.core], address: address(model, unit, buffer) + offset, mode, semaphore: semaphore(plan, semaphoreName),
  }
}

/** Head ranges of the fused qkv outputs that attention unit u needs: its queries, its key, its value. */
export function qkvRanges(model: Pick<PlacedModel, 'model'>, kvHead: number): { range: Range; offset: number }[] {
  const { heads, kvHeads, headDim } = model.model.config
  const group = (heads / kvHeads) * headDim
  const query = kvHead * group
  const key = heads * headDim + kvHead * headDim
  const value = key + kvHeads * headDim
  return [
    { range: { begin: query, end: query + group }, offset: 0 },
    { range: { begin: key, end: key + headDim }, offset: group },
    { range: { begin: value, end: value + headDim }, offset: group + headDim },
  ]
}
