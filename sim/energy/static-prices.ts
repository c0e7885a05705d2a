import type { Component } from '../../isa/actions.js'
import type { ChipSpec } from '../config/chip-spec.js'
import { coreCount, tileCount } from '../config/size.js'
import {
  DSENT_VOLTS, LSTP_OVER_HP_LEAKAGE, ROUTER_CLOCK_PJ_PER_CYCLE, ROUTER_LVT_LEAKAGE_UW, ROUTER_REGISTER_BITS, SOURCES,
  SRAM_LEAKAGE_UW_PER_KIB, SUPPLY_VOLTS,
} from './constants.js'
import { coreGeometry } from './geometry.js'
import type { Price } from './price.js'
import { bufferScale, flitWidthScale } from './router-scale.js'

interface StaticRow {
  readonly name: string
  readonly component: Component
  readonly meaning: string
}

/** What the chip draws whether or not anything happens. */
export const STATIC_TABLE = [
  { name: 'coreClock', component: 'clock', meaning: 'clock of one core, per cycle' },
  { name: 'routerClock', component: 'clock', meaning: 'clock of one router, per cycle' },
  { name: 'sramLeakage', component: 'leakage', meaning: 'leakage of one KiB of SRAM' },
  { name: 'coreLeakage', component: 'leakage', meaning: 'leakage of the logic of one core' },
  { name: 'routerLeakage', component: 'leakage', meaning: 'leakage of one router' },
] as const satisfies readonly StaticRow[]
export type StaticDraw = (typeof STATIC_TABLE)[number]['name']

type StaticPrice = Price & { readonly instances: number }

/** Prices of the static draws: pJ a cycle for clocks, microwatts for leakage, each with its number of instances. */
export function staticPrices(spec: ChipSpec): Record<StaticDraw, StaticPrice> {
  const node = spec.technologyNm
  const routers = tileCount(spec)
  const cores = coreCount(spec)
  const { registerBits, sramKib } = coreGeometry(spec)
  const registerRatio = registerBits / ROUTER_REGISTER_BITS
  const routerScale = flitWidthScale(spec) * bufferScale(spec)
  const routerLeakage = ROUTER_LVT_LEAKAGE_UW[node] * LSTP_OVER_HP_LEAKAGE
  const clock = { unit: 'pJ/cycle', supplyVolts: DSENT_VOLTS[node], source: SOURCES.clock, mark: 'I' } as const
  const leak = { unit: 'uW', supplyVolts: DSENT_VOLTS[node], source: SOURCES.routerLeakage, mark: 'I' } as const
  const ofRegisters = `${registerBits} register bits / ${ROUTER_REGISTER_BITS} of the router it is taken from`
  const ofRouter = 'flit width and buffer factors as for flitHop'
  return {
    coreClock: {
      ...clock, instances: cores, value: ROUTER_CLOCK_PJ_PER_CYCLE[node] * registerRatio,
      formula: `${ROUTER_CLOCK_PJ_PER_CYCLE[node]} x ${ofRegisters}`,
    },
    routerClock: {
      ...clock, instances: routers, value: ROUTER_CLOCK_PJ_PER_CYCLE[node] * routerScale,
      formula: `${ROUTER_CLOCK_PJ_PER_CYCLE[node]} x ${ofRouter}`,
    },
    sramLeakage: {
      value: SRAM_LEAKAGE_UW_PER_KIB[node], unit: 'uW/KiB', supplyVolts: SUPPLY_VOLTS[node], instances: cores * sramKib,
      formula: `all SRAM of a core: ${Number(sramKib.toFixed(2))} KiB`,
      source: SOURCES.sram, mark: node === 28 ? 'I' : 'T',
    },
    coreLeakage: {
      ...leak, instances: cores, value: routerLeakage * registerRatio,
      formula: `${ROUTER_LVT_LEAKAGE_UW[node]} uW x 0.0036 x ${ofRegisters}`,
    },
    routerLeakage: {
      ...leak, instances: routers, value: routerLeakage * routerScale,
      formula: `${ROUTER_LVT_LEAKAGE_UW[node]} uW x 0.0036 x ${ofRouter}`,
    },
  }
}
