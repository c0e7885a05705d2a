import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compile, compilePrompt } from '../../../programs/compile/compile.js'
import type { ScheduledModel } from '../../../programs/compile/plan.js'
import { roundsOf } from '../../../programs/compile/rounds.js'
import { quantizeModel } from '../../../programs/quantize/index.js'
import { ReferenceInterpreter } from '../../../programs/reference/interpreter.js'
import { Chip } from '../../../sim/chip/chip.js'
import { InputError } from '../../../sim/errors.js'
import { serializeResult } from '../../../sim/result/parse.js'
import type { RunResult } from '../../../sim/result/schema.js'
import type { ChipSpec } from '../../../sim/config/chip-spec.js'
import { completeChip } from '../../../sim/config/load-chip.js'
import { simulate } from '../../../simulate/simulate.js'
import { tinyModel } from '../../support/tiny-model.js'

const model = quantizeModel(tinyModel(7))
const PROMPT = 'spikes'
const chipOf = (chip: object): ChipSpec => completeChip(chip as Parameters<typeof completeChip>[0])
const fetching = (streaming: 'row' | 'tile', more: object = {}): ChipSpec => (
  chipOf({ grid: { columns: 3, rows: 3 }, core: { weightSramKiB: 0.5 }, dram: { kind: 'hbm3', streaming }, ...more })
)
const run = (chip: ChipSpec, batch: number, more: object = {}): RunResult => simulate({ model, chip, prompt: PROMPT, tokens: 2, batch, ...more })
const scheduledFor = (chip: ChipSpec, batch: number): ScheduledModel => compile(model, chip, { positions: 8, attention: 'dense', batch }).scheduled
const hubCores = ({ units, coreOf }: ScheduledModel): number => (
  new Set(units.filter(({ kind }) => kind === 'hub' || kind === 'final').map(({ id }) => coreOf[id])).size
)

describe('a batch cannot change a bit', () => {
  const expected = run(chipOf({}), 1)

  for (const streaming of ['row', 'tile'] as const) {
    it(`${streaming} streaming: the reference's logits whatever the batch, prompts longer than it included`, () => {
      for (const batch of [1, 2, 3, 6, 50]) {
        const result = run(fetching(streaming), batch)
        expect(result.verification).toEqual({ bitExact: true, logitsCompared: 2 * model.config.vocabSize, firstMismatch: null })
        expect(result.tokenIds).toEqual(expected.tokenIds)
      }
    })
  }

  it('random chips: bit-exact, with layers in several rounds and hubs on several cores', () => {
    const seen = { ran: 0, rounds: 0, qkvRounds: 0, hubs: 0 }
    const chip = fc.record({
      grid: fc.record({ columns: fc.integer({ min: 2, max: 4 }), rows: fc.integer({ min: 2, max: 3 }) }),
      network: fc.record({
        virtualChannels: fc.integer({ min: 1, max: 4 }), bufferFlits: fc.integer({ min: 5, max: 12 }),
        eventsPerPacket: fc.integer({ min: 1, max: 8 }), multicast: fc.constantFrom('tree', 'unicast'), wordsPerPacket: fc.integer({ min: 2, max: 20 }),
      }),
      core: fc.record({
        lanes: fc.integer({ min: 1, max: 64 }), accumulators: fc.integer({ min: 16, max: 200 }), weightSramKiB: fc.constantFrom(0.25, 0.5, 1),
        encoderLanes: fc.integer({ min: 1, max: 16 }), spikeFifoEvents: fc.integer({ min: 4, max: 64 }), dataSramKiB: fc.constantFrom(2.5, 3, 4, 64),
      }),
      dram: fc.record({ kind: fc.constant('hbm3'), streaming: fc.constantFrom('row', 'tile'), burstBytes: fc.constantFrom(16, 64) }),
      stepped: fc.boolean(), batch: fc.integer({ min: 2, max: 5 }),
    })
    fc.assert(fc.property(chip, ({ stepped, batch, ...rest }) => {
      const spec = chipOf(stepped ? { ...rest, core: { ...rest.core, spikeTrain: 'unrolled' }, sync: { mode: 'barrier' } } : rest)
      try {
        const scheduled = scheduledFor(spec, batch)
        expect(run(spec, batch).verification.bitExact).toBe(true)
        seen.ran++
        if ((['o', 'gateUp', 'down'] as const).some((linear) => roundsOf(scheduled, linear, 0).length > 1)) seen.rounds++
        if (roundsOf(scheduled, 'qkv', 0).length > 1) seen.qkvRounds++
        if (hubCores(scheduled) > 1) seen.hubs++
      } catch (error) {
        if (!(error instanceof InputError)) throw error // too small a chip says so
      }
    }), { numRuns: 40, seed: 3 })
    expect(seen.ran).toBeGreaterThan(20)
    expect(seen.rounds).toBeGreaterThan(5)
    expect(seen.qkvRounds).toBeGreaterThan(2)
    expect(seen.hubs).toBeGreaterThan(5)
  })

  it('spiking attention, 8-bit weights, and the same bytes twice', () => {
    const wide = quantizeModel(tinyModel(3), { weightBits: 8, activationBits: 6, clip: 0.7 })
    const twice = [0, 1].map(() => run(fetching('row', { core: { weightSramKiB: 1 } }), 4, { model: wide, attention: 'spiking' }))
    expect(twice[0]!.verification.bitExact).toBe(true)
    const [a, b] = twice.map((result) => serializeResult({ ...result, wallSeconds: 0 }))
    expect(a).toBe(b)
  })
})

