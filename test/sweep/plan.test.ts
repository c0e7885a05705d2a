import { describe, expect, it } from 'vitest'
import { InputError } from '../../sim/errors.js'
import { constraintOf, violation } from '../../sweep/plan/goals.js'
import { nested } from '../../sweep/plan/keys.js'
import { baselinesOf, pointsOf } from '../../sweep/points.js'
import { grid } from '../../sweep/search/grid.js'
import { plan, workbench } from '../support/plans.js'

const pointsOfPlan = (text: string) => {
  const read = plan(text)
  return [...pointsOf(workbench(read), grid(read.dimensions), 0)]
}

describe('a plan', () => {
  it('varies keys of chip, run and shape over lists, ranges, logarithms and choices', () => {
    const read = plan(`
vary:
  core.lanes: { from: 16, to: 128, steps: 4, scale: log }
  clockMHz: { from: 100, to: 500, steps: 3 }
  encoding: { choose: [ternary, binary] }
  model.layers: [2, 4]
  weightBits: [4, 8]
`)
    expect(read.dimensions.map(({ key }) => [key.target, key.path])).toEqual([
      ['chip', 'core.lanes'], ['chip', 'clockMHz'], ['run', 'encoding'], ['shape', 'layers'], ['run', 'weight-bits'],
    ])
    expect(read.dimensions.map((dimension) => dimension.kind === 'levels' && dimension.values)).toEqual([
      [16, 32, 64, 128], [100, 300, 500], ['ternary', 'binary'], [2, 4], [4, 8],
    ])
    expect(read.points).toBe(4 * 3 * 2 * 2 * 2)
  })

  it('becomes chips and runs, each combination once, the last key changing first', () => {
    const points = pointsOfPlan('vary: { core.lanes: [32, 64], clockMHz: [100, 200], tokens: [1, 2] }\nrun: { seed: 5 }')
    expect(points.map(({ task }) => [task!.chip.core.lanes, task!.chip.clockMHz, task!.run['tokens'], task!.run['seed']])).toEqual([
      [32, 100, 1, 5], [32, 100, 2, 5], [32, 200, 1, 5], [32, 200, 2, 5], [64, 100, 1, 5], [64, 100, 2, 5], [64, 200, 1, 5], [64, 200, 2, 5],
    ])
    expect(new Set(points.map(({ key }) => key)).size).toBe(8)
  })

  it('repeats a point with the next seeds', () => {
    expect(pointsOfPlan('vary: { tokens: [1, 2] }\nrepeats: 3\nrun: { seed: 7 }').map(({ seed, position }) => [position, seed])).toEqual(
      [[0, 7], [1, 8], [2, 9], [3, 7], [4, 8], [5, 9]])
  })

  it('starts from another chip where chip varies, and keeps the keys it sets', () => {
    const points = pointsOfPlan('vary: { chip: [plain, other], core.lanes: [32] }')
    expect(points.map(({ task }) => [task!.chip.name, task!.chip.clockMHz, task!.chip.core.lanes])).toEqual([['plain', 500, 32], ['other', 250, 32]])
  })

  it('names a point by what it runs: version, chip, options; not by the chip\'s name', () => {
    const key = (text: string, version?: string) => {
      const read = plan(text)
      return [...pointsOf(workbench(read, version), grid(read.dimensions), 0)][0]!.key
    }
    const own = key('vary: { core.lanes: [32] }')
    expect(key('vary: { core.lanes: [32], tokens: [4] }')).toBe(own)
    expect(key('vary: { chip.core.lanes: [32], clockMHz: [500], chip: [other] }')).toBe(own)
    for (const other of ['vary: { core.lanes: [64] }', 'vary: { core.lanes: [32], tokens: [5] }', 'vary: { core.lanes: [32], seed: [2] }']) {
      expect(key(other)).not.toBe(own)
    }
    expect(key('vary: { core.lanes: [32] }', '2')).not.toBe(own)
  })

  it('keeps a chip that cannot be as a point with its error', () => {
    const points = pointsOfPlan('vary: { grid.topology: [mesh, torus], network.virtualChannels: [1, 2] }')
    expect(points.map(({ error }) => error === undefined)).toEqual([true, true, false, true])
    expect(points[2]!.error).toMatch(/network.virtualChannels/)
  })

  it('has baselines: chips by name, or with keys of their own', () => {
    const read = plan('vary: { core.lanes: [32] }\nbaselines: [other, { name: wide, core.lanes: 256 }]')
    expect([...baselinesOf(workbench(read))].map(({ name, role, task }) => [name, role, task!.chip.clockMHz, task!.chip.core.lanes])).toEqual(
      [['other', 'baseline', 250, 64], ['wide', 'baseline', 500, 256]])
  })

  it.each([
    ['vary: { core.lane: [1] }', /plan.yaml:2:9: unknown key 'core.lane'. Did you mean 'core.lanes'\?/],
    ['vary: { lanes: [1] }', /Did you mean 'core.lanes'/],
    ['vary: { core.lanes: [0] }', /2:21: core.lanes is 0, below the least it may be, 1/],
    ['vary: { core.lanes: [] }', /core.lanes has no values/],
    ['vary: { core.lanes: [1, 1] }', /lists 1 twice/],
    ['vary: { core.lanes: 3 }', /list values, or give/],
    ['vary: { clockMHz: { from: 9, to: 8, steps: 2 } }', /the range is empty; nearest is from 8 to 9/],
    ['vary: { clockMHz: { from: 8, to: 9 } }', /a grid needs them/],
    ['vary: { core.lanes: [1], chip.core.lanes: [2] }', /are the same key/],
    ['vary: { encoding: [trinary] }', /encoding is trinary/],
    ['run: { tokns: 3 }', /unknown key 'run.tokns'. Did you mean 'tokens'/],
    ['baselines: [nowhere]', /no chip 'nowhere'/],
    ['search: pareto\nminimise: [J/token]', /needs two or three objectives, not 1/],
    ['minimise: [J/tokn]', /unknown objective 'J\/tokn'. Did you mean 'J\/token'/],
    ['minimise: [perplexity, mm2]', /perplexity is measured on a text/],
    ['where: [area.totalMm2 50]', /is no condition/],
    ['where: [area.totalMm2 < wide]', /'wide', which is not a number/],
    ['serch: grid', /unknown key 'serch'. Did you mean 'search'/],
    ['search: greedy', /search is "greedy", not one of grid, random, latin, pareto/],
    ['points: 3\nvary: { core.lanes: [1, 2] }', /points is 3, but a grid has all of its 2 points/],
    ['points: 5000000', /above the most it may be, 1000000/],
    [`vary: {${['core.lanes', 'core.vectorLanes', 'clockMHz', 'network.bufferFlits'].map((key) => `${key}: {from: 1, to: 200, steps: 200}`).join(', ')}}`,
      /this grid has 1600000000 points, above the most/],
    ['a: [', /not valid YAML/],
  ])('refuses %s', (text, message) => {
    expect(() => plan(text)).toThrow(InputError)
    expect(() => plan(text)).toThrow(message)
  })

  it('tells all errors at once, in the order of the text', () => {
    expect(() => plan('vary: { core.lane: [1], clockMHz: [0] }\nrun: { tokns: 1 }')).toThrow(/^3 errors in the plan:\nplan.yaml:2:9.*\n.*2:35.*\n.*3:8/)
  })
})

