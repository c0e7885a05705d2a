import { pathToFileURL } from 'node:url'

/** What the benchmarks share: seeded work, a warm-up, medians, and a ratio to something measured in the same run. */

export interface BenchRow {
  readonly name: string
  readonly unit: string
  readonly value: number
  /** (largest - smallest) / median of the repeats; absent where one was enough. */
  readonly spread?: number
  /** What it is compared with, and value / reference. */
  readonly reference: string
  readonly ratio: number
  /** Where the reference's figure comes from; absent when it was measured in the same run. */
  readonly source?: string
}

/** Does its work once and returns how much that was, in the row's unit before 'per second'. */
export type Work = () => number

/** The middle value; of an even number, the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const half = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2
}

/** (largest - smallest) / median. */
export function spread(values: readonly number[]): number {
  return (Math.max(...values) - Math.min(...values)) / median(values)
}

/** Work per second, once. */
function rate(work: Work): number {
  const start = performance.now()
  const amount = work()
  return (amount * 1000) / (performance.now() - start)
}

/** Median work per second of `repeats` runs after `warmUp` runs that are not counted. */
export function measure(work: Work, repeats = 5, warmUp = 2): number {
  for (let n = 0; n < warmUp; n++) rate(work)
  return median(Array.from({ length: repeats }, () => rate(work)))
}

/**
 * Two works in turns, so that a machine that slows down slows both: the medians of the first's rate and of the
 * ratios of neighbouring runs.
 */
export function compare(
  name: string, unit: string, work: Work, reference: string, other: Work, repeats = 5, warmUp = 2,
): BenchRow {
  for (let n = 0; n < warmUp; n++) {
    rate(work)
    rate(other)
  }
  const rates: number[] = []
  const ratios: number[] = []
  for (let n = 0; n < repeats; n++) {
    const own = rate(work)
    rates.push(own)
    ratios.push(own / rate(other))
  }
  return { name, unit, value: median(rates), spread: spread(rates), reference, ratio: median(ratios) }
}

/** One line for people. */
export function formatRow({ name, unit, value, reference, ratio }: BenchRow): string {
  return `${name}: ${value.toPrecision(4)} ${unit} = ${ratio.toPrecision(3)} x ${reference}`
}

/** Runs and prints a file's benchmarks when it is the program that was started. */
export async function main(
  moduleUrl: string, benchmarks: () => readonly BenchRow[] | Promise<readonly BenchRow[]>,
): Promise<void> {
  if (process.argv[1] === undefined || pathToFileURL(process.argv[1]).href !== moduleUrl) return
  for (const row of await benchmarks()) console.log(formatRow(row))
}
