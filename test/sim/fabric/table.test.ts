import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { describeRefusal, type FabricTable, refusalsOf } from '../../../sim/fabric/index.js'
import { Network, type NetworkConfig } from '../../../sim/network/index.js'
import { Random } from '../../../sim/random.js'
import { fabricDescription, meshTable, randomLinks, tableLink } from '../../support/fabrics.js'

const refusal = (table: FabricTable, columns = 4): string[] => {
  const description = fabricDescription({ topology: 'table', columns, rows: 1, table })
  return refusalsOf(description).map((found) => describeRefusal(found, description, (key) => key))
}

const ring = [tableLink(0, 1), tableLink(1, 2), tableLink(2, 3), tableLink(3, 0)]

/** On a ring, everybody goes on to the next. */
const onwards = Array.from({ length: 4 }, (_, at) => Array.from({ length: 4 }, (_, to) => (to === at ? -1 : (at + 1) % 4)))

describe('what a table refuses', () => {
  it.each([
    [{ links: ring, routes: onwards }, /packets on the links 1-2, 2-3, 3-0, 0-1 can wait for each other in a circle; choose table routes 'up-down'/],
    [{ links: [tableLink(0, 1), tableLink(2, 3)] }, /has no way from router 0 to router 2/],
    [{ links: [tableLink(0, 4)] }, /link 1 \(0 to 4\): there is no router 4, routers are 0 to 3/],
    [{ links: [tableLink(1, 1)] }, /link 1 \(1 to 1\) leads back to its router/],
    [{ links: [...ring, tableLink(1, 0)] }, /link 5 \(1 to 0\) joins two routers that another link joins already/],
    [{ links: ring, routes: [[0]] }, /has routes for 1 routers, the row of router 0 with 1 entries; a row of 4 entries is needed/],
    [{ links: ring, routes: onwards.map((row, at) => (at === 2 ? [0, 1, -1, 3] : row)) }, /routes router 2 towards 0 by 0, to which it has no link/],
    [{ links: ring, routes: onwards.map((row, at) => (at === 1 ? [0, -1, 2, 0] : at === 0 ? [-1, 1, 1, 1] : row)) }, /from router 0 to router 3 round in circles, past router/],
  ] as [Partial<FabricTable>, RegExp][])('%#', (table, message) => {
    expect(refusal({ links: [], routes: 'shortest', dead: [], ...table })).toEqual([expect.stringMatching(message)])
  })

  it('a router with more links than it has ports for', () => {
    const star = Array.from({ length: 15 }, (_, k) => tableLink(0, k + 1))
    expect(refusal({ links: star, routes: 'up-down', dead: [] }, 16)).toEqual([expect.stringMatching(/gives router 0 15 links, at most 14 fit/)])
  })

  it('a table without the topology, the topology without a table, and a routing that does not apply', () => {
    const table: FabricTable = { links: ring, routes: 'up-down', dead: [] }
    const keys = (more: object) => refusalsOf(fabricDescription(more)).map(({ key }) => key)
    expect(keys({ table })).toEqual(['table'])
    expect(keys({ topology: 'table' })).toEqual(['table'])
    expect(keys({ topology: 'table', rows: 1, table, routing: 'yx' })).toEqual(['routing'])
    expect(keys({ topology: 'table', rows: 1, table })).toEqual([])
  })
})

function deliveries(config: NetworkConfig): number[] {
  const network = new Network(config, 1)
  const random = new Random(2)
  const log: number[] = []
  for (let cycle = 0; cycle < 300 || network.busy; cycle++) {
    for (let k = 0; cycle < 300 && k < 6; k++) {
      const source = random.below(network.endpoints)
      const ends = [...new Set(Array.from({ length: 1 + random.below(4) }, () => random.below(network.endpoints)))]
      network.enqueue(source, network.destinations(source, ends), 1 + random.below(4), 0)
    }
    network.step()
    for (let i = 0; i < network.deliveredCount; i++) log.push(cycle, network.deliveredEndpoint[i]!, network.deliveredPacket[i]!)
  }
  return log
}

