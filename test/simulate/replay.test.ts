import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadModel } from '../../programs/models/index.js'
import { quantizeModel } from '../../programs/quantize/index.js'
import type { QuantizedModel } from '../../programs/quantize/types.js'
import { ReferenceInterpreter } from '../../programs/reference/index.js'
import { SpikeRecorder } from '../../programs/reference/record.js'
import { shapeModel } from '../../programs/shapes/shape-model.js'
import { readSpikeFile } from '../../programs/shapes/spike-file.js'
import { loadChip } from '../../sim/config/load-chip.js'
import type { ChipSpec } from '../../sim/config/chip-spec.js'
import { InputError } from '../../sim/errors.js'
import type { RunResult } from '../../sim/result/schema.js'
import { simulateReplay } from '../../simulate/replay.js'
import { simulate } from '../../simulate/simulate.js'

const preset = (name: string): ChipSpec => loadChip(readFileSync(`chips/${name}.yaml`, 'utf8'), `chips/${name}.yaml`)
const loaded = loadModel('models/kjv-1m')
const PROMPT = 'And the LORD said'

/** Runs the reference on a sequence and writes down what its layers were given. */
function record(model: QuantizedModel, ids: readonly number[], promptTokens: number): string {
  const interpreter = new ReferenceInterpreter(model)
  const recorder = new SpikeRecorder(interpreter)
  for (const id of ids) {
    recorder.note(id)
    interpreter.forward(id)
  }
  const file = join(mkdtempSync(join(tmpdir(), 'replay-')), 'spikes.safetensors')
  writeFileSync(file, recorder.file({ model: model.name, promptTokens: String(promptTokens) }))
  return file
}

/** What a machine did and what that costs; without what depends on weights being there. */
function machineOf({ latency, energy, activity, cores, links, routers, mapping, area, power }: RunResult): unknown {
  return { latency, energy, activity, cores, links, routers, mapping, area, power }
}

describe('a replay of recorded spikes', { timeout: 240_000 }, () => {
  const cases: [name: string, chip: string, tokens: number, batch: number | undefined, options: object][] = [
    ['resident weights', 'loom-64', 4, undefined, {}],
    ['time steps with barriers', 'loom-64-barrier', 2, undefined, {}],
    ['whole tiles from memory, the prompt in a batch', 'edge-lpddr5', 3, 4, {}],
    ['rows of a batch on demand', 'hbm-board', 3, 4, {}],
    ['rows on demand, one token at a time', 'hbm-board', 2, 1, {}],
    ['3-bit activations, bitwise', 'loom-64', 2, undefined, { activationBits: 3, encoding: 'bitwise' }],
    ['dense, all neurons', 'loom-64', 2, undefined, { encoding: 'dense' }],
  ]
  it.each(cases)('gives the functional run\'s cycles, flit-hops and energy to the last digit: %s', (_, chip, tokens, batch, options) => {
    const model = quantizeModel(loaded, options)
    const spec = preset(chip)
    const functional = simulate({ model, chip: spec, prompt: PROMPT, tokens, ...(batch === undefined ? {} : { batch }) })
    expect(functional.verification.bitExact).toBe(true)
    const prompt = model.tokenizer.encode(PROMPT)
    const file = record(model, [...prompt, ...functional.tokenIds.slice(0, -1)], prompt.length)
    const replayed = simulateReplay({
      model: { ...shapeModel(model.name, model.config, model.options), tokenizer: model.tokenizer }, chip: spec,
      spikes: readSpikeFile(file), source: file,
      ...(batch === undefined ? {} : { batch }),
    })
    expect(machineOf(replayed)).toEqual(machineOf(functional))
    expect(replayed.tokenIds.slice(0, -1)).toEqual(functional.tokenIds.slice(0, -1))
    expect(replayed.weights).toBe('statistical')
  })

  it('is not that of other spikes', () => {
    const model = quantizeModel(loaded)
    const spec = preset('loom-64')
    const shape = shapeModel(model.name, model.config, model.options)
    const [one, other] = [[0, 5, 9], [0, 7, 9]].map((ids) => {
      const file = record(model, ids, 3)
      return simulateReplay({ model: shape, chip: spec, spikes: readSpikeFile(file), source: file })
    })
    expect(one!.activity.spikes).not.toBe(other!.activity.spikes)
  })

  it('refuses a recording of another model, other bits, or a prompt longer than it', () => {
    const model = quantizeModel(loaded)
    const file = record(model, [0, 5, 9], 3)
    const spikes = readSpikeFile(file)
    const run = (changes: object, more: object = {}): unknown => simulateReplay({
      model: shapeModel('other', { ...model.config, ...changes }, model.options), chip: preset('loom-64'), spikes, source: 'x.safetensors', ...more,
    })
    expect(() => run({ layers: 7 })).toThrow(/no counts of qkv\/6.*31 encoded inputs|no counts of qkv\/6/)
    expect(() => run({ layers: 5 })).toThrow(/counts of qkv\/5, which model other does not have/)
    expect(() => run({ hiddenDim: 64 })).toThrow(/down\/0 has 352 inputs, model other has 64 there/)
    expect(() => run({ vocabSize: 8 })).toThrow(/token id 9, but model other has 8 tokens/)
    expect(() => run({ contextLength: 2 })).toThrow(/3 tokens, but model other has a context of 2/)
    expect(() => run({}, { promptTokens: 4 })).toThrow(/prompt tokens: 4, expected from 1 to the 3/)
    const narrow = { ...model.options, activationBits: 3 }
    expect(() => simulateReplay({
      model: shapeModel('kjv-1m', model.config, narrow), chip: preset('loom-64'), spikes, source: 'x.safetensors',
    })).toThrow(/counts go to 7, but 3-bit activations make at most 3/)
    writeFileSync(file, readFileSync(file).subarray(0, -1))
    expect(() => readSpikeFile(file)).toThrow(InputError)
  })
})
