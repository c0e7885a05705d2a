import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { buildFabric } from '../../../sim/fabric/index.js'
import { BatchMeans } from '../../../sim/network/batch-means.js'
import {
  DestinationSets, nodeClass, nodeOutputs, SET_COPIES, SET_RECTANGLE, SET_TREE, SET_UNICAST,
} from '../../../sim/network/destination-sets.js'
import { Histogram } from '../../../sim/network/histogram.js'
import { resolveConfig, type NetworkConfig } from '../../../sim/network/index.js'
import { destinationOf, drawSet, permutation, workingNodes } from '../../../sim/network/traffic.js'
import { Random } from '../../../sim/random.js'

const config: NetworkConfig = {
  columns: 4, rows: 4, topology: 'mesh', endpointsPerRouter: 1, routing: 'xy', virtualChannels: 4, bufferFlits: 8,
  hopCycles: 5, multicast: 'tree',
}

describe('a histogram', () => {
  it('has the mean, maximum and percentiles of a sorted list, however large the values', () => {
    const values = fc.array(fc.oneof(fc.nat(20), fc.nat(5000)), { minLength: 1, maxLength: 60 })
    fc.assert(fc.property(values, fc.double({ min: 0.01, max: 1, noNaN: true }), (list, share) => {
      const histogram = new Histogram()
      for (const value of list) histogram.add(value)
      const sorted = [...list].sort((a, b) => a - b)
      expect(histogram.mean).toBeCloseTo(list.reduce((sum, value) => sum + value, 0) / list.length, 9)
      expect([histogram.total, histogram.max]).toEqual([list.length, sorted.at(-1)])
      expect(histogram.percentile(share)).toBe(sorted.find((_, at) => at + 1 >= share * list.length))
    }))
  })

  it('is empty at first and when cleared, and keeps what it has when it grows', () => {
    const histogram = new Histogram()
    expect([histogram.percentile(0.5), histogram.mean]).toEqual([NaN, NaN])
    for (const value of [1023, 1024, 2048, 5]) histogram.add(value)
    expect([0.25, 0.5, 0.75, 1].map((share) => histogram.percentile(share))).toEqual([5, 1023, 1024, 2048])
    histogram.clear()
    expect([histogram.total, histogram.sum, histogram.max, histogram.percentile(1)]).toEqual([0, 0, 0, NaN])
    histogram.add(3)
    expect([histogram.percentile(1), histogram.mean]).toEqual([3, 3])
  })
})

describe('batch means by hand', () => {
  it('20 batches of means 0 and 2 by turns: t times the deviation over the root of 20', () => {
    const batches = new BatchMeans()
    for (let k = 0; k < 20; k++) for (const value of [0, 1, 2]) batches.add(k, value + (k % 2 === 0 ? -1 : 1))
    expect(batches.halfWidth95).toBeCloseTo(2.093 * Math.sqrt(20 / 19) / Math.sqrt(20), 12)
    batches.clear()
    expect(batches.halfWidth95).toBeNaN()
  })

  it('45 stretches: batches of two, the last of seven, each weighed by its values', () => {
    const batches = new BatchMeans()
    for (let k = 0; k < 45; k++) batches.add(k, k < 38 ? 0 : 7)
    batches.add(44, 47)
    const last = (7 * 7 + 47) / 8
    const mean = last / 20
    const variance = (19 * mean ** 2 + (last - mean) ** 2) / 19
    expect(batches.halfWidth95).toBeCloseTo(2.093 * Math.sqrt(variance / 20), 12)
  })
})

describe('ranges of a network', () => {
  const cases: [keyof NetworkConfig, number, number][] = [
    ['endpointsPerRouter', 1, 4], ['virtualChannels', 1, 16], ['bufferFlits', 1, 256], ['tags', 0, 65536], ['linkCycles', 1, 64],
    ['chipLinkCycles', 1, 1024], ['chipLinkCyclesPerFlit', 1, 256], ['receiveBufferFlits', 1, 2 ** 30], ['chipColumns', 1, 4], ['chipRows', 1, 4],
  ]
  it.each(cases)('%s goes from %i to %i', (key, least, most) => {
    const at = (value: number) => () => resolveConfig({ ...config, [key]: value })
    expect(at(least)).not.toThrow()
    expect(at(most)).not.toThrow()
    expect(at(least - 1)).toThrow(`${key} = ${least - 1}, allowed are the integers ${least} to ${most}; nearest is ${least}`)
    expect(at(most + 1)).toThrow(`nearest is ${most}`)
    expect(at(least + 0.5)).toThrow(/allowed are the integers/)
    expect(at(NaN)).toThrow(`nearest is ${least}`)
  })

  it('choices are named', () => {
    expect(() => resolveConfig({ ...config, hopCycles: 6 as never })).toThrow('hopCycles = 6, allowed are 3, 4, 5')
    expect(() => resolveConfig({ ...config, multicast: 'x' as never })).toThrow('multicast = x, allowed are tree, unicast')
    expect(() => resolveConfig({ ...config, columns: 1025 })).toThrow(/columns = 1025/)
    expect(() => resolveConfig({ ...config, columns: 512, rows: 256 })).toThrow(/columns \* rows = 131072.*65536/)
    expect(() => resolveConfig({ ...config, columns: 4, chipColumns: 3 })).toThrow('chipColumns = 3 does not divide the 4 routers')
    expect(() => resolveConfig({ ...config, columns: 256, rows: 256, virtualChannels: 16, bufferFlits: 256 })).toThrow(/buffered flits in all routers/)
  })

  it('defaults: one chip, sinks, no tags; 3 cycles are speculative, 4 where asked, 5 never', () => {
    expect(resolveConfig(config)).toMatchObject({
      attached: [], receiveBufferFlits: Infinity, tags: 0, ordered: false, linkCycles: 1, chipColumns: 1, chipRows: 1, chipLinkCycles: 8,
      chipLinkCyclesPerFlit: 1, kernels: 'wasm',
    })
    const speculative = (hopCycles: 3 | 4 | 5, asked?: boolean) => (
      resolveConfig({ ...config, hopCycles, ...(asked !== undefined && { speculative: asked }) }).speculative
    )
    expect([speculative(3), speculative(3, false), speculative(4), speculative(4, true), speculative(5, true)]).toEqual([true, true, false, true, false])
  })
})

