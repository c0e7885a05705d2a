import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { SimulationError } from '../../../sim/errors.js'
import type { ChipSpecInput } from '../../../sim/config/chip-spec.js'
import { countsOf, ints, machine, recorder, tile } from '../core/machine.js'

/**
 * One train of one neuron: core 0 fires, core 2 adds a row and sends the sums, core 3 takes them. The expected
 * cycles are those of docs/timing.md, written out again here from its laws.
 */
interface Setting {
  readonly outputs: number
  readonly spikes: number
  readonly hopCycles: 3 | 4 | 5
  readonly core: NonNullable<ChipSpecInput['core']>
}

function build({ outputs, spikes, hopCycles, core }: Setting) {
  return machine([
    {
      program: 'FIRE r1, 0, 0, 1\nENDT r2, 0\nHALT',
      routes: [{ destinations: [2] }],
      data: [ints(0, spikes)],
    },
    undefined,
    {
      program: `CLRA 0, ${outputs}\nCONSUME r1, 0, 1\nSENDA 0, 0, ${outputs}\nHALT`,
      routes: [{ destinations: [3], address: 100, semaphore: 5 }],
      axonTable: [tile(1, outputs, (_, j) => (j % 7) + 1)],
    },
    { program: `RECV 5, ${Math.ceil(outputs / 16)}\nHALT` },
  ], { grid: { columns: 4, rows: 1 }, network: { hopCycles }, core })
}

/** The chip after `cycles` cycles, whether or not it had ended. */
function after(setting: Setting, cycles: number) {
  const chip = build(setting)
  try {
    chip.runPrograms({ cycleLimit: cycles })
  } catch (error) {
    if (!(error instanceof SimulationError) || !error.message.includes('has not ended')) throw error
  }
  return chip
}

/** Cycles the adder array is busy, and the cycle of the last sum's arrival, from the laws. */
function derive({ outputs, spikes, hopCycles, core }: Setting) {
  const { lanes = 64, weightBanks = 8, weightBankBits = 64, weightReuse = 'per-train', spikeTrain = 'burst' } = core
  const passes = Math.ceil(outputs / lanes)
  const reads = Math.ceil(Math.ceil((outputs * 4) / weightBankBits) / weightBanks)
  const perEvent = weightReuse === 'per-train' && spikeTrain === 'burst' ? Math.max(reads, spikes * passes) : spikes * Math.max(reads, passes)
  const events = spikeTrain === 'burst' ? 1 : spikes
  // issue in 1, scan in 2, the packet from 3 on: its flits hold 1 event, then 4 unrolled events each
  const fireFlits = events === 1 ? 1 : 1 + Math.ceil((events - 1) / 4)
  const lastFlitOfEvents = 3 + fireFlits - 1 + 3 * hopCycles + 2
  const endtIssue = 3 + fireFlits
  const marker = endtIssue + 1 + 3 * hopCycles + 2
  const firstSeen = 3 + 3 * hopCycles + 2 + 1
  // Unrolled events: the array may wait for the next flit; here it is always the slower of the two.
  const busyUntil = Math.max(firstSeen + perEvent, lastFlitOfEvents + 1 + (events > 1 ? 1 : 0))
  const consumeOver = Math.max(busyUntil + 3, Math.max(busyUntil, marker + 1) + 1)
  const packets = Array.from({ length: Math.ceil(outputs / 16) }, (_, n) => 1 + Math.ceil(Math.min(16, outputs - 16 * n) / 2))
  const flits = packets.reduce((sum, n) => sum + n, 0)
  const lastSum = consumeOver + 1 + flits - 1 + 2 * hopCycles + 2
  return { consumeOver, sendOver: consumeOver + 1 + flits, lastSum, halted: lastSum + 2 }
}

