import { readFileSync, truncateSync, writeFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { InputError } from '../../../sim/errors.js'
import { loadModel, parameterCount, tensorShapes } from '../../../programs/models/index.js'
import type { LoadedModel } from '../../../programs/models/index.js'
import { FloatModel } from '../../../programs/reference/index.js'
import { quantizedByHand, writeGguf } from '../../support/gguf-files.js'
import { writeHuggingFace, writeLlama2c, temporaryFolder } from '../../support/model-files.js'
import type { FolderChanges } from '../../support/model-files.js'
import { tinyModel } from '../../support/tiny-model.js'
import { plainLogits } from './plain-forward.js'

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
    it(`gives the same logits from Hugging Face, GGUF and llama2.c files (tied: ${tiedEmbeddings})`, () => {
      const model = tinyModel(3, { vocabSize: 270, tiedEmbeddings })
      const expected = logits(model)
      expect(logits(loadModel(writeHuggingFace(model)))).toEqual(expected)
      expect(logits(loadModel(writeHuggingFace(model, { shards: 3 })))).toEqual(expected)
      expect(logits(loadModel(writeGguf(model)))).toEqual(expected)
      expect(logits(loadModel(writeGguf(model, { version: 2 })))).toEqual(expected)
      expect(logits(loadModel(writeLlama2c(model)))).toEqual(expected)
    })
  }

  it('gives the same logits from both formats of Qwen2, with its biases', () => {
    const model = tinyModel(6, { vocabSize: 270, qkvBias: true, ropeBase: 1e6 })
    const expected = logits(model)
    const folder = loadModel(writeHuggingFace(model))
    expect(logits(folder)).toEqual(expected)
    expect(logits(loadModel(writeGguf(model)))).toEqual(expected)
    const withoutBias = { ...model.config, qkvBias: false }
    expect(logits({ ...model, config: withoutBias })).not.toEqual(expected)
    expect(parameterCount(folder.config) - parameterCount(withoutBias)).toBe(2 * (32 + 16 + 16))
  })

  it('gives the same logits from both formats with Llama 3.1\'s scaled frequencies', () => {
    const scaling = { rope_type: 'llama3', factor: 8, low_freq_factor: 1, high_freq_factor: 4,
      original_max_position_embeddings: 32 }
    const model = tinyModel(7, { vocabSize: 270 })
    const folder = loadModel(writeHuggingFace(model, { config: { rope_scaling: scaling } }))
    const divisors = folder.config.ropeDivisors!
    const bytes = Buffer.from(Float32Array.from(divisors).buffer)
    const gguf = loadModel(writeGguf(model,
      { alter: (all) => [...all, { name: 'rope_freqs.weight', dims: [4], type: 0, bytes }] }))
    expect(gguf.config.ropeDivisors).toEqual(divisors)
    expect(logits(gguf)).toEqual(logits(folder))
    expect(logits(folder)).not.toEqual(logits(model))
  })

  it('reads F16 and BF16 files to the same values', () => {
    const model = coarseModel()
    const variants: FolderChanges[] = [{ dtype: 'F16' }, { dtype: 'BF16' }, { dtype: 'F16', shards: 3 }]
    const paths = [...variants.map((variant) => writeHuggingFace(model, variant)),
      writeGguf(model, { type: 'F16' }), writeGguf(model, { type: 'BF16' })]
    for (const path of paths) {
      const loaded = loadModel(path)
      for (const name of tensorShapes(model.config).keys()) expect(loaded.tensor(name)).toEqual(model.tensor(name))
    }
  })

  it('names the folder as the model', () => {
    expect(loadModel(writeHuggingFace(tinyModel(1, BYTES))).name).toBe('written-model')
  })
})

describe('a GGUF file of quantized blocks', () => {
  for (const type of ['Q8_0', 'Q4_0'] as const) {
    it(`of ${type} gives the logits of its weights dequantized by hand`, () => {
      const model = tinyModel(8, { vocabSize: 288 })
      const byHand: LoadedModel = {
        ...model,
        tensor(name) {
          const values = model.tensor(name)
          // The vectors stay 32-bit floats in every file.
          return tensorShapes(model.config).get(name)![1] === 1 ? values : quantizedByHand(values, type)
        },
      }
      expect(logits(loadModel(writeGguf(model, { type })))).toEqual(logits(byHand))
      expect(logits(byHand)).not.toEqual(logits(model))
    })
  }
})

