import type { CompiledProgram } from '../programs/compile/compile.js'
import { linearOf } from '../programs/compile/ir.js'
import type { QuantizedLinear } from '../programs/quantize/types.js'
import { saturatingSums } from '../programs/reference/saturate.js'
import type { InputRange } from '../programs/reference/saturate.js'
import type { Integrate } from '../programs/reference/interpreter.js'

/**
 * How the sums of a program's machine come about: exactly, undefined, or with accumulators that saturate. Then it matters
 * which inputs meet in one accumulator: those of a tile.
 */
export function machineSums({ scheduled }: CompiledProgram): Integrate | undefined {
  const { model, spec, slices, units } = scheduled
  if (spec.core.overflow !== 'saturate') return undefined
  const slicesOf = new Map<QuantizedLinear, readonly InputRange[]>()
  for (const unit of units) if (unit.kind === 'matrix') slicesOf.set(linearOf(model, unit.linear, unit.layer, unit.expert), slices[unit.linear])
  return saturatingSums((layer) => slicesOf.get(layer)!, spec.core.accumulatorBits)
}
