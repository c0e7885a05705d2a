import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { buildFabric } from '../../../sim/fabric/index.js'
import { Network, type NetworkConfig, PacketLog, type PacketRecord, resolveConfig } from '../../../sim/network/index.js'
import { Random } from '../../../sim/random.js'
import { randomLinks } from '../../support/fabrics.js'

const shapes = fc.record({
  columns: fc.constantFrom(2, 4, 6), rows: fc.constantFrom(1, 2, 4), topology: fc.constantFrom('mesh', 'torus', 'table'),
  endpointsPerRouter: fc.integer({ min: 1, max: 2 }), routing: fc.constantFrom('xy', 'yx', 'o1turn', 'odd-even', 'west-first'),
  virtualChannels: fc.constantFrom(1, 2, 4), bufferFlits: fc.constantFrom(1, 2, 4, 8), hopCycles: fc.constantFrom(3, 4, 5),
  speculative: fc.boolean(), multicast: fc.constantFrom('tree', 'unicast'), ordered: fc.boolean(), linkCycles: fc.constantFrom(1, 3),
  chipColumns: fc.constantFrom(1, 2), chipRows: fc.constantFrom(1, 1, 2), chipLinkCycles: fc.constantFrom(1, 5), chipLinkCyclesPerFlit: fc.constantFrom(1, 1, 3),
  seed: fc.nat(),
}).map(({ seed, ...config }) => ({
  ...config, table: config.topology === 'table' ? { links: randomLinks(config.columns * config.rows, 6, new Random(seed)), routes: 'up-down', dead: [] } : undefined,
} as NetworkConfig)).filter((config) => {
  try {
    resolveConfig(config)
    return true
  } catch {
    return false
  }
})

interface Load { readonly packets: number, readonly longest: number, readonly fanout: number, readonly perCycle: number, readonly seed: number }

/** Offers a load and returns each packet's record; what is unloaded is measured by itself, below. */
function follow(config: NetworkConfig, { packets, longest, fanout, perCycle, seed }: Load): PacketRecord[] {
  const network = new Network(config, seed)
  const log = new PacketLog(network)
  const random = new Random(seed)
  const left = new Map<number, number>()
  for (let made = 0; made < packets || network.busy;) {
    for (let k = 0; k < perCycle && made < packets; k++, made++) {
      const source = random.below(network.endpoints)
      const ends = [...new Set(Array.from({ length: random.below(3) === 0 ? 1 + random.below(fanout) : 1 }, () => random.below(network.endpoints)))]
      const flits = 1 + random.below(ends.length > 1 && config.multicast === 'tree' ? Math.min(longest, config.bufferFlits) : longest)
      const packet = network.enqueue(source, network.destinations(source, ends), flits, 0)
      log.created(packet, source, flits, network.cycle)
      left.set(packet, ends.length)
    }
    network.step()
    log.afterStep()
    for (let i = 0; i < network.deliveredCount; i++) {
      const packet = network.deliveredPacket[i]!
      const record = log.records.findLast((entry) => entry.packet === packet)!
      if (network.deliveredFlit[i] !== record.flits - 1) continue
      left.set(packet, left.get(packet)! - 1)
      if (left.get(packet) === 0) log.forget(packet)
    }
  }
  expect(log.idle).toBe(true)
  return log.records
}

/** Latency of a packet with the network to itself, and buffers in which it need not wait for itself. */
function alone(config: NetworkConfig, source: number, endpoint: number, flits: number): number {
  const network = new Network({ ...config, bufferFlits: 64 }, 1)
  network.send(source, endpoint, flits, 0)
  while (network.busy) network.step()
  return network.cycle - 1
}

const loads = fc.record({
  packets: fc.integer({ min: 1, max: 120 }), longest: fc.integer({ min: 1, max: 7 }), fanout: fc.integer({ min: 1, max: 6 }),
  perCycle: fc.integer({ min: 1, max: 6 }), seed: fc.nat(),
})

describe('waits', () => {
  it('sum to the latency less the unloaded latency, for every packet and destination', () => {
    let lost = 0
    fc.assert(fc.property(shapes, loads, (config, load) => {
      // Several minimal ways over links of several speeds differ in where the slow link comes; a tree's or table's do not.
      const oneWay = config.routing === 'xy' || config.routing === 'yx' || config.chipLinkCyclesPerFlit === 1
      for (const record of follow(config, load)) {
        for (const { endpoint, cycle, unloadedCycles, waits } of record.deliveries) {
          const waited = waits.reduce((sum, wait) => sum + wait.cycles, 0)
          for (const { cycles } of waits) expect(cycles).toBeGreaterThan(0)
          if (oneWay) expect({ record, waited }).toEqual({ record, waited: cycle - record.created - unloadedCycles })
          if (lost % 16 === 0) expect(unloadedCycles).toBe(alone(config, record.source, endpoint, record.flits))
          lost += waited
        }
        if (record.deliveries.length > 1 || !oneWay) continue
        const inHops = record.hops.flatMap((hop) => Object.values(hop.waits)).reduce((a, b) => a + b, 0)
        const { cycle, unloadedCycles } = record.deliveries[0]!
        expect(inHops + record.injected - record.created).toBe(cycle - record.created - unloadedCycles)
      }
    }), { numRuns: 250, seed: 20261127 })
    expect(lost).toBeGreaterThan(10_000)
  })

  it('of long packets in an empty network are none', () => {
    const config: NetworkConfig = {
      columns: 8, rows: 8, topology: 'mesh', endpointsPerRouter: 1, routing: 'xy', virtualChannels: 4, bufferFlits: 8, hopCycles: 5, multicast: 'tree',
    }
    expect(buildFabric(resolveConfig(config)).diameter).toBe(14)
    const network = new Network(config, 1)
    const log = new PacketLog(network)
    const record = log.created(network.send(0, 63, 4, 0), 0, 4, 0)
    while (network.busy) {
      network.step()
      log.afterStep()
    }
    expect(record.deliveries).toEqual([{ endpoint: 63, cycle: 5 * 15 + 2 + 3, unloadedCycles: 5 * 15 + 2 + 3, waits: [] }])
    expect(record.hops.every((hop) => Object.keys(hop.waits).length === 0)).toBe(true)
  })

  it('name what was in the way: of two packets for one output, the second waits for the switch, a third behind it for the packet', () => {
    const network = new Network({
      columns: 3, rows: 1, topology: 'mesh', endpointsPerRouter: 1, routing: 'xy', virtualChannels: 1, bufferFlits: 8, hopCycles: 5, multicast: 'tree',
    }, 1)
    const log = new PacketLog(network)
    const send = (source: number, flits: number) => log.created(network.send(source, 2, flits, 0), source, flits, network.cycle)
    const records = [send(1, 6), send(0, 2), send(0, 1)]
    while (network.busy) {
      network.step()
      log.afterStep()
    }
    const causes = (record: PacketRecord) => [...new Set(record.deliveries[0]!.waits.map(({ cause }) => cause))]
    expect(causes(records[0]!)).toEqual([])
    expect(causes(records[1]!)).toEqual(expect.arrayContaining(['vc']))
    expect(causes(records[2]!)).toEqual(expect.arrayContaining(['queue', 'packet']))
  })
})