describe('logits of a loaded model', () => {
  const ids = [3, 7, 200, 7, 11, 5, 90]
  const agree = (model: LoadedModel, frequencies: number[]): void => {
    const float = new FloatModel(model)
    plainLogits(model, ids, { frequencies }).forEach((expected, position) => {
      const actual = float.forward(ids[position]!)
      const worst = Math.max(...expected.map((logit, id) => Math.abs(actual[id]! - logit)))
      expect(worst).toBeLessThan(1e-4)
    })
  }
  const frequencies = (base: number): number[] => [0, 1, 2, 3].map((pair) => base ** (-pair / 4))

  it('agree with an independent float LLaMA to 1e-4', () => {
    agree(loadModel(writeGguf(tinyModel(9, BYTES))), frequencies(10000))
    agree(loadModel(writeHuggingFace(tinyModel(10, { ...BYTES, tiedEmbeddings: true }))), frequencies(10000))
  })

  it('agree with an independent float Qwen2, biases and another base included', () => {
    agree(loadModel(writeHuggingFace(tinyModel(11, { ...BYTES, qkvBias: true, ropeBase: 1e6 }))), frequencies(1e6))
  })

  it('agree with frequencies scaled as Llama 3.1 scales them', () => {
    // By hand, for context 64: wavelengths 2 pi 10000^(i/4) are 6.28, 62.8, 628, 6283. Short (below 64 / 4) stay,
    // long (above 64 / 1) are divided by 8, and 62.8 blends with smooth = (64 / 62.83 - 1) / 3.
    const smooth = (64 / (20 * Math.PI) - 1) / 3
    const scaled = [1, 0.1 * ((1 - smooth) / 8 + smooth), 0.01 / 8, 0.001 / 8]
    const rope = { rope_type: 'llama3', factor: 8, low_freq_factor: 1, high_freq_factor: 4,
      original_max_position_embeddings: 64 }
    agree(loadModel(writeHuggingFace(tinyModel(12, BYTES), { config: { rope_scaling: rope } })), scaled)
    const newer = { rope_scaling: undefined, rope_theta: undefined, rope_parameters: { ...rope, rope_theta: 10000 } }
    agree(loadModel(writeHuggingFace(tinyModel(12, BYTES), { config: newer })), scaled)
    const linear = { rope_scaling: { type: 'linear', factor: 4 } }
    agree(loadModel(writeHuggingFace(tinyModel(12, BYTES), { config: linear })), frequencies(10000).map((f) => f / 4))
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
    refuse(folder, /model\.safetensors: truncated: tensor 'lm_head\.weight' needs bytes up to 140160 of the data, the file has 140060/)
    truncateSync(file, 5)
    refuse(folder, /truncated: the header length needs 8 bytes, the file has 5/)
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
    const folder = writeHuggingFace(model, { alter: (all) => all.map((t) => ({ ...t, dtype: 'I32' })) })
    refuse(folder, /'model\.embed_tokens\.weight' has the type I32.*F32, F16/)
  })

  it('is refused when bytes and shape disagree', () => {
    const folder = writeHuggingFace(model, { alter: (all) => all.map((t) => ({ ...t, dtype: 'F16' })) })
    refuse(folder, /'model\.embed_tokens\.weight' \[257, 32\] of F16 takes 16448 bytes, the header gives it 32896/)
  })

  it('is refused when the architecture is another, or has parts the machine lacks', () => {
    refuse(writeHuggingFace(model, { config: { architectures: ['GPT2LMHeadModel'] } }),
      /architecture "GPT2LMHeadModel" is not supported; supported: LlamaForCausalLM, MistralForCausalLM, Qwen2ForCausalLM/)
    refuse(writeHuggingFace(model, { config: { attention_bias: true } }), /tensor 'model\.layers\.0\.self_attn\.q_proj\.bias' is missing/)
    refuse(writeHuggingFace(model, { config: { rope_scaling: { rope_type: 'proportional', factor: 4 } } }),
      /rope_scaling\.rope_type is "proportional"; supported: default, linear, llama3/)
    refuse(writeHuggingFace(model, { config: { rope_scaling: { type: 'linear' } } }),
      /rope_scaling\.factor is missing/)
    refuse(writeHuggingFace(model, { config: { use_sliding_window: true } }), /use_sliding_window is true/)
    refuse(writeHuggingFace(model, { config: { quantization_config: { bits: 4 } } }),
      /quantization_config\.quant_method is missing/)
    refuse(writeHuggingFace(model, { config: { architectures: ['Qwen2ForCausalLM'] } }),
      /tensor 'model\.layers\.0\.self_attn\.q_proj\.bias' is missing/)
    refuse(writeHuggingFace(model, { config: { hidden_act: 'gelu' } }), /hidden_act is "gelu"/)
    refuse(writeHuggingFace(model, { config: { num_key_value_heads: 3 } }), /heads \(4\) must be a multiple/)
    refuse(writeHuggingFace(model, { config: { hidden_size: 'wide' } }), /hidden_size is "wide", expected a number/)
  })

  it('is refused when the shard index is wrong, and names the tensor', () => {
    const folder = writeHuggingFace(model, { shards: 3 })
    const index = join(folder, 'model.safetensors.index.json')
    const map = (JSON.parse(readFileSync(index, 'utf8')) as { weight_map: Record<string, string> }).weight_map
    const write = (weightMap: unknown): void => writeFileSync(index, JSON.stringify({ weight_map: weightMap }))
    write({ ...map, 'lm_head.weight': 'model-9.safetensors' })
    refuse(folder, /index\.json: shard 'model-9\.safetensors', which holds tensor 'lm_head\.weight', is not there/)
    const other = Object.values(map).find((shard) => shard !== map['lm_head.weight'])!
    write({ ...map, 'lm_head.weight': other })
    refuse(folder, new RegExp(`tensor 'lm_head\\.weight' is not in the shard '${other}'`))
    write({ ...map, 'lm_head.weight': '../elsewhere.safetensors' })
    refuse(folder, /gives tensor 'lm_head\.weight' the shard "\.\.\/elsewhere\.safetensors", expected the name of a/)
    write(undefined)
    refuse(folder, /no weight_map/)
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
