import {
  type Action, ACTION_COUNT, ACTION_INDEX, ACTION_TABLE, ACTIONS, COMPONENTS, type Component,
} from '../../isa/actions.js'
import { SimulationError } from '../errors.js'
import type { ChipSpec } from '../config/chip-spec.js'
import type { Widths } from './price.js'
import { type PriceList, priceList, type PriceRow } from './prices.js'
import type { StaticDraw } from './static-prices.js'

export type ByComponent = Record<Component, number>

/** What a row of the counters belongs to: an operator of the model and its layer (-1: no layer). */
export interface OperatorTag {
  readonly operator: string
  readonly layer: number
}

export interface OperatorEnergy extends OperatorTag {
  readonly totalPj: number
  readonly byComponent: ByComponent
}

/** A price as the run used it: the `constants` of the result file. */
export interface PriceUse extends Omit<PriceRow, 'instances'> {
  /** Times the action happened; instances of a static draw that drew, on average over the run. */
  readonly count: number
  readonly energyPj: number
}

export interface EnergyLedger {
  /** Sum of byComponent, in the order of COMPONENTS: equal to the last bit. */
  readonly totalPj: number
  readonly dynamicPj: number
  /** Clock, leakage and standby of external memory: power x time of the whole system. Not attributed to operators. */
  readonly staticPj: number
  readonly byComponent: ByComponent
  /** Dynamic energy only; one row per distinct (operator, layer), in order of first appearance. */
  readonly byOperator: readonly OperatorEnergy[]
  readonly byPrice: readonly PriceUse[]
  readonly prices: PriceList
}

/** How busy the machine was, summed over its cores and routers: what gating and retention save depends on it. */
export interface BusyCycles {
  readonly coreCycles: number
  readonly routerCycles: number
  /** Of the memory network's routers. Default: 0. */
  readonly memoryRouterCycles?: number
  /** Cores that had a program. Default: all. */
  readonly coresUsed?: number
  /** Times that the memories of a core had to come back from retention. Default: 0. */
  readonly wakes?: number
}

export interface LedgerInput {
  /** tags.length x ACTION_COUNT counts, row by row. */
  readonly counts: Float64Array
  readonly tags: readonly OperatorTag[]
  /** Length of the run, chip cycles. */
  readonly cycles: number
  /** Default: every core had a program, and nothing was ever busy. */
  readonly busy?: BusyCycles
  readonly spec: ChipSpec
  /** Widths of the operands; default: W4A4 with 8-bit attention. */
  readonly widths?: Widths
}

const COMPONENT_OF_ACTION = Uint8Array.from(ACTION_TABLE, (row) => COMPONENTS.indexOf(row.component))

export function emptyComponents(): ByComponent {
  return Object.fromEntries(COMPONENTS.map((component) => [component, 0])) as ByComponent
}

function sumComponents(parts: ByComponent): number {
  let total = 0
  for (const component of COMPONENTS) total += parts[component]
  return total
}

function checkCounts({ counts, tags, cycles, spec }: LedgerInput): void {
  if (counts.length !== tags.length * ACTION_COUNT) {
    throw new SimulationError(`energy ledger: ${counts.length} counters for ${tags.length} tags; ` +
      `${tags.length} x ${ACTION_COUNT} are needed.`)
  }
  if (!Number.isFinite(cycles) || cycles < 0) throw new SimulationError(`energy ledger: a run of ${cycles} cycles.`)
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i]!
    if (count >= 0 && Number.isFinite(count)) continue
    const { operator, layer } = tags[Math.floor(i / ACTION_COUNT)]!
    const action = ACTIONS[i % ACTION_COUNT]!
    throw new SimulationError(`energy ledger: ${count} actions '${action}' at ${operator}, layer ${layer}.`)
  }
  if (spec.dram.kind !== 'none') return
  for (let tag = 0; tag < tags.length; tag++) {
    if (counts[tag * ACTION_COUNT + ACTION_INDEX.dramBit]! > 0) {
      throw new SimulationError(`energy ledger: ${tags[tag]!.operator} moved bits of external memory, but the chip ` +
        'has none (dram.kind is \'none\').')
    }
  }
}

/** Energy of one row of counters, added to `into`. */
function addRow(counts: Float64Array, start: number, actionPj: Float64Array, into: Float64Array): void {
  for (let action = 0; action < ACTION_COUNT; action++) {
    into[COMPONENT_OF_ACTION[action]!]! += counts[start + action]! * actionPj[action]!
  }
}

