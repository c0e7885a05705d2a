import { describe, expect, it } from 'vitest'
import { measure, resolveConfig, sweep, type NetworkConfig } from '../../../sim/network/index.js'
import { jainIndex } from '../../../sim/network/measure.js'
import { BernoulliSources } from '../../../sim/network/sources.js'
import { drawSet, patternByName, permutation } from '../../../sim/network/traffic.js'
import { Random } from '../../../sim/random.js'

const config: NetworkConfig = {
  columns: 4, rows: 4, topology: 'mesh', endpointsPerRouter: 1, routing: 'xy', virtualChannels: 4, bufferFlits: 8,
  hopCycles: 5, multicast: 'tree',
}

describe('patterns', () => {
  // Worked out by hand for node 6 = (column 2, row 1) = binary 0110 of a 4x4 mesh.
  it.each([
    ['transpose', 9], ['tornado', 11], ['neighbor', 11], ['bit-complement', 9], ['bit-reverse', 6], ['shuffle', 12],
  ] as const)('%s sends node 6 to %i, and is a permutation', (pattern, target) => {
    const targets = permutation(resolveConfig(config), pattern)
    expect(targets[6]).toBe(target)
    expect(new Set(targets).size).toBe(16)
  })

  it('tells what it needs', () => {
    expect(() => permutation(resolveConfig({ ...config, columns: 3 }), 'shuffle')).toThrow('power of two of nodes, not 12; 8 or 16')
    expect(() => permutation(resolveConfig({ ...config, columns: 3 }), 'transpose')).toThrow('as many columns as rows, not 3 x 4')
    expect(() => patternByName('tornada')).toThrow("Did you mean 'tornado'?")
    expect(() => drawSet(16, 17, new Random(1))).toThrow('fan-out 17 is not between 1 and the 16 nodes')
  })

  it('draws sets evenly: each node is in about k/n of them', () => {
    const random = new Random(4)
    const counts = new Float64Array(16)
    for (let k = 0; k < 4000; k++) {
      const set = drawSet(16, 5, random)
      expect(new Set(set).size).toBe(5)
      for (const node of set) counts[node]!++
    }
    // 5/16 of 4000 = 1250, standard deviation 29.
    for (const count of counts) expect(Math.abs(count - 1250)).toBeLessThan(130)
  })
})

describe('sources', () => {
  it('create as a Bernoulli process does: the rate, and the share of immediate successors', () => {
    const sources = new BernoulliSources(10, 0.3, new Random(2))
    const due = new Int32Array(10)
    let created = 0
    let successive = 0
    const last = new Float64Array(10).fill(-10)
    for (let cycle = 0; cycle < 20_000; cycle++) {
      const count = sources.collect(cycle, due)
      for (let i = 0; i < count; i++) {
        created++
        if (last[due[i]!] === cycle - 1) successive++
        last[due[i]!] = cycle
        expect(sources.advance(due[i]!, cycle)).toBe(false)
      }
    }
    // 60,000 expected, standard deviation 205.
    expect(Math.abs(created - 60_000)).toBeLessThan(900)
    expect(Math.abs(successive / created - 0.3)).toBeLessThan(0.01)
  })

  it('of rate 1 create in every cycle; a source that falls behind is told so', () => {
    const sources = new BernoulliSources(1, 1, new Random(2))
    const due = new Int32Array(1)
    expect(sources.collect(0, due)).toBe(1)
    expect(sources.advance(0, 0)).toBe(false)
    expect(sources.collect(1, due)).toBe(1)
    expect(sources.advance(0, 3)).toBe(true)
  })
})

describe('measuring', () => {
  const options = { network: config, traffic: { pattern: 'uniform' as const }, packetFlits: 1, seed: 1, minPackets: 5000 }

  it('repeats itself for a seed and differs for another', () => {
    const first = measure({ ...options, rate: 0.2 })
    const again = measure({ ...options, rate: 0.2 })
    expect({ ...again, network: undefined }).toEqual({ ...first, network: undefined })
    expect(measure({ ...options, rate: 0.2, seed: 2 }).latencyCycles.mean).not.toBe(first.latencyCycles.mean)
  })

  it('past saturation says so and keeps its results', () => {
    const result = measure({ ...options, network: { ...config, virtualChannels: 1 }, rate: 0.9 })
    expect(result.saturated).toBe(true)
    expect(result.acceptedRate).toBeGreaterThan(0.2)
    expect(result.acceptedRate).toBeLessThan(0.4)
    expect(result.latencyCycles.mean).toBeGreaterThan(100)
    expect(result.jainFairness).toBeLessThan(1)
  })

  it('of a multicast counts hops to each destination', () => {
    const { hops } = measure({ ...options, traffic: { pattern: 'multicast', fanout: 16 }, rate: 0.005 })
    // All 16 nodes from every source: the mean Manhattan distance of a 4x4 mesh is 2.5.
    expect(hops.mean).toBeCloseTo(3.5, 1)
  })

  it('sweeps to the saturation rate: neighbor traffic on one VC ends at a third', () => {
    const result = sweep({
      ...options, network: { ...config, virtualChannels: 1 }, traffic: { pattern: 'neighbor' }, minPackets: 1,
    }, { resolution: 0.02 })
    expect(result.lastStableRate).toBeGreaterThan(0.3)
    expect(result.lastStableRate).toBeLessThan(0.35)
    expect(result.firstSaturatedRate! - result.lastStableRate).toBeLessThanOrEqual(0.02)
    expect(result.zeroLoadLatencyCycles).toBeGreaterThan(5 * 3.5)
  })

  it('Jain\'s index is 1 for equal shares and 1/n for one', () => {
    expect(jainIndex(Float64Array.of(3, 3, 3, 3))).toBe(1)
    expect(jainIndex(Float64Array.of(0, 5, 0, 0))).toBe(0.25)
  })
})
