import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { graphFaults } from '../../programs/graph/check.js'
import { graphOf } from '../../programs/graph/model.js'
import { loadModel } from '../../programs/models/index.js'
import type { LoadedModel } from '../../programs/models/index.js'
import { quantizeModel } from '../../programs/quantize/index.js'
import { FloatModel, ReferenceInterpreter } from '../../programs/reference/index.js'
import { completeChip } from '../../sim/config/load-chip.js'
import type { ChipSpecInput } from '../../sim/config/chip-spec.js'
import { InputError } from '../../sim/errors.js'
import { simulate } from '../../simulate/simulate.js'
import { familyNames, familyOracle, noOracles, withOldKeys } from '../support/family-oracles.js'
import type { FamilyOracle } from '../support/family-oracles.js'

/**
 * Families against Transformers in float64. `tolerance` is absolute: 1e-9, or what 32-bit floats in a checkpoint's
 * converter allow.
 */
const SUPPORTED: Readonly<Record<string, { tolerance?: number; withoutGguf?: boolean }>> = {
  'llama-headdim': {}, 'llama-yarn': {}, 'llama-dynamic': {}, 'phi3-longrope': {}, 'llama-linear': {}, 'llama-llama3': { tolerance: 1e-6 }, smollm2: {}, mistral: {}, 'mistral-window': {}, qwen3: {}, phi3: {},
  smollm3: {}, granite: {}, gemma3: {}, olmo2: {}, mixtral: {}, 'qwen3-moe': {},
}

/** Families that are refused, by the key or tensor that matters. */
const REFUSED: Readonly<Record<string, { folder: RegExp; gguf?: RegExp }>> = {
  'deepseek-v2': { folder: /"DeepseekV2ForCausalLM" is not supported: latent attention/ },
  'deepseek-v3': { folder: /"DeepseekV3ForCausalLM" is not supported: latent attention/ },
  'gpt-oss': { folder: /"GptOssForCausalLM" is not supported: attention sinks/ },




}

function largestDifference(model: LoadedModel, { ids, logits }: FamilyOracle): number {
  const float = new FloatModel(model)
  float.reset(ids.length)
  let largest = 0
  ids.forEach((id, position) => {
    const expected = logits(position)
    float.forward(id).forEach((logit, at) => { largest = Math.max(largest, Math.abs(logit - expected[at]!)) })
  })
  return largest
}

/** Chips on which every part of a program is used: stationary, shared, caches outside, batches of fetched weights. */
const CHIPS: readonly { name: string; chip: ChipSpecInput; batch?: number }[] = [
  { name: 'stationary', chip: { grid: { columns: 10, rows: 10 } } },
  { name: 'shared', chip: { grid: { columns: 3, rows: 2 } } },
  { name: 'batch', chip: { grid: { columns: 3, rows: 3 }, core: { weightSramKiB: 1 }, dram: { kind: 'hbm3', streaming: 'row' } }, batch: 3 },
  { name: 'barrier', chip: { grid: { columns: 3, rows: 3 }, core: { spikeTrain: 'unrolled' }, sync: { mode: 'barrier' } } },
]

describe.skipIf(noOracles !== undefined)(`families${noOracles === undefined ? '' : ` (${noOracles})`}`, () => {
  for (const [name, { tolerance = 1e-9, withoutGguf = false }] of Object.entries(SUPPORTED)) {
    it(`${name}: float logits within ${tolerance}, from both spellings of config.json and from GGUF`, () => {
      const oracle = familyOracle(name)
      expect(largestDifference(loadModel(oracle.folder), oracle)).toBeLessThan(tolerance)
      expect(withOldKeys(oracle, (folder) => largestDifference(loadModel(folder), oracle))).toBeLessThan(tolerance)
      if (oracle.gguf === undefined) return
      if (withoutGguf) expect(() => loadModel(oracle.gguf!)).toThrow(InputError)
      else expect(largestDifference(loadModel(oracle.gguf), oracle)).toBeLessThan(tolerance)
    })

    it(`${name}: 8-bit integers follow the floats, the graph is whole, and chips equal the interpreter bit for bit`, () => {
      const oracle = familyOracle(name)
      const loaded = loadModel(oracle.folder)
      expect(graphFaults(graphOf(loaded.config))).toEqual([])
      const hasExperts = loaded.config.experts !== undefined
      const model = quantizeModel(loaded, { weightBits: 8, activationBits: 8 })
      expect(agreement(model, oracle)).toBeGreaterThan(0.97)
      for (const { chip, batch } of CHIPS) {
        // A prompt longer than the windows of these models.
        const result = simulate({ model, chip: completeChip(chip), prompt: 'it sat on the mat', tokens: 3, ...(batch === undefined || hasExperts ? {} : { batch }) })
        expect(result.verification.bitExact).toBe(true)
      }
    })
  }

  for (const [name, { folder, gguf }] of Object.entries(REFUSED)) {
    it(`${name}: refused by what matters`, () => {
      const oracle = familyOracle(name)
      const refuses = (path: string, why: RegExp): void => {
        expect(() => loadModel(path)).toThrow(InputError)
        expect(() => loadModel(path)).toThrow(why)
      }
      refuses(oracle.folder, folder)
      withOldKeys(oracle, (copy) => refuses(copy, folder))
      if (oracle.gguf !== undefined) refuses(oracle.gguf, gguf!)
    })
  }

  it('Mistral without the key has the window of its class, with null it has none', () => {
    withOldKeys(familyOracle('mistral'), (folder) => {
      const file = join(folder, 'config.json')
      expect(loadModel(folder).config.window).toBeUndefined()
      const values = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>
      delete values['sliding_window']
      writeFileSync(file, JSON.stringify(values))
      expect(loadModel(folder).config.window).toBe(4096)
    })
  })

  it('no family is left out', () => {
    expect(familyNames().sort()).toEqual([...Object.keys(SUPPORTED), ...Object.keys(REFUSED)].sort())
  })
})

/** Correlation of all logits of the integer machine with the oracle's: a feature that is left out or misread lowers it. */
function agreement(model: Parameters<typeof simulate>[0]['model'], { ids, logits }: FamilyOracle): number {
  const reference = new ReferenceInterpreter(model)
  reference.reset(ids.length)
  const [x, y]: [number[], number[]] = [[], []]
  ids.forEach((id, position) => {
    x.push(...reference.forward(id))
    y.push(...logits(position))
  })
  const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
  const [mx, my] = [mean(x), mean(y)]
  const dot = (a: number[], ma: number, b: number[], mb: number): number => a.reduce((sum, value, i) => sum + (value - ma) * (b[i]! - mb), 0)
  return dot(x, mx, y, my) / Math.sqrt(dot(x, mx, x, mx) * dot(y, my, y, my))
}
