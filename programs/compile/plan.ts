import type { AxonTableEntry, Tag, WeightTile } from '../../sim/image.js'
import { graphOf } from '../graph/model.js'
import type { Operator } from '../graph/operators.js'
import { FIELD_KINDS } from '../../isa/index.js'
import { checkData, layOutData } from './data.js'
import type { BufferNeed, DataLayout } from './data.js'
import { InputError } from '../../sim/errors.js'
import { linearOf, rangeLength, unitName } from './ir.js'
import type { AttentionUnit, FinalUnit, HubUnit, MatrixUnit, PlacedModel, Unit, WeightPlace } from './ir.js'
import { tilesKey } from './rounds.js'
import type { Train } from './rounds.js'
import { tileBytes } from './tile.js'

/**
 * Pass 'schedule': what every core holds and in which order it works: data buffers, semaphores, weight
 * addresses, and which tiles are resident.
 */

/** Semaphore of the activation scale: the same on every core, because the scale is multicast. */
export const SCALE_SEMAPHORE = 0
/** Semaphore of a batch's beginning, on every core of a system that has batches. */
export const BATCH_SEMAPHORE = 1
/** Semaphore of the shares of experts, on every core of a system that has experts: it has no batches. */
export const GATES_SEMAPHORE = 1

/** Semaphores of the host. */
export const HOST_SEMAPHORES = { credit: 0, done: 1, logits: 2, taken: 3, embedded: 4 } as const

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
  /** External buffers of a core, by its number, filled as they are asked for. */
  readonly external: Map<number, readonly BufferNeed[]>
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

const AXON_TABLE_ENTRIES = 2 ** FIELD_KINDS.table.bits

export function schedule(placed: PlacedModel): ScheduledModel {
  const unitsOf: Unit[][] = Array.from({ length: placed.cores }, () => [])
  for (const unit of placed.units) unitsOf[placed.coreOf[unit.id]!]!.push(unit)
  const plans = unitsOf.map((units, core): CorePlan => {
    const data = layOutData(placed, units)
    checkData(data, core, units.map(unitName).slice(0, 3).join('; '), placed.spec.core.dataSramKiB)
    const second = placed.batch > 1 ? 'batch' : placed.model.config.experts === undefined ? undefined : 'gates'
    const semaphores = new Map([['scale', SCALE_SEMAPHORE], ...(second === undefined ? [] : [[second, BATCH_SEMAPHORE] as const])])
    return { core, units, data, semaphores, ...placeWeights(placed, core, units) }
  })
  const notes = [...placed.notes, ...residenceNotes(plans, placed.batch)]
  const tags = listTags(placed)
  return { ...placed, notes, plans, tags, index: indexUnits(placed, tags), host: placed.cores }
}

function residenceNotes(plans: readonly CorePlan[], batch: number): string[] {
  const places = plans.flatMap((plan) => plan.weights)
  const each = batch > 1 ? `once for a batch of up to ${batch} tokens` : 'for every token'
  const how = {
    loaded: `they are loaded from external memory ${each}`,
    streamed: 'the rows of spikes are fetched from external memory',
    kept: `the rows of spikes are fetched from external memory ${each}`,
  }
  return (['loaded', 'streamed', 'kept'] as const).flatMap((residence) => {
    const count = places.filter((place) => place.residence === residence).length
    return count === 0 ? [] : [`${count} of ${places.length} weight tiles do not stay in weight SRAM: ${how[residence]}`]
  })
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
      const key = tilesKey(unit)
      const known = tiles.get(key)
      if (known === undefined) tiles.set(key, [unit])
      else known.push(unit)
    }
  }
  return { hubs, final: final!, attention, tiles, rounds: new Map(), external: new Map(), tags: new Map(tags.map((tag, at) => [`${tag.operator}/${tag.layer}`, at])) }
}

/**
 * Resident tiles first, smallest first, while the largest of the others still has room to be loaded into:
 * room for two of them, if it can be had, so that one is loaded while the other is used. Of tiles whose rows are
 * kept for a batch, one is there at a time. Where rows go through the FIFO the others need no room.
 */
