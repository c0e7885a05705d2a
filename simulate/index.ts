import type { RunResult } from '../sim/result/schema.js'
import { simulateByLayer as runByLayer } from './by-layer.js'
import type { LayerRunOptions, SimulateOptions, StatisticsRunOptions } from './options.js'
import { simulate as run } from './simulate.js'
import { simulateStatistics as runStatistics } from './statistics.js'

/** Runs, as the library shows them: each goes through a module that the command line uses with threads of its own. */
export type { LayerRunOptions, SimulateOptions, SpikeStatisticsTable, StatisticsRunOptions } from './options.js'

/**
 * Runs a quantized model on a chip: compiles it, simulates prefill and decode cycle by cycle, checks the
 * logits, and prices what happened.
 * @throws InputError if the model does not fit the chip or the prompt does not fit the model
 * @throws SimulationError if the machine deadlocks or an accumulator traps
 */
export function simulate(options: SimulateOptions): RunResult {
  return run(options)
}

/** The same, each layer by itself on the input that the reference interpreter computed. @throws as `simulate` */
export function simulateByLayer(options: LayerRunOptions): Promise<RunResult> {
  return runByLayer(options)
}

/**
 * Runs a model's shape on spike statistics; the result is the same for any number of workers.
 * @throws InputError if the shape does not fit the chip or the sequence the model
 */
export function simulateStatistics(options: StatisticsRunOptions): Promise<RunResult> {
  return runStatistics(options)
}
