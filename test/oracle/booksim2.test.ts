import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { measure, type Measurement } from '../../sim/network/measure.js'

const path = new URL('../../../shared/data/oracle/booksim2/booksim2.csv', import.meta.url)
const present = existsSync(path)
const why = present ? '' : ' (SKIPPED: ../shared/data/oracle/booksim2 is not there)'

interface Row {
  readonly config: string
  readonly virtualChannels: number
  readonly bufferFlits: number
  readonly traffic: 'uniform' | 'transpose'
  readonly rate: number
  readonly latency: number // NaN when saturated
  readonly hops: number
  readonly accepted: number
}

function readRows(): Row[] {
  return readFileSync(path, 'utf8').trim().split('\n').slice(1).map((line) => {
    const cells = line.split(',')
    return {
      config: cells[0]!, virtualChannels: Number(cells[1]), bufferFlits: Number(cells[2]),
      traffic: cells[5] as Row['traffic'], rate: Number(cells[6]), latency: Number(cells[7]),
      hops: Number(cells[11]), accepted: Number(cells[12]),
    }
  })
}

function measureRow(row: Row, rate = row.rate, packets = 40_000): Measurement {
  return measure({
    network: {
      columns: 8, rows: 8, topology: 'mesh', endpointsPerRouter: 1, routing: 'xy', virtualChannels: row.virtualChannels,
      bufferFlits: row.bufferFlits, hopCycles: 5, multicast: 'tree',
    },
    traffic: { pattern: row.traffic }, rate, packetFlits: 1, seed: 1, minPackets: packets,
  })
}

const rows = present ? readRows() : []
const groups = [...new Set(rows.map((row) => `${row.config} ${row.traffic}`))].map((name) => {
  const members = rows.filter((row) => `${row.config} ${row.traffic}` === name)
  // A row that only one of BookSim2's two seeds finished stands, but counts as saturated (the oracle's README).
  const firstSaturated = members.find((row) => Number.isNaN(row.latency) || row.latency > 400)!.rate
  return { name, members, firstSaturated, lastStable: Math.max(...members.map((r) => r.rate).filter((r) => r < firstSaturated)) }
})

describe.skipIf(!present)(`BookSim2, 8x8 mesh, XY, single-flit packets${why}`, () => {
  for (const { name, members, firstSaturated, lastStable } of groups) {
    for (const row of members.filter((r) => r.rate <= 0.8 * lastStable)) {
      it(`${name} at ${row.rate}: latency within 3 %, hops within 1 %, accepted rate within 2 %`, () => {
        const result = measureRow(row)
        expect(result.saturated).toBe(false)
        expect(Math.abs(result.latencyCycles.mean / row.latency - 1)).toBeLessThan(0.03)
        expect(Math.abs(result.hops.mean / row.hops - 1)).toBeLessThan(0.01)
        expect(Math.abs(result.acceptedRate / row.rate - 1)).toBeLessThan(0.02)
      })
    }

    for (const row of members.filter((r) => r.rate > 0.8 * lastStable && r.rate < lastStable)) {
      it(`${name} at ${row.rate}, near the knee: stable too, latency within 10 %`, () => {
        const result = measureRow(row)
        expect(result.saturated).toBe(false)
        expect(Math.abs(result.latencyCycles.mean / row.latency - 1)).toBeLessThan(0.1)
      })
    }

    it(`${name}: saturates within 0.02 of ${lastStable} to ${firstSaturated}`, () => {
      const [row] = members
      expect(measureRow(row!, Math.max(0.01, lastStable - 0.02), 1).saturated).toBe(false)
      expect(measureRow(row!, firstSaturated + 0.02, 1).saturated).toBe(true)
    })
  }
})

/** Accepted flits per node and cycle when every node offers 1.0 (the oracle's README, table 'Saturation'). */
describe('BookSim2 past saturation', () => {
  for (const [config, virtualChannels, traffic, accepted] of [
    ['A', 1, 'uniform', 0.1421], ['A', 1, 'transpose', 0.1146], ['A', 1, 'neighbor', 0.3333],
    ['D', 2, 'uniform', 0.2903], ['D', 2, 'transpose', 0.2292],
    ['F', 4, 'uniform', 0.3837], ['F', 4, 'transpose', 0.3437], ['F', 4, 'neighbor', 1],
  ] as const) {
    it(`${config} ${traffic}: accepts ${accepted} when offered 1.0`, () => {
      const result = measure({
        network: {
          columns: 8, rows: 8, topology: 'mesh', endpointsPerRouter: 1, routing: 'xy', virtualChannels, bufferFlits: 8,
          hopCycles: 5, multicast: 'tree',
        },
        traffic: { pattern: traffic }, rate: 1, packetFlits: 1, seed: 1,
      })
      expect(Math.abs(result.acceptedRate - accepted)).toBeLessThan(0.02)
    })
  }
})
