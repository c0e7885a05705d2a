import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { attachment, buildFabric, type Fabric, firstOutput, linksOf, PHASE_NEW, refusalsOf, routePhase, secondOutput } from '../../../sim/fabric/index.js'
import { Random } from '../../../sim/random.js'
import { fabricDescription, meshTable, randomLinks } from '../../support/fabrics.js'

/** Links from one router to all, breadth first over the wires: knows nothing of coordinates or routes. */
function linksFrom(fabric: Fabric, from: number): number[] {
  const links = Array.from({ length: fabric.wiring.routers }, () => Infinity)
  links[from] = 0
  const queue = [from]
  for (const at of queue) {
    for (let port = 0; port < fabric.wiring.directions; port++) {
      const to = fabric.neighbour(at, port)
      if (to < 0 || links[to]! < Infinity) continue
      links[to] = links[at]! + 1
      queue.push(to)
    }
  }
  return links
}

const grids = fc.record({
  topology: fc.constantFrom('mesh' as const, 'torus' as const), columns: fc.integer({ min: 1, max: 7 }), rows: fc.integer({ min: 1, max: 6 }),
  routing: fc.constantFrom('xy' as const, 'yx' as const, 'o1turn' as const, 'odd-even' as const, 'west-first' as const),
  multicast: fc.constantFrom('tree' as const, 'unicast' as const), virtualChannels: fc.constantFrom(1, 2, 3),
}).map((more) => fabricDescription(more)).filter((description) => refusalsOf(description).length === 0)

/** Every (output, phase) a packet may take at a router, over both faces of a coin. */
function choices(fabric: Fabric, at: number, inPort: number, target: number, source: number, phase: number) {
  const coins = fabric.wantsCoin(phase) ? [0, 1] : [0]
  return coins.flatMap((coin) => {
    const route = fabric.route(at, inPort, target, source, phase, coin)
    return [...new Set([firstOutput(route), secondOutput(route)])].map((output) => ({ output, phase: routePhase(route) }))
  })
}

describe('a grid', () => {
  it('joins each router to its neighbours, both ways, and measures distances along its links', () => {
    fc.assert(fc.property(grids, (description) => {
      const fabric = buildFabric(description)
      const { wiring } = fabric
      wiring.peer.forEach((peer, id) => { if (peer >= 0) expect(wiring.peer[peer]).toBe(id) })
      let farthest = 0
      for (let from = 0; from < wiring.routers; from++) {
        linksFrom(fabric, from).forEach((links, to) => {
          expect(fabric.distance(from, to)).toBe(links)
          farthest = Math.max(farthest, links)
        })
      }
      expect(fabric.diameter).toBe(farthest)
    }), { numRuns: 40, seed: 20261127 })
  })

  it('routes every packet on a shortest path, whichever permitted output it takes', () => {
    fc.assert(fc.property(grids, (description) => {
      const fabric = buildFabric(description)
      const { ports, directions, peer, routers } = fabric.wiring
      for (let source = 0; source < routers; source++) {
        for (let target = 0; target < routers; target++) {
          const open: [number, number, number][] = source === target ? [] : [[source, directions, PHASE_NEW]]
          for (const [at, inPort, phase] of open) {
            for (const { output, phase: next } of choices(fabric, at, inPort, target, source, phase)) {
              const to = fabric.neighbour(at, output)
              expect(fabric.distance(to, target)).toBe(fabric.distance(at, target) - 1)
              if (to !== target) open.push([to, peer[at * ports + output]! % ports, next])
            }
          }
        }
      }
    }), { numRuns: 25, seed: 20261127 })
  })

  it('counts links: 2 x 24 of a 4x4 mesh, 2 x 32 of a 4x4 torus', () => {
    expect(linksOf(buildFabric(fabricDescription()).wiring)).toHaveLength(48)
    expect(linksOf(buildFabric(fabricDescription({ topology: 'torus' })).wiring)).toHaveLength(64)
  })

  it('walks through all routers, from neighbour to neighbour', () => {
    const fabric = buildFabric(fabricDescription({ columns: 5, rows: 3 }))
    const walk = fabric.walk()
    expect([...walk].sort((a, b) => a - b)).toEqual(Array.from({ length: 15 }, (_, router) => router))
    for (let k = 1; k < walk.length; k++) expect(fabric.distance(walk[k - 1]!, walk[k]!)).toBe(1)
  })

  it('says where a port stands that is attached', () => {
    const attached = [{ name: 'host', router: 0, offChip: true }, { name: 'memory 0', router: 3, offChip: false }]
    const fabric = buildFabric(fabricDescription({ endpointsPerRouter: 2, attached }))
    expect(attachment(fabric, 'host')).toEqual({ endpoint: 32, router: 0, port: 6 })
    expect(attachment(fabric, 'memory 0')).toEqual({ endpoint: 33, router: 3, port: 6 })
    expect(attachment(fabric, 'memory 1')).toBeUndefined()
    expect(fabric.wiring.portEndpoint[3 * fabric.wiring.ports + 6]).toBe(33)
  })
})

