import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { Network, type NetworkConfig } from '../../sim/network/index.js'
import { measure } from '../../sim/network/measure.js'
import type { Pattern } from '../../sim/network/traffic.js'

/*
 * Numbers that BookSim2 (commit 28f43299f170) produced, made for this project with the settings of the main oracle
 * (../shared/data/oracle/booksim2) but for the columns given; torus with links of one cycle (use_noc_latency = 0).
 */

const lines = (name: string): string[][] =>
  readFileSync(new URL(name, import.meta.url), 'utf8').trim().split('\n').slice(1).map((line) => line.split(','))

const base = {
  topology: 'mesh', endpointsPerRouter: 1, routing: 'xy', multicast: 'tree', speculative: false,
} as const

const network = (size: number, virtualChannels: number, bufferFlits: number, more: Partial<NetworkConfig>): NetworkConfig => ({
  ...base, columns: size, rows: size, virtualChannels, bufferFlits, hopCycles: 5, ...more,
})

/** The settings of each run in booksim2-traces.csv. */
const RUNS: Record<string, { what: string, config: NetworkConfig }> = {
  1: { what: '8x8, 4 VC x 8, 5 cycles a hop, uniform 0.3', config: network(8, 4, 8, {}) },
  2: { what: '8x8, 1 VC x 8, 5 cycles, uniform 0.13', config: network(8, 1, 8, {}) },
  3: { what: '8x8, 2 VC x 4, 4 cycles (look-ahead), transpose 0.11', config: network(8, 2, 4, { hopCycles: 4 }) },
  4: { what: '4x4, 4 VC x 8, 4 cycles (speculative), uniform 0.6', config: network(4, 4, 8, { hopCycles: 4, speculative: true }) },
  5: { what: '4x4, 4 VC x 8, 3 cycles, uniform 0.6', config: network(4, 4, 8, { hopCycles: 3 }) },
  6: { what: '8x8, 3 VC x 4, 5 cycles, 5-flit packets, uniform 0.06 packets', config: network(8, 3, 4, {}) },
  7: { what: '4x4, 6 VC x 2, 3 cycles, 4-flit packets, shuffle 0.1 packets', config: network(4, 6, 2, { hopCycles: 3 }) },
  8: { what: '5x5 torus, 4 VC x 8, 5 cycles, uniform 0.45', config: network(5, 4, 8, { topology: 'torus' }) },
}

describe('BookSim2, packet by packet', () => {
  const packets = lines('booksim2-traces.csv').map((cells) => cells.map(Number))
  for (const [run, { what, config }] of Object.entries(RUNS)) {
    it(`every packet arrives in the same cycle: ${what}`, () => {
      const rows = packets.filter((cells) => cells[0] === Number(run))
      const sim = new Network(config, 1)
      const expected = new Map<number, number[]>()
      let next = 0
      let compared = 0
      while (next < rows.length || sim.busy) {
        for (; next < rows.length && rows[next]![1] === sim.cycle; next++) {
          const [, , source, destination, flits] = rows[next]!
          expected.set(sim.send(source!, destination!, flits!, 0), rows[next]!)
        }
        sim.step()
        for (let i = 0; i < sim.deliveredCount; i++) {
          const row = expected.get(sim.deliveredPacket[i]!)!
          if (sim.deliveredFlit[i] !== row[4]! - 1) continue
          expect({ row, delivered: sim.cycle - 1 }).toEqual({ row, delivered: row[5] })
          compared++
        }
      }
      expect(rows.length).toBeGreaterThan(400)
      expect(compared).toBe(rows.length)
    })
  }
})

describe('BookSim2, other sizes, channels, packets, patterns, pipelines and topologies', () => {
  for (const cells of lines('booksim2-extra.csv')) {
    const [topology, size, routing, vcs, buffer, routingDelay, speculative, flits, traffic, rate, ...seeds] = cells
    const latencies = seeds.slice(0, 2).map(Number)
    const hopCycles = (3 + Number(routingDelay) + (speculative === '1' ? 0 : 1)) as 3 | 4 | 5
    const config = network(Number(size), Number(vcs), Number(buffer), {
      topology: topology as 'mesh' | 'torus', routing: routing as 'xy' | 'o1turn', hopCycles, speculative: speculative === '1',
    })
    const options = { network: config, traffic: { pattern: traffic as Pattern }, packetFlits: Number(flits), seed: 1, minPackets: 20_000 }
    const name = `${size}x${size} ${topology} ${routing} ${vcs} VC x ${buffer}, ${hopCycles} cycles${speculative === '1' ? ' (speculative)' : ''}, ` +
      `${flits}-flit ${traffic} at ${rate}`
    const [first, second] = latencies as [number, number]
    const zeroLoad = Number(seeds[2] || 0) * hopCycles + 2 + Number(flits) - 1
    if (latencies.every(Number.isNaN)) {
      it(`${name}: saturated there too`, () => {
        expect(measure({ ...options, rate: Number(rate), minPackets: 1 }).saturated).toBe(true)
      })
    } else if (!latencies.some(Number.isNaN) && (first + second) / 2 < 1.45 * zeroLoad) {
      it(`${name}: latency within 3 %, hops within 1 %`, () => {
        const result = measure({ ...options, rate: Number(rate) })
        expect(result.saturated).toBe(false)
        expect(Math.abs(result.latencyCycles.mean / ((first + second) / 2) - 1)).toBeLessThan(0.03)
        expect(Math.abs(result.hops.mean / ((Number(seeds[2]) + Number(seeds[3])) / 2) - 1)).toBeLessThan(0.012)
      })
    }
  }
})
