import { describe, expect, it } from 'vitest'
import { InputError } from '../../sim/errors.js'
import type { MeasureOptions } from '../../sim/network/measure.js'
import { sweep } from '../../sim/network/sweep.js'
import { parallelSweep } from '../../simulate/parallel-sweep.js'

const small = (more: Partial<MeasureOptions['network']> = {}): Omit<MeasureOptions, 'rate'> => ({
  network: {
    columns: 4, rows: 4, topology: 'mesh', endpointsPerRouter: 1, routing: 'xy', virtualChannels: 2, bufferFlits: 4, hopCycles: 3,
    multicast: 'tree', ...more,
  },
  traffic: { pattern: 'transpose' }, packetFlits: 2, seed: 7, samplePeriodCycles: 200, minPackets: 200,
})

describe('a sweep on several threads', () => {
  it.each([2, 3])('finds with %i workers what one finds, point by point and in the same order', async (workers) => {
    for (const options of [small(), small({ routing: 'o1turn', virtualChannels: 4 })]) {
      const [alone, shared]: [number[], number[]] = [[], []]
      const expected = sweep(options, { resolution: 0.03, onPoint: ({ rate }) => alone.push(rate) })
      const found = await parallelSweep(options, { resolution: 0.03, workers, onPoint: ({ rate }) => shared.push(rate) })
      expect(found).toEqual(expected)
      expect(shared).toEqual(alone)
      expect(alone.length).toBeGreaterThan(10)
    }
  })

  it.each([1, 2])('%i worker(s): errors have class and message', async (workers) => {
    const error: unknown = await parallelSweep(small({ topology: 'torus', virtualChannels: 1 }), { workers }).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(InputError)
    expect((error as Error).message).toMatch(/virtualChannels 1 can deadlock on a torus/)
    await expect(parallelSweep(small(), { workers, lowestRate: 2 })).rejects.toThrow(/rate 2 flits per node/)
  })

  it('refuses a number of workers that cannot be', async () => {
    await expect(parallelSweep(small(), { workers: 0 })).rejects.toThrow(/workers: 0, expected a whole number from 1/)
  })
})
