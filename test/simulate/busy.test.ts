import { expect, it } from 'vitest'
import { quantizeModel } from '../../programs/quantize/index.js'
import { completeChip } from '../../sim/config/load-chip.js'
import { simulate } from '../../simulate/simulate.js'
import { tinyModel } from '../support/tiny-model.js'

/** What a run says of its clocks must be what its own rows of cores and routers say. */
it.each([3, 5] as const)('a router is busy for its pipeline with each flit, a core for what it does not wait: hopCycles %d', (hopCycles) => {
  const chip = completeChip({ clockGating: 1, unusedCores: 'off', network: { hopCycles } })
  const { constants, cores, routers, latency } = simulate({ model: quantizeModel(tinyModel(3)), chip, prompt: 'a', tokens: 2 })
  const count = (name: string): number => constants.find((row) => row.name === name)!.count
  // With perfect gating only busy instances are clocked, four tenths of each.
  const busyRouters = routers.reduce((sum, { flitHops }) => sum + Math.min(latency.cycles, hopCycles * flitHops), 0)
  expect(count('routerClock')).toBeCloseTo((0.4 * busyRouters) / latency.cycles, 9)
  const busyCores = cores.reduce((sum, { busyCycles: { waiting: _, ...busy } }) => sum + Object.values(busy).reduce((a, b) => a + b), 0)
  expect(count('coreClock')).toBeCloseTo((0.4 * busyCores) / latency.cycles, 1)
  expect(busyCores).toBeGreaterThan(0)
})
