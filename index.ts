/**
 * Spikeloom's public API. What is exported here is kept; everything else may change.
 *
 *   import { completeChip, loadModel, quantizeModel, simulate } from 'spikeloom'
 *   const model = quantizeModel(loadModel('./my-model'))
 *   const result = simulate({ model, chip: completeChip({ core: { lanes: 128 } }), prompt: 'Once', tokens: 8 })
 */
export { InputError, SimulationError } from './sim/errors.js'

// Chips
export type { ChipSpec, ChipSpecInput } from './sim/config/chip-spec.js'
export { defaultChipSpec } from './sim/config/chip-spec.js'
export { completeChip, loadChip } from './sim/config/load-chip.js'

// Models
export { loadModel } from './programs/models/index.js'
export type { LoadedModel, ModelConfig, Tokenizer } from './programs/models/index.js'
export { DEFAULT_QUANTIZE_OPTIONS, quantizeModel } from './programs/quantize/index.js'
export type { QuantizedModel, QuantizeOptions } from './programs/quantize/index.js'
export { shapeModel } from './programs/shapes/shape-model.js'
export { MODEL_SHAPES } from './programs/shapes/presets.js'
export { histogramOf, histogramWithMean } from './programs/shapes/histogram.js'

// Runs
export { simulate, simulateByLayer, simulateStatistics } from './simulate/index.js'
export type { LayerRunOptions, SimulateOptions, SpikeStatisticsTable, StatisticsRunOptions } from './simulate/index.js'
export { parseResult, serializeResult } from './sim/result/parse.js'
export type { RunResult } from './sim/result/schema.js'

// Machine and compiler, for those who bring their own programs
export { compile } from './programs/compile/public.js'
export type { CompiledProgram, CompileOptions } from './programs/compile/public.js'
export { Chip, Network } from './sim/machine.js'
export type { CoreView, HostRunOptions, ProgramRunOptions, TokenTimes } from './sim/machine.js'
export type { MachineImage } from './sim/image.js'
export { assemble } from './isa/assembler.js'
export { disassemble } from './isa/disassembler.js'
export { INSTRUCTIONS } from './isa/instructions.js'
export { energyLedger } from './sim/energy/ledger.js'
export { priceList } from './sim/energy/prices.js'

// Reports
export { compareResults, comparisonText, htmlReport, textReport } from './reports/index.js'
