import fc from 'fast-check'
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { Network, type NetworkConfig, resolveConfig } from '../../../sim/network/index.js'
import { Random } from '../../../sim/random.js'
import { randomLinks } from '../../support/fabrics.js'

const REPOSITORY = new URL('../../../', import.meta.url)
const installed = existsSync(new URL('node_modules/assemblyscript/package.json', REPOSITORY))

it.skipIf(!installed)('router-wasm.ts is what the stages compile to (skipped where the development dependency assemblyscript is not installed)', async () => {
  const { compileRouter } = await import('../../../scripts/build-router.mjs')
  expect(readFileSync(new URL('sim/network/router/router-wasm.ts', REPOSITORY), 'utf8')).toBe(await compileRouter())
})

const configs = fc.record({
  columns: fc.constantFrom(1, 2, 4, 6), rows: fc.constantFrom(1, 3, 4), topology: fc.constantFrom('mesh', 'torus', 'table'),
  endpointsPerRouter: fc.integer({ min: 1, max: 4 }), routing: fc.constantFrom('xy', 'yx', 'o1turn', 'odd-even', 'west-first'),
  virtualChannels: fc.constantFrom(1, 2, 3, 4, 8, 16), bufferFlits: fc.constantFrom(1, 2, 5, 8), hopCycles: fc.constantFrom(3, 4, 5),
  speculative: fc.boolean(), multicast: fc.constantFrom('tree', 'unicast'), ordered: fc.boolean(), linkCycles: fc.constantFrom(1, 2),
  chipColumns: fc.constantFrom(1, 2), chipLinkCycles: fc.constantFrom(1, 6), chipLinkCyclesPerFlit: fc.constantFrom(1, 3),
  receiveBufferFlits: fc.constantFrom(Infinity, 3), tags: fc.constantFrom(0, 3),
  attached: fc.constantFrom([], [{ name: 'host', router: 0, offChip: true }]), seed: fc.nat(),
}).map(({ seed, ...config }) => ({
  ...config, table: config.topology === 'table' ? { links: randomLinks(config.columns * config.rows, 5, new Random(seed)), routes: 'up-down', dead: [] } : undefined,
} as NetworkConfig)).filter((config) => {
  try {
    resolveConfig(config)
    return true
  } catch {
    return false
  }
})

/** All that can be seen of a run: every delivery and injection in its cycle, and the counters at the end. */
function run(config: NetworkConfig, seed: number, kernels: 'wasm' | 'plain'): unknown[] {
  const network = new Network({ ...config, kernels }, seed)
  const random = new Random(seed)
  const seen: number[] = []
  for (let cycle = 0; cycle < 150 || (network.busy && cycle < 4000); cycle++) {
    for (let k = 0; cycle < 150 && k < 1 + (seed % 3); k++) {
      const source = random.below(network.endpoints)
      const ends = [...new Set(Array.from({ length: random.below(2) === 0 ? 1 + random.below(6) : 1 }, () => random.below(network.endpoints)))]
      const flits = 1 + random.below(ends.length > 1 && config.multicast === 'tree' ? Math.min(6, config.bufferFlits) : 6)
      const rectangle = random.below(8) === 0 && config.topology === 'mesh'
      const set = rectangle ? network.destinationRectangle(source, 0, 0, config.columns - 1, config.rows - 1) : network.destinations(source, ends)
      network.enqueue(source, set, rectangle ? 1 : flits, config.tags ? random.below(config.tags) : 0)
    }
    network.step()
    for (let i = 0; i < network.deliveredCount; i++) {
      seen.push(cycle, network.deliveredEndpoint[i]!, network.deliveredPacket[i]!, network.deliveredFlit[i]!)
      // A slow receiver: it frees the room of three flits in four, the rest later.
      if (config.receiveBufferFlits === 3 && (cycle + i) % 4 !== 0) network.release(network.deliveredEndpoint[i]!, 1)
    }
    if (config.receiveBufferFlits === 3 && cycle % 5 === 0) for (let e = 0; e < network.endpoints; e++) if (random.below(3) === 0) network.release(e, 1)
    for (let i = 0; i < network.injectedCount; i++) seen.push(-cycle, network.injectedEndpoint[i]!, network.injectedFlit[i]!)
  }
  return [
    seen, network.flitHops, [...network.linkFlits()], [...network.routerFlits()], [...network.flitHopsByTag], [...network.linkFlitsByTag],
    [...network.chipLinkFlitsByTag], network.routers.copies, network.routers.busyRouters, network.describeStuck(),
  ]
}

describe('the routers in WebAssembly', () => {
  it('do what the definition does, flit by flit, for any network', () => {
    fc.assert(fc.property(configs, fc.nat(), (config, seed) => {
      expect(run(config, seed, 'wasm')).toEqual(run(config, seed, 'plain'))
    }), { numRuns: 150, seed: 20261127 })
  })

  it('are what runs by default', () => {
    const config: NetworkConfig = {
      columns: 4, rows: 4, topology: 'mesh', endpointsPerRouter: 1, routing: 'xy', virtualChannels: 2, bufferFlits: 4, hopCycles: 5, multicast: 'tree',
    }
    expect(new Network(config, 1).routers.compiled).toBe(true)
    expect(new Network({ ...config, kernels: 'plain' }, 1).routers.compiled).toBe(false)
  })
})
