import { logExact, powerExact } from '../numerics.js'
import { ARITHMETIC_HIGH_PJ, ARITHMETIC_PJ, DELAY_SCALE, LOGIC_AREA_SCALE, type TechnologyNm } from './constants.js'

/**
 * Integer adders and multipliers by the widths of their operands: energy, area and delay at the node's nominal supply.
 * The anchors are Horowitz's and TPUv4i's; what a width costs against another was measured on gates: signed operands,
 * random in every bit, synthesised for area in Nangate 45 nm (1.1 V) and simulated with the library's delays.
 */

/** Energy and area of an adder grow as these powers of its width. */
const ADD_ENERGY_EXPONENT = 1.14
const ADD_AREA_EXPONENT = 1.11
/** A 24-bit accumulator plus a 4-bit operand costs 305 fJ where 24 + 24 bits cost 391: what does not shrink with it. */
const ADD_FIXED_SHARE = (305 / 391 - 4 / 24) / (1 - 4 / 24)
/** The same adder that subtracts as well: 415 fJ for 305, 156 um2 for 145. */
const SIGNED_ENERGY = 415 / 305
const SIGNED_AREA = 156 / 145
const ADD_32_UM2 = 185
const ADD_32_NS = 1.77
const MULTIPLY_8_UM2 = 453
const MULTIPLY_8_NS = 1.26
/** Ends of what data can do to an operation's energy, below the anchor. */
const LOW_SHARE = 0.7

const WIDTHS = [2, 4, 8, 16] as const
/** Energy against 8 x 8 bits; 2 x 16 by the step from 4 x 8 to 4 x 16. */
const MULTIPLY_ENERGY = [
  [0.022, 0.058, 0.125, 0.253],
  [0.058, 0.166, 0.356, 0.72],
  [0.125, 0.356, 1, 1.87],
  [0.253, 0.72, 1.87, 4.9],
] as const
const MULTIPLY_AREA = [
  [0.025, 0.069, 0.155, 0.32],
  [0.069, 0.171, 0.383, 0.79],
  [0.155, 0.383, 1, 1.88],
  [0.32, 0.79, 1.88, 4.1],
] as const
/** Nanoseconds at 45 nm and 1.1 V. */
const MULTIPLY_NS = [
  [0.16, 0.3, 0.57, 0.95],
  [0.3, 0.66, 0.82, 1.36],
  [0.57, 0.82, 1.26, 1.71],
  [0.95, 1.36, 1.71, 2.22],
] as const

/** A value with the ends of its range. */
export interface Range {
  readonly low: number
  readonly value: number
  readonly high: number
}

/** Place of a width between two of the table's, on a logarithmic scale; widths outside extend the last segment. */
function placeOf(bits: number): { below: number; share: number } {
  let below = 0
  while (below < WIDTHS.length - 2 && bits > WIDTHS[below + 1]!) below++
  return { below, share: logExact(bits / WIDTHS[below]!) / logExact(WIDTHS[below + 1]! / WIDTHS[below]!) }
}

/** A power law in either width between the four entries around it. */
function between(table: readonly (readonly number[])[], aBits: number, bBits: number): number {
  const a = placeOf(aBits)
  const b = placeOf(bBits)
  const along = (row: readonly number[]): number => row[b.below]! * powerExact(row[b.below + 1]! / row[b.below]!, b.share)
  const first = along(table[a.below]!)
  return first * powerExact(along(table[a.below + 1]!) / first, a.share)
}

/** What an operand of `operandBits` makes of an adder of `bits` bits. */
function operandScale(bits: number, operandBits: number): number {
  return ADD_FIXED_SHARE + (1 - ADD_FIXED_SHARE) * Math.min(1, operandBits / bits)
}

/** Energy of adding or subtracting an operand of `operandBits` to an accumulator of `bits`, pJ. */
export function addPj(node: TechnologyNm, bits: number, operandBits: number): Range {
  const scale = powerExact(bits / 32, ADD_ENERGY_EXPONENT) * operandScale(bits, operandBits) * SIGNED_ENERGY
  const value = ARITHMETIC_PJ.int32Add[node] * scale
  return { low: LOW_SHARE * value, value, high: ARITHMETIC_HIGH_PJ.int32Add[node] * scale }
}

/** Energy of multiplying signed integers of two widths, pJ. */
export function multiplyPj(node: TechnologyNm, aBits: number, bBits: number): Range {
  const scale = between(MULTIPLY_ENERGY, aBits, bBits)
  const value = ARITHMETIC_PJ.int8Multiply[node] * scale
  return { low: LOW_SHARE * value, value, high: ARITHMETIC_HIGH_PJ.int8Multiply[node] * scale }
}

/** Energy of a multiplication whose product is added to an accumulator, pJ. */
export function macPj(node: TechnologyNm, aBits: number, bBits: number, accumulatorBits: number): Range {
  const multiply = multiplyPj(node, aBits, bBits)
  const add = addPj(node, accumulatorBits, Math.min(accumulatorBits, aBits + bBits))
  return { low: multiply.low + add.low, value: multiply.value + add.value, high: multiply.high + add.high }
}

/** Cells of an adder that subtracts too, um2. */
export function addUm2(node: TechnologyNm, bits: number): number {
  return ADD_32_UM2 * powerExact(bits / 32, ADD_AREA_EXPONENT) * SIGNED_AREA * LOGIC_AREA_SCALE[node]
}

/** Cells of a multiplier, um2. */
export function multiplyUm2(node: TechnologyNm, aBits: number, bBits: number): number {
  return MULTIPLY_8_UM2 * between(MULTIPLY_AREA, aBits, bBits) * LOGIC_AREA_SCALE[node]
}

/** Time of an addition, ns: carries ripple, as in a circuit made small. */
export function addNs(node: TechnologyNm, bits: number): number {
  return ((ADD_32_NS * bits) / 32) * DELAY_SCALE[node]
}

/** Time of a multiplication, ns. */
export function multiplyNs(node: TechnologyNm, aBits: number, bBits: number): number {
  return MULTIPLY_8_NS * (between(MULTIPLY_NS, aBits, bBits) / MULTIPLY_NS[2][2]) * DELAY_SCALE[node]
}
