import type { ChipSpec } from '../../sim/config/chip-spec.js'
import { areaOf, tilePartsMm2 } from '../../sim/energy/area.js'
import { multiplyUm2 } from '../../sim/energy/arithmetic.js'
import { coreOf } from './cells.js'
import type { Rival } from './plan.js'

/**
 * Rivals at equal silicon. The chip's area model gives every lane an adder and an 8x8 multiplier, because attention multiplies on
 * the same lanes. In favour of adders, a rival that only adds is charged here without the multiplier, as if attention's
 * products cost no area; what that saves buys it further lanes.
 */

/** Share of placed logic that is cells, as in sim/energy/area.ts. */
const PLACEMENT = 0.75
const UM2_PER_MM2 = 1e6
/** Multipliers of attention, bits. */
const MULTIPLIER_BITS = 8
/** Rows are lanes wide, so lanes come in multiples of a bank's word of 4-bit weights. */
const STEP = 16

/** Area of one tile with the rival's own cores, mm2: what it needs and no more. */
export function rivalTileMm2(chip: ChipSpec, rival: Rival): number {
  const own = coreOf(chip, rival)
  const parts = tilePartsMm2(own)
  const fill = parts / areaOf(own).tileMm2
  if (rival.core !== 'adder-array') return parts / fill
  const multiplier = multiplyUm2(chip.technologyNm, MULTIPLIER_BITS, MULTIPLIER_BITS) / PLACEMENT / UM2_PER_MM2
  return (parts - chip.grid.coresPerTile * chip.core.lanes * multiplier) / fill
}

/** Lanes that make a rival's tile as large as that of zero-skipping multipliers on the same chip, to less than one step. */
export function lanesAtEqualArea(chip: ChipSpec, rival: Rival): number {
  const budget = rivalTileMm2(chip, { ...rival, core: 'mac-lanes', encoding: 'graded' })
  let lanes = chip.core.lanes
  const tile = (count: number): number => rivalTileMm2({ ...chip, core: { ...chip.core, lanes: count } }, rival)
  const step = tile(lanes) > budget ? -STEP : STEP
  while (lanes + step >= STEP && lanes + step <= 4096 && (step > 0 ? tile(lanes + step) <= budget : tile(lanes) > budget)) lanes += step
  return lanes
}
