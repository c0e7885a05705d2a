import type { Component } from '../../isa/actions.js'
import type { ChipSpec } from '../config/chip-spec.js'
import { coreCount, tileCount } from '../config/size.js'
import { memoryUm2 } from './memory.js'
import {
  CLOCK_PJ_PER_BIT, DRAM_STANDBY_UW, LSTP_OVER_HP_LEAKAGE, type Mark, ROUTER_LVT_LEAKAGE_UW, ROUTER_REGISTER_BITS, SOURCES,
  SRAM_LEAKAGE_UW_PER_KIB,
} from './constants.js'
import { around, type Driver } from './drivers.js'
import { coreGeometry, memoryRouterClockedBits, routerClockedBits } from './geometry.js'
import type { Price, PriceUnit } from './price.js'
import { channelsOf } from '../memory/memory.js'
import { bufferScale, flitWidthScale, hasMemoryNetwork } from './router-scale.js'
import { energyScale, leakageScale, supplyVolts } from './supply.js'

interface StaticRow {
  readonly name: string
  readonly component: Component
  readonly meaning: string
}

/** What the chip draws whether or not anything happens. */
export const STATIC_TABLE = [
  { name: 'coreClock', component: 'clock', meaning: 'clock of one core, none of it gated, per cycle' },
  { name: 'routerClock', component: 'clock', meaning: 'clock of one router, none of it gated, per cycle' },
  { name: 'sramLeakage', component: 'leakage', meaning: 'leakage of one KiB of SRAM that is awake' },
  { name: 'sramRetention', component: 'leakage', meaning: 'leakage of one KiB of SRAM that only keeps its contents' },
  { name: 'memoryWake', component: 'leakage', meaning: 'the SRAM of one core brought back from retention' },
  { name: 'coreLeakage', component: 'leakage', meaning: 'leakage of the logic of one core' },
  { name: 'routerLeakage', component: 'leakage', meaning: 'leakage of one router' },
  { name: 'memoryRouterClock', component: 'clock', meaning: 'clock of one router of the memory network, none of it gated, per cycle' },
  { name: 'memoryRouterLeakage', component: 'leakage', meaning: 'leakage of one router of the memory network' },
  { name: 'dramStandby', component: 'dram', meaning: 'standby and refresh of one channel of external memory' },
  { name: 'coreOff', component: 'leakage', meaning: 'leakage through the switches of one core that is off' },
] as const satisfies readonly StaticRow[]
export type StaticDraw = (typeof STATIC_TABLE)[number]['name']

type StaticPrice = Price & { readonly instances: number }

/** Leakage left in retention, and through closed power switches (measured: 3 x less; published: a tenth to a fiftieth). */
const RETENTION_SHARE = 0.33
const OFF_SHARE = 0.03
/** Supply that retention needs, of the nominal one, and the charge of a rail: estimates. */
const RETENTION_VOLTS_SHARE = 0.6
const RAIL_PJ_PER_MM2 = 1500

function clockPrices(spec: ChipSpec): Pick<Record<StaticDraw, StaticPrice>, 'coreClock' | 'routerClock' | 'memoryRouterClock'> {
  const perBit = CLOCK_PJ_PER_BIT[spec.technologyNm]
  const clock = (bits: number, instances: number): StaticPrice => ({
    ...around('clock', perBit * bits * energyScale(spec)), driver: 'clock', unit: 'pJ/cycle', supplyVolts: supplyVolts(spec),
    source: SOURCES.clock, mark: 'I', instances, formula: `${Number((1000 * perBit).toPrecision(3))} fJ x ${bits} register bits`,
  })
  return {
    coreClock: clock(coreGeometry(spec).clockedBits, coreCount(spec)),
    routerClock: clock(routerClockedBits(spec), tileCount(spec)),
    memoryRouterClock: clock(memoryRouterClockedBits(spec), memoryRouters(spec)),
  }
}

function memoryRouters(spec: ChipSpec): number {
  return hasMemoryNetwork(spec) ? tileCount(spec) : 0
}

/** Area of a core's SRAM, mm2. */
function coreSramMm2(spec: ChipSpec): number {
  return coreGeometry(spec).memories.reduce((sum, memory) => (
    sum + (memory.kind === 'sram' ? memoryUm2(spec.technologyNm, memory) / 1e6 : 0)
  ), 0)
}

