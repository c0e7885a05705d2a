import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findChip, presetNames } from '../../cli/chip-source.js'
import { DEFAULT_CHIP } from '../../cli/defaults.js'
import { defaultChipSpec } from '../../sim/config/chip-spec.js'
import { loadChip } from '../../sim/config/load-chip.js'
import { spikeloom } from '../support/capture.js'

let folder: string
beforeAll(() => { folder = mkdtempSync(join(tmpdir(), 'spikeloom-')) })
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the preset chips', () => {
  it.each(presetNames())('%s is valid, named as its file, and says in a line what it is for', (name) => {
    const chip = findChip(name)
    expect(chip.name).toBe(name)
    expect(chip.description.length).toBeGreaterThan(20)
    expect(chip.description).not.toContain('\n')
  })

  it('differ from each other in more than their names', () => {
    const bodies = presetNames().map((name) => JSON.stringify({ ...findChip(name), name: '', description: '' }))
    expect(new Set(bodies).size).toBe(bodies.length)
  })

  it('start with the default, which leaves every key at its default', () => {
    expect(presetNames()[0]).toBe(DEFAULT_CHIP)
    const { name, description } = findChip(DEFAULT_CHIP)
    expect(findChip(DEFAULT_CHIP)).toEqual({ ...defaultChipSpec(), name, description })
  })
})

describe('a chip file', () => {
  it('is not read when it is longer than anyone writes one', () => {
    const file = join(folder, 'long.yaml')
    writeFileSync(file, '')
    truncateSync(file, 75e6)
    expect(() => findChip(file)).toThrow(/71\.5 MiB, the limit for such a file is 1 MiB/)
  })

  it('has its keys replaced by those that are set, in order, in groups it does not have too', () => {
    const file = join(folder, 'set.yaml')
    writeFileSync(file, 'core: { lanes: 32 }\n')
    const chip = findChip(file, ['core.lanes=64', 'grid.topology=torus', 'core.lanes=128', 'name=mine', 'prices={ mac: 0.5 }'])
    expect(chip).toMatchObject({ name: 'mine', core: { lanes: 128 }, grid: { topology: 'torus' }, prices: { mac: 0.5 } })
    expect(findChip(file).core.lanes).toBe(32)
  })
})

describe('spikeloom chips', () => {
  it('prints nothing but JSON with --json', async () => {
    const { code, stdout, stderr } = await spikeloom('chips', '--json')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const { chips } = JSON.parse(stdout) as { chips: { name: string }[] }
    expect(chips.map(({ name }) => name)).toEqual(presetNames())
  })

  it('shows one chip as a chip file that loads to the same chip', async () => {
    const { stdout } = await spikeloom('chips', 'loom-64-barrier')
    expect(loadChip(stdout, 'stdout')).toEqual(findChip('loom-64-barrier'))
  })

  it('names the nearest preset for an unknown one, and all of them', async () => {
    const { code, stderr } = await spikeloom('chips', 'loom-64-toros')
    expect(code).toBe(2)
    expect(stderr).toContain(`there is no chip 'loom-64-toros'. Did you mean 'loom-64-torus'? Chips: loom-64, `)
  })

  it('checks a chip file of the user and places each error', async () => {
    const file = join(folder, 'mine.yaml')
    writeFileSync(file, 'core:\n  lains: 3\n  accumulators: -5\n')
    const { code, stdout, stderr } = await spikeloom('chips', file)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(`${file}:2:3: unknown key 'core.lains'. Did you mean 'lanes'?`)
    expect(stderr).toContain(`${file}:3:17: core.accumulators is -5, below the least it may be, 1`)
  })

  it('says that a chip file is missing', async () => {
    const { code, stderr } = await spikeloom('chips', join(folder, 'absent.yaml'))
    expect(code).toBe(2)
    expect(stderr).toContain('does not exist')
  })
})
