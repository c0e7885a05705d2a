import { describe, expect, it } from 'vitest'
import { loadModel } from '../../../programs/models/index.js'
import { quantizeModel } from '../../../programs/quantize/index.js'
import { completeChip } from '../../../sim/config/load-chip.js'
import { simulate } from '../../../simulate/simulate.js'
import { writeGguf } from '../../support/gguf-files.js'
import { writeHuggingFace } from '../../support/model-files.js'
import { tinyModel } from '../../support/tiny-model.js'

const LLAMA3 = { rope_type: 'llama3', factor: 8, low_freq_factor: 1, high_freq_factor: 4,
  original_max_position_embeddings: 32 }

/** What the formats add to a plain LLaMA must reach the chip's programs, too. */
describe('an imported model on a chip', () => {
  const cases: [string, () => string][] = [
    ['Qwen2 from a Hugging Face folder', () => writeHuggingFace(tinyModel(21, { vocabSize: 257, qkvBias: true }))],
    ['Qwen2 from GGUF', () => writeGguf(tinyModel(21, { vocabSize: 270, qkvBias: true }))],
    ['LLaMA with scaled frequencies', () => writeHuggingFace(tinyModel(22, { vocabSize: 257 }),
      { config: { rope_scaling: LLAMA3 } })],
    ['LLaMA from Q4_0 blocks', () => writeGguf(tinyModel(23, { vocabSize: 288 }), { type: 'Q4_0' })],
  ]
  it.each(cases)('%s: logits equal the reference interpreter\'s bit for bit', (_, write) => {
    const model = quantizeModel(loadModel(write()))
    const result = simulate({ model, chip: completeChip({}), prompt: 'ab ab a', tokens: 3 })
    expect(result.verification).toEqual({ bitExact: true, logitsCompared: 3 * model.config.vocabSize,
      firstMismatch: null })
  })
})