function placeWeights(placed: PlacedModel, core: number, units: readonly Unit[]): Pick<CorePlan, 'weights' | 'axonTable' | 'doubleBuffered'> {
  const { spec, model } = placed
  const tiles = units.filter((unit): unit is MatrixUnit => unit.kind === 'matrix')
  if (tiles.length > AXON_TABLE_ENTRIES) {
    throw new InputError(`core ${core} would hold ${tiles.length} weight tiles, its axon table has ${AXON_TABLE_ENTRIES} entries. Enlarge the grid.`)
  }
  const capacity = spec.core.weightSramKiB * 1024
  const bytes = tiles.map((unit) => {
    return tileBytes(spec, rangeLength(unit.inputs), rangeLength(unit.outputs), linearOf(model, unit.linear, unit.layer, unit.expert).bits)
  })
  const fetched = fetchedAs(placed)
  const fit = fitTiles(bytes, capacity, fetched)
  if (fit.resident.size < tiles.length && spec.dram.kind === 'none') {
    throw new InputError(
      `the weights of core ${core} need ${bytes.reduce((a, b) => a + b, 0)} bytes, its weight SRAM has ${capacity}, and the chip has no external ` +
        'memory to reload from (dram.kind: none). Raise core.weightSramKiB, enlarge the grid, or give it external memory.',
    )
  }
  const weights = tiles.map((unit, index): WeightPlace => ({
    unit: unit.id, table: index, address: fit.addresses[index]!, bytes: bytes[index]!,
    residence: fit.resident.has(index) ? 'resident' : fetched,
  }))
  const axonTable = tiles.map((unit, index): AxonTableEntry => ({
    tile: weightTile(placed, unit), accumulator: 0, weightAddress: fit.addresses[index]!,
    ...STREAMED[weights[index]!.residence],
  }))
  return { weights, axonTable, doubleBuffered: fit.buffers === 2 }
}

const STREAMED = { resident: {}, loaded: {}, streamed: { streamed: 'through' }, kept: { streamed: 'kept' } } as const

/** How the tiles come that do not stay in weight SRAM. */
function fetchedAs({ spec, batch }: PlacedModel): 'loaded' | 'streamed' | 'kept' {
  if (spec.dram.kind === 'none' || spec.dram.streaming !== 'row') return 'loaded'
  return batch > 1 ? 'kept' : 'streamed'
}

/** Which tiles stay, and the byte addresses of all; the others take turns in one or two buffers behind them. */
function fitTiles(
  bytes: readonly number[], capacity: number, fetched: 'loaded' | 'streamed' | 'kept',
): { resident: Set<number>; addresses: number[]; buffers: number } {
  const streams = fetched === 'streamed'
  const order = bytes.map((_, index) => index).sort((a, b) => bytes[a]! - bytes[b]! || a - b)
  const total = (count: number): number => order.slice(0, count).reduce((sum, index) => sum + bytes[index]!, 0)
  const largest = order.length === 0 ? 0 : bytes[order[order.length - 1]!]!
  const residents = (buffers: number): number => {
    let count = order.length
    while (count > 0 && total(count) + (count < order.length && !streams ? buffers * largest : 0) > capacity) count--
    return count
  }
  const buffers = fetched === 'loaded' && 2 * largest <= capacity ? 2 : 1
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
  const linear = linearOf(placed.model, unit.linear, unit.layer, unit.expert)
  return {
    weights: linear.q,
    ...(linear.zeroShare === undefined ? {} : { zeroShare: linear.zeroShare }),
    offset: unit.inputs.begin * linear.outputs + unit.outputs.begin,
    stride: linear.outputs,
    inputs: rangeLength(unit.inputs),
    outputs: rangeLength(unit.outputs),
    bits: linear.bits,
    limit: 2 ** (linear.bits - 1) - 1,
  }
}

/** What instructions are counted under: each name once a layer, in the order in which a token meets it. */
function listTags(placed: PlacedModel): Tag[] {
  const { layers, final } = graphOf(placed.model.config)
  const named = (operators: readonly Operator[], layer: number): Tag[] => (
    [...new Set(operators.map(({ tag }) => tag))].map((operator) => ({ operator, layer }))
  )
  return [
    { operator: 'control', layer: -1 }, { operator: 'embedding', layer: -1 },
    ...layers.flatMap(({ operators }, layer) => named(operators, layer)), ...named(final.operators, -1),
  ]
}
