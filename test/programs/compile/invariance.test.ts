import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PLACEMENTS } from '../../../programs/compile/choices.js'
import { ReferenceInterpreter } from '../../../programs/reference/interpreter.js'
import { quantizeModel } from '../../../programs/quantize/index.js'
import { simulate } from '../../../simulate/simulate.js'
import { completeChip } from '../../../sim/config/load-chip.js'
import { serializeResult } from '../../../sim/result/parse.js'
import type { RunResult } from '../../../sim/result/schema.js'
import { DIVERSE_CHIPS } from '../../support/chips.js'
import { tinyModel } from '../../support/tiny-model.js'

const model = quantizeModel(tinyModel(7))
const run = (chip: Parameters<typeof completeChip>[0], more: object = {}): RunResult => simulate({
  model, chip: completeChip(chip), prompt: 'spike', tokens: 5, ...more,
})

describe('the mapping cannot change a bit', () => {
  const expected = run({})
  for (const [name, chip] of Object.entries(DIVERSE_CHIPS)) {
    it(`${name}: logits equal the reference interpreter's, tokens equal the default chip's`, () => {
      const result = run(chip)
      expect(result.verification).toEqual({ bitExact: true, logitsCompared: 5 * model.config.vocabSize, firstMismatch: null })
      expect(result.tokenIds).toEqual(expected.tokenIds)
    })
  }

  it('random chips: bit-exact whatever the grid, memories, network and synchronisation', () => {
    const chip = fc.record({
      grid: fc.record({
        columns: fc.integer({ min: 2, max: 6 }), rows: fc.integer({ min: 1, max: 6 }),
        coresPerTile: fc.integer({ min: 1, max: 3 }),
      }),
      network: fc.record({
        virtualChannels: fc.integer({ min: 1, max: 4 }), bufferFlits: fc.integer({ min: 5, max: 12 }), hopCycles: fc.constantFrom(3, 4, 5),
        eventsPerPacket: fc.integer({ min: 1, max: 8 }), multicast: fc.constantFrom('tree', 'unicast'),
        routing: fc.constantFrom('xy', 'yx'), wordsPerPacket: fc.integer({ min: 2, max: 20 }),
      }),
      core: fc.record({
        lanes: fc.integer({ min: 1, max: 64 }), accumulators: fc.integer({ min: 16, max: 200 }), weightSramKiB: fc.constantFrom(1, 2, 8, 32),
        encoderLanes: fc.integer({ min: 1, max: 16 }), spikeFifoEvents: fc.integer({ min: 4, max: 64 }),
        weightReuse: fc.constantFrom('per-train', 'per-spike'),
      }),
      stepped: fc.boolean(), placement: fc.constantFrom(...PLACEMENTS),
    })
    fc.assert(fc.property(chip, ({ stepped, placement, ...rest }) => {
      const input = stepped ? { ...rest, core: { ...rest.core, spikeTrain: 'unrolled' }, sync: { mode: 'barrier' } } : rest
      const result = run(input as Parameters<typeof completeChip>[0], { tokens: 2, placement })
      expect(result.verification.bitExact).toBe(true)
    }), { numRuns: 25, seed: 20261124 })
  })

  it('8-bit weights and activations, spiking attention, several models', () => {
    for (const seed of [1, 2, 3]) {
      const wide = quantizeModel(tinyModel(seed), { weightBits: 8, activationBits: 6, clip: 0.7 })
      const result = simulate({ model: wide, chip: completeChip({}), prompt: 'ab', tokens: 3, attention: 'spiking' })
      expect(result.verification.bitExact).toBe(true)
    }
  })
})

describe('every width of the KV cache', () => {
  for (let kvBits = 2; kvBits <= 8; kvBits++) {
    it(`${kvBits} bits, dense and spiking attention: bit-exact, queries keep their 8 bits`, () => {
      const narrow = quantizeModel(tinyModel(5), { kvBits })
      for (const attention of ['dense', 'spiking'] as const) {
        const result = simulate({ model: narrow, chip: completeChip({}), prompt: 'ab', tokens: 3, attention })
        expect(result.verification).toEqual({ bitExact: true, logitsCompared: 3 * narrow.config.vocabSize, firstMismatch: null })
      }
    })
  }
})

