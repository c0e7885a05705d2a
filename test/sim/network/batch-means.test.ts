import { describe, expect, it } from 'vitest'
import { BatchMeans } from '../../../sim/network/batch-means.js'
import { measure } from '../../../sim/network/measure.js'
import { Random } from '../../../sim/random.js'

describe('the confidence interval of a mean', () => {
  it('covers the mean of dependent values in about 95 of 100 cases', () => {
    const random = new Random(5)
    let covered = 0
    for (let run = 0; run < 400; run++) {
      const batches = new BatchMeans()
      let value = 0
      let sum = 0
      for (let k = 0; k < 20_000; k++) {
        value = 0.9 * value + random.normal()
        sum += value
        batches.add(Math.floor(k / 200), value)
      }
      if (Math.abs(sum / 20_000) <= batches.halfWidth95) covered++
    }
    // 400 draws of 95 %: 380, standard deviation 4.4.
    expect(covered).toBeGreaterThan(364)
    expect(covered).toBeLessThan(396)
  })

  it('is not given for less than twenty stretches', () => {
    const batches = new BatchMeans()
    for (let k = 0; k < 19; k++) batches.add(k, 1)
    expect(batches.halfWidth95).toBeNaN()
    batches.add(19, 1)
    expect(batches.halfWidth95).toBe(0)
  })
})

const network = (columns: number, rows: number) => ({
  columns, rows, topology: 'mesh', endpointsPerRouter: 1, routing: 'xy', virtualChannels: 2, bufferFlits: 8, hopCycles: 5, multicast: 'tree',
} as const)
const options = { traffic: { pattern: 'uniform' as const }, packetFlits: 1, seed: 1, samplePeriodCycles: 500, minPackets: 1 }

describe('saturation', () => {
  it('is relative to the unloaded latency: a network too large for 500 cycles is not saturated', () => {
    const result = measure({ ...options, network: network(250, 2), traffic: { pattern: 'bit-complement' }, rate: 0.0005, maxPeriods: 30 })
    expect(result.unloadedLatencyCycles.mean).toBeGreaterThan(500)
    expect(result).toMatchObject({ saturated: false, saturatedBy: null })
  })

  it('shows in what is accepted, too, when latency may grow without limit', () => {
    const result = measure({ ...options, network: network(4, 4), rate: 0.9, saturationFactor: 1e6 })
    expect(result).toMatchObject({ saturated: true, saturatedBy: 'throughput' })
    expect(result.acceptedRate).toBeLessThan(0.8)
    expect(result.latencyCycles.meanConfidence95).toBeNaN()
  })
})
