import type { ChipSpec } from '../config/chip-spec.js'
import { expExact, powerExact } from '../numerics.js'
import { NOMINAL_VOLTS, type TechnologyNm } from './constants.js'

/** What the supply voltage and the temperature do to energy, leakage and delay, relative to the node's nominal supply. */

/** Temperature at which CACTI and DSENT state leakage, and the degrees that double it (CACTI's low-leakage cells). */
const LEAKAGE_KELVIN = 350
const DOUBLING_KELVIN = 16
const ZERO_CELSIUS_KELVIN = 273.15
/** Volts of supply that raise leakage current e-fold (drain-induced barrier lowering). Unverified: 0.3 to 0.5. */
const LEAKAGE_VOLTS = 0.4

/** Exponent and threshold of the alpha-power law, fitted to silicon: docs/energy.md, 'Voltage'. */
const ALPHA = 1.5
const THRESHOLD_VOLTS: Readonly<Record<TechnologyNm, number>> = { 45: 0.38, 28: 0.55, 22: 0.39, 16: 0.35, 7: 0.35 }

/** Delay of FinFET logic against its nominal supply (Stillmaker and Baas); below 0.6 V the alpha-power law goes on. */
const FINFET_VOLTS = [0.6, 0.7, 0.8, 0.9] as const
const FINFET_DELAY = { 16: [1.38, 1.15, 1, 0.92], 7: [1.22, 1, 0.89, 0.82] } as const

/** Supply of the chip: its own, or the node's nominal one. */
export function supplyVolts({ voltage, technologyNm }: ChipSpec): number {
  return voltage ?? NOMINAL_VOLTS[technologyNm]
}

/** Energy of an action against the nominal supply: the square of the voltage. */
export function energyScale(spec: ChipSpec): number {
  const ratio = supplyVolts(spec) / NOMINAL_VOLTS[spec.technologyNm]
  return ratio * ratio
}

/** Leakage power against 350 K and the nominal supply: V e^(V / V0), and doubling every 16 K. */
export function leakageScale(spec: ChipSpec): number {
  const volts = supplyVolts(spec)
  const nominal = NOMINAL_VOLTS[spec.technologyNm]
  const kelvin = spec.temperatureC + ZERO_CELSIUS_KELVIN
  return (volts / nominal) * expExact((volts - nominal) / LEAKAGE_VOLTS)
    * powerExact(2, (kelvin - LEAKAGE_KELVIN) / DOUBLING_KELVIN)
}

/** Delay of the alpha-power law, V / (V - Vt)^a, not normalised. */
function alphaPower(node: TechnologyNm, volts: number): number {
  return volts / powerExact(volts - THRESHOLD_VOLTS[node], ALPHA)
}

function finfetDelay(node: 16 | 7, volts: number): number {
  const table = FINFET_DELAY[node]
  if (volts < FINFET_VOLTS[0]) return (table[0] * alphaPower(node, volts)) / alphaPower(node, FINFET_VOLTS[0])
  let i = 1
  while (i < FINFET_VOLTS.length - 1 && volts > FINFET_VOLTS[i]!) i++
  const share = (volts - FINFET_VOLTS[i - 1]!) / (FINFET_VOLTS[i]! - FINFET_VOLTS[i - 1]!)
  return table[i - 1]! + share * (table[i]! - table[i - 1]!)
}

/** Delay of logic and memories against the nominal supply. */
export function delayScale(spec: ChipSpec): number {
  const node = spec.technologyNm
  const volts = supplyVolts(spec)
  if (node === 16 || node === 7) return finfetDelay(node, volts)
  return alphaPower(node, volts) / alphaPower(node, NOMINAL_VOLTS[node])
}
