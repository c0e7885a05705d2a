import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InputError } from '../../../sim/errors.js'
import { Network, type NetworkConfig, resolveConfig } from '../../../sim/network/index.js'
import { LAYOUT } from '../../../sim/network/layout.js'
import { Random } from '../../../sim/random.js'

const { I_COUNT, O_CREDITS, O_INJECT, O_SIZE, P_IN, P_OUT } = LAYOUT

const configs = fc.record({
  columns: fc.integer({ min: 1, max: 6 }),
  rows: fc.integer({ min: 1, max: 6 }),
  topology: fc.constantFrom('mesh', 'torus'),
  endpointsPerRouter: fc.integer({ min: 1, max: 3 }),
  attached: fc.constantFrom([], [{ name: 'host', router: 0, offChip: true }]),
  routing: fc.constantFrom('xy', 'yx', 'o1turn', 'odd-even', 'west-first'),
  virtualChannels: fc.constantFrom(1, 2, 3, 4, 6),
  bufferFlits: fc.constantFrom(1, 2, 3, 5, 8),
  hopCycles: fc.constantFrom(3, 4, 5),
  speculative: fc.boolean(),
  multicast: fc.constantFrom('tree', 'unicast'),
  ordered: fc.boolean(),
  linkCycles: fc.constantFrom(1, 2),
}) as fc.Arbitrary<NetworkConfig>

/** As expect, without its cost: these checks run millions of times. */
function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(what)
}

function allowed(config: NetworkConfig): boolean {
  try {
    resolveConfig(config)
    return true
  } catch (error) {
    if (error instanceof InputError) return false
    throw error
  }
}

interface Sent {
  readonly source: number
  readonly destinations: readonly number[]
  readonly flits: number
  readonly order: number
  readonly next: Map<number, number> // flits received so far by destination
}

/** Credits at a sender plus flits buffered behind it plus both under way make the buffer's depth, for every VC. */
function checkCredits(network: Network): void {
  const { routers, config } = network
  const { wiring, m } = routers
  const onWire = new Map<number, number>()
  for (let slot = 0; slot <= routers.wheelMask; slot++) {
    for (let k = 0; k < m[routers.flitCount + slot]!; k += 2) {
      const target = m[routers.flitWords + slot * routers.flitCapacity + k]!
      onWire.set(target, (onWire.get(target) ?? 0) + 1)
    }
  }
  const credited = new Map<number, number>()
  for (let slot = 0; slot <= routers.wheelMask; slot++) {
    for (let k = 0; k < m[routers.creditCount + slot]!; k++) {
      const target = m[routers.creditWords + slot * routers.creditCapacity + k]!
      credited.set(target, (credited.get(target) ?? 0) + 1)
    }
  }
  for (let id = 0; id < wiring.routers * wiring.ports; id++) {
    const router = Math.floor(id / wiring.ports)
    const port = routers.portAt(router, id % wiring.ports)
    const peer = wiring.peer[id]!
    for (let vc = 0; vc < config.virtualChannels; vc++) {
      const ovc = m[port + P_OUT]! + vc * O_SIZE
      const ivc = m[port + P_IN]! + vc * routers.ivcSize
      if (peer >= 0) {
        const there = m[routers.portAt(Math.floor(peer / wiring.ports), peer % wiring.ports) + P_IN]! + vc * routers.ivcSize
        const sum = m[ovc + O_CREDITS]! + m[there + I_COUNT]! + (onWire.get(there) ?? 0) + (credited.get(ovc) ?? 0)
        must(sum === config.bufferFlits, `credits of port ${id}, VC ${vc}: ${sum}`)
      } else if (wiring.portEndpoint[id]! >= 0) {
        const ejecting = m[ovc + O_CREDITS]! + (onWire.get(~ovc) ?? 0) + (credited.get(ovc) ?? 0)
        must(ejecting === config.bufferFlits, `ejection credits of port ${id}, VC ${vc}: ${ejecting}`)
        const sum = m[ovc + O_INJECT]! + m[ivc + I_COUNT]! + (onWire.get(ivc) ?? 0) + (credited.get(~ovc) ?? 0)
        must(sum === config.bufferFlits, `credits of port ${id}, VC ${vc}: ${sum}`)
      }
    }
  }
}

interface Load {
  readonly packets: number
  readonly longest: number
  readonly fanout: number
  readonly seed: number
}

