import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { buildFabric, linksOf, refusalsOf } from '../../../sim/fabric/index.js'
import { faultRefusals, withFaults } from '../../../sim/fabric/faults.js'
import { measure } from '../../../sim/network/measure.js'
import { resolveConfig } from '../../../sim/network/index.js'
import { fabricDescription } from '../../support/fabrics.js'

describe('a grid with faults', () => {
  it('keeps its other links, and no route leads over a faulty link or router', () => {
    fc.assert(fc.property(fc.constantFrom('mesh' as const, 'torus' as const), fc.nat(), fc.nat(24), (topology, pick, router) => {
      const grid = fabricDescription({ topology, columns: 5, rows: 5 })
      const all = linksOf(buildFabric(grid).wiring)
      const { from, to } = all[pick % all.length]!
      const faults = { links: [[from, to]] as [number, number][], routers: [router] }
      expect(faultRefusals(grid, faults)).toEqual([])
      const rest = withFaults(grid, faults)
      // One link and one router never cut a 5x5 grid, unless the router is beside a corner whose other link is the faulty one.
      fc.pre(refusalsOf(rest).length === 0)
      const fabric = buildFabric(rest)
      const touching = all.filter((link) => link.from === router || link.to === router || (link.from === from && link.to === to) || (link.from === to && link.to === from))
      expect(linksOf(fabric.wiring)).toHaveLength(all.length - touching.length)
      for (let a = 0; a < 25; a++) {
        for (let b = 0; b < 25; b++) {
          if (a === router || b === router) continue
          for (const id of fabric.path(a, b)) {
            const here = Math.floor(id / fabric.wiring.ports)
            const next = fabric.neighbour(here, id % fabric.wiring.ports)
            expect(next).not.toBe(router)
            expect([`${from}-${to}`, `${to}-${from}`]).not.toContain(`${here}-${next}`)
          }
        }
      }
    }), { numRuns: 40, seed: 20261127 })
  })

  it('names a link or a router that is not there', () => {
    expect(faultRefusals(fabricDescription(), { links: [[0, 5]], routers: [] })[0]!.why).toContain('no link between routers 0 and 5')
    expect(faultRefusals(fabricDescription(), { links: [], routers: [16] })[0]!.why).toContain('no router 16')
  })

  it('sends nothing to or from a router that does not work', () => {
    const grid = resolveConfig({
      columns: 4, rows: 4, topology: 'mesh', endpointsPerRouter: 1, routing: 'xy', virtualChannels: 2, bufferFlits: 8, hopCycles: 5, multicast: 'tree',
    })
    const { table } = withFaults(grid, { links: [], routers: [5] })
    const options = { traffic: { pattern: 'uniform' as const }, packetFlits: 1, seed: 1, rate: 0.1, samplePeriodCycles: 500, minPackets: 1 }
    const result = measure({ ...options, network: { ...grid, topology: 'table', table } })
    expect(result.saturated).toBe(false)
    expect(Math.abs(result.acceptedRate - 0.1)).toBeLessThan(0.01)
    expect(result.jainFairness).toBeGreaterThan(0.97)
    const { ports } = buildFabric(result.config).wiring
    expect(result.linkLoad.subarray(5 * ports, 6 * ports).every((load) => load === 0)).toBe(true)
    expect(() => measure({ ...options, network: { ...grid, topology: 'table', table }, traffic: { pattern: 'hotspot', hotspots: [5] } }))
      .toThrow('node 5, whose router does not work')
  })
})
