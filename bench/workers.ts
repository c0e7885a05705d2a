import { main, median, spread } from './harness.js'
import type { BenchRow } from './harness.js'
import { runProgram } from './program.js'

/**
 * What a second worker saves: whole processes, thread starts included, one worker and two in turns. Seeded; both print
 * the same (test/cli/workers.test.ts), so that the time is all that differs.
 */

const COMMANDS: readonly { readonly name: string; readonly words: readonly string[] }[] = [
  { name: 'noc --sweep, 8x8 mesh, 4 VC x 8, uniform', words: ['noc', '--sweep'] },
  {
    name: 'compare, shipped model on four chips, 64 tokens each',
    words: ['compare', 'loom-64', 'loom-64-torus', 'loom-64-quads', 'loom-64-aer', '--tokens', '64'],
  },
]

const REPEATS = 3

function rowOf({ name, words }: (typeof COMMANDS)[number]): BenchRow {
  const seconds: number[] = []
  const ratios: number[] = []
  for (let n = 0; n < REPEATS; n++) {
    const one = runProgram([...words, '--workers', '1']).seconds
    const two = runProgram([...words, '--workers', '2']).seconds
    seconds.push(two)
    ratios.push(two / one)
  }
  return { name: `${name}: 2 workers`, unit: 's', value: median(seconds), spread: spread(seconds), reference: '1 worker', ratio: median(ratios) }
}

export function workerBenchmarks(): BenchRow[] {
  return COMMANDS.map(rowOf)
}

await main(import.meta.url, workerBenchmarks)
