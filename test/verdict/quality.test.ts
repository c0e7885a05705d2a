import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { loadModel } from '../../programs/models/index.js'
import { DEFAULT_QUANTIZE_OPTIONS, quantizeModel } from '../../programs/quantize/index.js'
import { evaluate, ReferenceInterpreter } from '../../programs/reference/index.js'
import { qualityOf, salientChannels, withRoundedWeights } from '../../verdict/quality.js'
import { levelOrder, spikeLlm, ternary } from '../../verdict/rivals/quantizers.js'

const text = readFileSync('models/kjv-1m/heldout.txt', 'utf8').slice(0, 400)

describe('quality of rivals', () => {
  it('SDLLM\'s rule in floats is the integer machine\'s arithmetic but for attention: perplexity within 3 %, spikes within 2 %', async () => {
    const model = await loadModel('models/kjv-1m')
    const rounded = qualityOf(withRoundedWeights(model, 4), text, ternary())
    const interpreter = new ReferenceInterpreter(quantizeModel(model, DEFAULT_QUANTIZE_OPTIONS))
    let spikes = 0
    let activations = 0
    interpreter.observe = (_port, _x, q) => {
      activations += q.length
      for (const count of q) spikes += Math.abs(count)
    }
    const { perplexity } = evaluate(interpreter, model.tokenizer, text)
    expect(Math.abs(rounded.perplexity / perplexity - 1)).toBeLessThan(0.03)
    expect(Math.abs(rounded.eventsPerActivation / (spikes / activations) - 1)).toBeLessThan(0.02)
  })

  it('level order has the quality of ternary trains, with an event for each activation that is not silent', async () => {
    const model = withRoundedWeights(await loadModel('models/kjv-1m'), 4)
    const [trains, levels] = [qualityOf(model, text, ternary()), qualityOf(model, text, levelOrder())]
    expect(levels.perplexity).toBe(trains.perplexity)
    expect(levels.eventsPerActivation).toBeCloseTo(trains.active, 12)
  })

  it('SpikeLLM marks as many salient channels as its share says, and they send more events', async () => {
    const model = await loadModel('models/kjv-1m')
    const salient = salientChannels(model, text.slice(0, 200), 0.1)
    for (const channels of salient.values()) {
      expect(channels.reduce((sum, flag) => sum + flag, 0)).toBe(Math.floor(channels.length / 10))
    }
    const rounded = withRoundedWeights(model, 4)
    const without = qualityOf(rounded, text, spikeLlm('T=2'))
    const with10 = qualityOf(rounded, text, spikeLlm('T=2'), salient)
    expect(with10.eventsPerActivation).toBeGreaterThan(without.eventsPerActivation + 0.03)
  })
})