/** Offers a load in a few cycles, runs until all is delivered, and checks what must hold on the way. */
function runLoad(config: NetworkConfig, load: Load, everyCycle: boolean): void {
  const network = new Network(config, load.seed)
  const random = new Random(load.seed)
  const live = new Map<number, Sent>()
  const lastOrder = new Map<string, number>()
  const deterministic = config.ordered === true && config.routing !== 'odd-even' && config.routing !== 'west-first'
  let expectedFlits = 0
  let receivedFlits = 0
  let made = 0
  for (let cycle = 0; made < load.packets || network.busy; cycle++) {
    const burst = random.below(4)
    for (let k = 0; k < burst && made < load.packets; k++) {
      const source = random.below(network.endpoints)
      const wanted = random.below(3) === 0 ? 1 + random.below(Math.min(load.fanout, network.endpoints)) : 1
      const destinations = [...new Set(Array.from({ length: wanted }, () => random.below(network.endpoints)))]
      const branching = destinations.length > 1 && config.multicast === 'tree'
      const flits = 1 + random.below(branching ? Math.min(load.longest, config.bufferFlits) : load.longest)
      const packet = network.enqueue(source, network.destinations(source, destinations), flits, 0)
      must(!live.has(packet), 'a packet id is in use twice')
      live.set(packet, { source, destinations, flits, order: made++, next: new Map() })
      expectedFlits += flits * destinations.length
    }
    network.step()
    const busyEndpoints = new Set<number>()
    for (let i = 0; i < network.deliveredCount; i++) {
      const endpoint = network.deliveredEndpoint[i]!
      const sent = live.get(network.deliveredPacket[i]!)!
      must(!busyEndpoints.has(endpoint), 'an endpoint took two flits in a cycle')
      busyEndpoints.add(endpoint)
      must(sent.destinations.includes(endpoint), 'a flit reached an endpoint it was not sent to')
      const index = sent.next.get(endpoint) ?? 0
      must(network.deliveredFlit[i] === index, 'flits of a packet out of order, lost or doubled')
      sent.next.set(endpoint, index + 1)
      receivedFlits++
      if (index === sent.flits - 1) {
        const flow = `${sent.source} ${sent.destinations.join(' ')} to ${endpoint}`
        must(!deterministic || (lastOrder.get(flow) ?? -1) < sent.order, 'packets of a flow out of order')
        lastOrder.set(flow, sent.order)
        if (sent.destinations.every((d) => sent.next.get(d) === sent.flits)) live.delete(network.deliveredPacket[i]!)
      }
    }
    if (everyCycle) checkCredits(network)
    if (cycle > 200_000) throw new Error(`not delivered:\n${network.describeStuck().slice(0, 10).join('\n')}`)
  }
  expect(receivedFlits).toBe(expectedFlits)
  expect(live.size).toBe(0)
  for (let k = 0; k < 8; k++) network.step()
  checkCredits(network)
  expect(network.routers.busyRouters).toBe(0)
  expect(network.describeStuck()).toEqual([])
}

const loads = fc.record({
  packets: fc.integer({ min: 1, max: 150 }), longest: fc.integer({ min: 1, max: 12 }), fanout: fc.integer({ min: 1, max: 10 }),
  seed: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
})

describe('any network the configuration check lets through', () => {
  it('delivers every flit once and in order, conserving credits every cycle', () => {
    fc.assert(fc.property(configs.filter(allowed), loads, (config, load) => runLoad(config, load, true)), { numRuns: 60, seed: 3 })
  })

  it('never deadlocks under a heavy load of long packets and wide trees', () => {
    const heavy = loads.map((load) => ({ ...load, packets: 800, longest: 16, fanout: 12 }))
    const small = configs.filter((config) => allowed(config) && config.columns * config.rows >= 9)
    fc.assert(fc.property(small, heavy, (config, load) => runLoad(config, load, false)), { numRuns: 40, seed: 5 })
  })

  it('repeats itself exactly for the same seed', () => {
    fc.assert(fc.property(configs.filter(allowed), loads, (config, load) => {
      const run = (): string => {
        const network = new Network(config, load.seed)
        const random = new Random(load.seed)
        const log: number[] = []
        for (let cycle = 0; cycle < 200 || network.busy; cycle++) {
          if (cycle < 100) network.send(random.below(network.endpoints), random.below(network.endpoints), 1 + random.below(4), 0)
          network.step()
          for (let i = 0; i < network.deliveredCount; i++) log.push(cycle, network.deliveredEndpoint[i]!, network.deliveredPacket[i]!)
        }
        return log.join(' ')
      }
      expect(run()).toBe(run())
    }), { numRuns: 10, seed: 7 })
  })
})

describe('minimal routing', () => {
  for (const routing of ['xy', 'yx', 'o1turn', 'odd-even', 'west-first'] as const) {
    it(`${routing} takes Manhattan distance + 1 routers, unloaded and under load`, () => {
      const network = new Network({
        columns: 7, rows: 5, topology: 'mesh', endpointsPerRouter: 1, routing, virtualChannels: 4, bufferFlits: 4,
        hopCycles: 5, multicast: 'unicast',
      }, 9)
      const random = new Random(11)
      let routers = 0
      for (let k = 0; k < 4000; k++) {
        const a = random.below(35)
        const b = random.below(35)
        network.send(a, b, 2, 0)
        routers += 2 * (1 + Math.abs((a % 7) - (b % 7)) + Math.abs(Math.floor(a / 7) - Math.floor(b / 7)))
        network.step()
      }
      while (network.busy) network.step()
      expect(network.flitHops).toBe(routers)
    })
  }
})