describe('a network given as a table', () => {
  it('that spells out a mesh is that mesh, flit by flit', () => {
    const mesh: NetworkConfig = {
      topology: 'mesh', columns: 5, rows: 4, endpointsPerRouter: 2, routing: 'xy', virtualChannels: 3, bufferFlits: 4, hopCycles: 4, multicast: 'tree',
    }
    expect(deliveries({ ...mesh, topology: 'table', table: meshTable(5, 4) })).toEqual(deliveries(mesh))
  })

  it('of any shape delivers long packets and wide trees under heavy load, by up-down routes', () => {
    fc.assert(fc.property(fc.integer({ min: 2, max: 14 }), fc.integer({ min: 0, max: 14 }), fc.nat(), (columns, further, seed) => {
      const random = new Random(seed)
      const config: NetworkConfig = {
        topology: 'table', columns, rows: 1, table: { links: randomLinks(columns, further, random), routes: 'up-down', dead: [] },
        endpointsPerRouter: 1 + random.below(2), routing: 'xy', virtualChannels: 1 + random.below(3), bufferFlits: 4, hopCycles: 3, multicast: 'tree',
      }
      const network = new Network(config, seed)
      let expected = 0
      let received = 0
      for (let k = 0; k < 300; k++) {
        const source = random.below(network.endpoints)
        const ends = [...new Set(Array.from({ length: 1 + random.below(6) }, () => random.below(network.endpoints)))]
        const flits = 1 + random.below(4)
        network.enqueue(source, network.destinations(source, ends), flits, 0)
        expected += flits * ends.length
      }
      while (network.busy && network.cycle < 100_000) {
        network.step()
        received += network.deliveredCount
      }
      expect(received).toBe(expected)
    }), { numRuns: 60, seed: 20261127 })
  })

  it('sends two trees where paths part and meet again', () => {
    // 0 reaches 3 by 1, but 4, behind 3, by 2: one tree would pass router 3 twice.
    const links = [tableLink(0, 1), tableLink(0, 2), tableLink(1, 3), tableLink(2, 3), tableLink(3, 4)]
    const routes = [[-1, 1, 2, 1, 2], [0, -1, 0, 3, 3], [0, 0, -1, 3, 3], [1, 1, 2, -1, 4], [3, 3, 3, 3, -1]]
    const network = new Network({
      topology: 'table', columns: 5, rows: 1, table: { links, routes, dead: [] }, endpointsPerRouter: 1, routing: 'xy', virtualChannels: 1,
      bufferFlits: 4, hopCycles: 5, multicast: 'tree',
    }, 1)
    network.enqueue(0, network.destinations(0, [3, 4]), 2, 0)
    const flits = new Map<number, number>()
    while (network.busy) {
      network.step()
      for (let i = 0; i < network.deliveredCount; i++) flits.set(network.deliveredEndpoint[i]!, (flits.get(network.deliveredEndpoint[i]!) ?? 0) + 1)
    }
    expect(flits).toEqual(new Map([[3, 2], [4, 2]]))
    expect(network.flitHops).toBe(2 * (3 + 4))
  })

  it('takes the cycles of its links, and no more flits than their width lets through', () => {
    const network = (cycles: number, cyclesPerFlit: number) => new Network({
      topology: 'table', columns: 2, rows: 1, table: { links: [tableLink(0, 1, { cycles, cyclesPerFlit })], routes: 'shortest', dead: [] },
      endpointsPerRouter: 1, routing: 'xy', virtualChannels: 1, bufferFlits: 16, hopCycles: 5, multicast: 'tree',
    }, 1)
    // 5 H + 2 and a cycle for each further flit; on the narrow link 4 for each, but the tail, alone in its buffer behind it,
    // finds route and channel there: 2 less.
    for (const [cycles, cyclesPerFlit, expected] of [[1, 1, 12 + 3], [7, 1, 18 + 3], [1, 4, 12 + 3 * 4 - 2]] as const) {
      const net = network(cycles, cyclesPerFlit)
      net.send(0, 1, 4, 0)
      while (net.busy) net.step()
      expect(net.cycle - 1).toBe(expected)
    }
  })
})