describe('models of other families', () => {
  it('q, k, v bias (Qwen2): bit-exact', () => {
    const biased = quantizeModel(tinyModel(9, { qkvBias: true }))
    expect(biased.layers[0]!.vectors['qkvBias']!.some((value) => value !== 0)).toBe(true)
    for (const chip of [{}, { grid: { columns: 3, rows: 2 } }]) {
      expect(simulate({ model: biased, chip: completeChip(chip), prompt: 'ab', tokens: 3 }).verification.bitExact).toBe(true)
    }
  })
})

describe('wide vectors go in parts', () => {
  it('a vocabulary and a hidden vector of several parts: bit-exact, with constants on the chip and outside', () => {
    const wide = quantizeModel(tinyModel(4, { vocabSize: 40_000, hiddenDim: 6000, layers: 1, contextLength: 16 }))
    for (const chip of [
      { grid: { columns: 10, rows: 10 }, core: { dataSramKiB: 512, weightSramKiB: 256 } },
      { grid: { columns: 4, rows: 4 }, core: { dataSramKiB: 220, weightSramKiB: 64 }, dram: { streaming: 'row' } },
      { grid: { columns: 4, rows: 4 }, core: { dataSramKiB: 512, spikeTrain: 'unrolled' }, sync: { mode: 'barrier' } },
    ] as const) {
      const result = simulate({ model: wide, chip: completeChip(chip), prompt: 'a', tokens: 2, batch: 1 })
      expect(result.verification).toEqual({ bitExact: true, logitsCompared: 80_000, firstMismatch: null })
      if (result.mapping.timeMultiplexed) {
        expect(simulate({ model: wide, chip: completeChip(chip), prompt: 'a', tokens: 2, batch: 2 }).verification.bitExact).toBe(true)
      }
      expect(result.mapping.notes.some((note) => note.includes('external memory when they are used'))).toBe('dram' in chip)
    }
  })
})

describe('the activity is the reference interpreter\'s', () => {
  it('activations, spikes and time steps of every operator', () => {
    const result = run({})
    const reference = new ReferenceInterpreter(model)
    const ids = [...model.tokenizer.encode('spike'), ...result.tokenIds.slice(0, -1)]
    const prompt = result.prompt.tokens
    ids.forEach((id, position) => {
      const head = reference.stats.at(-1)!
      const before = { ...head, counts: head.counts.slice() }
      reference.forward(id)
      // The chip computes no logits inside the prompt; the interpreter always does.
      if (position < prompt - 1) Object.assign(head, before)
    })
    for (const { operator, layer, activations, spikes, outputs } of reference.stats) {
      if (operator === 'embedding') continue // one spike a token by definition; the interpreter sees the whole vocabulary
      const measured = result.activity.byOperator.find((row) => row.operator === operator && row.layer === layer)!
      expect({ operator, layer, activations: measured.activations, spikes: measured.spikes }).toEqual({ operator, layer, activations, spikes })
      expect(measured.synapticAdditions).toBe(spikes * outputs)
    }
  })

  it('burst and unrolled trains, per-train and per-spike reads: the same additions, other reads and cycles', () => {
    const burst = run({})
    const unrolled = run({ core: { spikeTrain: 'unrolled' } })
    const reread = run({ core: { weightReuse: 'per-spike' } })
    expect(unrolled.activity.synapticAdditions).toBe(burst.activity.synapticAdditions)
    expect(reread.activity.synapticAdditions).toBe(burst.activity.synapticAdditions)
    expect(reread.energy.byComponent.weightSram).toBeGreaterThan(burst.energy.byComponent.weightSram)
    expect(unrolled.activity.flitHops).toBeGreaterThan(burst.activity.flitHops)
  })
})

describe('the same seed gives the same bytes', () => {
  it('five runs', () => {
    const files = Array.from({ length: 5 }, () => serializeResult({ ...run({ network: { routing: 'o1turn' } }, { temperature: 0.8 }), wallSeconds: 0 }))
    expect(new Set(files).size).toBe(1)
  })

  it('another seed samples other tokens', () => {
    const texts = [1, 2, 3, 4].map((seed) => run({}, { temperature: 2, seed }).text)
    expect(new Set(texts).size).toBeGreaterThan(1)
  })
})
