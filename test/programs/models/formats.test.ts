import { readFileSync, truncateSync, writeFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { InputError } from '../../../sim/errors.js'
import { loadModel, tensorShapes } from '../../../programs/models/index.js'
import type { LoadedModel } from '../../../programs/models/index.js'
import { FloatModel } from '../../../programs/reference/index.js'
import { writeHuggingFace, writeLlama2c, temporaryFolder } from '../../support/model-files.js'
import type { FolderChanges } from '../../support/model-files.js'
import { tinyModel } from '../../support/tiny-model.js'

const BYTES = { vocabSize: 257 }

function logits(model: LoadedModel): number[] {
  const float = new FloatModel(model)
  return [3, 7, 200, 7, 11].flatMap((id) => Array.from(float.forward(id)))
}

/** A model whose weights a 16-bit float holds exactly: multiples of 1/64 below 4. */
function coarseModel(): LoadedModel {
  const model = tinyModel(5, BYTES)
  return {
    ...model,
    tensor: (name) => model.tensor(name).map((value) => Math.max(-2, Math.min(2, Math.round(value * 64) / 64))),
  }
}

describe('one set of weights, written in each format', () => {
  for (const tiedEmbeddings of [false, true]) {
    it(`gives the same logits from a Hugging Face folder and a llama2.c file (tied: ${tiedEmbeddings})`, () => {
      const model = tinyModel(3, { vocabSize: 270, tiedEmbeddings })
      const expected = logits(model)
      expect(logits(loadModel(writeHuggingFace(model)))).toEqual(expected)
      expect(logits(loadModel(writeLlama2c(model)))).toEqual(expected)
    })
  }

  it('reads F16, BF16 and sharded files to the same values', () => {
    const model = coarseModel()
    const variants: FolderChanges[] = [{ dtype: 'F16' }, { dtype: 'BF16' }, { shards: 3 }]
    for (const variant of variants) {
      const loaded = loadModel(writeHuggingFace(model, variant))
      for (const name of tensorShapes(model.config).keys()) expect(loaded.tensor(name)).toEqual(model.tensor(name))
    }
  })

  it('names the folder as the model', () => {
    expect(loadModel(writeHuggingFace(tinyModel(1, BYTES))).name).toBe('written-model')
  })
})

describe('a model that is wrong', () => {
  const model = tinyModel(2, BYTES)
  const refuse = (path: string, message: RegExp): void => {
    expect(() => loadModel(path)).toThrow(InputError)
    expect(() => loadModel(path)).toThrow(message)
  }

  it('is refused when the path or the format is unknown', () => {
    refuse('/no/such/model', /no such file or folder/)
    refuse(temporaryFolder(), /not a known format.*Hugging Face.*llama2\.c/)
  })

  it('is refused when safetensors are truncated, with both sizes', () => {
    const folder = writeHuggingFace(model)
    const file = join(folder, 'model.safetensors')
    const size = statSync(file).size
    truncateSync(file, size - 100)
    refuse(folder, new RegExp(`model\\.safetensors: truncated: tensor 'lm_head\\.weight'.*${size}.*has ${size - 100}`))
    truncateSync(file, 5)
    refuse(folder, /truncated: the header length needs bytes up to 8, the file has 5/)
  })

  it('is refused when a tensor is missing, and says which', () => {
    const folder = writeHuggingFace(model, { alter: (all) => all.filter((t) => !t.name.includes('1.mlp.up_proj')) })
    refuse(folder, /tensor 'model\.layers\.1\.mlp\.up_proj\.weight' is missing/)
  })

  it('is refused when a tensor has another shape than the configuration', () => {
    refuse(writeHuggingFace(model, { config: { intermediate_size: 60 } }),
      /mlp\.gate_proj\.weight' has the shape \[64, 32\], config\.json makes it \[60, 32\]/)
  })

  it('is refused when the elements are of an unknown type', () => {
    const folder = writeHuggingFace(model, { alter: (all) => all.map((t) => ({ ...t, dtype: 'I64' })) })
    expect(() => loadModel(folder).tensor('embed')).toThrow(/'model\.embed_tokens\.weight' has the type I64.*F32, F16/)
  })

  it('is refused when bytes and shape disagree', () => {
    const folder = writeHuggingFace(model, { alter: (all) => all.map((t) => ({ ...t, dtype: 'F16' })) })
    expect(() => loadModel(folder).tensor('finalNorm')).toThrow(/takes 64 bytes, the header gives it 128/)
  })

  it('is refused when the architecture is another, or has parts the machine lacks', () => {
    refuse(writeHuggingFace(model, { config: { architectures: ['GPT2LMHeadModel'] } }),
      /architecture "GPT2LMHeadModel" is not supported; supported: LlamaForCausalLM/)
    refuse(writeHuggingFace(model, { config: { attention_bias: true } }), /attention_bias is true/)
    refuse(writeHuggingFace(model, { config: { rope_scaling: { type: 'linear' } } }), /rope_scaling/)
    refuse(writeHuggingFace(model, { config: { hidden_act: 'gelu' } }), /hidden_act is "gelu"/)
    refuse(writeHuggingFace(model, { config: { num_key_value_heads: 3 } }), /heads \(4\) must be a multiple/)
    refuse(writeHuggingFace(model, { config: { hidden_size: 'wide' } }), /hidden_size is "wide", expected a number/)
  })

  it('is refused when config.json is no JSON, with line and column', () => {
    const folder = writeHuggingFace(model)
    writeFileSync(join(folder, 'config.json'), '{\n  "hidden_size": 32,,\n}')
    refuse(folder, /config\.json: not valid JSON: line 2, column 21/)
  })

  it('is refused when the tokenizer is of another kind', () => {
    const folder = writeHuggingFace(model)
    writeFileSync(join(folder, 'tokenizer.json'), '{"model": {"type": "Unigram"}}')
    refuse(folder, /tokenizer is of type "Unigram"/)
  })

  it('is refused when a llama2.c file is truncated, with both sizes', () => {
    const file = writeLlama2c(tinyModel(2, { vocabSize: 270 }))
    const size = statSync(file).size
    truncateSync(file, size - 4)
    refuse(file, new RegExp(`truncated: a model of 2 layers.*takes ${size} bytes, the file has ${size - 4}`))
  })

  it('is refused when its llama2.c tokenizer is absent or of another vocabulary', () => {
    const file = writeLlama2c(tinyModel(2, { vocabSize: 270 }))
    const tokenizer = file.replace('written.bin', 'tok.bin')
    const bytes = readFileSync(tokenizer)
    writeFileSync(tokenizer, bytes.subarray(0, bytes.length - 20))
    refuse(file, /no tokenizer of 270 tokens beside it.*truncated at token 26\d of 270/)
    const other = readFileSync(writeLlama2c(tinyModel(2, { vocabSize: 290 })).replace('written.bin', 'tok.bin'))
    writeFileSync(tokenizer, other)
    refuse(file, /left over after 270 tokens/)
  })

  it('names the nearest tensor when asked for one it does not have', () => {
    expect(() => loadModel(writeHuggingFace(model)).tensor('layers.1.gat')).toThrow(/Did you mean 'layers\.1\.gate'/)
  })
})
