import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PlacementCost } from '../../../programs/compile/place-cost.js'
import type { Flow } from '../../../programs/compile/traffic.js'
import { networkConfig } from '../../../sim/chip/network-config.js'
import { Network } from '../../../sim/network/index.js'
import { Random } from '../../../sim/random.js'
import type { ChipSpec } from '../../../sim/config/chip-spec.js'
import { completeChip } from '../../../sim/config/load-chip.js'
import { coreCount } from '../../../sim/config/size.js'

const chips = fc.record({
  columns: fc.integer({ min: 2, max: 5 }), rows: fc.integer({ min: 1, max: 5 }), coresPerTile: fc.integer({ min: 1, max: 3 }),
  topology: fc.constantFrom('mesh' as const, 'torus' as const), routing: fc.constantFrom('xy' as const, 'yx' as const),
  multicast: fc.constantFrom('tree' as const, 'unicast' as const), seed: fc.integer({ min: 0, max: 1e6 }),
}).map(({ columns, rows, coresPerTile, topology, routing, multicast, seed }) => ({
  spec: completeChip({ grid: { columns, rows, coresPerTile, topology }, network: { routing, multicast } }), seed,
}))

/** Whole flits, so that the network can send them; the host (-1) sends and receives too. */
function randomFlows(random: Random, items: number): Flow[] {
  return Array.from({ length: 12 }, () => {
    const from = random.below(8) === 0 ? -1 : random.below(items)
    const to = Array.from({ length: 1 + random.below(6) }, () => random.below(items)).filter((item) => item !== from)
    return { from, to: [...new Set(to)], flits: 1 + random.below(5) }
  }).filter(({ to }) => to.length > 0)
}

function shuffled(random: Random, cores: number, items: number): Int32Array {
  const order = Int32Array.from({ length: cores }, (_, core) => core)
  for (let at = cores - 1; at > 0; at--) {
    const other = random.below(at + 1)
    const kept = order[at]!
    order[at] = order[other]!
    order[other] = kept
  }
  return order.slice(0, items)
}

/** Flit-hops of the flows when the network carries them, one flow at a time. */
function hopsInNetwork(spec: ChipSpec, flows: readonly Flow[], coreOf: ArrayLike<number>): number {
  const network = new Network({ ...networkConfig(spec, 1), receiveBufferFlits: Infinity }, 1)
  for (const { from, to, flits } of flows) {
    const source = from < 0 ? coreCount(spec) : coreOf[from]!
    const set = network.destinations(source, to.map((item) => coreOf[item]!))
    network.enqueue(source, set, flits, 0)
    for (let cycle = 0; cycle < 400; cycle++) network.step()
  }
  return network.flitHops
}

describe('the cost of a placement', () => {
  it('is what the network counts, but for the router that each packet starts at', () => {
    fc.assert(fc.property(chips, ({ spec, seed }) => {
      const random = new Random(seed)
      const items = Math.max(2, Math.floor(coreCount(spec) * 0.7))
      const flows = randomFlows(random, Math.min(items, coreCount(spec)))
      const coreOf = shuffled(random, coreCount(spec), items)
      const starts = flows.reduce((sum, { to, flits }) => sum + flits * (spec.network.multicast === 'tree' ? 1 : to.length), 0)
      const cost = new PlacementCost(spec, items, flows, () => 1, coreOf)
      expect(cost.flitHops + starts).toBe(hopsInNetwork(spec, flows, coreOf))
    }), { numRuns: 60, seed: 20261124 })
  })

  it('after any swaps, kept or taken back, is what adding it up anew gives', () => {
    fc.assert(fc.property(chips, ({ spec, seed }) => {
      const random = new Random(seed)
      const cores = coreCount(spec)
      const items = Math.max(2, Math.floor(cores * 0.8))
      const flows = randomFlows(random, items)
      const cost = new PlacementCost(spec, items, flows, () => 1, shuffled(random, cores, items))
      for (let n = 0; n < 40; n++) {
        const [a, b] = [random.below(cores), random.below(cores)]
        if (a === b) continue
        const before = cost.total
        const delta = cost.trySwap(a, b)
        if (random.below(2) === 0) cost.reject()
        else cost.accept()
        expect([before, before + delta]).toContain(cost.total)
        const anew = new PlacementCost(spec, items, flows, () => 1, cost.coreOf.slice(0, items))
        expect(cost.total).toBe(anew.total)
        expect([...cost.itemOn]).toEqual([...anew.itemOn])
      }
    }), { numRuns: 40, seed: 20261124 })
  })

  it('counts a link between chips as often as it is told to', () => {
    const spec = completeChip({ grid: { columns: 2, rows: 1 }, system: { chipColumns: 3, chipRows: 1 } })
    const far: Flow[] = [{ from: 0, to: [1], flits: 10 }]
    expect(new PlacementCost(spec, 2, far, () => 1, [0, 5]).flitHops).toBe(50)
    expect(new PlacementCost(spec, 2, far, (cycles) => (cycles > 1 ? 4 : 1), [0, 5]).flitHops).toBe(10 * (3 + 2 * 4))
  })
})
