import { chipSpecSchema } from '../../sim/config/chip-spec.js'
import type { ChipSpec } from '../../sim/config/chip-spec.js'
import type { CoreKindName } from '../../sim/config/core-kinds.js'
import { encodingByName } from '../../programs/encodings/index.js'
import type { EncodingName } from '../../programs/encodings/types.js'

/**
 * The chips among which we look for one on which spikes win: all hold LLaMA-2-7B in SRAM at 28 nm, for behind external
 * memory rivals that skip the same rows differ by less than 1 % (docs/findings.md). Values and prices were fixed by their
 * sources before the search; none was changed after it.
 */

export interface Contender {
  readonly name: string
  readonly encoding: EncodingName
  readonly kind: CoreKindName
  readonly isSpiking: boolean
}

export const CONTENDERS: readonly Contender[] = [
  { name: 'ternary', encoding: 'ternary', kind: 'adder-array', isSpiking: true },
  { name: 'bits', encoding: 'bitwise', kind: 'adder-array', isSpiking: true },
  { name: 'level order', encoding: 'latency', kind: 'adder-array', isSpiking: true },
  { name: 'zero-skipping MACs', encoding: 'graded', kind: 'mac-lanes', isSpiking: false },
  { name: 'dense lanes', encoding: 'dense', kind: 'vector-matrix', isSpiking: false },
]

/** What must be simulated anew: it changes what happens. */
export interface Shape {
  readonly lanes: number
  readonly accumulators: number
}

/** Accumulators as many as lanes are registers of the lanes: adders then pay for sums what MAC lanes pay. */
export const SHAPES: readonly Shape[] = [
  { lanes: 64, accumulators: 512 }, { lanes: 128, accumulators: 512 }, { lanes: 256, accumulators: 512 },
  { lanes: 512, accumulators: 512 },
]

/** What only prices see, and the fastest clock. */
export interface Setting {
  /** Bytes of a bank of the weight memory: 512 B to 64 KiB, from ELSA's banks to sram-64's. */
  readonly bankBytes: number
  /** 28 nm memories run down to 0.7 V (docs/energy.md). */
  readonly voltage: number
  readonly clockMHz: number
  /** Share of the clock of an idle core that is gated: .95 to .99 (docs/energy.md). */
  readonly clockGating: number
  readonly idleMemory: 'on' | 'retention'
}

export function settings(): Setting[] {
  return [512, 1024, 4096, 16384, 65536].flatMap((bankBytes) => [0.7, 0.8, 0.9].flatMap((voltage) => (
    [100, 200, 350, 500].flatMap((clockMHz) => [0.95, 0.98, 0.99].flatMap((clockGating) => (
      (['on', 'retention'] as const).map((idleMemory) => ({ bankBytes, voltage, clockMHz, clockGating, idleMemory }))
    )))
  )))
}

/** A chip of the space. Level order has two accumulators an output. */
export function chipOf(base: ChipSpec, { kind, encoding }: Contender, { lanes, accumulators }: Shape, setting?: Setting): ChipSpec {
  const sums = accumulators * encodingByName(encoding).sums
  const weightBankBits = base.core.weightBankBits
  const chip = { ...base, core: { ...base.core, kind, lanes, accumulators: sums, weightWires: 'charged' as const } }
  if (setting === undefined) return chip
  const { bankBytes, ...keys } = setting
  // The lanes' words must come from different banks; smaller banks are more of them.
  const weightBanks = Math.max((lanes * 4) / weightBankBits, (base.core.weightSramKiB * 1024) / bankBytes)
  return chipSpecSchema.parse({ ...chip, ...keys, core: { ...chip.core, weightBanks } })
}
