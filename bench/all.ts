import { pathToFileURL } from 'node:url'
import type { BenchRow } from './harness.js'
import { formatRow } from './harness.js'

/** A group of benchmarks: its code is loaded when it is run. */
export interface Benchmark {
  readonly name: string
  readonly describe: string
  readonly run: () => Promise<readonly BenchRow[]>
}

/** Every group, the quick ones first. */
export const BENCHMARKS: readonly Benchmark[] = [
  {
    name: 'run', describe: 'the shipped model, 32 tokens: whole program, additions per second',
    run: async () => (await import('./run.js')).runBenchmarks(),
  },
  {
    name: 'core', describe: 'adder array and one core beside a bare loop',
    run: async () => (await import('./core.js')).coreBenchmarks(),
  },
  {
    name: 'kernels', describe: 'SIMD kernels beside plain code',
    run: async () => (await import('./kernels.js')).kernelBenchmarks(),
  },
  {
    name: 'large-layer', describe: 'a 4096 x 4096 4-bit layer, functional and timed, beside SANA-FE and the bare kernel',
    run: async () => (await import('./large-layer.js')).largeLayerBenchmarks(),
  },
  {
    name: 'evaluate', describe: 'the reference interpreter on 135M parameters: SIMD kernels and threads beside plain code',
    run: async () => (await import('./evaluate.js')).evaluateBenchmarks(),
  },
  {
    name: 'wheel', describe: 'event queue beside a binary heap',
    run: async () => (await import('./wheel.js')).wheelBenchmarks(),
  },
  {
    name: 'network', describe: 'routers alone beside BookSim2',
    run: async () => (await import('./network.js')).networkBenchmarks(),
  },
  {
    name: 'workers', describe: 'a load sweep and a comparison on two threads beside one',
    run: async () => (await import('./workers.js')).workerBenchmarks(),
  },
  {
    name: 'scaling', describe: 'how the time of a run grows when tokens, width or spikes double',
    run: async () => (await import('./scaling.js')).scalingBenchmarks(),
  },
  {
    name: 'placement', describe: 'hops, cycles and energy that placement saves',
    run: async () => (await import('./placement.js')).placementBenchmarks(),
  },
  {
    name: 'sweep', describe: '200 points: threads, a queue, killed and resumed, beside one thread',
    run: async () => (await import('./sweep.js')).sweepBenchmarks(),
  },
  {
    name: 'large-model', describe: 'one token of LLaMA-2-7B on 64 chips: whole program, memory',
    run: async () => (await import('./run.js')).largeModelBenchmarks(),
  },
]

/** A row as `spikeloom bench --json` prints it. */
export interface ReportedRow {
  readonly benchmark: string
  readonly name: string
  readonly unit: string
  readonly value: number
  /** (largest - smallest) / median of the repeats; null where the figure cannot vary, or one run was made. */
  readonly spread: number | null
  readonly reference: { readonly what: string; readonly value: number; readonly source: string }
  readonly ratio: number
}

/** The row with its reference's figure, which the ratio implies. */
export function reportRow(benchmark: string, row: BenchRow): ReportedRow {
  const { name, unit, value, spread = null, reference, ratio, source = 'measured in the same run' } = row
  return { benchmark, name, unit, value, spread, reference: { what: reference, value: value / ratio, source }, ratio }
}

if (process.argv[1] !== undefined && pathToFileURL(process.argv[1]).href === import.meta.url) {
  for (const { run } of BENCHMARKS) for (const row of await run()) console.log(formatRow(row))
}