function operatorRows(input: LedgerInput, prices: PriceList): OperatorEnergy[] {
  const sums = new Map<string, { tag: OperatorTag; parts: Float64Array }>()
  input.tags.forEach((tag, index) => {
    const key = `${tag.layer}/${tag.operator}`
    let entry = sums.get(key)
    if (entry === undefined) sums.set(key, entry = { tag, parts: new Float64Array(COMPONENTS.length) })
    addRow(input.counts, index * ACTION_COUNT, prices.actionPj, entry.parts)
  })
  return [...sums.values()].map(({ tag: { operator, layer }, parts }) => {
    const byComponent = emptyComponents()
    COMPONENTS.forEach((component, index) => { byComponent[component] = parts[index]! })
    return { operator, layer, totalPj: sumComponents(byComponent), byComponent }
  })
}

/** Share of what gating stops of an idle core's clock that it stops of a busy one's: registers that keep their value. */
export const BUSY_GATING = 0.6

/** True if external memory was touched: one that a run never asks for anything is off, and its network with it. */
function movesBits(counts: Float64Array): boolean {
  for (let at = ACTION_INDEX.dramBit; at < counts.length; at += ACTION_COUNT) if (counts[at]! > 0) return true
  return false
}

/** Instances of each static draw that draw, on average over the run. */
function drawing({ counts, cycles, busy, spec }: LedgerInput, instances: Record<StaticDraw, number>): Record<StaticDraw, number> {
  const cores = instances.coreLeakage
  const used = spec.unusedCores === 'off' ? Math.min(cores, busy?.coresUsed ?? cores) : cores
  const share = (busyCycles: number | undefined, of: number): number => (
    cycles === 0 ? 0 : Math.min(of, (busyCycles ?? 0) / cycles)
  )
  const busyCores = share(busy?.coreCycles, used)
  const busyRouters = share(busy?.routerCycles, instances.routerClock)
  const gating = spec.clockGating
  const clocked = (busyOnes: number, all: number): number => busyOnes * (1 - BUSY_GATING * gating) + (all - busyOnes) * (1 - gating)
  const kib = cores === 0 ? 0 : instances.sramLeakage / cores
  const keeps = spec.idleMemory === 'retention'
  const touched = movesBits(counts) ? 1 : 0
  return {
    coreClock: clocked(busyCores, used),
    routerClock: clocked(busyRouters, instances.routerClock),
    sramLeakage: kib * (keeps ? busyCores : used),
    sramRetention: keeps ? kib * (used - busyCores) : 0,
    memoryWake: keeps ? busy?.wakes ?? 0 : 0,
    coreLeakage: used,
    routerLeakage: instances.routerLeakage,
    memoryRouterClock: touched * clocked(share(busy?.memoryRouterCycles, instances.memoryRouterClock), instances.memoryRouterClock),
    memoryRouterLeakage: touched * instances.memoryRouterLeakage,
    dramStandby: touched * instances.dramStandby,
    coreOff: cores - used,
  }
}

/** What each price came to. A clock: pJ/cycle x the cycles it runs; leakage: microwatt x microseconds x instances. */
function priceUses(input: LedgerInput, prices: PriceList): PriceUse[] {
  const { counts, tags, cycles, spec } = input
  const statics = prices.rows.filter(({ kind }) => kind === 'static')
  const amounts = drawing(input, Object.fromEntries(statics.map(({ name, instances }) => [name, instances])) as Record<StaticDraw, number>)
  return prices.rows.map(({ instances: _, ...row }) => {
    if (row.kind === 'static') {
      const count = amounts[row.name as StaticDraw]
      const time = row.unit === 'pJ' ? 1 : row.unit === 'pJ/cycle' ? cycles : cycles / spec.clockMHz
      return { ...row, count, energyPj: row.value * count * time }
    }
    const index = ACTION_INDEX[row.name as Action]
    let count = 0
    for (let tag = 0; tag < tags.length; tag++) count += counts[tag * ACTION_COUNT + index]!
    return { ...row, count, energyPj: count * row.value }
  })
}

function staticEnergy(uses: readonly PriceUse[]): ByComponent {
  const parts = emptyComponents()
  for (const use of uses) if (use.kind === 'static') parts[use.component] += use.energyPj
  return parts
}

/**
 * Prices a run: every counted action at its price, plus clock and leakage for the time it took. The one place where
 * energy is computed.
 * @throws InputError for a bad price override, SimulationError for counters that cannot be right.
 */
export function energyLedger(input: LedgerInput): EnergyLedger {
  checkCounts(input)
  const prices = priceList(input.spec, input.widths)
  const byOperator = operatorRows(input, prices)
  const byPrice = priceUses(input, prices)
  const statics = staticEnergy(byPrice)
  const byComponent = emptyComponents()
  let dynamicPj = 0
  for (const component of COMPONENTS) {
    let dynamic = 0
    for (const row of byOperator) dynamic += row.byComponent[component]
    dynamicPj += dynamic
    byComponent[component] = dynamic + statics[component]
  }
  return {
    totalPj: sumComponents(byComponent), dynamicPj, staticPj: sumComponents(statics), byComponent, byOperator, byPrice,
    prices,
  }
}