const CORES: Record<string, { outputs: number; spikes: number; core: Setting['core'] }> = {
  'one spike, one pass, one read': { outputs: 16, spikes: 1, core: {} },
  'lanes less than outputs': { outputs: 20, spikes: 1, core: { lanes: 8 } },
  'a burst of 3, row read once': { outputs: 20, spikes: 3, core: { lanes: 8 } },
  'a burst of 3, row read for each spike': { outputs: 20, spikes: 3, core: { lanes: 8, weightReuse: 'per-spike' } },
  'bank-limited, row read once': { outputs: 20, spikes: 3, core: { weightBanks: 1, weightBankBits: 16 } },
  'bank-limited, row read for each spike': { outputs: 20, spikes: 3, core: { weightBanks: 1, weightBankBits: 16, weightReuse: 'per-spike' } },
  'a train of 3 single spikes': { outputs: 20, spikes: 3, core: { lanes: 8, spikeTrain: 'unrolled' } },
  'the marker comes last': { outputs: 4, spikes: 1, core: { lanes: 64, encoderLanes: 1 } },
}

describe('one spike train through one core', () => {
  for (const hopCycles of [3, 4, 5] as const) {
    it.each(Object.entries(CORES))(`takes the derived cycles, ${hopCycles} a hop: %s`, (_, rest) => {
      const setting = { ...rest, hopCycles }
      const expected = derive(setting)
      const chip = build(setting)
      const { sink, rows } = recorder()
      chip.traceTo(sink)
      chip.runPrograms()
      const end = (core: number, instruction: number) => rows.find((row) => row.core === core && row.instruction === instruction)!.end
      expect({ consumeOver: end(2, 1), sendOver: end(2, 2), halted: chip.cores[3]!.haltedAtCycle })
        .toEqual({ consumeOver: expected.consumeOver, sendOver: expected.sendOver, halted: expected.halted })

      const last = 100 + setting.outputs - 1
      const sum = (((setting.outputs - 1) % 7) + 1) * setting.spikes
      expect(after(setting, expected.lastSum - 1).cores[3]!.data[last]).toBe(0)
      expect(after(setting, expected.lastSum).cores[3]!.data[last]).toBe(sum)
    })
  }

  it('is what docs/timing.md says, instruction by instruction', () => {
    const page = readFileSync(new URL('../../../docs/timing.md', import.meta.url), 'utf8')
    const table = page.split('\n').map((line) => /^\| (\d) \| `(\w+)[^`]*` \| (\d+) \| (\d+) \|/.exec(line)).filter((match) => match !== null)
    const stated = table.map((match) => ({ core: Number(match[1]), name: match[2], start: Number(match[3]), end: Number(match[4]) }))
    const chip = build({ outputs: 20, spikes: 3, hopCycles: 3, core: { lanes: 8 } })
    const { sink, rows } = recorder()
    chip.traceTo(sink)
    chip.runPrograms()
    const names: Record<number, string[]> = { 0: ['FIRE', 'ENDT', 'HALT'], 2: ['CLRA', 'CONSUME', 'SENDA', 'HALT'], 3: ['RECV', 'HALT'] }
    const simulated = [0, 2, 3].flatMap((core) => rows.filter((row) => row.core === core).map(({ instruction, start, end }) => (
      { core, name: names[core]![instruction], start, end }
    )))
    expect(stated).toEqual(simulated)
  })

  it('counts what docs/timing.md says', () => {
    const chip = build({ outputs: 20, spikes: 3, hopCycles: 3, core: { lanes: 8 } })
    chip.runPrograms()
    expect(countsOf(chip, 2)).toEqual({
      instruction: 4, accumulatorWrite: 20 + 20, axonLookup: 1, fifoPop: 2, weightWordRead: 2, synapticAdd: 60,
      accumulatorRead: 20 + 20, packetFlit: 9 + 3, dataWordWrite: 20, semaphoreOp: 2,
    })
    expect(countsOf(chip, 0)).toEqual({ instruction: 3, encoderStep: 1, dataWordRead: 1, spikeEmit: 1, packetFlit: 2, fifoPush: 2 })
  })
})
