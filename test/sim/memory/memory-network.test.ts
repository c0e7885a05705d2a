import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chipSpecSchema } from '../../../sim/config/chip-spec.js'
import { MemoryNetwork } from '../../../sim/memory/memory-network.js'
import { memoryLinkBytes, memoryPortTiles } from '../../../sim/memory/ports.js'

describe('the memory network', () => {
  it('carries a packet alone in its hops and its flits', () => {
    const network = new MemoryNetwork(4, 4, 3)
    expect(network.send(10, 10, [0, 15], 8)).toBe(10 + 6 * 3 + 8)
    expect({ hops: network.hops, linkFlits: network.linkFlits }).toEqual({ hops: 7 * 8, linkFlits: 6 * 8 })
    expect(network.send(100, 100, [5, 5], 2)).toBe(102)
  })

  it('makes packets that share a link wait for each other, and lets others pass', () => {
    const network = new MemoryNetwork(4, 1, 3)
    expect(network.send(0, 0, [0, 3], 100)).toBe(109)
    expect(network.send(0, 0, [1, 3], 10)).toBeGreaterThanOrEqual(110)
    expect(network.send(0, 0, [1, 3], 10)).toBeLessThanOrEqual(100 + 9 + 20 + 3)
    expect(network.send(0, 0, [3, 0], 10)).toBe(19)
  })

  it('lets a packet that comes early pass one that was asked for before it and comes late', () => {
    const network = new MemoryNetwork(4, 1, 3)
    expect(network.send(0, 5000, [0, 3], 100)).toBe(5109)
    expect(network.send(0, 0, [0, 3], 100)).toBe(109)
  })

  it('never carries more over a link than a flit a cycle: into a tile, or out of a port', () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.nat(200), fc.nat(15), fc.nat(15), fc.integer({ min: 1, max: 90 })), { minLength: 1, maxLength: 80 }), (packets) => {
      const network = new MemoryNetwork(4, 4, 3)
      const into = new Map<number, number>()
      const last = new Map<number, number>()
      for (const [now, from, to, flits] of packets) {
        const end = network.send(0, now, [from, to], flits)
        into.set(to, (into.get(to) ?? 0) + flits)
        last.set(to, Math.max(last.get(to) ?? 0, end))
        const distance = Math.abs((from % 4) - (to % 4)) + Math.abs(Math.floor(from / 4) - Math.floor(to / 4))
        expect(end).toBeGreaterThanOrEqual(now + 3 * distance + flits)
      }
      for (const [tile, flits] of into) expect(flits).toBeLessThanOrEqual(last.get(tile)!)
    }))
  })
})

describe('memory ports', () => {
  it('are as many as the bandwidth needs, spread over two edges, or those the file names', () => {
    const spec = chipSpecSchema.parse({ grid: { columns: 8, rows: 8 }, dram: { gigabytesPerSecond: 64 }, memory: { linkBits: 128 } })
    const tiles = memoryPortTiles(spec)
    expect(tiles.length).toBe(8)
    expect(new Set(tiles).size).toBe(8)
    for (const tile of tiles) expect([0, 7]).toContain(tile % 8)
    expect(tiles.length * memoryLinkBytes(spec) * spec.clockMHz).toBeGreaterThanOrEqual(64_000)
    expect(memoryPortTiles(chipSpecSchema.parse({ memory: { ports: [{ column: 3, row: 1 }] } }))).toEqual([11])
  })
})