function dramStandby({ dram: { kind, gigabytesPerSecond } }: ChipSpec): Omit<StaticPrice, 'supplyVolts'> {
  const channels = kind === 'none' ? 0 : channelsOf(kind, gigabytesPerSecond).channels
  return {
    ...around('dramStandby', kind === 'none' ? 0 : DRAM_STANDBY_UW[kind]), driver: 'dramStandby', unit: 'uW', instances: channels,
    formula: 'half of the time with pages open, and refresh, of one channel', source: SOURCES.dramCurrents, mark: 'I',
  }
}

/** Prices of the static draws: pJ a cycle for clocks, microwatts for leakage, each with its number of instances. */
export function staticPrices(spec: ChipSpec): Record<StaticDraw, StaticPrice> {
  const node = spec.technologyNm
  const cores = coreCount(spec)
  const { clockedBits, leakingKib } = coreGeometry(spec)
  const scale = leakageScale(spec)
  const cell = SRAM_LEAKAGE_UW_PER_KIB[spec.core.sramCell][node] * scale
  const bit = (ROUTER_LVT_LEAKAGE_UW[node] * LSTP_OVER_HP_LEAKAGE * scale) / ROUTER_REGISTER_BITS
  const routerBits = ROUTER_REGISTER_BITS * flitWidthScale(spec) * bufferScale(spec)
  const memoryBits = ROUTER_REGISTER_BITS * flitWidthScale(spec, spec.memory.linkBits)
  const wakePj = RAIL_PJ_PER_MM2 * coreSramMm2(spec) * (1 - RETENTION_VOLTS_SHARE ** 2) * energyScale(spec)
  const draw = (driver: Driver, value: number, unit: PriceUnit, instances: number, formula: string, source: string, mark: Mark): StaticPrice => ({
    ...around(driver, value), driver, unit, supplyVolts: supplyVolts(spec), instances, formula, source, mark,
  })
  const at = `at ${spec.temperatureC} C`
  const sramMark = node === 45 || node === 22 ? 'T' : 'I'
  const logic = `${Number((1e3 * bit).toPrecision(3))} nW a register bit ${at}`
  return {
    ...clockPrices(spec),
    sramLeakage: draw('sramLeakage', cell, 'uW/KiB', cores * leakingKib,
      `${spec.core.sramCell} cells ${at}, ${Number(leakingKib.toFixed(2))} KiB a core, registers as cells of their area`, SOURCES.sram, sramMark),
    sramRetention: draw('sramLeakage', RETENTION_SHARE * cell, 'uW/KiB', cores * leakingKib, `${RETENTION_SHARE} of sramLeakage`, SOURCES.sram, 'I'),
    memoryWake: draw('wake', wakePj, 'pJ', 0, `${RAIL_PJ_PER_MM2} pJ/mm2 x ${Number(coreSramMm2(spec).toPrecision(3))} mm2 of SRAM x ` +
      `(1 - ${RETENTION_VOLTS_SHARE}^2); once for each token that a core serves`, 'an estimate; no figure is published', 'U'),
    coreLeakage: draw('logicLeakage', bit * clockedBits, 'uW', cores, `${clockedBits} bits x ${logic}`, SOURCES.routerLeakage, 'I'),
    routerLeakage: draw('logicLeakage', bit * routerBits, 'uW', tileCount(spec),
      `${Math.round(routerBits)} bits, width and buffer factors as for flitHop, x ${logic}`, SOURCES.routerLeakage, 'I'),
    memoryRouterLeakage: draw('logicLeakage', bit * memoryBits, 'uW', memoryRouters(spec),
      `${Math.round(memoryBits)} bits, width factor as for memoryFlitHop, x ${logic}`, SOURCES.routerLeakage, 'I'),
    dramStandby: { ...dramStandby(spec), supplyVolts: supplyVolts(spec) },
    coreOff: draw('sramLeakage', OFF_SHARE * (bit * clockedBits + cell * leakingKib), 'uW', cores,
      `${OFF_SHARE} of a core's logic and SRAM leakage`, 'published reductions of 10 to 50 times', 'U'),
  }
}
