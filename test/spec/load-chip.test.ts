import { describe, expect, it } from 'vitest'
import { InputError } from '../../sim/errors.js'
import { defaultChipSpec } from '../../sim/config/chip-spec.js'
import { completeChip, loadChip } from '../../sim/config/load-chip.js'

function complaint(text: string): string {
  try {
    loadChip(text, 'c.yaml')
  } catch (error) {
    expect(error).toBeInstanceOf(InputError)
    return (error as Error).message
  }
  throw new Error('expected an InputError')
}

describe('loadChip', () => {
  it('fills in defaults', () => {
    expect(loadChip('', 'c.yaml')).toEqual(defaultChipSpec())
    expect(loadChip('core: {lanes: 128}', 'c.yaml')).toEqual({
      ...defaultChipSpec(), core: { ...defaultChipSpec().core, lanes: 128 },
    })
  })

  it('reads JSON too', () => {
    expect(loadChip('{"grid": {"columns": 2}}', 'c.json').grid.columns).toBe(2)
  })

  it('places a misspelt key and names the nearest', () => {
    expect(complaint('name: x\ngrid:\n  colums: 4\n')).toBe(
      `c.yaml:3:3: unknown key 'grid.colums'. Did you mean 'columns'?`)
    expect(complaint('clokMHz: 1')).toBe(`c.yaml:1:1: unknown key 'clokMHz'. Did you mean 'clockMHz'?`)
  })

  it('says which group a misplaced key belongs to', () => {
    expect(complaint('lanes: 4')).toBe(`c.yaml:1:1: unknown key 'lanes'. It belongs under 'core'.`)
    expect(complaint('core: {clockMHz: 4}')).toBe(
      `c.yaml:1:8: unknown key 'core.clockMHz'. It belongs under 'the top level'.`)
  })

  it('lists the known keys when none is near', () => {
    expect(complaint('sync: {zzzzzzzzzzzz: 1}')).toContain('Known here: mode, barrierCycles, barrierCyclesPerHop.')
  })

  it('names key, value and limit for a number out of its limits', () => {
    expect(complaint('core:\n  lanes: -3\n')).toBe(
      'c.yaml:2:10: core.lanes is -3, below the least it may be, 1'
      + ' (1 to 4096: signed adders that work in parallel on one weight row)')
    expect(complaint('core: {weightBanks: 32768}')).toContain('core.weightBanks is 32768, above the most it may be, 16384')
    expect(complaint('core: {lanes: 2.5}')).toContain('core.lanes is 2.5, but must be a whole number')
    expect(complaint('core: {lanes: many}')).toContain(`core.lanes is 'many', but must be a number`)
    expect(complaint('core: {lanes: .nan}')).toContain('core.lanes is NaN')
    expect(complaint('core: {lanes: .inf}')).toContain('core.lanes is Infinity')
  })

  it('names the choices, and the nearest', () => {
    expect(complaint('grid: {topology: tours}')).toBe(
      `c.yaml:1:18: grid.topology is 'tours', not one of mesh, torus, table. Did you mean 'torus'?`)
    expect(complaint('network: {hopCycles: 6}')).toBe('c.yaml:1:22: network.hopCycles is 6, not one of 3, 4, 5.')
  })

  it('reports several errors at once, in the order of the file', () => {
    const lines = complaint('core:\n  lanes: 0\ngrid:\n  rows: 999\n  colmns: 2\n').split('\n')
    expect(lines.map((line) => line.split(/: |:$/)[0])).toEqual(
      ['3 errors in the chip', 'c.yaml:2:10', 'c.yaml:4:9', 'c.yaml:5:3'])
  })

  it.each([
    ['core: [1', '1:9'],
    ['core:\n\tlanes: 3', '2:1'],
    ['core:\n  lanes: 1\n  lanes: 2', '3:3'],
    ['core: *missing', '1:1'],
  ])('places bad YAML: %j', (text, place) => {
    expect(complaint(text)).toMatch(new RegExp(`^c\\.yaml:${place}: not valid YAML: `))
  })

  it('refuses a file that is no chip, and an empty group', () => {
    expect(complaint('- 3')).toContain('a chip file is a list of')
    expect(complaint('42')).toContain('a chip file is a list of')
    expect(complaint('dram:')).toContain('dram is empty. Leave it out, or give it keys: kind,')
  })

  it('refuses a negative price', () => {
    expect(complaint('prices: {flitHop: -1}')).toContain('prices.flitHop is -1, below the least it may be, 0')
  })
})

describe('completeChip', () => {
  it('fills in defaults and names keys without a place', () => {
    expect(completeChip({ name: 'x' }).core.lanes).toBe(64)
    expect(() => completeChip({ core: { lanes: 0 } })).toThrow(/^core\.lanes is 0, below the least it may be, 1/)
  })
})
