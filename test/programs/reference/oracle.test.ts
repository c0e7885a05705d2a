import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { loadModel } from '../../../programs/models/index.js'
import { quantizeModel } from '../../../programs/quantize/index.js'
import { FloatModel, ReferenceInterpreter, evaluate, greedy, splitDocuments } from '../../../programs/reference/index.js'

const FOLDER = '../shared/data/models/stories260K'
const absent = !existsSync(FOLDER)
const why = absent ? ` (SKIPPED: ${FOLDER} is absent)` : ''
const LILY = 'Once upon a time, there was a little girl named Lily. She loved to play outside in the park. ' +
  'One day, she saw a big, red ball'

describe.skipIf(absent)(`stories260K${why}`, () => {
  const open = (): ReturnType<typeof loadModel> => loadModel(FOLDER)
  const text = (): string => readFileSync(`${FOLDER}/tinystories_valid_7.txt`, 'utf8')

  it('has the published likelihood in float', { timeout: 120_000 }, () => {
    const model = open()
    const result = evaluate(new FloatModel(model), model.tokenizer, text())
    expect(result.tokens).toBe(2484)
    expect(result.bytes).toBe(5169)
    expect(Math.abs(result.nllPerToken - 1.19505)).toBeLessThan(1e-3)
    expect(Math.abs(result.perplexity - 3.3037)).toBeLessThan(4e-3)
    expect(Math.abs(result.bitsPerByte - 0.8285)).toBeLessThan(1e-3)
  })

  it('writes the published text, in float and in 8-bit integers', { timeout: 60_000 }, () => {
    const model = open()
    for (const machine of [new FloatModel(model),
      new ReferenceInterpreter(quantizeModel(model, { weightBits: 8, activationBits: 8 }))]) {
      const ids = greedy(machine, model.tokenizer, 'Once upon a time', 40)
      const written = model.tokenizer.decode([...model.tokenizer.encode('Once upon a time'), ...ids])
      expect(written.slice(0, LILY.length)).toBe(LILY)
    }
  })

  it('keeps its perplexity within 3 % in 8-bit integers', { timeout: 120_000 }, () => {
    const model = open()
    const story = splitDocuments(text())[1]!
    const float = evaluate(new FloatModel(model), model.tokenizer, story)
    const integer = evaluate(
      new ReferenceInterpreter(quantizeModel(model, { weightBits: 8, activationBits: 8 })), model.tokenizer, story)
    expect(Math.abs(integer.perplexity / float.perplexity - 1)).toBeLessThan(0.03)
  })
})
