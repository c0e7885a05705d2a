import { describe, expect, it } from 'vitest'
import type { Fit } from '../../cli/fit-check.js'
import { spikeloom } from '../support/capture.js'

async function fits(...words: string[]): Promise<Fit[]> {
  const { code, stdout } = await spikeloom('fit', ...words, '--json')
  expect(code).toBe(0)
  return (JSON.parse(stdout) as { fits: Fit[] }).fits
}

describe('spikeloom fit', () => {
  it('says for each chip in which mapping it holds a model: as a run finds it', async () => {
    const [large, small] = await fits('kjv-1m', '--chip', 'loom-64', '--chip', 'loom-16')
    expect(large).toMatchObject({ chip: 'loom-64', cores: 64, mapping: 'stationary', streamsWeights: false, lacks: null })
    expect(small).toMatchObject({ chip: 'loom-16', mapping: 'shared', streamsWeights: true })
    expect(small!.lacks).toMatch(/a core for each of the model's \d+ units; the chip has 16/)
    const refused = await spikeloom('run', '--chip', 'loom-16', '--mapping', 'stationary', '--tokens', '1')
    expect(refused.code).toBe(2)
    expect(refused.stderr).toMatch(/mapping stationary needs a core .* Chips that hold it: loom-64 \(stationary\)/)
  })

  it('names the nearest miss, what it lacks, and by how much', async () => {
    const { code, stdout } = await spikeloom('fit', 'llama-2-7b', '--chip', 'loom-64', '--chip', 'loom-16', '--positions', '64')
    expect(code).toBe(0)
    expect(stdout).toMatch(/nearest miss: loom-\d+, short by [\d.]+ x: .* needs \d+ bytes of data SRAM; a core has \d+/)
  })

  it('takes keys of the chip, and finds that they help', async () => {
    const [fit] = await fits('kjv-1m', '--chip', 'loom-16', '--set', 'grid.columns=16')
    expect(fit).toMatchObject({ cores: 64, mapping: 'stationary' })
  })
})
