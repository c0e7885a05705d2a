import { describe, expect, it } from 'vitest'
import { loadModel } from '../../../programs/models/index.js'
import { evaluateStream, FloatModel, negativeLogLikelihood } from '../../../programs/reference/index.js'
import { streamWindows } from '../../../programs/reference/stream.js'

const loaded = loadModel('models/kjv-1m')
const TEXT = 'In the beginning God created the heaven and the earth.\nAnd the earth was without form, and void.'

describe('a text as one stream', () => {
  it('is cut as papers cut it: windows side by side, the tail dropped', () => {
    expect(streamWindows(10, { window: 4 })).toEqual([[0, 1, 4], [4, 5, 8]])
    expect(streamWindows(3, { window: 4 })).toEqual([])
  })

  it('is cut with a stride so that each token but the first is scored once, each with all the context its window has', () => {
    // transformers, 'Perplexity of fixed-length models': windows begin at 0, 2, 4 ...; the last ends with the text.
    expect(streamWindows(9, { window: 4, stride: 2 })).toEqual([[0, 1, 4], [2, 4, 6], [4, 6, 8], [6, 8, 9]])
    for (const [length, window, stride] of [[50, 8, 3], [17, 5, 1], [9, 4, 2]] as const) {
      const targets = streamWindows(length, { window, stride }).flatMap(([, target, end]) => Array.from({ length: end - target }, (_, i) => target + i))
      expect(targets).toEqual(Array.from({ length: length - 1 }, (_, i) => i + 1))
    }
  })

  it('has the loss of its windows, each run by itself from position 0', () => {
    const model = new FloatModel(loaded)
    const ids = loaded.tokenizer.encode(TEXT)
    let nll = 0
    for (let begin = 0; begin + 8 <= ids.length; begin += 8) {
      model.reset()
      for (let at = begin; at < begin + 7; at++) nll += negativeLogLikelihood(model.forward(ids[at]!), ids[at + 1]!)
    }
    const result = evaluateStream(model, loaded.tokenizer, TEXT, { window: 8 })
    const windows = Math.floor(ids.length / 8)
    expect([result.windows, result.tokens]).toEqual([windows, 7 * windows])
    expect(result.perplexity).toBeCloseTo(Math.exp(nll / (7 * windows)), 10)
    expect(result.bitsPerByte).toBeNaN()
  })

  it('counts bytes and words where all is scored; one window is the whole text', () => {
    const model = new FloatModel(loaded)
    const ids = loaded.tokenizer.encode(TEXT)
    const whole = evaluateStream(model, loaded.tokenizer, TEXT, { window: 256, stride: 256 })
    expect([whole.windows, whole.tokens, whole.bytes]).toEqual([1, ids.length - 1, Buffer.byteLength(TEXT)])
    expect(whole.wordPerplexity).toBeCloseTo(Math.exp(whole.nllPerToken * whole.tokens / 18), 8)
    const strided = evaluateStream(model, loaded.tokenizer, TEXT, { window: 8, stride: 2 })
    expect(strided.tokens).toBe(whole.tokens)
    expect(strided.perplexity).toBeGreaterThan(whole.perplexity)
  })

  it('refuses windows that are none', () => {
    const model = new FloatModel(loaded)
    const run = (window: number, stride?: number): unknown => evaluateStream(model, loaded.tokenizer, TEXT, { window, ...(stride === undefined ? {} : { stride }) })
    expect(() => run(257)).toThrow(/window: 257, expected from 2 to the model's context of 256/)
    expect(() => run(1)).toThrow(/window: 1/)
    expect(() => run(8, 9)).toThrow(/stride: 9, expected from 1 to the window of 8/)
    expect(() => run(200)).toThrow(/too few for a window of 200/)
  })
})