describe('a condition', () => {
  it.each([
    ['a.b < 5', 4, 0], ['a.b < 5', 6, 0.2], ['a.b <= 5', 5, 0], ['a.b > 5', 4, 0.2], ['a.b = 5', 5, 0], ['a.b != 5', 5, 1], ['a.b >= 0', -3, 3],
  ])('%s of %d is violated by %d', (text, value, excess) => {
    expect(violation({ a: { b: value } }, constraintOf(text))).toBeCloseTo(excess, 12)
  })

  it('is not met at its open end, nor by what has no such key', () => {
    expect(violation({ a: { b: 5 } }, constraintOf('a.b < 5'))).toBeGreaterThan(0)
    expect(violation({ a: {} }, constraintOf('a.b < 5'))).toBe(Infinity)
    expect(violation(undefined, constraintOf('a.b < 5'))).toBe(Infinity)
  })

  it('compares words too', () => {
    expect(violation({ encoding: { name: 'binary' } }, constraintOf("encoding.name = 'binary'"))).toBe(0)
    expect(violation({ encoding: { name: 'binary' } }, constraintOf('encoding.name != binary'))).toBe(1)
  })
})

it('prices are one name, dots and all', () => {
  expect(nested('prices.static.coreClock', 1)).toEqual({ prices: { 'static.coreClock': 1 } })
  expect(nested('core.lanes', 1)).toEqual({ core: { lanes: 1 } })
})
