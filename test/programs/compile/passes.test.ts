import { describe, expect, it } from 'vitest'
import { compile } from '../../../programs/compile/compile.js'
import { isExpertPort, PORTS } from '../../../programs/graph/operators.js'
import { linearOf, rangeLength } from '../../../programs/compile/ir.js'
import type { MatrixUnit } from '../../../programs/compile/ir.js'
import { faultsAfter } from '../../../programs/compile/check.js'
import { PASSES } from '../../../programs/compile/choices.js'
import { coreListing, dumpPass } from '../../../programs/compile/listing.js'
import { quantizeModel } from '../../../programs/quantize/index.js'
import { simulate } from '../../../simulate/simulate.js'
import { InputError } from '../../../sim/errors.js'
import { completeChip } from '../../../sim/config/load-chip.js'
import { DIVERSE_CHIPS } from '../../support/chips.js'
import { tinyModel } from '../../support/tiny-model.js'

const model = quantizeModel(tinyModel(3))
const compiled = (chip: Parameters<typeof completeChip>[0], positions = 12) => compile(model, completeChip(chip), { positions, attention: 'dense' })

describe('tile, place, schedule', () => {
  for (const [name, chip] of Object.entries(DIVERSE_CHIPS)) {
    it(`${name}: every weight lies in exactly one tile, and every tile fits its core`, () => {
      const program = compiled(chip)
      const { scheduled } = program
      const { spec } = scheduled
      for (const kind of PORTS.filter((port) => port !== 'router' && !isExpertPort(port))) {
        const linear = linearOf(model, kind, 0)
        const seen = new Uint8Array(linear.inputs * linear.outputs)
        const layer = kind === 'embedding' || kind === 'head' ? -1 : 1
        for (const unit of scheduled.units.filter((u): u is MatrixUnit => u.kind === 'matrix' && u.linear === kind && u.layer === layer)) {
          expect(rangeLength(unit.outputs)).toBeLessThanOrEqual(spec.core.accumulators)
          for (let i = unit.inputs.begin; i < unit.inputs.end; i++) {
            for (let j = unit.outputs.begin; j < unit.outputs.end; j++) seen[i * linear.outputs + j]!++
          }
        }
        expect(seen.every((times) => times === 1)).toBe(true)
      }
      for (const pass of PASSES) expect(faultsAfter(program, pass)).toEqual([])
      for (const plan of scheduled.plans) {
        expect(plan.data.words).toBeLessThanOrEqual(spec.core.dataSramKiB * 256)
        for (const place of plan.weights) {
          if (place.residence !== 'streamed') expect(place.address + place.bytes).toBeLessThanOrEqual(spec.core.weightSramKiB * 1024)
        }
        const resident = plan.weights.filter((place) => place.residence === 'resident').sort((a, b) => a.address - b.address)
        resident.forEach((place, index) => {
          if (index > 0) expect(place.address).toBeGreaterThanOrEqual(resident[index - 1]!.address + resident[index - 1]!.bytes)
        })
      }
      expect(scheduled.shared).toBe(scheduled.units.length > scheduled.cores)
      if (!scheduled.shared) expect(new Set(scheduled.coreOf).size).toBe(scheduled.units.length)
    })
  }

  it('mapping: shared cores where there are enough, refused where there are too few', () => {
    const run = (mapping: 'auto' | 'stationary' | 'shared', chip: Parameters<typeof completeChip>[0] = {}) => simulate({
      model, chip: completeChip(chip), prompt: 'ab', tokens: 2, mapping,
    })
    const [auto, stationary, shared] = [run('auto'), run('stationary'), run('shared')]
    expect(stationary.latency.cycles).toBe(auto.latency.cycles)
    expect([auto.mapping.timeMultiplexed, shared.mapping.timeMultiplexed]).toEqual([false, true])
    expect(shared.verification.bitExact).toBe(true)
    expect(shared.tokenIds).toEqual(auto.tokenIds)
    expect(auto.mapping.notes.join()).toMatch(/each has its own, no weight moves/)
    expect(shared.mapping.notes.join()).toMatch(/as asked: mapping shared/)
    expect(() => run('stationary', { grid: { columns: 3, rows: 3 } })).toThrow(/mapping stationary needs a core for each of the model's \d+ units; the chip has 9/)
  })

  it('no tile has more inputs than the 14 bits of an axon can name, streamed or not', () => {
    const wide = quantizeModel(tinyModel(3, { vocabSize: 40_000, layers: 1 }))
    for (const streaming of ['row', 'tile'] as const) {
      const { scheduled } = compile(wide, completeChip({
        grid: { columns: 4, rows: 4 }, core: { weightSramKiB: 16, dataSramKiB: 512 }, dram: { streaming },
      }), { positions: 4, attention: 'dense' })
      const inputs = scheduled.units.flatMap((unit) => (unit.kind === 'matrix' ? [rangeLength(unit.inputs)] : []))
      expect(Math.max(...inputs)).toBeLessThan(2 ** 14)
    }
  })

  it('spare cores make the model faster', () => {
    const cycles = (columns: number) => simulate({
      model, chip: completeChip({ grid: { columns, rows: 5 }, core: { lanes: 4 } }), prompt: 'ab', tokens: 2, verify: false,
    }).latency.cycles
    expect(cycles(12)).toBeLessThan(cycles(4))
  })

  it('a fault of a pass is named', () => {
    const program = compiled({})
    const { scheduled, image } = program
    const first = scheduled.units.find((unit) => unit.kind === 'matrix')!
    expect(faultsAfter({ ...program, scheduled: { ...scheduled, units: scheduled.units.slice(1) } }, 'tile')).toEqual([expect.stringMatching(/do not hold each weight once/)])
    const hub = scheduled.units.find(({ kind }) => kind === 'hub')!
    const coreOf = scheduled.coreOf.slice()
    coreOf[first.id] = coreOf[hub.id]!
    expect(faultsAfter({ ...program, scheduled: { ...scheduled, coreOf } }, 'place')).toEqual([expect.stringMatching(/shares core \d+ with a hub/)])
    const tight = { ...scheduled, spec: { ...scheduled.spec, core: { ...scheduled.spec.core, dataSramKiB: 0.5 } } }
    expect(faultsAfter({ ...program, scheduled: tight }, 'schedule').join()).toMatch(/ends past data SRAM/)
    const silent = { ...image, cores: image.cores.map((core, at) => (at === coreOf[hub.id] ? { ...core, program: core.program.slice(0, 3) } : core)) }
    expect(faultsAfter({ ...program, image: silent }, 'emit').join()).toMatch(/nobody signals what is waited for.*nobody waits for what is sent/)
  })

  it('every pass can be dumped, and a listing names what its core holds', () => {
    const program = compiled({})
    for (const pass of ['quantize', 'tile', 'place', 'schedule', 'emit'] as const) expect(dumpPass(program, pass).length).toBeGreaterThan(100)
    const hub = program.image.cores.findIndex((core) => core.roles.includes('hub of layer 1'))
    const listing = coreListing(program, hub)
    for (const part of ['hub of layer 1', 'ffnNorm.1', 'RMSN', 'FIRE', 'ENDT', 'RECV', 'SILU']) expect(listing).toContain(part)
  })
})

describe('what does not fit is refused, with the item, its size and the limit', () => {
  const refused = (chip: Parameters<typeof completeChip>[0], message: RegExp, positions = 12): void => {
    expect(() => compiled(chip, positions)).toThrow(InputError)
    expect(() => compiled(chip, positions)).toThrow(message)
  }

  it('one core', () => refused({ grid: { columns: 1, rows: 1 } }, /1 core\. A model needs at least 2/))
  it('weight memory too small for a row', () => refused({ core: { accumulators: 8 } }, /16 accumulators, the core has .* and 8\./))
  it('more positions than the context', () => refused({}, /needs 65 positions.*context of 64 tokens/, 65))
  it('data memory too small', () => refused({ core: { dataSramKiB: 0.5 } }, /data SRAM.*Raise core\.dataSramKiB/s))
  it('no memory to reload from', () => refused(
    { grid: { columns: 2, rows: 1 }, core: { weightSramKiB: 2 }, dram: { kind: 'none' } }, /no external\s+memory to reload from/,
  ))
  it('attention weights of other than 8 bits', () => {
    const odd = quantizeModel(tinyModel(3), { attentionBits: 4 })
    expect(() => compile(odd, completeChip({}), { positions: 8, attention: 'dense' })).toThrow(/attentionBits is 4/)
  })
  it('a prompt longer than the context says how many tokens there is room for', () => {
    expect(() => simulate({ model, chip: completeChip({}), prompt: 'x'.repeat(40), tokens: 40 })).toThrow(/41 tokens.*At most 24 can be generated/)
    expect(() => simulate({ model, chip: completeChip({}), prompt: 'x'.repeat(100), tokens: 1 })).toThrow(/Shorten the prompt/)
  })
})
