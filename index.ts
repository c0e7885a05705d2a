export { InputError, SimulationError } from './sim/errors.js'
export type { ChipSpec, ChipSpecInput } from './sim/spec/chip-spec.js'
export { defaultChipSpec } from './sim/spec/chip-spec.js'
export { completeChip, loadChip } from './sim/spec/load-chip.js'
