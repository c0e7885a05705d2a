import { describe, expect, it } from 'vitest'
import { Network } from '../../../sim/network/index.js'

const base = {
  columns: 8, rows: 8, topology: 'mesh', endpointsPerRouter: 1, routing: 'xy', virtualChannels: 4, bufferFlits: 8,
  multicast: 'tree', attached: [{ name: 'host', router: 0, offChip: true }],
} as const

/** Latency from enqueue to the delivery of the tail of one packet on an idle network. */
function latencyOf(network: Network, source: number, destination: number): number {
  const created = network.cycle
  network.send(source, destination, 1, 0)
  let delivered = -1
  while (network.busy) {
    network.step()
    if (network.deliveredCount > 0) delivered = network.cycle - 1
  }
  return delivered - created
}

const routersBetween = (a: number, b: number): number =>
  Math.abs((a % 8) - (b % 8)) + Math.abs(Math.floor(a / 8) - Math.floor(b / 8)) + 1

describe('one packet on an idle network', () => {
  for (const hopCycles of [3, 4, 5] as const) {
    it(`takes ${hopCycles} * H + 2 cycles between any two nodes`, () => {
      const network = new Network({ ...base, hopCycles }, 1)
      for (let source = 0; source < 64; source++) {
        for (let destination = 0; destination < 64; destination++) {
          expect(latencyOf(network, source, destination)).toBe(hopCycles * routersBetween(source, destination) + 2)
        }
      }
    })

    it(`takes the same from and to the host with ${hopCycles} cycles a hop`, () => {
      const network = new Network({ ...base, hopCycles }, 1)
      const host = 64
      for (const node of [0, 7, 27, 56, 63]) {
        expect(latencyOf(network, host, node)).toBe(hopCycles * routersBetween(0, node) + 2)
        expect(latencyOf(network, node, host)).toBe(hopCycles * routersBetween(0, node) + 2)
      }
    })
  }

  it('reaches every member of a tree as early as a packet of its own would', () => {
    const network = new Network({ ...base, hopCycles: 3 }, 1)
    const members = [0, 7, 56, 63, 27, 28, 64]
    const packet = network.enqueue(9, network.destinations(9, members), 1, 0)
    const arrival = new Map<number, number>()
    while (network.busy) {
      network.step()
      for (let i = 0; i < network.deliveredCount; i++) {
        expect(network.deliveredPacket[i]).toBe(packet)
        expect(arrival.has(network.deliveredEndpoint[i]!)).toBe(false)
        arrival.set(network.deliveredEndpoint[i]!, network.cycle - 1)
      }
    }
    expect([...arrival.keys()].sort((a, b) => a - b)).toEqual([...members].sort((a, b) => a - b))
    for (const [member, cycle] of arrival) expect(cycle).toBe(3 * routersBetween(9, member === 64 ? 0 : member) + 2)
  })
})