describe('patterns on concentrated networks', () => {
  it('move routers and keep places', () => {
    const two = resolveConfig({ ...config, columns: 5, rows: 3, endpointsPerRouter: 2 })
    // Node 13 is place 1 of router 6 = (1, 1); 5 columns: 2 further, 3 rows: 1 further.
    expect(permutation(two, 'tornado')[13]).toBe(2 * (2 * 5 + 3) + 1)
    expect(permutation(two, 'neighbor')[13]).toBe(2 * (2 * 5 + 2) + 1)
    expect(permutation(two, 'neighbor')[29]).toBe(1) // the last router's place 1 goes to the first's
    expect(permutation(two, 'bit-complement')[13]).toBe(16)
    const square = resolveConfig({ ...config, endpointsPerRouter: 2 })
    expect(permutation(square, 'transpose')[13]).toBe(2 * (2 * 4 + 1) + 1) // (2, 1) to (1, 2)
    expect(permutation(square, 'bit-reverse')[1]).toBe(16)
    expect(permutation(square, 'shuffle')[17]).toBe(3)
  })

  it('need powers of two, and say which are near', () => {
    const three = resolveConfig({ ...config, columns: 3 })
    expect(() => permutation(three, 'bit-reverse')).toThrow('not 12; 8 or 16 would do')
    expect(() => permutation(three, 'uniform')).toThrow('is no permutation')
  })
})

describe('destinations', () => {
  const resolved = resolveConfig(config)
  const drawn = (options: Parameters<typeof destinationOf>[1], draws = 4000): number[] => {
    const next = destinationOf(resolved, options, new Random(3))
    const counts = Array.from({ length: 16 }, () => 0)
    for (let k = 0; k < draws; k++) counts[next(5)]!++
    return counts
  }

  it('uniform: every node as often, the source included', () => {
    // 250 each, standard deviation 15.
    for (const count of drawn({ pattern: 'uniform' })) expect(Math.abs(count - 250)).toBeLessThan(75)
  })

  it('hotspots: their share, evenly, and the rest to all', () => {
    expect(drawn({ pattern: 'hotspot' })[8]).toBe(4000) // one in the middle
    const counts = drawn({ pattern: 'hotspot', hotspots: [2, 9], hotspotFraction: 0.8 })
    for (const node of [2, 9]) expect(Math.abs(counts[node]! - 1650)).toBeLessThan(160)
    for (const node of [0, 5, 15]) expect(Math.abs(counts[node]! - 50)).toBeLessThan(36)
    expect(drawn({ pattern: 'hotspot', hotspots: [0], hotspotFraction: 0 })[0]).toBeLessThan(350)
    expect(drawn({ pattern: 'hotspot', hotspots: [15], hotspotFraction: 1 })[15]).toBe(4000)
    for (const [options, message] of [
      [{ hotspots: [16] }, 'hotspot 16 does not exist, nodes are 0 to 15'], [{ hotspots: [-1] }, 'hotspot -1'], [{ hotspots: [0.5] }, 'hotspot 0.5'],
      [{ hotspots: [] }, 'at least one hotspot'], [{ hotspotFraction: 1.01 }, 'not between 0 and 1'], [{ hotspotFraction: -0.1 }, 'not between 0 and 1'],
      [{ hotspotFraction: NaN }, 'not between 0 and 1'],
    ] as const) expect(() => destinationOf(resolved, { pattern: 'hotspot', ...options }, new Random(1))).toThrow(message)
  })

  it('a permutation: always the same', () => {
    expect(drawn({ pattern: 'transpose' }, 10)[5]).toBe(10)
    expect(drawn({ pattern: 'neighbor' }, 10)[10]).toBe(10)
  })

  it('nodes are all of a network without dead routers', () => {
    expect(workingNodes(resolved)).toEqual(Array.from({ length: 16 }, (_, node) => node))
  })

  it('sets are sorted, distinct, and of all nodes where all are asked for', () => {
    expect(drawSet(16, 16, new Random(1))).toEqual(Array.from({ length: 16 }, (_, node) => node))
    expect(drawSet(16, 1, new Random(1))).toHaveLength(1)
    const set = drawSet(1000, 50, new Random(2))
    expect(set).toEqual([...new Set(set)].sort((a, b) => a - b))
    for (const count of [0, 17, 1.5]) expect(() => drawSet(16, count, new Random(1))).toThrow(`fan-out ${count} is not between 1 and the 16 nodes`)
  })
})

