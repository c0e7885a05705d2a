import { describe, expect, it } from 'vitest'
import { quantizeModel } from '../../../programs/quantize/index.js'
import { completeChip } from '../../../sim/config/load-chip.js'
import { simulate } from '../../../simulate/simulate.js'
import { tinyModel } from '../../support/tiny-model.js'
import { ints, machine, tile } from './machine.js'

const waitsOf = (chip: ReturnType<typeof machine>, core: number) => chip.components[core]!.report(chip.now())!.core!.waits

describe('who waited for whom', () => {
  it('a receiver waits for the core whose packets it takes', () => {
    const chip = machine([
      { program: 'LI r1, 90\npause: LOOP r1, pause\nFIRE r1, 0, 0, 2\nENDT r2, 0\nSIGNAL 1\nHALT', data: [ints(0, 1, 2)], routes: [{ destinations: [1] }, { destinations: [2], semaphore: 3 }] },
      { program: 'CONSUME r1, 0, 1\nHALT', axonTable: [tile(2, 4, () => 1)] },
      { program: 'RECV 3, 1\nHALT' },
    ])
    const end = chip.runPrograms()
    expect(waitsOf(chip, 1)[0]).toMatchObject({ reason: 'spikes', culpritCore: 0, culpritTag: 0 })
    expect(waitsOf(chip, 2)[0]).toMatchObject({ reason: 'semaphore', culpritCore: 0, culpritTag: 0 })
    expect(waitsOf(chip, 1)[0]!.cycles).toBeGreaterThan(90)
    expect(waitsOf(chip, 1)[0]!.cycles).toBeLessThan(end)
    expect(waitsOf(chip, 0).every(({ reason }) => reason === 'nothing to do')).toBe(true) // it waited for nobody
  })

  it('a sender waits for room behind a receiver that does not take', () => {
    const chip = machine([
      { program: 'FIRE r1, 0, 0, 64\nENDT r1, 0\nHALT', routes: [{ destinations: [1] }], data: [ints(0, ...Array.from({ length: 64 }, () => 7))] },
      { program: 'LI r1, 400\npause: LOOP r1, pause\nCONSUME r1, 0, 1\nHALT', axonTable: [tile(64, 4, () => 1)] },
    ], { core: { spikeFifoEvents: 4 }, network: { bufferFlits: 2, injectionQueueFlits: 4, eventsPerPacket: 4 } })
    chip.runPrograms()
    expect(waitsOf(chip, 0)[0]).toMatchObject({ reason: 'injection', culpritCore: 0 })
    expect(waitsOf(chip, 0)[0]!.cycles).toBeGreaterThan(300)
  })

  it.each([
    ['dataflow', {}], ['barriers', { core: { spikeTrain: 'unrolled' }, sync: { mode: 'barrier' } }],
    ['weights from memory', { grid: { columns: 3, rows: 2 }, core: { weightSramKiB: 1, accumulators: 32 } }],
    ['rows from memory', { grid: { columns: 3, rows: 2 }, core: { weightSramKiB: 1, accumulators: 32 }, dram: { streaming: 'row' } }],
    ['MAC lanes', { core: { kind: 'mac-lanes' } }],
  ] as const)('busy and waiting cycles of every core make the run: %s', (_, chip) => {
    const { activity, cores, latency } = simulate({ model: quantizeModel(tinyModel(4)), chip: completeChip(chip), prompt: 'ab', tokens: 3 })
    const reasons = new Set<string>()
    for (const { busyCycles: { waiting, ...busy }, waits } of cores) {
      const waited = waits!.reduce((sum, { cycles }) => sum + cycles, 0)
      expect(waited).toBe(waiting)
      const total = Object.values(busy).reduce((sum, cycles) => sum + cycles, 0)
      expect(total + waited).toBeGreaterThanOrEqual(latency.cycles)
      for (const { reason, culpritCore, culpritOperator } of waits!) {
        reasons.add(reason)
        expect(culpritCore! >= 0).toBe(culpritOperator !== null)
      }
    }
    for (const rows of [latency.criticalPath!, latency.byLayer!]) {
      expect(rows.reduce((sum, { cycles }) => sum + cycles, 0)).toBe(latency.cycles)
      expect(rows.every(({ cycles }) => Number.isInteger(cycles) && cycles > 0)).toBe(true)
    }
    const { index, cycles: ofToken, criticalPath: ofLast } = latency.lastToken!
    const { startCycle, endCycle } = latency.timeline.at(-1)!
    expect(index).toBe(latency.timeline.length - 1)
    expect(ofToken).toBe(endCycle - startCycle)
    expect(ofLast.reduce((sum, { cycles }) => sum + cycles, 0)).toBe(endCycle - startCycle)
    const frames = activity.overTime!
    expect(frames.spikes.flat().reduce((sum, count) => sum + count, 0)).toBe(cores.reduce((sum, { spikesConsumed }) => sum + spikesConsumed, 0))
    expect(frames.spikes.length * frames.frameCycles).toBeGreaterThanOrEqual(latency.cycles)
    expect(new Set(latency.criticalPath!.map(({ part }) => part))).toContain('network')
    expect(latency.byLayer!.map(({ layer }) => layer)).toContain(0)
    expect(reasons.has('spikes') && reasons.has('words')).toBe(true)
  })
})
