import fc from 'fast-check'
import { INSTRUCTIONS, type InstructionSpec } from '../../isa/index.js'

/** Any instruction of the table with any operands that fit; immediates as the decoder gives them, signed. */
export const anyInstruction = fc.constantFrom(...INSTRUCTIONS).chain((spec) => (
  operandsOf(spec).map((operands) => ({ mnemonic: spec.mnemonic, operands }))
))

export function operandsOf(spec: InstructionSpec): fc.Arbitrary<Record<string, number>> {
  const fields = spec.operands.map(({ name, kind, bits }) => (
    [name, kind === 'imm' ? fc.integer() : fc.integer({ min: 0, max: 2 ** bits - 1 })] as const
  ))
  return fc.record(Object.fromEntries(fields))
}
