import { ACTION_TABLE, type Action, type Component } from '../../isa/actions.js'
import { didYouMean, InputError } from '../errors.js'
import type { ChipSpec } from '../config/chip-spec.js'
import { actionPrices } from './action-prices.js'
import { DEFAULT_WIDTHS, type Price, type Widths } from './price.js'
import { STATIC_TABLE, staticPrices, type StaticDraw } from './static-prices.js'

/** One row of the resolved table: what one action, or one instance of a static draw, costs on this chip. */
export interface PriceRow extends Price {
  readonly name: Action | StaticDraw
  readonly kind: 'action' | 'static'
  readonly component: Component
  readonly technologyNm: number
  /** For a static draw, how many of it the chip has (cores, routers, KiB); 1 for an action. */
  readonly instances: number
  readonly overridden: boolean
}

export interface PriceList {
  readonly rows: readonly PriceRow[]
  /** pJ of each action, in the order of the counter arrays (ACTION_INDEX). */
  readonly actionPj: Float64Array
}

function withOverride(row: PriceRow, overrides: ChipSpec['prices']): PriceRow {
  const value = overrides[row.name]
  if (value === undefined) return row
  return {
    ...row, value, low: value, high: value, overridden: true, mark: 'U',
    formula: `${value} ${row.unit}, in place of ${Number(row.value.toPrecision(4))}`,
    source: 'the chip file (prices)',
  }
}

function checkRow(row: PriceRow): void {
  if (Number.isFinite(row.value) && row.value >= 0) return
  throw new InputError(`price '${row.name}' is ${row.value} ${row.unit}; it must be a finite number, 0 or more.`)
}

/** Names that `prices` of a chip file may hold: every action and every static draw. */
export const PRICE_NAMES: readonly string[] = [...ACTION_TABLE, ...STATIC_TABLE].map(({ name }) => name)

/** What is wrong with a name in `prices`: it names nothing. */
export function priceNameProblem(name: string): string | undefined {
  if (PRICE_NAMES.includes(name)) return undefined
  return `'prices.${name}' names no action or static draw.${didYouMean(name, PRICE_NAMES)} The names are: ${PRICE_NAMES.join(', ')}.`
}

function checkNames(overrides: ChipSpec['prices']): void {
  for (const name of Object.keys(overrides)) {
    const problem = priceNameProblem(name)
    if (problem !== undefined) throw new InputError(`chip key ${problem}`)
  }
}

/**
 * The price table of one chip: one row per counted action, then one per static draw, with overrides from
 * `spec.prices` applied and marked. Every action of the machine has a row, by construction.
 * @param widths of the operands that the run adds and multiplies
 * @throws InputError when an override names nothing (with the nearest name) or is no finite number.
 */
export function priceList(spec: ChipSpec, widths: Widths = DEFAULT_WIDTHS): PriceList {
  const technologyNm = spec.technologyNm
  const actions = actionPrices(spec, widths)
  const statics = staticPrices(spec)
  const rows: PriceRow[] = []
  for (const { name, component } of ACTION_TABLE) {
    rows.push({ name, kind: 'action', component, technologyNm, instances: 1, overridden: false, ...actions[name] })
  }
  for (const { name, component } of STATIC_TABLE) {
    rows.push({ name, kind: 'static', component, technologyNm, overridden: false, ...statics[name] })
  }
  checkNames(spec.prices)
  const resolved = rows.map((row) => withOverride(row, spec.prices))
  resolved.forEach(checkRow)
  return { rows: resolved, actionPj: Float64Array.from(ACTION_TABLE, (_, index) => resolved[index]!.value) }
}
