import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ENCODINGS, EncodingObserver, figuresByOperator } from '../../../programs/encodings/index.js'
import type { EncodingName } from '../../../programs/encodings/index.js'
import { quantizeModel } from '../../../programs/quantize/index.js'
import type { InputEncoding, QuantizeOptions } from '../../../programs/quantize/index.js'
import { ReferenceInterpreter } from '../../../programs/reference/interpreter.js'
import { simulate } from '../../../simulate/simulate.js'
import { completeChip } from '../../../sim/config/load-chip.js'
import type { RunResult } from '../../../sim/result/schema.js'
import { tinyModel } from '../../support/tiny-model.js'

type Chip = Parameters<typeof completeChip>[0]
const loaded = tinyModel(7)
const quantized = (options: Partial<QuantizeOptions>, input?: InputEncoding) => (
  quantizeModel(loaded, options, input === undefined ? {} : { input: () => input })
)
const run = (options: Partial<QuantizeOptions>, chip: Chip = {}, input?: InputEncoding): RunResult => (
  simulate({ model: quantized(options, input), chip: completeChip(chip), prompt: 'spike', tokens: 3 })
)

const SMALL: Chip = { grid: { columns: 2, rows: 2 }, core: { weightSramKiB: 1, accumulators: 32 } }
const BARRIER: Chip = { core: { spikeTrain: 'unrolled' }, sync: { mode: 'barrier' } }
const SMALL_BARRIER: Chip = {
  grid: { columns: 2, rows: 2 }, core: { weightSramKiB: 1, accumulators: 32, spikeTrain: 'unrolled' }, sync: { mode: 'barrier' },
}
const UNROLLED: Chip = { core: { spikeTrain: 'unrolled' } }
const salient: InputEncoding = { salient: { channels: [0, 3, 17], timeSteps: 2 } }

describe('every encoding is bit-exact and writes the same text', () => {
  const expected = run({}).tokenIds
  const chips: Record<string, [Chip, readonly EncodingName[]]> = {
    'bursts': [{}, ENCODINGS], 'shared cores': [SMALL, ENCODINGS],
    'rows read per spike': [{ core: { weightReuse: 'per-spike', lanes: 8 } }, ENCODINGS],
    'rows streamed from memory': [{ ...SMALL, dram: { streaming: 'row' } }, ENCODINGS],
    'unrolled': [UNROLLED, ['ternary', 'binary']],
    'barriers': [BARRIER, ['ternary', 'binary', 'bitwise', 'latency']],
    'barriers, shared cores': [SMALL_BARRIER, ['ternary', 'binary', 'bitwise', 'latency']],
  }
  for (const [name, [chip, encodings]] of Object.entries(chips)) {
    it.each(encodings)(`${name}: %s`, (encoding) => {
      const result = run({ encoding }, chip)
      expect(result.verification.bitExact).toBe(true)
      expect(result.tokenIds).toEqual(expected)
      expect(result.encoding.name).toBe(encoding)
    })
  }

  it('with calibrated inputs: fixed scales, clips, counts clipped, salient channels, rounding down', () => {
    const input = fc.record({
      activationBits: fc.integer({ min: 2, max: 6 }), clip: fc.constantFrom(0.4, 0.7, 1, 1.5), maxCount: fc.constantFrom(1, 3, 40),
      scale: fc.constantFrom(0.1, 0.5), salient: fc.constant(salient.salient!),
    }, { requiredKeys: [] })
    const options = fc.record({
      encoding: fc.constantFrom(...ENCODINGS), rounding: fc.constantFrom('nearest' as const, 'floor' as const), clip: fc.constantFrom(1, 0.8),
    })
    fc.assert(fc.property(options, input, fc.constantFrom({}, SMALL), (settings, encoding, chip) => {
      expect(run(settings, chip, encoding as InputEncoding).verification.bitExact).toBe(true)
    }), { numRuns: 20, seed: 20261124 })
  })

  it('salient channels count further than the others', () => {
    const interpreter = new ReferenceInterpreter(quantized({}, salient))
    for (const id of [0, 17, 42, 3]) interpreter.forward(id)
    expect(Math.max(...interpreter.stats.slice(1).map((s) => s.maxCount))).toBeGreaterThan(7)
    expect(Math.max(...interpreter.stats.slice(1).map((s) => s.maxCount))).toBeLessThanOrEqual(14)
  })

  it('a chip whose events are single spikes refuses events with a value', () => {
    for (const encoding of ['bitwise', 'graded', 'dense', 'latency'] as const) {
      expect(() => run({ encoding }, UNROLLED)).toThrow(/core\.spikeTrain is 'unrolled'/)
    }
    for (const encoding of ['graded', 'dense'] as const) expect(() => run({ encoding }, BARRIER)).toThrow(/core\.spikeTrain/)
  })
})

describe('what a chip counts is what the encoding says', () => {
  it.each(ENCODINGS)('%s: events, time steps and operations of every operator', (encoding) => {
    const model = quantized({ encoding }, salient)
    const result = simulate({ model, chip: completeChip({}), prompt: '', tokens: 4 })
    const interpreter = new ReferenceInterpreter(model)
    const observer = new EncodingObserver(interpreter)
    const prompt = model.tokenizer.encode('')
    for (const id of [...prompt, ...result.tokenIds.slice(0, -1)]) interpreter.forward(id)
    for (const row of figuresByOperator(observer.observed(), encoding)) {
      const measured = result.activity.byOperator.find(({ operator, layer }) => operator === row.operator && layer === row.layer)!
      expect([row.operator, measured.activations, measured.spikes]).toEqual([row.operator, row.activations, row.spikes])
      expect(measured.timeSteps).toBeCloseTo(row.timeSteps, 10)
      const multiplies = encoding === 'graded' || encoding === 'dense'
      expect(measured.synapticAdditions).toBe(multiplies ? 0 : row.operations)
    }
  })

  it('products are booked as products', () => {
    const [ternary, dense] = [run({}), run({ encoding: 'dense' })]
    const macs = (result: RunResult): number => result.energy.paper.macs
    const perToken = 2 * (32 * 64 + 32 * 32 + 32 * 128 + 64 * 32)
    expect(macs(dense) - macs(ternary)).toBe(8 * perToken + 3 * 32 * 99)
    expect(ternary.energy.paper.additions).toBeGreaterThan(0)
    expect(dense.energy.paper.additions).toBe(0)
  })
})
