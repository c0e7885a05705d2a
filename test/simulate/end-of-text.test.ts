import { describe, expect, it } from 'vitest'
import { loadModel } from '../../programs/models/index.js'
import { quantizeModel } from '../../programs/quantize/index.js'
import type { QuantizedModel } from '../../programs/quantize/types.js'
import { completeChip } from '../../sim/config/load-chip.js'
import { simulateByLayer } from '../../simulate/by-layer.js'
import { simulate } from '../../simulate/simulate.js'
import { spikeloom } from '../support/capture.js'

describe('the end of a text', () => {
  const model = quantizeModel(loadModel('models/kjv-1m'))
  const chip = completeChip({})
  const whole = simulate({ model, chip, prompt: 'And', tokens: 6 })
  /** The model as if a token that it generates were its end of text. */
  const ending = (at: number): QuantizedModel => {
    const tokenizer = Object.create(model.tokenizer, { eosId: { value: whole.tokenIds[at] } }) as QuantizedModel['tokenizer']
    return { ...model, tokenizer }
  }
  const at = whole.tokenIds.findIndex((id, index) => index >= 2 && whole.tokenIds.indexOf(id) === index)

  it('ends a run that is told to stop there, and no other', () => {
    const stopped = simulate({ model: ending(at), chip, prompt: 'And', tokens: 6, stopAtEnd: true })
    expect(at).toBeGreaterThan(1)
    expect(stopped.tokenIds).toEqual(whole.tokenIds.slice(0, at + 1))
    expect(stopped.verification).toMatchObject({ bitExact: true, logitsCompared: (at + 1) * model.config.vocabSize })
    expect(stopped.latency.timeline).toHaveLength(stopped.prompt.tokens + at)
    expect(simulate({ model: ending(at), chip, prompt: 'And', tokens: 6 }).tokenIds).toEqual(whole.tokenIds)
  })

  it('is the same in batches and layer by layer', async () => {
    const options = { model: ending(at), chip: completeChip({ grid: { columns: 4, rows: 4 } }), prompt: 'And the', tokens: 6, stopAtEnd: true }
    const alone = simulate({ ...options, batch: 1 })
    expect(simulate({ ...options, batch: 3 }).tokenIds).toEqual(alone.tokenIds)
    expect((await simulateByLayer(options)).tokenIds).toEqual(alone.tokenIds)
  })
})

describe('a limit of cycles', () => {
  it.each([
    ['with weights', []],
    ['layer by layer', ['--by-layer']],
    ['on statistics', ['--model', 'models/kjv-1m/config.json', '--spikes-per-activation', '0.8']],
  ])('fails a run %s that has not ended', async (_, words) => {
    const { code, stdout, stderr } = await spikeloom('run', '--tokens', '1', '--cycle-limit', '500', '--json', ...words)
    expect(stderr).toContain('has not ended in 500 cycles')
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  })
})
