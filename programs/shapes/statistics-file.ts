import { z } from 'zod'
import { jsonProblems } from '../../sim/config/json-problems.js'
import { InputError } from '../../sim/errors.js'
import { histogramOf } from './histogram.js'
import type { SpikeHistogram } from './histogram.js'

const row = z.object({
  operator: z.string(),
  layer: z.number().int(),
  /** How often each spike count 0, 1, 2 ... occurred. */
  histogram: z.array(z.number().min(0)).min(2),
})

const file = z.object({ byOperator: z.array(row).min(1) })

/**
 * Measured spike histograms by operator and layer, as `spikeloom eval --json` prints them (`byOperator`).
 * @throws InputError naming the file and what it lacks
 */
export function readSpikeStatistics(json: unknown, name: string): { histograms: Record<string, SpikeHistogram>; source: string } {
  const parsed = file.safeParse(json)
  if (!parsed.success) {
    throw new InputError(`${name}: expected the output of spikeloom eval --json, with byOperator[].histogram:\n${jsonProblems(parsed.error.issues, json)}`)
  }
  const histograms: Record<string, SpikeHistogram> = {}
  const sums = new Map<string, number[]>()
  for (const { operator, layer, histogram } of parsed.data.byOperator) {
    if (histogram.every((count) => count === 0)) continue
    histograms[`${operator}/${layer}`] = histogramOf(histogram)
    const sum = sums.get(operator) ?? []
    histogram.forEach((count, k) => { sum[k] = (sum[k] ?? 0) + count })
    sums.set(operator, sum)
  }
  for (const [operator, sum] of sums) histograms[operator] = histogramOf(sum)
  return { histograms, source: `measured histograms of ${name}` }
}
