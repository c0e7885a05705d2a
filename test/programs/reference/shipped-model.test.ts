import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { loadModel, parameterCount } from '../../../programs/models/index.js'
import { quantizeModel } from '../../../programs/quantize/index.js'
import { FloatModel, ReferenceInterpreter, evaluate, greedy, totalSpikes } from '../../../programs/reference/index.js'
import { unrolled } from '../../support/unrolled.js'

const FOLDER = 'models/kjv-1m'
const model = loadModel(FOLDER)
/** The first held-out chapter that fits a window: enough to tell a broken model from a whole one. */
const excerpt = readFileSync(`${FOLDER}/heldout.txt`, 'utf8').slice(0, 1500)

describe('the shipped model', () => {
  it('has the size its provenance states, within 4 MB', () => {
    const stated = JSON.parse(readFileSync(`${FOLDER}/spikeloom.json`, 'utf8')) as { parameters: number }
    expect(parameterCount(model.config)).toBe(stated.parameters)
    expect(readFileSync(`${FOLDER}/model.safetensors`).length).toBeLessThan(4e6)
  })

  it('predicts unseen text in 4 bits nearly as well as in float, with under one spike an activation',
    { timeout: 120_000 }, () => {
      const float = evaluate(new FloatModel(model), model.tokenizer, excerpt)
      const interpreter = new ReferenceInterpreter(quantizeModel(model))
      const integer = evaluate(interpreter, model.tokenizer, excerpt)
      expect(float.bitsPerByte).toBeLessThan(1.3)
      expect(integer.bitsPerByte / float.bitsPerByte).toBeLessThan(1.1)
      expect(totalSpikes(interpreter.stats).spikesPerActivation).toBeLessThan(0.8)
    })

  it('gives the same logits from unrolled spike trains, bit for bit', { timeout: 60_000 }, () => {
    const quantized = quantizeModel(model)
    const count = { spikes: 0 }
    const counted = new ReferenceInterpreter(quantized)
    const spiking = new ReferenceInterpreter(quantized, { sums: unrolled(count) })
    for (const id of model.tokenizer.encode(excerpt).slice(0, 24)) {
      expect(spiking.forward(id)).toEqual(counted.forward(id))
    }
    expect(count.spikes).toBe(counted.stats.reduce((sum, s) => sum + s.spikes, 0))
  })

  it('is lost when the words are shuffled: it predicts order, not only words', { timeout: 60_000 }, () => {
    const words = excerpt.split(/\s+/).slice(0, 120)
    const interpreter = new ReferenceInterpreter(quantizeModel(model))
    const ordered = evaluate(interpreter, model.tokenizer, words.join(' '))
    const shuffled = evaluate(interpreter, model.tokenizer, words.map((_, i) => words[(i * 53) % 120]).join(' '))
    expect(shuffled.nllPerToken).toBeGreaterThan(ordered.nllPerToken * 1.3)
  })

  it('writes words of its language', { timeout: 60_000 }, () => {
    const vocabulary = new Set(readFileSync(`${FOLDER}/heldout.txt`, 'utf8').toLowerCase().match(/[a-z]+/g))
    const ids = greedy(new ReferenceInterpreter(quantizeModel(model)), model.tokenizer, 'And it came to pass', 60)
    const words = model.tokenizer.decode(ids).toLowerCase().match(/[a-z]+/g)!
    expect(words.length).toBeGreaterThan(30)
    expect(words.filter((word) => vocabulary.has(word)).length / words.length).toBeGreaterThan(0.9)
  })
})
