import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { loadModel } from '../../programs/models/index.js'
import { quantizeModel } from '../../programs/quantize/index.js'
import type { QuantizedModel } from '../../programs/quantize/types.js'
import { simulate } from '../../simulate/simulate.js'
import { loadChip } from '../../sim/config/load-chip.js'
import type { ChipSpec } from '../../sim/config/chip-spec.js'
import type { RunResult } from '../../sim/result/schema.js'
import { SPIKELOOM_VERSION } from '../../version.js'

const STORIES = '../shared/data/models/stories260K/stories260K.bin'
const preset = (name: string): ChipSpec => loadChip(readFileSync(`chips/${name}.yaml`, 'utf8'), `chips/${name}.yaml`)

/** What every run must satisfy, whatever the model and chip. */
function expectSound(result: RunResult, model: QuantizedModel, generated: number): void {
  expect(result.verification).toEqual({ bitExact: true, logitsCompared: generated * model.config.vocabSize, firstMismatch: null })
  expect(result.tokens.length).toBe(generated)
  const sum = Object.values(result.energy.byComponent).reduce((a, b) => a + b, 0)
  expect(Math.abs(sum - result.energy.totalPj)).toBeLessThanOrEqual(1e-9 * result.energy.totalPj)
  const operators = result.energy.byOperator.reduce((a, row) => a + row.totalPj, 0)
  expect(operators + result.energy.staticPj).toBeCloseTo(result.energy.totalPj, -2)
  expect(result.latency.prefillCycles + result.latency.decodeCycles).toBe(result.latency.cycles)
  for (const [index, entry] of result.latency.timeline.entries()) {
    expect(entry.endCycle).toBeGreaterThan(entry.startCycle)
    if (index > 0) expect(entry.endCycle).toBeGreaterThanOrEqual(result.latency.timeline[index - 1]!.endCycle)
  }
  const hops = result.routers.reduce((a, row) => a + row.flitHops, 0)
  expect(hops).toBe(result.activity.flitHops)
  const { activations, spikes } = result.activity.byOperator.filter((row) => row.operator !== 'embedding')
    .reduce((a, row) => ({ activations: a.activations + row.activations, spikes: a.spikes + row.spikes }), { activations: 0, spikes: 0 })
  expect(spikes).toBe(result.activity.spikes)
  expect(result.activity.spikesPerActivation).toBeCloseTo(spikes / activations, 12)
}

describe('the shipped model', () => {
  const model = quantizeModel(loadModel('models/kjv-1m'))
  const run = (chip: string, tokens = 8) => simulate({ model, chip: preset(chip), prompt: 'And the LORD said unto', tokens })
  const first = run('loom-64', 32)

  it('32 tokens on the default chip, bit-exact at every token', () => {
    expectSound(first, model, 32)
    expect(first.mapping.timeMultiplexed).toBe(false)
    expect(first.text.split(' ').length).toBeGreaterThan(10)
  })

  for (const chip of ['loom-16', 'loom-64-barrier', 'loom-256-wide']) {
    it(`${chip}: the same tokens and logits, other cycles and energy`, () => {
      const result = run(chip)
      expectSound(result, model, 8)
      expect(result.tokenIds).toEqual(first.tokenIds.slice(0, 8))
      expect(result.latency.timeline[3]!.endCycle).not.toBe(first.latency.timeline[3]!.endCycle)
      expect(result.energy.perTokenPj).not.toBeCloseTo(first.energy.perTokenPj, 0)
    })
  }

  it('prefill is pipelined: a prompt costs less than its tokens one by one', () => {
    expect(first.latency.prefillCycles / first.prompt.tokens).toBeLessThan(0.6 * first.latency.cyclesPerToken)
  })

  it('carries the version of the package', () => {
    expect(first.spikeloomVersion).toBe(SPIKELOOM_VERSION)
    expect(JSON.parse(readFileSync('package.json', 'utf8')).version).toBe(SPIKELOOM_VERSION)
  })
})

describe('a llama2.c model', () => {
  it.skipIf(!existsSync(STORIES))(`stories260K runs bit-exact on the default chip (skipped without ${STORIES})`, () => {
    const model = quantizeModel(loadModel(STORIES))
    expectSound(simulate({ model, chip: preset('loom-64'), prompt: 'Once upon a time', tokens: 16 }), model, 16)
  })
})
