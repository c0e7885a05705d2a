import { InputError } from '../../sim/errors.js'
import { defaultChipSpec } from '../../sim/config/chip-spec.js'
import { parsePlan } from '../../sweep/plan/parse.js'
import type { Plan, Vocabulary } from '../../sweep/plan/types.js'
import type { Workbench } from '../../sweep/points.js'

/** What plans may say in tests of the library: chips `plain` and `other`, a few options. */
export const VOCABULARY: Vocabulary = {
  options: ['model', 'tokens', 'seed', 'encoding', 'weight-bits', 'verify'],
  checkOption: (option, value) => {
    if (option === 'encoding' && value !== 'ternary' && value !== 'binary') throw new InputError(`encoding is ${String(value)}`)
    return value
  },
  sizes: ['layers', 'dim'],
  chip: (name) => {
    if (name !== 'plain' && name !== 'other') throw new InputError(`there is no chip '${name}'`)
    return { ...defaultChipSpec(), name, clockMHz: name === 'plain' ? 500 : 250 }
  },
}

export const plan = (text: string): Plan => parsePlan(`base: plain\n${text}`, 'plan.yaml', VOCABULARY)

export const workbench = (of: Plan, version = '1'): Workbench => ({
  plan: of, version, chip: VOCABULARY.chip, complete: (run) => ({ seed: 1, tokens: 4, ...run }), contents: () => [],
})
