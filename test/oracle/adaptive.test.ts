import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { Network } from '../../sim/network/index.js'

/*
 * Adaptive routing against BookSim2, to which west-first and odd-even were added in its own style: what it was given and
 * which credits it looks at stands in the README beside the file. Deviation 9 says what differs with look-ahead.
 */
const FILE = new URL('../../../shared/data/oracle/booksim2/adaptive-packets.csv', import.meta.url)
const there = existsSync(FILE)

interface Packet {
  readonly run: string
  readonly created: number
  readonly source: number
  readonly destination: number
  readonly flits: number
  readonly delivered: number
}

function packetsByRun(): Map<string, Packet[]> {
  const runs = new Map<string, Packet[]>()
  for (const line of readFileSync(FILE, 'utf8').trim().split('\n').slice(1)) {
    const [routing, hopCycles, traffic, ...cells] = line.split(',')
    const [created, source, destination, flits, delivered] = cells.map(Number) as [number, number, number, number, number]
    const run = `${routing} ${hopCycles} ${traffic}`
    runs.set(run, [...runs.get(run) ?? [], { run, created, source, destination, flits, delivered }])
  }
  return runs
}

/** Cycle of delivery of each packet here, in the order of the file. */
function replay(routing: 'west-first' | 'odd-even', hopCycles: 3 | 4 | 5, packets: readonly Packet[]): number[] {
  const network = new Network({
    columns: 8, rows: 8, topology: 'mesh', endpointsPerRouter: 1, routing, virtualChannels: 4, bufferFlits: 8, hopCycles, multicast: 'unicast',
  }, 1)
  const index = new Map<number, number>()
  const delivered: number[] = []
  for (let next = 0; next < packets.length || network.busy;) {
    for (; next < packets.length && packets[next]!.created === network.cycle; next++) {
      const { source, destination, flits } = packets[next]!
      index.set(network.send(source, destination, flits, 0), next)
    }
    network.step()
    for (let i = 0; i < network.deliveredCount; i++) delivered[index.get(network.deliveredPacket[i]!)!] = network.cycle - 1
  }
  return delivered
}

describe.skipIf(!there)(`adaptive routing beside BookSim2${there ? '' : ' (skipped: ../shared/data is not there)'}`, () => {
  const runs = there ? packetsByRun() : new Map<string, Packet[]>()
  const parts = (run: string) => run.split(' ') as ['west-first' | 'odd-even', string, string]

  it.each([...runs.keys()].filter((run) => run.includes(' 5 ')))('every packet arrives in the same cycle: %s', (run) => {
    const packets = runs.get(run)!
    expect(packets.length).toBeGreaterThan(1900)
    expect(replay(parts(run)[0], 5, packets)).toEqual(packets.map(({ delivered }) => delivered))
  })

  it.each([3, 4] as const)('mean latency within 1 %% with look-ahead, %i cycles a hop', (hopCycles) => {
    let here = 0
    let there = 0
    for (const [run, packets] of runs) {
      if (Number(parts(run)[1]) !== hopCycles) continue
      const delivered = replay(parts(run)[0], hopCycles, packets)
      packets.forEach((packet, k) => {
        here += delivered[k]! - packet.created
        there += packet.delivered - packet.created
      })
    }
    expect(there).toBeGreaterThan(100_000)
    expect(Math.abs(here / there - 1)).toBeLessThan(0.01)
  })
})
