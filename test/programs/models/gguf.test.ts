import { readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { decodeElements, ELEMENT_TYPES } from '../../../programs/models/element-types.js'
import type { ElementTypeName } from '../../../programs/models/element-types.js'
import { loadModel } from '../../../programs/models/index.js'
import { InputError } from '../../../sim/errors.js'
import { writeGguf } from '../../support/gguf-files.js'
import type { GgufChanges } from '../../support/gguf-files.js'
import { tinyModel } from '../../support/tiny-model.js'

/** Random blocks and their values, printed by the gguf package 0.19 of llama.cpp's authors (Python). */
const BLOCKS = JSON.parse(readFileSync('test/programs/models/golden/ggml-blocks.json', 'utf8')) as
  Record<ElementTypeName, { bytes: string; values: string }>

describe('elements of a stored tensor', () => {
  it.each(Object.keys(BLOCKS) as ElementTypeName[])('of type %s decode as llama.cpp\'s own package decodes them',
    (type) => {
    const decoded = decodeElements(Uint8Array.from(Buffer.from(BLOCKS[type].bytes, 'base64')), ELEMENT_TYPES[type])
    expect(Buffer.from(decoded.buffer).toString('base64')).toBe(BLOCKS[type].values)
  })

  it('are covered by that for every type but plain 32- and 64-bit floats', () => {
    expect(Object.keys(BLOCKS).sort()).toEqual(Object.keys(ELEMENT_TYPES).filter((type) => !/F32|F64/.test(type)).sort())
  })
})

describe('a GGUF file written by llama.cpp\'s own package', () => {
  const model = loadModel('test/programs/models/golden/by-gguf-py.gguf')

  it('has its sizes, frequencies and tokens', () => {
    expect(model.name).toBe('by-gguf-py')
    expect(model.config).toEqual({
      dim: 32, hiddenDim: 32, layers: 1, heads: 2, kvHeads: 1, headDim: 16, vocabSize: 48, contextLength: 64,
      normEps: 1e-5, ropeBase: 500000, tiedEmbeddings: true, ropeDivisors: [1, 1, 1, 1, 2, 4, 8, 8],
    })
    expect(model.tokenizer.encode('ab a')).toEqual([1, 8, 7])
    expect(model.tokenizer.decode([1, 8, 7])).toBe('ab a')
  })

  it('has every weight of the formula it was written from, in 32, 16 and brain 16 bits', () => {
    const order = ['embed', 'rope', 'attnNorm', 'q', 'k', 'v', 'o', 'ffnNorm', 'gate', 'up', 'down', 'finalNorm']
    order.forEach((name, t) => {
      if (name === 'rope') return
      const values = model.tensor(name === 'embed' || name === 'finalNorm' ? name : `layers.0.${name}`)
      values.forEach((value, i) => expect(value).toBe((((i * 7919 + t * 104729) % 127) - 63) / 64))
    })
    expect(model.tensor('head')).toEqual(model.tensor('embed'))
  })
})

describe('a GGUF file that is wrong', () => {
  const model = tinyModel(2, { vocabSize: 270 })
  const refuse = (changes: GgufChanges, message: RegExp, harm: (file: string) => void = () => undefined): void => {
    const file = writeGguf(model, changes)
    harm(file)
    expect(() => loadModel(file)).toThrow(InputError)
    expect(() => loadModel(file)).toThrow(message)
  }
  const without = (name: string): GgufChanges => ({ alter: (all) => all.filter((tensor) => tensor.name !== name) })
  // At the end, where nothing follows that would be found to begin elsewhere.
  const retyped = (name: string, type: number): GgufChanges => ({ alter: (all) => [
    ...all.filter((tensor) => tensor.name !== name),
    ...all.filter((tensor) => tensor.name === name).map((tensor) => ({ ...tensor, type })),
  ] })

  it('is refused for its version or byte order', () => {
    refuse({ version: 1 }, /GGUF version 1 is not supported; supported: 2 and 3/)
    refuse({ version: 0x03000000 }, /big-endian/)
    refuse({}, /begins with 0x.*not with "GGUF"/, (file) => writeFileSync(file, Buffer.alloc(64, 7)))
  })

  it('is refused for another architecture, experts, parts of a file or scaling it lacks', () => {
    refuse({ metadata: { 'general.architecture': 'lama' } },
      /general\.architecture is "lama"; supported: llama, qwen2.*\. Did you mean 'llama'/)
    refuse({ metadata: { 'llama.expert_count': 8 } }, /metadata key llama\.expert_used_count is missing/)
    refuse({ metadata: { 'llama.expert_shared_count': 1 } }, /llama\.expert_shared_count is 1/)
    refuse({ metadata: { 'split.count': 3 } }, /split\.count is 3: expected a file named NAME-00001-of-00003\.gguf/)
    refuse({ metadata: { 'llama.rope.scaling.type': 'yarn' } },
      /metadata key llama\.rope\.scaling\.factor is missing/)
    refuse({ metadata: { 'llama.rope.dimension_count': 4 } },
      /rope\.dimension_count is 4, expected the head's width, 8/)
    refuse({ metadata: { 'llama.embedding_length': undefined } }, /metadata key llama\.embedding_length is missing/)
    refuse({ metadata: { 'llama.feed_forward_length': [64, 64] } },
      /llama\.feed_forward_length is \[64,64\], expected a number/)
  })

  it('is refused for a tensor that is missing, of another shape or an unknown type, by its name', () => {
    refuse(without('blk.1.ffn_up.weight'), /tensor 'blk\.1\.ffn_up\.weight' is missing\. Did you mean/)
    refuse({ metadata: { 'llama.feed_forward_length': 60 } },
      /tensor 'blk\.0\.ffn_gate\.weight' has the shape \[64, 32\], the metadata makes it \[60, 32\]/)
    refuse(retyped('blk.0.attn_k.weight', 16),
      /tensor 'blk\.0\.attn_k\.weight' has the type IQ2_XXS; known types: F32, F16, BF16, F64, Q4_0/)
    refuse(retyped('blk.0.attn_k.weight', 77), /'blk\.0\.attn_k\.weight' has the type number 77/)
    refuse(retyped('blk.0.attn_norm.weight', 14),
      /'blk\.0\.attn_norm\.weight' \[32\] of Q6_K has rows that are no multiple .* 256/)
  })

  it('is refused when truncated, in its data and in its header, with both sizes', () => {
    const size = statSync(writeGguf(model)).size
    refuse({}, new RegExp(`truncated: tensor 'output\\.weight' needs bytes up to ${size}, the file has ${size - 64}`),
      (file) => truncateSync(file, size - 64))
    refuse({}, /truncated: .* the file has 3000/, (file) => truncateSync(file, 3000))
    refuse({}, /truncated: the magic number needs bytes up to 4, the file has 2/, (file) => truncateSync(file, 2))
  })

  it('is refused when cut anywhere, never with another kind of error', () => {
    const file = writeGguf(tinyModel(1, { vocabSize: 270, layers: 1 }))
    for (let size = statSync(file).size - 1; size > 0; size -= 997) {
      truncateSync(file, size)
      expect(() => loadModel(file)).toThrow(InputError)
    }
  })
})
