import { describe, expect, it } from 'vitest'
import { checkChip } from '../../sim/spec/check.js'
import type { ChipSpecInput } from '../../sim/spec/chip-spec.js'
import { chipSpecSchema } from '../../sim/spec/chip-spec.js'
import { loadChip } from '../../sim/spec/load-chip.js'

const problems = (input: ChipSpecInput): string[] =>
  checkChip(chipSpecSchema.parse(input)).map(({ path, message }) => `${path.join('.')}: ${message}`)

describe('keys that must go together', () => {
  it('finds nothing wrong with the default', () => {
    expect(problems({})).toEqual([])
  })

  it('a barrier needs unrolled trains, and the message tells the fix', () => {
    expect(problems({ sync: { mode: 'barrier' } })).toEqual([
      expect.stringMatching(/^core\.spikeTrain: .*set core\.spikeTrain to 'unrolled', or sync\.mode to 'dataflow'$/),
    ])
    expect(problems({ sync: { mode: 'barrier' }, core: { spikeTrain: 'unrolled' } })).toEqual([])
  })

  it.each([
    ['mesh', 'xy', 1], ['mesh', 'o1turn', 2], ['torus', 'xy', 2], ['torus', 'o1turn', 4],
  ] as const)('a %s routed %s needs %i virtual channels', (topology, routing, needed) => {
    const chip = (virtualChannels: number) => problems({ grid: { topology }, network: { routing, virtualChannels } })
    expect(chip(needed)).toEqual([])
    if (needed > 1) expect(chip(needed - 1)).toEqual([expect.stringContaining(`must be at least ${needed}`)])
  })

  it.each(['odd-even', 'west-first'] as const)('%s routing is for meshes', (routing) => {
    expect(problems({ grid: { topology: 'torus' }, network: { routing } })).toEqual([expect.stringContaining('on a mesh only')])
    expect(problems({ network: { routing } })).toEqual([])
  })

  it('a word packet must fit the injection queue', () => {
    // 16 words of 32 bits are 8 flits of 64 bits, and a header.
    expect(problems({ network: { wordsPerPacket: 16, injectionQueueFlits: 9 } })).toEqual([])
    expect(problems({ network: { wordsPerPacket: 16, injectionQueueFlits: 8 } })).toEqual([
      expect.stringContaining('packets of 9 flits, but network.injectionQueueFlits is 8'),
    ])
  })

  it('weight SRAM holds at least a word in each bank', () => {
    expect(problems({ core: { weightSramKiB: 0.25, weightBanks: 256, weightBankBits: 8 } })).toEqual([])
    expect(problems({ core: { weightSramKiB: 0.25, weightBanks: 256, weightBankBits: 16 } })).toEqual([
      expect.stringContaining('need 0.5 KiB'),
    ])
  })

  it('a torus has rings', () => {
    expect(problems({ grid: { topology: 'torus', columns: 2 } })).toEqual([expect.stringContaining('grid.columns is 2')])
  })

  it('are placed in the file: at the key, or at the group when the key is left out', () => {
    expect(() => loadChip('name: x\ngrid:\n  topology: torus\nnetwork:\n  virtualChannels: 1\n', 'c.yaml'))
      .toThrow(/^c\.yaml:5:20: network\.virtualChannels is 1/)
    expect(() => loadChip('core:\n  lanes: 8\nsync:\n  mode: barrier\n', 'c.yaml'))
      .toThrow(/^c\.yaml:1:1: core\.spikeTrain is 'burst'/)
  })
})