/** Whether a graph given as edges has a cycle: takes away nodes without a way on until none is left. */
function hasCycle(edges: ReadonlyMap<string, ReadonlySet<string>>): boolean {
  const left = new Map([...edges].map(([node, to]) => [node, new Set([...to].filter((other) => edges.has(other)))]))
  for (let changed = true; changed;) {
    changed = false
    for (const [node, to] of left) {
      if (to.size > 0) continue
      left.delete(node)
      for (const others of left.values()) others.delete(node)
      changed = true
    }
  }
  return left.size > 0
}

/** The channel dependency graph of all packets, a channel being a link and, if asked, a class of VCs. */
function dependencies(fabric: Fabric, withClasses: boolean): Map<string, Set<string>> {
  const { ports, directions, peer, routers } = fabric.wiring
  const edges = new Map<string, Set<string>>()
  for (let source = 0; source < routers; source++) {
    for (let target = 0; target < routers; target++) {
      const open: [number, number, number, string][] = source === target ? [] : [[source, directions, PHASE_NEW, '']]
      for (const [at, inPort, phase, held] of open) {
        for (const { output, phase: next } of choices(fabric, at, inPort, target, source, phase)) {
          const channel = `${at} ${output} ${withClasses && fabric.classes === 2 ? next : 0}`
          if (!edges.has(channel)) edges.set(channel, new Set())
          if (held !== '') edges.get(held)!.add(channel)
          const to = fabric.neighbour(at, output)
          if (to !== target) open.push([to, peer[at * ports + output]! % ports, next, channel])
        }
      }
    }
  }
  return edges
}

describe('what is let through', () => {
  it('has no cycle of channels, class by class', () => {
    const wide = grids.filter(({ columns, rows }) => columns <= 5 && rows <= 5)
    fc.assert(fc.property(wide, (description) => { expect(hasCycle(dependencies(buildFabric(description), true))).toBe(false) }), { numRuns: 40, seed: 1 })
  })

  it('would have one without the classes, on a torus and with o1turn', () => {
    for (const more of [{ topology: 'torus', columns: 5, rows: 5 }, { routing: 'o1turn' }] as const) {
      expect(hasCycle(dependencies(buildFabric(fabricDescription(more)), false))).toBe(true)
    }
  })

  it('on a table, whatever its links, has none either: what has one is refused', () => {
    let refused = 0
    fc.assert(fc.property(fc.integer({ min: 3, max: 12 }), fc.integer({ min: 0, max: 12 }), fc.nat(), fc.boolean(), (routers, further, seed, upDown) => {
      const table = { links: randomLinks(routers, further, new Random(seed)), routes: upDown ? 'up-down' as const : 'shortest' as const, dead: [] }
      const description = fabricDescription({ topology: 'table', columns: routers, rows: 1, table })
      const refusals = refusalsOf(description)
      expect(hasCycle(dependencies(buildFabric(description), true))).toBe(refusals.length > 0)
      if (upDown) expect(refusals).toEqual([])
      refused += refusals.length
    }), { numRuns: 120, seed: 20261127 })
    expect(refused).toBeGreaterThan(10)
  })
})

describe('a table that spells out a mesh', () => {
  it('has its distances, diameter and trees', () => {
    const mesh = buildFabric(fabricDescription({ columns: 5, rows: 4 }))
    const table = buildFabric(fabricDescription({ topology: 'table', columns: 5, rows: 4, table: meshTable(5, 4) }))
    expect(table.diameter).toBe(mesh.diameter)
    const [a, b] = [mesh.metric(() => 1), table.metric(() => 1)]
    const random = new Random(4)
    for (let k = 0; k < 200; k++) {
      const source = random.below(20)
      const ends = Int32Array.from({ length: 6 }, () => random.below(20))
      expect(b.distance(source, ends[0]!)).toBe(a.distance(source, ends[0]!))
      expect(table.distance(source, ends[0]!)).toBe(mesh.distance(source, ends[0]!))
      expect(b.treeHops(source, ends, 6)).toBe(a.treeHops(source, ends, 6))
      const trees = table.trees(source, [...new Set(ends)])
      expect(trees).toHaveLength(1)
      expect(trees[0]!.nodes.map(({ router }) => router).sort()).toEqual(mesh.trees(source, [...new Set(ends)])[0]!.nodes.map(({ router }) => router).sort())
    }
  })
})