describe('sequences that run together', () => {
  const prompts = ['spike', 'a', 'brown fox'].map((text) => model.tokenizer.encode(text))
  const GENERATE = 3

  /** Tokens that the reference generates after each prompt, and a check of every logit against it. */
  const runTogether = (spec: ChipSpec, batch: number, sequences: number): void => {
    const references = prompts.slice(0, sequences).map(() => new ReferenceInterpreter(model))
    const fed = prompts.map((prompt) => [...prompt])
    const { image } = compile(model, spec, { positions: 13, attention: 'dense', batch, sequences })
    let compared = 0
    const host = new Chip(spec, image, 1).runSequences(prompts.slice(0, sequences), GENERATE, (logits, position, sequence) => {
      const queue = fed[sequence]!
      let expected: Float32Array = new Float32Array(0)
      for (const token of queue.splice(0)) expected = references[sequence]!.forward(token)
      expect([...logits]).toEqual([...expected])
      expect(position).toBeLessThan(13)
      compared++
      queue.push(expected.indexOf(Math.max(...expected)))
      return queue[0]!
    })
    expect(compared).toBe(sequences * GENERATE)
    expect(host.timings).toHaveLength(prompts.slice(0, sequences).reduce((sum, { length }) => sum + length + GENERATE - 1, 0))
  }

  for (const streaming of ['row', 'tile'] as const) {
    it(`${streaming} streaming: every sequence has its own logits and cache, whatever their lengths and the batch`, () => {
      for (const [batch, sequences] of [[3, 3], [2, 3], [8, 3], [4, 2]] as const) runTogether(fetching(streaming), batch, sequences)
    })
  }

  it('several hubs, several rounds', () => {
    const spec = fetching('row', { grid: { columns: 3, rows: 3 }, core: { weightSramKiB: 0.25, dataSramKiB: 3 } })
    const scheduled = compile(model, spec, { positions: 13, attention: 'dense', batch: 3, sequences: 3 }).scheduled
    expect(hubCores(scheduled)).toBeGreaterThan(1)
    expect(roundsOf(scheduled, 'head', -1).length).toBeGreaterThan(1)
    runTogether(spec, 3, 3)
  })

  it('need batches of more than one token', () => {
    expect(() => compile(model, fetching('tile'), { positions: 13, attention: 'dense', batch: 1, sequences: 3 }))
      .toThrow(/sequences 3, batch 1: .* in batches of at least 2 tokens/)
  })

  it('need a program made for them, and weights that are fetched', () => {
    const spec = fetching('row')
    const { image } = compile(model, spec, { positions: 13, attention: 'dense', batch: 4 })
    expect(() => new Chip(spec, image, 1).runSequences(prompts, 1, () => 0)).toThrow(/3 sequences, but the program was compiled for 1/)
    expect(() => compile(model, chipOf({}), { positions: 13, attention: 'dense', sequences: 2 })).toThrow(/sequences 2: .*every weight stays/)
    expect(() => compile(model, spec, { positions: 13, attention: 'dense', sequences: 0 })).toThrow(/sequences: 0, expected a whole number/)
  })
})

describe('what a batch moves', () => {
  it('more tokens in a batch, less energy in external memory', () => {
    for (const streaming of ['row', 'tile'] as const) {
      const dramPj = [2, 3, 6].map((batch) => run(fetching(streaming), batch).energy.byComponent['dram']!)
      expect(dramPj[1]).toBeLessThan(dramPj[0]!)
      expect(dramPj[2]).toBeLessThan(dramPj[1]!)
    }
  })

  it('tokens of a batch end together; throughput and latency are then different numbers', () => {
    const { timeline } = run(fetching('tile'), 4).latency
    const ends = timeline.map(({ endCycle }) => endCycle)
    expect(new Set(ends.slice(0, 4)).size).toBe(1)
    expect(new Set(ends).size).toBe(3) // 4 tokens of the prompt (7 with its begin), 3, and the decoded one
    expect(timeline).toHaveLength(8)
  })
})

describe('where batches are', () => {
  it('nowhere if weights stay in the chip', () => {
    const chip = chipOf({})
    const [one, many] = [1, 8].map((batch) => serializeResult({ ...run(chip, batch), wallSeconds: 0 }))
    expect(many).toBe(one)
  })

  it('for a prompt by default where shared weights outweigh what is moved for them, and never for one token', () => {
    const batchOf = (chip: ChipSpec, promptTokens: number): number => (
      compilePrompt(model, chip, { positions: 30, attention: 'dense' }, promptTokens, undefined).scheduled.batch
    )
    expect(batchOf(fetching('tile'), 20)).toBe(1) // too small a model
    const large = quantizeModel(tinyModel(7, { dim: 128, hiddenDim: 512 }))
    const prompt = (tokens: number): number => (
      compilePrompt(large, fetching('tile', { core: { weightSramKiB: 4 } }), { positions: 30, attention: 'dense' }, tokens, undefined).scheduled.batch
    )
    expect(prompt(20)).toBe(16)
    expect(prompt(5)).toBe(5)
    expect(prompt(1)).toBe(1)
  })

  it('refuses a batch that is no number of tokens, and says what a batch needs', () => {
    expect(() => run(fetching('row'), 0)).toThrow(/batch: 0, expected a whole number of at least 1/)
    expect(() => run(fetching('row'), 1.5)).toThrow(InputError)
    const narrow = fetching('tile', { grid: { columns: 3, rows: 1 }, core: { weightSramKiB: 0.25, accumulators: 16 } })
    expect(() => run(narrow, 4)).toThrow(/work together.*batch 1/s)
  })
})
