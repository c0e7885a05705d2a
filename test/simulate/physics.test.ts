import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { loadModel } from '../../programs/models/index.js'
import { quantizeModel } from '../../programs/quantize/index.js'
import { simulate } from '../../simulate/simulate.js'
import { loadChip } from '../../sim/config/load-chip.js'
import { COMPONENTS } from '../../isa/actions.js'
import type { RunResult } from '../../sim/result/schema.js'

const model = quantizeModel(loadModel('models/kjv-1m'))
const run = (name: string, more = ''): RunResult => (
  simulate({ model, chip: loadChip(`${readFileSync(`chips/${name}.yaml`, 'utf8')}\n${more}`, name), prompt: 'In', tokens: 2 })
)

describe('a run on a chip that holds the model', () => {
  const result = run('loom-64')

  it('has power bins that sum to its energy, and a peak no lower than the mean', () => {
    const { averageW, peakW, binSeconds, watts } = result.power!
    const { seconds } = result.latency
    const energyJ = watts.reduce((sum, power, bin) => sum + power * Math.min(binSeconds, seconds - bin * binSeconds), 0)
    expect(Math.abs(energyJ / (result.energy.totalPj * 1e-12) - 1)).toBeLessThan(1e-9)
    expect(averageW).toBeCloseTo(energyJ / seconds, 9)
    expect(peakW).toBe(Math.max(...watts))
    expect(peakW).toBeGreaterThan(averageW)
  })

  it('has an interval about its total and each component, and an area that sums from its parts', () => {
    const { interval, intervalByComponent, totalPj, byComponent } = result.energy
    expect(interval!.level).toBe(0.9)
    expect(interval!.low).toBeLessThan(totalPj)
    expect(interval!.high).toBeGreaterThan(totalPj)
    for (const component of COMPONENTS) {
      const { low, high } = intervalByComponent![component]!
      expect(low).toBeLessThanOrEqual(byComponent[component] * (1 + 1e-9))
      expect(high).toBeGreaterThanOrEqual(byComponent[component] * (1 - 1e-9))
    }
    const { totalMm2, byPart } = result.area!
    expect(Object.values(byPart).reduce((sum, part) => sum + part, 0)).toBeCloseTo(totalMm2, 9)
  })

  it('touches no external memory, which is then off', () => {
    expect(result.memory!.bytes).toBe(0)
    expect(result.energy.byComponent.dram).toBe(0)
  })
})

describe('a run that fetches its weights', () => {
  const networked = run('loom-16')
  const ideal = run('loom-16', 'memory: { delivery: ideal, timing: flat }')

  it('moves bytes no faster than pins carry them, and counts pages and refreshes', () => {
    const { bytes, busyFraction, rowHits, refreshes } = networked.memory!
    expect(bytes).toBeGreaterThan(0)
    expect(rowHits).toBeGreaterThan(0)
    expect(refreshes).toBeGreaterThan(0)
    expect(busyFraction).toBeGreaterThan(0)
    expect(busyFraction).toBeLessThanOrEqual(1)
    expect(bytes / networked.latency.seconds / 1e9).toBeLessThanOrEqual(networked.chip.spec.dram.gigabytesPerSecond)
  })

  it('takes longer and costs hops and links where the way is not free, for the same bytes and the same tokens', () => {
    expect(networked.tokenIds).toEqual(ideal.tokenIds)
    expect(networked.memory!.bytes).toBe(ideal.memory!.bytes)
    expect(networked.latency.cycles).toBeGreaterThan(ideal.latency.cycles)
    expect(networked.energy.byComponent.links).toBeGreaterThan(ideal.energy.byComponent.links)
    const count = (result: RunResult, name: string): number => result.constants.find((row) => row.name === name)!.count
    expect(count(networked, 'memoryFlitHop')).toBeGreaterThan(0)
    expect(count(ideal, 'memoryFlitHop')).toBe(0)
    expect(ideal.notes.filter((note) => note.includes('an idealisation')).length).toBe(2)
    expect(networked.notes.some((note) => note.includes('idealisation'))).toBe(false)
  })
})
