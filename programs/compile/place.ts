import { InputError } from '../../sim/errors.js'
import { coreCount } from '../../sim/config/size.js'
import type { PlacedModel, TiledModel } from './ir.js'
import { anneal } from './place-anneal.js'
import { PlacementCost } from './place-cost.js'
import { placeGreedily } from './place-greedy.js'
import type { Regions } from './place-greedy.js'
import { rowMajor, snake } from './place-paths.js'
import { shareWhereDataFits } from './place-shared.js'
import { HOST, trafficOf } from './traffic.js'
import type { Flow } from './traffic.js'

const EXTERNAL_DATA_NOTE =
  'KV caches, gains and channel scales do not fit data SRAM: they are loaded from external memory when they are used'

/**
 * Pass 'place': a core for every unit. Units are laid along the grid in stage order, so that a layer is a
 * neighbourhood; then cores trade places to spare flit-hops. With fewer cores than units, units that share a
 * core stay together.
 */
export function place(tiled: TiledModel): PlacedModel {
  const { spec, units } = tiled
  const cores = coreCount(spec)
  const path = tiled.options.placement === 'row-major' ? rowMajor(spec) : snake(spec)
  const { mapping = 'auto' } = tiled.options
  if (units.length <= cores && mapping !== 'shared') {
    const coreOf = improve(tiled, Int32Array.from(units, (_, index) => path[index]!))
    const why = `${units.length} units on ${cores} cores: each has its own, no weight moves, tokens follow each other through the layers`
    return { ...tiled, coreOf, cores, shared: false, notes: [...tiled.notes, why] }
  }
  if (mapping === 'stationary') {
    throw new InputError(
      `mapping stationary needs a core for each of the model's ${units.length} units; the chip has ${cores}. ` +
        'Enlarge the grid or core.weightSramKiB, or let units share cores: mapping auto.',
    )
  }
  const { externalData, coreOf } = shareWhereDataFits(tiled, path)
  const notes = [
    ...tiled.notes,
    `the model has ${units.length} units and the chip ${cores} cores: units share cores, ` +
      `${tiled.batch > 1 ? `tokens go through the layers in batches of up to ${tiled.batch}` : 'one token is in the machine at a time'}` +
      `${mapping === 'shared' ? ' (as asked: mapping shared)' : ''}`,
    ...(externalData ? [EXTERNAL_DATA_NOTE] : []),
  ]
  return { ...tiled, externalData, coreOf: improve(tiled, coreOf), cores, shared: true, notes }
}

/** Flit-hops a token is expected to cost in a placement: each flit counts every router it enters, as in results. */
export function expectedFlitHops(placed: PlacedModel): number {
  const { flows, coreOfItem } = itemsOf(placed, placed.coreOf)
  const cost = new PlacementCost(placed.spec, coreOfItem.length, flows, () => 1, coreOfItem)
  const packets = ({ to }: Flow): number => (placed.spec.network.multicast === 'unicast' ? new Set(to).size : 1)
  return cost.flitHops + flows.reduce((sum, flow) => sum + flow.flits * packets(flow), 0)
}

function improve(tiled: TiledModel, coreOf: Int32Array): Int32Array {
  const { placement = 'annealed', placementSeed = 1, coreOf: known } = tiled.options
  if (known !== undefined) return known
  if (placement === 'snake' || placement === 'row-major') return coreOf
  const { flows, itemOf, coreOfItem } = itemsOf(tiled, coreOf)
  const { hopCycles } = tiled.spec.network
  // A long link counts as the hops that its cycles are worth.
  const hopsOf = (linkCycles: number): number => Math.round((hopCycles - 1 + linkCycles) / hopCycles)
  const cost = new PlacementCost(tiled.spec, coreOfItem.length, flows, hopsOf, coreOfItem)
  let best: ArrayLike<number> = coreOfItem
  let bestTotal = cost.total
  for (const regions of [undefined, regionsOf(tiled, itemOf, coreOfItem)]) {
    const candidate = placeGreedily(cost, regions)
    cost.placeAll(candidate)
    if (cost.total < bestTotal) {
      best = candidate
      bestTotal = cost.total
    }
  }
  if (placement === 'annealed') best = anneal(cost, best, placementSeed)
  return coreOf.map((_, unit) => best[itemOf[unit]!]!)
}

/** What is moved as one: the units of a core. Items are numbered as their first units are; flows are between items. */
function itemsOf(
  tiled: TiledModel, coreOf: Int32Array,
): { flows: Flow[]; itemOf: Int32Array; coreOfItem: number[] } {
  const coreOfItem = [...new Set(coreOf)]
  const itemOfCore = new Map(coreOfItem.map((core, item) => [core, item]))
  const itemOf = coreOf.map((core) => itemOfCore.get(core)!)
  const item = (end: number): number => (end === HOST ? HOST : itemOf[end]!)
  const flows = trafficOf(tiled).map(({ from, to, flits }) => ({ from: item(from), to: to.map(item), flits }))
  return { flows, itemOf, coreOfItem }
}

/** The layer of each item, and of each core as the items lie now; cores that nobody uses belong to none. */
function regionsOf(tiled: TiledModel, itemOf: Int32Array, coreOfItem: readonly number[]): Regions {
  const ofItem = new Int32Array(coreOfItem.length)
  for (const unit of tiled.units) ofItem[itemOf[unit.id]!] = unit.layer
  const ofCore = new Int32Array(coreCount(tiled.spec)).fill(-2)
  coreOfItem.forEach((core, item) => { ofCore[core] = ofItem[item]! })
  return { ofItem, ofCore }
}
