import type { CoreImage, WeightTile } from '../sim/image.js'
import { AdderArray } from '../sim/core/adders.js'
import { loadKernelMemory } from '../sim/kernels/memory.js'
import { Random } from '../sim/random.js'
import { completeChip } from '../sim/config/load-chip.js'
import { compare, main } from './harness.js'
import type { BenchRow, Work } from './harness.js'

/**
 * The adder array with SIMD kernels beside the plain code that defines it, in synaptic additions: an event of n spikes
 * on a row of m weights is n * m of them. `looks` says how many events there are between two looks at the sums: many
 * is a train, one the worst case.
 */
const RANDOM = new Random(1)
const INPUTS = 512
const EVENTS = 200_000

function adders(outputs: number, bits: number, kernels: 'simd' | 'plain'): AdderArray {
  const limit = 2 ** (bits - 1) - 1
  const weights = Int8Array.from({ length: INPUTS * outputs }, () => RANDOM.below(2 * limit + 1) - limit)
  const tile: WeightTile = { weights, offset: 0, stride: outputs, inputs: INPUTS, outputs, bits, limit }
  const axonTable = [{ tile, accumulator: 0, weightAddress: 0 }]
  const image: CoreImage = {
    program: new BigUint64Array(0), tags: new Uint16Array(0), axonTable, routes: [], data: [], roles: [],
  }
  const { core } = completeChip({ core: { accumulators: outputs, accumulatorBits: 31 } })
  const batch = kernels === 'simd' ? loadKernelMemory([image], outputs)!.batches[0] : undefined
  return new AdderArray(core, axonTable, batch)
}

function work(array: AdderArray, outputs: number, look: number): Work {
  const axons = Int32Array.from({ length: EVENTS }, () => RANDOM.below(INPUTS))
  const lengths = Int32Array.from({ length: EVENTS }, () => (1 + RANDOM.below(3)) * (RANDOM.below(2) === 0 ? 1 : -1))
  const additions = lengths.reduce((sum, length) => sum + Math.abs(length), 0) * outputs
  return () => {
    array.clear(0, outputs)
    let left = look
    for (let n = 0; n < EVENTS; n++) {
      array.add(0, axons[n]!, lengths[n]!)
      if (--left > 0) continue
      left = look
      if (array.accumulators.length < outputs) throw new Error('too few accumulators')
    }
    return additions
  }
}

export function kernelBenchmarks(): BenchRow[] {
  const cases = [[4, 64, 256], [4, 256, 256], [4, 1024, 256], [8, 256, 256], [4, 256, 1]] as const
  return cases.map(([bits, outputs, look]) => compare(
    `SIMD kernel, rows of ${outputs} ${bits}-bit weights, ${look === 1 ? 'one event' : 'trains'}`, 'additions/s',
    work(adders(outputs, bits, 'simd'), outputs, look),
    'plain code', work(adders(outputs, bits, 'plain'), outputs, look), 3, 1,
  ))
}

await main(import.meta.url, kernelBenchmarks)
