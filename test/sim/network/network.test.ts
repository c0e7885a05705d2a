import { describe, expect, it } from 'vitest'
import { InputError } from '../../../sim/errors.js'
import { Network, type NetworkConfig } from '../../../sim/network/index.js'
import { LAYOUT } from '../../../sim/network/layout.js'

const config = (more: Partial<NetworkConfig> = {}): NetworkConfig => ({
  columns: 4, rows: 4, topology: 'mesh', endpointsPerRouter: 1, routing: 'xy', virtualChannels: 2, bufferFlits: 4,
  hopCycles: 3, multicast: 'tree', ...more,
})

/** Steps until nothing is under way; calls back for each delivered flit. */
function drain(network: Network, each: (endpoint: number, packet: number, flit: number) => void = () => undefined): void {
  while (network.busy) {
    network.step()
    for (let i = 0; i < network.deliveredCount; i++) {
      each(network.deliveredEndpoint[i]!, network.deliveredPacket[i]!, network.deliveredFlit[i]!)
    }
  }
}

describe('combinations that could deadlock', () => {
  for (const [name, more, reason] of [
    ['a torus with one VC', { topology: 'torus', virtualChannels: 1 }, /wrap around a ring/],
    ['o1turn with one VC', { routing: 'o1turn', virtualChannels: 1 }, /separate virtual channels/],
    ['an adaptive routing on a torus', { topology: 'torus', routing: 'odd-even' }, /wrap-around links/],
    ['o1turn on a torus', { topology: 'torus', routing: 'o1turn' }, /wrap-around links/],
    ['trees with odd-even', { routing: 'odd-even' }, /turns that odd-even forbids/],
  ] as const) {
    it(`${name} is refused with the reason`, () => {
      expect(() => new Network(config(more), 1)).toThrow(InputError)
      expect(() => new Network(config(more), 1)).toThrow(reason)
    })
  }

  it('a tree packet longer than a buffer is refused, a unicast one of that length is not', () => {
    const network = new Network(config(), 1)
    expect(() => network.enqueue(0, network.destinations(0, [5, 10]), 5, 0)).toThrow(/bufferFlits >= the longest/)
    network.enqueue(0, network.destinations(0, [5]), 5, 0)
    network.enqueue(0, network.destinations(0, [5, 10]), 4, 0)
    drain(network)
  })
})

describe('configuration errors', () => {
  it.each([
    [{ virtualChannels: 17 }, 'virtualChannels = 17, allowed are the integers 1 to 16; nearest is 16'],
    [{ bufferFlits: 0 }, 'bufferFlits = 0'],
    [{ hopCycles: 2 as 3 }, 'hopCycles = 2, allowed are 3, 4, 5'],
    [{ chipColumns: 3 }, 'chipColumns = 3 does not divide the 4 routers'],
    [{ attached: [{ name: 'host', router: 16, offChip: true }] }, `attached puts 'host' on router 16, routers are 0 to 15`],
  ])('%o', (more, message) => {
    expect(() => new Network(config(more), 1)).toThrow(message)
  })

  it('names an endpoint that does not exist, one named twice, and an empty set', () => {
    const network = new Network(config(), 1)
    expect(() => network.destinations(0, [16])).toThrow('destination endpoint 16 does not exist, endpoints are 0 to 15')
    expect(() => network.destinations(0, [3, 4, 3])).toThrow('destination 3 stands twice')
    expect(() => network.destinations(0, [])).toThrow('empty destination set')
    expect(() => network.destinationRectangle(0, 2, 0, 1, 3)).toThrow('corners are swapped')
  })
})

describe('multicast', () => {
  it('a tree passes each router once: hops are the routers of the tree, not of the paths', () => {
    const network = new Network(config(), 1)
    // From router 0 along row 0 to columns 1 and 3, then down: routers 0 1 2 3, 5 9, 7 11.
    network.enqueue(0, network.destinations(0, [9, 11]), 3, 0)
    const flits = new Map<number, number>()
    drain(network, (endpoint) => flits.set(endpoint, (flits.get(endpoint) ?? 0) + 1))
    expect(network.flitHops).toBe(3 * 8)
    expect(flits).toEqual(new Map([[9, 3], [11, 3]]))
    expect(network.routers.copies).toBe(3)
  })

  for (const topology of ['mesh', 'torus'] as const) {
    for (const routing of ['xy', 'yx'] as const) {
      it(`a rectangle reaches each of its endpoints once (${topology}, ${routing})`, () => {
        const network = new Network(config({ topology, routing, endpointsPerRouter: 2 }), 1)
        for (let source = 0; source < 32; source += 3) {
          network.enqueue(source, network.destinationRectangle(source, 1, 0, 2, 2), 2, 0)
          const tails: number[] = []
          drain(network, (endpoint, _packet, flit) => {
            if (flit === 1) tails.push(endpoint)
          })
          expect(tails.sort((a, b) => a - b)).toEqual([2, 3, 4, 5, 10, 11, 12, 13, 18, 19, 20, 21])
        }
      })
    }
  }

  it('repeated unicast shows one packet id at every destination and costs every path', () => {
    const network = new Network(config({ multicast: 'unicast' }), 1)
    const packet = network.enqueue(0, network.destinations(0, [9, 11]), 2, 0)
    expect(network.queuedFlits(0)).toBe(4)
    const seen: number[][] = []
    drain(network, (endpoint, id, flit) => seen.push([endpoint, id, flit]))
    expect(seen.sort((a, b) => a[0]! - b[0]! || a[2]! - b[2]!)).toEqual([[9, packet, 0], [9, packet, 1], [11, packet, 0], [11, packet, 1]])
    expect(network.flitHops).toBe(2 * (4 + 6))
  })
})