describe('sets of destinations', () => {
  const sets = (more: Partial<NetworkConfig> = {}): DestinationSets => {
    const resolved = resolveConfig({ ...config, ...more })
    return new DestinationSets(resolved, buildFabric(resolved))
  }

  it('are single endpoints, trees, or copies', () => {
    const trees = sets()
    expect([trees.register(3, [7]), trees.register(3, [9, 1, 14])]).toEqual([0, 1])
    expect([...trees.kind.subarray(0, 2)]).toEqual([SET_UNICAST, SET_TREE])
    expect([trees.first[0], trees.members[0], trees.members[1], trees.source[1]]).toEqual([7, 1, 3, 3])
    expect(trees.endpointsOf(1)).toEqual([9, 1, 14])
    const copies = sets({ multicast: 'unicast' })
    expect(copies.kind[copies.register(0, [4, 5])]).toBe(SET_COPIES)
    expect(copies.endpointsOf(0)).toEqual([4, 5])
  })

  it('are kept apart, however many there are', () => {
    const trees = sets()
    const random = new Random(1)
    const wanted = Array.from({ length: 300 }, () => drawSet(16, 2 + random.below(6), random))
    const ids = wanted.map((endpoints, at) => trees.register(at % 16, endpoints))
    expect(ids).toEqual(wanted.map((_, at) => at))
    wanted.forEach((endpoints, id) => {
      expect(trees.endpointsOf(id)).toEqual(endpoints)
      expect([trees.source[id], trees.members[id]]).toEqual([id % 16, endpoints.length])
      // Every destination's router sends to its endpoint, and a tree leaves the others alone.
      for (let router = 0; router < 16; router++) {
        expect((nodeOutputs(trees.node(id, router)) >> 4) & 1, `set ${id}, router ${router}`).toBe(endpoints.includes(router) ? 1 : 0)
      }
    })
  })

  it('a node is outputs and classes', () => {
    expect(nodeOutputs(0x50003)).toBe(3)
    expect([0, 1, 2].map((output) => nodeClass(0x50003, output))).toEqual([1, 0, 1])
  })

  it('rectangles are four numbers where the fabric computes them, else trees or copies', () => {
    const trees = sets({ endpointsPerRouter: 2 })
    const id = trees.registerRectangle(0, 1, 2, 2, 3)
    expect(trees.kind[id]).toBe(SET_RECTANGLE)
    expect(trees.endpointsOf(id)).toEqual([18, 19, 20, 21, 26, 27, 28, 29])
    expect(trees.members[id]).toBe(8)
    // Inside, the outputs of both endpoints are among those of the router; outside they are not.
    expect((trees.rectangleOutputs(id, 9, 0) >> 4) & 3).toBe(3)
    expect((trees.rectangleOutputs(id, 8, 0) >> 4) & 3).toBe(0)
    expect((trees.rectangleOutputs(id, 11, 0) >> 4) & 3).toBe(0)
    expect((trees.rectangleOutputs(id, 5, 0) >> 4) & 3).toBe(0)
    expect((trees.rectangleOutputs(id, 14, 0) >> 4) & 3).toBe(3)
    const copies = sets({ multicast: 'unicast' })
    expect(copies.kind[copies.registerRectangle(0, 0, 0, 1, 1)]).toBe(SET_COPIES)
    expect(copies.kind[copies.registerRectangle(0, 3, 3, 3, 3)]).toBe(SET_UNICAST)
  })

  it('refuse what is not there, nothing, and the same twice', () => {
    const trees = sets()
    expect(() => trees.register(16, [1])).toThrow('source endpoint 16 does not exist, endpoints are 0 to 15')
    expect(() => trees.register(0, [1, -1])).toThrow('destination endpoint -1')
    expect(() => trees.register(0, [1.5])).toThrow('destination endpoint 1.5')
    expect(() => trees.register(0, [])).toThrow('empty destination set for source 0')
    expect(() => trees.register(0, [3, 5, 3])).toThrow('destination 3 stands twice')
    for (const [c0, r0, c1, r1] of [[0, 0, 4, 0], [0, 0, 0, 4], [2, 0, 1, 0], [0, 2, 0, 1], [-1, 0, 0, 0], [0, 0.5, 1, 1]] as const) {
      expect(() => trees.registerRectangle(0, c0, r0, c1, r1)).toThrow(/does not lie in the 4 x 4 routers/)
    }
    expect(() => trees.registerRectangle(99, 0, 0, 1, 1)).toThrow('source endpoint 99')
  })
})
