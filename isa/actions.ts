/**
 * Every action the machine counts. The instruction table says which actions an instruction performs,
 * the hot loops count them, and the price table (sim/energy) gives each one a price: an action
 * without a price is an error, never a silent zero. `component` is the line of the energy report
 * the action is booked under; one action is booked once.
 */
export const COMPONENTS = [
  'adders', 'weightSram', 'membrane', 'encoder', 'vectorUnit', 'dataSram', 'spikeIo', 'control',
  'routers', 'links', 'chipToChip', 'dram', 'clock', 'leakage',
] as const
export type Component = (typeof COMPONENTS)[number]

interface ActionRow {
  readonly name: string
  readonly component: Component
  readonly meaning: string
}

export const ACTION_TABLE = [
  { name: 'synapticAdd', component: 'adders', meaning: 'one weight added to or subtracted from one accumulator' },
  { name: 'mac', component: 'adders', meaning: 'one multiply-accumulate of an activation and a weight (graded and dense encodings)' },
  { name: 'attentionMac', component: 'adders', meaning: 'one multiply-accumulate of attention: query and key, or weight and value' },
  { name: 'laneMac', component: 'adders', meaning: 'one multiply-accumulate into the register of a lane (all kinds of core but adder arrays)' },
  { name: 'activationShift', component: 'adders', meaning: 'one activation passed to the next processing element (systolic cores)' },
  { name: 'weightShift', component: 'adders', meaning: 'one weight passed to the next processing element while an array is loaded (systolic cores)' },
  { name: 'weightTest', component: 'adders', meaning: 'one weight tested for zero (core.zeroWeights gated)' },
  { name: 'weightFind', component: 'adders', meaning: 'one weight that is not 0 found in the mask of its row (core.zeroWeights skipped)' },
  { name: 'membraneAdd', component: 'adders', meaning: 'one accumulator added to another (a time step in level order)' },
  { name: 'weightWordRead', component: 'weightSram', meaning: 'one bank word read from weight SRAM' },
  { name: 'weightWordWrite', component: 'weightSram', meaning: 'one bank word written to weight SRAM (load, reload)' },
  { name: 'accumulatorRead', component: 'membrane', meaning: 'one accumulator read' },
  { name: 'accumulatorWrite', component: 'membrane', meaning: 'one accumulator written' },
  { name: 'encoderStep', component: 'encoder', meaning: 'one neuron examined: compare with threshold, subtract' },
  { name: 'nonzeroFind', component: 'encoder', meaning: 'one activation that is not 0 found in a mask (mac-lanes cores)' },
  { name: 'spikeEmit', component: 'encoder', meaning: 'one spike event handed to the packetiser' },
  { name: 'fp32Add', component: 'vectorUnit', meaning: 'one 32-bit float addition or comparison' },
  { name: 'fp32Mul', component: 'vectorUnit', meaning: 'one 32-bit float multiplication' },
  { name: 'fp32Special', component: 'vectorUnit', meaning: 'one exponential, reciprocal, square root, sine or cosine' },
  { name: 'intOp', component: 'vectorUnit', meaning: 'one 32-bit integer addition, comparison or conversion' },
  { name: 'dataWordRead', component: 'dataSram', meaning: 'one 32-bit word read from data SRAM' },
  { name: 'dataWordWrite', component: 'dataSram', meaning: 'one 32-bit word written to data SRAM' },
  { name: 'fifoPush', component: 'spikeIo', meaning: 'one spike event written to the spike FIFO' },
  { name: 'fifoPop', component: 'spikeIo', meaning: 'one spike event read from the spike FIFO' },
  { name: 'axonLookup', component: 'spikeIo', meaning: 'one axon-table read: spike event to weight row' },
  { name: 'rowStep', component: 'spikeIo', meaning: 'one step of the counter that finds the next weight row (vector-matrix cores)' },
  { name: 'packetFlit', component: 'spikeIo', meaning: 'one flit built by the packetiser' },
  { name: 'instruction', component: 'control', meaning: 'one 64-bit instruction fetched, decoded and issued' },
  { name: 'scalarOp', component: 'control', meaning: 'one scalar register operation' },
  { name: 'semaphoreOp', component: 'control', meaning: 'one semaphore increment or test' },
  { name: 'barrierFlit', component: 'control', meaning: 'one barrier message between two neighbouring tiles' },
  { name: 'flitHop', component: 'routers', meaning: 'one flit through one router: buffer write and read, allocation, crossbar' },
  { name: 'linkFlit', component: 'links', meaning: 'one flit over one link between neighbouring tiles of a chip' },
  { name: 'chipLinkFlit', component: 'chipToChip', meaning: 'one flit over a link between chips, or between host and chip' },
  { name: 'dramBit', component: 'dram', meaning: 'one bit moved from or to external memory' },
  { name: 'dramActivate', component: 'dram', meaning: 'one page opened beyond one for each KiB that moves' },
  { name: 'memoryFlitHop', component: 'routers', meaning: 'one flit of the memory network through one of its routers' },
  { name: 'memoryLinkFlit', component: 'links', meaning: 'one flit of the memory network over one of its links between tiles' },
] as const satisfies readonly ActionRow[]

export type Action = (typeof ACTION_TABLE)[number]['name']
export const ACTIONS: readonly Action[] = ACTION_TABLE.map((row) => row.name)
export const ACTION_COUNT = ACTION_TABLE.length

/** Index of each action in a counter array. */
export const ACTION_INDEX = Object.freeze(
  Object.fromEntries(ACTION_TABLE.map((row, index) => [row.name, index])),
) as Readonly<Record<Action, number>>
