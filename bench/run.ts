import type { RunResult } from '../sim/result/schema.js'
import { main, median, spread } from './harness.js'
import type { BenchRow } from './harness.js'
import { runProgram } from './program.js'
import type { ProgramRun } from './program.js'

/** What a user waits for, whole processes: the shipped model, and a token of a 7-billion-parameter model. */

/**
 * SANA-FE 2.2.1, detailed mode, one thread, on an idle machine of two cores: 3,564,441 synapses of the DVS-gesture
 * network, measured for this project.
 */
const SANA_FE_SYNAPTIC_EVENTS_PER_SECOND = 3.9e6
const SANA_FE_SOURCE = 'synaptic events/s of its DVS-gesture network, measured'

function repeated(words: readonly string[], repeats: number): ProgramRun<RunResult>[] {
  return Array.from({ length: repeats }, () => runProgram<RunResult>(words))
}

function rowOf(
  values: readonly number[], row: Omit<BenchRow, 'value' | 'spread' | 'ratio'> & { readonly referenceValue: number },
): BenchRow {
  const { referenceValue, ...rest } = row
  return { ...rest, value: median(values), spread: spread(values), ratio: median(values) / referenceValue }
}

/** 32 tokens of the shipped model on the default chip, checked bit for bit. */
export function runBenchmarks(): BenchRow[] {
  const runs = repeated(['run', '--tokens', '32'], 3)
  for (const { output } of runs) {
    if (!output.verification.bitExact) throw new Error('the benchmark run is not bit-exact')
  }
  const name = 'shipped model, 32 tokens, loom-64, verified'
  return [
    rowOf(runs.map(({ seconds }) => seconds), {
      name: `${name}: whole program`, unit: 's', reference: 'the goal', source: 'goal of 20 s', referenceValue: 20,
    }),
    rowOf(runs.map(({ seconds, output }) => output.activity.synapticAdditions / seconds), {
      name: `${name}: synaptic additions`, unit: 'additions/s', reference: 'SANA-FE, detailed',
      source: SANA_FE_SOURCE, referenceValue: SANA_FE_SYNAPTIC_EVENTS_PER_SECOND,
    }),
    rowOf(runs.map(({ output }) => output.activity.synapticAdditions / output.wallSeconds), {
      name: `${name}: synaptic additions, start-up left out`, unit: 'additions/s', reference: 'SANA-FE, detailed',
      source: SANA_FE_SOURCE, referenceValue: SANA_FE_SYNAPTIC_EVENTS_PER_SECOND,
    }),
    rowOf(runs.map(({ seconds, output }) => output.latency.cycles / seconds), {
      name: `${name}: simulated cycles`, unit: 'cycles/s', reference: 'the chip itself', source: 'clock of 500 MHz',
      referenceValue: 500e6,
    }),
  ]
}

/** One decoded token of LLaMA-2-7B at context 1024 on 64 chips, every router cycle by cycle. */
export function largeModelBenchmarks(): BenchRow[] {
  const runs = repeated([
    'run', '--model', 'llama-2-7b', '--chip', 'sram-64', '--mode', 'statistical', '--spikes-per-activation', '0.862',
    '--context', '1024', '--tokens', '1', '--workers', '2', '--seed', '1',
  ], 3)
  const name = 'LLaMA-2-7B, one token at context 1024, sram-64, statistical'
  return [
    rowOf(runs.map(({ seconds }) => seconds), {
      name: `${name}: whole program`, unit: 's', reference: 'the goal', source: 'goal of 60 s', referenceValue: 60,
    }),
    rowOf(runs.map(({ output }) => output.peakMemoryBytes ?? NaN), {
      name: `${name}: peak memory`, unit: 'bytes', reference: 'the goal', source: 'goal of 4 GB', referenceValue: 4e9,
    }),
    rowOf(runs.map(({ seconds, output }) => output.activity.flitHops / seconds), {
      name: `${name}: flit-hops`, unit: 'flit-hops/s', reference: 'BookSim2, 8x8 mesh at uniform 0.1',
      source: '204,537 flit-hops/s, surveyed', referenceValue: 204_537,
    }),
  ]
}

await main(import.meta.url, () => [...runBenchmarks(), ...largeModelBenchmarks()])