describe('a receive buffer of 3 flits', () => {
  it('holds back what the receiver has no room for, until it releases', () => {
    const network = new Network(config({ receiveBufferFlits: 3 }), 1)
    network.send(0, 5, 10, 0)
    let received = 0
    const run = (cycles: number): void => {
      for (let t = 0; t < cycles; t++) {
        network.step()
        received += network.deliveredCount
      }
    }
    run(100)
    expect(received).toBe(3)
    expect(network.describeStuck().join('\n')).toContain('waits for room in the receive buffer of endpoint 5')
    network.release(5, 2)
    run(100)
    expect(received).toBe(5)
    network.release(5, 10)
    run(100)
    expect(received).toBe(10)
    expect(network.busy).toBe(false)
  })
})

describe('a grid of chips', () => {
  const chips = config({ columns: 8, rows: 1, chipColumns: 2, chipLinkCycles: 20, tags: 1 })

  it('takes the longer link once on the way across', () => {
    const network = new Network(chips, 1)
    let arrived = 0
    network.send(0, 7, 1, 0)
    drain(network, () => { arrived = network.cycle - 1 })
    expect(arrived).toBe(3 * 8 + 2 + 19)
    expect(network.chipLinkFlitsByTag[0]).toBe(1)
    expect(network.linkFlitsByTag[0]).toBe(6)
  })

  it('is limited by credits when the buffers do not cover the way there and back', () => {
    const network = new Network({ ...chips, bufferFlits: 4 }, 1)
    network.send(0, 7, 400, 0)
    let last = 0
    drain(network, () => { last = network.cycle - 1 })
    // A credit comes round in 2 + 20 (flit) + 1 + 20 (credit) + 0 cycles: 4 flits every 43 cycles.
    expect(Math.abs(last - (400 / 4) * 43)).toBeLessThan(60)
  })

  it('carries a flit every chipLinkCyclesPerFlit cycles, and says that packets wait for the link', () => {
    const network = new Network({ ...chips, chipLinkCyclesPerFlit: 5, bufferFlits: 16 }, 1)
    network.send(0, 7, 40, 0)
    let last = 0
    let waited = false
    while (network.busy) {
      network.step()
      if (network.deliveredCount > 0) last = network.cycle - 1
      waited ||= network.describeStuck().some((line) => line.includes('waits for the link of output east'))
    }
    expect(last).toBe(3 * 8 + 2 + 19 + 39 * 5)
    expect(waited).toBe(true)
  })
})

describe('the clock', () => {
  it('moves forward while idle, without losing credits under way', () => {
    const network = new Network(config({ bufferFlits: 1, virtualChannels: 1 }), 1)
    for (let k = 0; k < 50; k++) {
      network.send(0, 15, 1, 0)
      const created = network.cycle
      drain(network)
      expect(network.cycle - 1 - created).toBe(3 * 7 + 2)
      network.skipTo(network.cycle + (k % 5))
    }
  })

  it('refuses to skip with packets under way, or back', () => {
    const network = new Network(config(), 1)
    network.send(0, 1, 1, 0)
    expect(() => network.skipTo(50)).toThrow('packets are in flight')
    drain(network)
    expect(() => network.skipTo(0)).toThrow('skipTo(0)')
  })
})

describe('counters', () => {
  it('agree with each other and with the tags', () => {
    const network = new Network(config({ tags: 3, attached: [{ name: 'host', router: 0, offChip: true }] }), 1)
    network.send(0, 15, 4, 1)
    network.send(16, 5, 2, 2) // from the host
    network.send(5, 16, 1, 0) // to the host
    drain(network)
    expect([...network.flitHopsByTag]).toEqual([3, 28, 6])
    expect([...network.linkFlitsByTag]).toEqual([2, 24, 4])
    expect([...network.chipLinkFlitsByTag]).toEqual([1, 0, 2])
    expect(network.flitHops).toBe(37)
    expect(network.routerFlits().reduce((a, b) => a + b, 0)).toBe(37)
    expect(network.linkFlits().reduce((a, b) => a + b, 0)).toBe(37) // ejection included, injection not
  })
})

describe('counters of flits', () => {
  it.each(['wasm', 'plain'] as const)('are the same when they are carried on the way, as long runs do: %s', (kernels) => {
    const run = (carries: boolean): { links: Float64Array; routers: Float64Array } => {
      const network = new Network({ ...config(), kernels }, 1)
      for (let source = 0; source < 16; source++) network.send(source, 15 - source, 3, 0)
      for (let cycle = 0; network.busy; cycle++) {
        network.step()
        if (carries && cycle % 4 === 0) network.routers.carryCounters()
      }
      return { links: network.linkFlits(), routers: network.routerFlits() }
    }
    const { links, routers } = run(true)
    expect(links.reduce((sum, flits) => sum + flits, 0)).toBeGreaterThan(100)
    expect([links, routers]).toEqual([run(false).links, run(false).routers])
  })

  it('hold more than 32 bits', () => {
    const network = new Network(config(), 1)
    network.send(0, 15, 1, 0)
    while (network.busy) network.step()
    const { routers } = network
    const port = routers.portAt(0, network.linkFlits().findIndex((flits) => flits > 0)) + LAYOUT.P_FLITS
    for (let round = 0; round < 3; round++) {
      routers.m[port] = -2
      routers.carryCounters()
    }
    expect(Math.max(...network.linkFlits())).toBeGreaterThan(3 * (2 ** 32 - 3))
  })
})
