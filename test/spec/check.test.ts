import { describe, expect, it } from 'vitest'
import { networkConfig } from '../../sim/chip/network-config.js'
import { InputError } from '../../sim/errors.js'
import { resolveConfig } from '../../sim/network/config.js'
import { checkChip } from '../../sim/config/check.js'
import type { ChipSpecInput } from '../../sim/config/chip-spec.js'
import { chipSpecSchema } from '../../sim/config/chip-spec.js'
import { loadChip } from '../../sim/config/load-chip.js'

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

  it('lets through exactly the networks that the network itself lets through', () => {
    const options = chipSpecSchema.shape
    const { topology } = options.grid.unwrap().shape
    const { routing, multicast } = options.network.unwrap().shape
    let refused = 0
    for (const topologyName of topology.unwrap().options) {
      for (const routingName of routing.unwrap().options) {
        for (const multicastName of multicast.unwrap().options) {
          for (const virtualChannels of [1, 2, 3, 4]) {
            const network = { routing: routingName, multicast: multicastName, virtualChannels }
            const spec = chipSpecSchema.parse({ grid: { topology: topologyName }, network })
            const build = (): unknown => resolveConfig(networkConfig(spec, 0))
            if (checkChip(spec).length === 0) expect(build).not.toThrow()
            else expect(build).toThrow(InputError)
            refused += checkChip(spec).length
          }
        }
      }
    }
    expect(refused).toBeGreaterThan(10)
  })

  it('each network rule hangs on the key to change and tells why', () => {
    expect(problems({ grid: { topology: 'torus' }, network: { virtualChannels: 1 } })).toEqual([
      expect.stringMatching(/^network\.virtualChannels: .* wrap around .* at least 2/)])
    expect(problems({ network: { routing: 'o1turn', virtualChannels: 1 } })).toEqual([
      expect.stringMatching(/^network\.virtualChannels: .* XY and YX/)])
    expect(problems({ grid: { topology: 'torus' }, network: { routing: 'west-first' } })).toEqual([
      expect.stringMatching(/^network\.routing: .* on a torus: .*choose network\.routing 'xy' or 'yx', or grid\.topology 'mesh'$/)])
    expect(problems({ network: { routing: 'odd-even' } })).toEqual([expect.stringMatching(/^network\.multicast: /)])
  })

  it('several chips form a mesh', () => {
    expect(problems({ system: { chipColumns: 2 } })).toEqual([])
    expect(problems({ grid: { topology: 'torus' }, system: { chipColumns: 2 } })).toEqual([
      expect.stringMatching(/^grid\.topology: .*the system has 2x1/)])
  })

  it('all tiles of all chips can be numbered', () => {
    const grid = { columns: 32, rows: 32 }
    expect(problems({ grid, system: { chipColumns: 8, chipRows: 8 } })).toEqual([])
    expect(problems({ grid, system: { chipColumns: 13, chipRows: 5 } })).toEqual([expect.stringContaining('are 66560 tiles')])
  })

  it('the spike FIFO takes the events of one flit', () => {
    expect(problems({ network: { flitBits: 512 }, core: { spikeFifoEvents: 32 } })).toEqual([])
    expect(problems({ network: { flitBits: 512 }, core: { spikeFifoEvents: 31 } })).toEqual([
      expect.stringContaining('one flit of network.flitBits 512 holds up to 32 events')])
  })

  it('weight SRAM holds at least a word in each bank', () => {
    expect(problems({ core: { weightSramKiB: 0.25, weightBanks: 256, weightBankBits: 8 } })).toEqual([])
    expect(problems({ core: { weightSramKiB: 0.25, weightBanks: 256, weightBankBits: 16 } })).toEqual([
      expect.stringContaining('need 0.5 KiB'),
    ])
  })

  it('are placed in the file: at the key, or at the group when the key is left out', () => {
    expect(() => loadChip('name: x\ngrid:\n  topology: torus\nnetwork:\n  virtualChannels: 1\n', 'c.yaml'))
      .toThrow(/^c\.yaml:5:20: network\.virtualChannels 1 can deadlock/)
    expect(() => loadChip('core:\n  lanes: 8\nsync:\n  mode: barrier\n', 'c.yaml'))
      .toThrow(/^c\.yaml:1:1: core\.spikeTrain is 'burst'/)
  })
})
