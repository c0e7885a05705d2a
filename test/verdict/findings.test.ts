import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { loadChip } from '../../sim/config/load-chip.js'
import { areaOf } from '../../sim/energy/area.js'
import { lanesAtEqualArea, rivalTileMm2 } from '../../verdict/findings/area.js'
import { coreOf, ratioNoise } from '../../verdict/findings/cells.js'
import type { CellResult } from '../../verdict/findings/cells.js'
import { energyAt } from '../../verdict/findings/equal-quality.js'
import { rivalsOf, SYSTEMS } from '../../verdict/findings/plan.js'
import { heldTo, parseRecord, RECORD_COLUMNS } from '../../verdict/findings/record.js'
import { csvOf } from '../../reports/csv.js'

const chipOf = (system: string) => loadChip(readFileSync(`chips/${system}.yaml`, 'utf8'), system)
const rivals = rivalsOf('laplace')
const rival = (name: string) => rivals.find((one) => one.name === name)!

describe('rivals at equal area', () => {
  it.each(SYSTEMS.map(({ name }) => [name]))('of %s have tiles that agree to a hundredth', (system) => {
    const chip = chipOf(system)
    const budget = areaOf(coreOf(chip, rival('the same counts, zero-skipping MACs'))).tileMm2
    for (const name of ['SDLLM, ternary', 'the same counts, level order']) {
      const lanes = lanesAtEqualArea(chip, rival(name))
      expect(lanes).toBeGreaterThan(chip.core.lanes)
      const tile = rivalTileMm2({ ...chip, core: { ...chip.core, lanes } }, rival(name))
      expect(tile).toBeLessThanOrEqual(budget)
      expect(tile).toBeGreaterThan(0.99 * budget)
    }
  })
})

/** A sampled cell whose windows came to these energies, pJ. */
function cellOf(energies: readonly number[]): CellResult {
  const samples = energies.map((value, control) => ({ control, value }))
  return {
    tokens: 1, energyPj: energies.reduce((sum, value) => sum + value, 0), seconds: 1, byComponent: {} as never, staticPj: 0, rows: [],
    operationsPj: 1, areaMm2: 1, spikesPerActivation: 1, noise: 0.1, sample: { name: 'windows', units: 1000, controlMean: 1.5, samples },
  }
}

describe('the sampling interval of a ratio', () => {
  it('is nothing where one side is a multiple of the other in every window', () => {
    expect(ratioNoise(cellOf([20, 26, 30, 38]), cellOf([10, 13, 15, 19]))).toBeCloseTo(0, 12)
  })

  it('leaves what windows do not share', () => {
    expect(ratioNoise(cellOf([20, 27, 29, 38]), cellOf([10, 13, 15, 19]))).toBeGreaterThan(0.01)
  })

  it('adds in squares where windows cannot be compared', () => {
    expect(ratioNoise({ ...cellOf([1, 2, 3, 4]), noise: 0.03 }, { ...cellOf([1, 2]), noise: 0.04 })).toBeCloseTo(0.05, 12)
  })
})

describe('energy at equal perplexity', () => {
  const points = [['8 bits', 9, 400], ['4 bits', 16, 100]].map(([setting, perplexity, nanoJoules]) => (
    { rival: 'a', setting: String(setting), perplexity: Number(perplexity), nanoJoules: Number(nanoJoules), eventsPerActivation: 1 }
  ))

  it('lies between settings, straight in logarithms', () => {
    // Half way from 9 to 16 in the logarithm is 12; half way from 400 to 100 is 200.
    expect(energyAt(points, 'a', 12)).toBeCloseTo(200, 9)
    expect(energyAt(points, 'a', 16)).toBe(100)
  })

  it('is not guessed outside them', () => {
    expect(energyAt(points, 'a', 8)).toBeUndefined()
    expect(energyAt(points, 'a', 17)).toBeUndefined()
  })
})

describe('the committed record', () => {
  const row = (mJ: number, ratio: number) => (
    ['main', 'm', 'decode 1', 's', '', 'the same counts, bits', mJ, 20, 30, ratio, 0.9, 1.1, 3, 0] as const
  )
  const table = (mJ: number, ratio: number) => ({ columns: RECORD_COLUMNS, rows: [row(mJ, ratio)] })
  const committed = parseRecord(csvOf(table(25, 1)))

  it('holds numbers that have not moved', () => {
    expect(heldTo(committed, table(25, 1))).toEqual({ failures: [], notes: [] })
  })

  it('notes a number that moved within its bounds, and fails one that left them', () => {
    expect(heldTo(committed, table(26, 1)).notes).toHaveLength(1)
    expect(heldTo(committed, table(26, 1)).failures).toEqual([])
    expect(heldTo(committed, table(31, 1)).failures[0]).toContain('mJ is 31, committed 25 (20 .. 30)')
    expect(heldTo(committed, table(25, 1.2)).failures[0]).toContain('ratio is 1.2')
  })

  it('fails a run that it does not know', () => {
    expect(heldTo([], table(25, 1)).failures[0]).toContain('not in the committed record')
  })
})
