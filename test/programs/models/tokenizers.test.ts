import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { loadModel } from '../../../programs/models/index.js'
import type { Tokenizer } from '../../../programs/models/index.js'
import { ggufTokenizer } from '../../../programs/models/gguf-tokenizer.js'
import type { GgufValue } from '../../../programs/models/gguf-file.js'
import { loadJsonTokenizer } from '../../../programs/models/json-tokenizer.js'
import { temporaryFolder, writeLlama2c } from '../../support/model-files.js'
import { tinyModel } from '../../support/tiny-model.js'

/** Ids printed by Hugging Face's tokenizers 0.23 from the shipped tokenizer.json. */
const EXPECTED: Record<string, number[]> = {
  'In the beginning God created the heaven and the earth.':
    [41, 78, 259, 820, 266, 78, 291, 387, 280, 557, 283, 259, 728, 268, 259, 621, 14],
  'And he said,\nI\'m here;  two spaces\n\n  end ':
    [296, 309, 388, 12, 199, 41, 7, 77, 263, 363, 27, 221, 695, 421, 554, 281, 199, 199, 221, 884, 221],
  '1 Samuel 17:4 (it\'s 42)':
    [17, 398, 346, 85, 344, 965, 23, 26, 20, 221, 8, 294, 499, 221, 20, 18, 9],
  'Café — naïve ☃ 中文':
    [35, 65, 70, 128, 103, 221, 159, 223, 243, 293, 65, 128, 108, 317, 221, 159, 247, 226, 221, 161, 117, 256, 163,
      245, 230],
  'The LORD\'s people, they\'ve gone, O king Nebuchadnezzar!':
    [449, 342, 499, 468, 12, 336, 7, 317, 306, 508, 12, 561, 413, 636, 712, 85, 67, 289, 68, 791, 90, 90, 333, 1],
}

interface Golden {
  readonly tokenizer: {
    readonly model: { readonly vocab: Record<string, number>; readonly merges: [string, string][] }
    readonly added_tokens: { id: number }[]
    readonly post_processor?: object
  }
  /** Text, the ids of Hugging Face's tokenizers 0.23 (without begin of sequence), and what it decodes them to. */
  readonly cases: [text: string, ids: number[], decoded: string][]
}

/** Small vocabularies in the style of each family: its normalizer, pre-tokenizer and decoder, merges trained here. */
const GOLDEN = JSON.parse(readFileSync('test/programs/models/golden/tokenizers.json', 'utf8')) as
  Record<'llama2' | 'llama3' | 'qwen2', Golden>

function fromFolder(golden: Golden, settings?: object): Tokenizer {
  const folder = join(temporaryFolder(), 'tokenizer')
  mkdirSync(folder)
  writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(golden.tokenizer))
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ bos_token_id: 1, eos_token_id: [2, 5] }))
  if (settings) writeFileSync(join(folder, 'tokenizer_config.json'), JSON.stringify(settings))
  return loadJsonTokenizer(folder, 500)
}

/** The same vocabulary as a GGUF file's metadata has it. */
function fromGguf({ tokenizer }: Golden, pre: string | undefined, more: Record<string, GgufValue> = {}): Tokenizer {
  const { vocab, merges } = tokenizer.model
  const tokens: string[] = []
  for (const [piece, id] of Object.entries(vocab)) tokens[id] = piece
  const added = new Set(tokenizer.added_tokens.map(({ id }) => id))
  const scores = new Map(merges.map((pair, rank) => [pair.join(''), -1 - rank]))
  const metadata: Record<string, GgufValue> = {
    tokens, token_type: tokens.map((_, id) => (added.has(id) ? 3 : 1)), bos_token_id: 1, eos_token_id: 2,
    ...(pre === undefined ? { model: 'llama', scores: tokens.map((piece) => scores.get(piece) ?? -1e6) }
      : { model: 'gpt2', pre, merges: merges.map((pair) => pair.join(' ')) }),
    ...more,
  }
  const entries = Object.entries(metadata).map(([key, value]) => [`tokenizer.ggml.${key}`, value] as const)
  return ggufTokenizer('written.gguf', { metadata: new Map(entries), tensors: new Map() })
}

describe('the shipped byte-level BPE', () => {
  const { tokenizer } = loadModel('models/kjv-1m')

  it('encodes as the Hugging Face tokenizers package does', () => {
    for (const [text, ids] of Object.entries(EXPECTED)) expect(tokenizer.encode(text, { bos: false })).toEqual(ids)
  })

  it('gives any text back, but for a special token spelt out', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      expect(tokenizer.decode(tokenizer.encode(text))).toBe(text)
    }))
  })

  it('puts the begin of sequence first unless told not to', () => {
    expect(tokenizer.encode('a')[0]).toBe(tokenizer.bosId)
    expect(tokenizer.encode('a', { bos: false })).toHaveLength(1)
    expect(tokenizer.encode('')).toEqual([tokenizer.bosId])
    expect(tokenizer.decodeToken(tokenizer.bosId)).toBe('')
  })
})

describe.each(['llama2', 'llama3', 'qwen2'] as const)('a tokenizer.json of the %s kind', (family) => {
  const golden = GOLDEN[family]
  const tokenizer = fromFolder(golden)

  it('encodes and decodes as Hugging Face\'s own implementation does', () => {
    for (const [text, ids, decoded] of golden.cases) {
      expect(tokenizer.encode(text, { bos: false })).toEqual(ids)
      expect(tokenizer.decode(ids)).toBe(decoded)
    }
  })

  it('shows one token after the other as the text they make', () => {
    for (const [text, ids, decoded] of golden.cases) {
      if (/[^\x20-\x7e]|<\||^ /.test(text)) continue
      const joined = ids.map((id) => tokenizer.decodeToken(id)).join('')
      expect(family === 'llama2' ? joined.replace(/^ /, '') : joined).toBe(decoded)
    }
  })

  it('names the file when a step of it is of an unknown kind', () => {
    const strange = { ...golden, tokenizer: { ...golden.tokenizer, pre_tokenizer: { type: 'Telepathy' } } }
    expect(() => fromFolder(strange)).toThrow(/tokenizer\.json: pre_tokenizer is of type "Telepathy"; supported: Sequence/)
  })

  it('adds the begin of sequence when its post-processor does, whatever tokenizer_config.json says', () => {
    const plain = tokenizer.encode('and', { bos: false })
    expect(tokenizer.encode('and')).toEqual(plain)
    expect(fromFolder(golden, { add_bos_token: true }).encode('and')).toEqual(plain)
    const template = (...single: object[]): object => ({
      type: 'TemplateProcessing', single,
      special_tokens: { '<s>': { id: '<s>', ids: [1], tokens: ['<s>'] }, '</s>': { id: '</s>', ids: [2], tokens: ['</s>'] } },
    })
    const bos = { SpecialToken: { id: '<s>', type_id: 0 } }
    const eos = { SpecialToken: { id: '</s>', type_id: 0 } }
    const text = { Sequence: { id: 'A', type_id: 0 } }
    const processed = (postProcessor: object): Tokenizer =>
      fromFolder({ ...golden, tokenizer: { ...golden.tokenizer, post_processor: postProcessor } }, { add_bos_token: false })
    expect(processed(template(bos, text)).encode('and')).toEqual([1, ...plain])
    expect(processed(template(bos, text, eos)).encode('and')).toEqual([1, ...plain, 2])
    expect(processed(template(bos, text)).encode('and', { bos: false })).toEqual(plain)
    const sequence = { type: 'Sequence', processors: [{ type: 'ByteLevel' }, template(bos, text)] }
    expect(processed(sequence).encode('and')).toEqual([1, ...plain])
    expect(() => processed({ type: 'Telepathy' })).toThrow(/post_processor is of type "Telepathy"; supported: Template/)
    expect(fromFolder(golden).encode('')).toEqual([1])
  })
})

describe('the vocabulary inside a GGUF file', () => {
  it.each([['llama3', 'llama-bpe'], ['qwen2', 'qwen2'], ['llama2', undefined]] as const)(
    'of the %s kind encodes and decodes as its tokenizer.json does', (family, pre) => {
      const tokenizer = fromGguf(GOLDEN[family], pre)
      for (const [text, ids, decoded] of GOLDEN[family].cases) {
        // llama.cpp takes a control token that is spelt out in SentencePiece text as plain characters.
        if (pre === undefined && /<s>|<\/s>/.test(text)) continue
        expect(tokenizer.encode(text, { bos: false })).toEqual(ids)
        expect(tokenizer.decode(ids)).toBe(decoded)
      }
    })

  it('adds the begin of sequence as the file says, else as the family does', () => {
    expect(fromGguf(GOLDEN.llama3, 'llama-bpe').encode('a')[0]).toBe(1)
    expect(fromGguf(GOLDEN.qwen2, 'qwen2').encode('a')[0]).not.toBe(1)
    expect(fromGguf(GOLDEN.qwen2, 'qwen2', { add_bos_token: true }).encode('a')[0]).toBe(1)
    expect(fromGguf(GOLDEN.llama2, undefined, { add_bos_token: false }).encode('a')[0]).not.toBe(1)
  })

  it('is refused when its kind is not known, with the key', () => {
    expect(() => fromGguf(GOLDEN.llama3, 'llama-bep')).toThrow(
      /tokenizer\.ggml\.pre is "llama-bep".*Did you mean 'llama-bpe'\? Known: llama3/)
    expect(() => fromGguf(GOLDEN.llama2, undefined, { model: 't5' })).toThrow(/tokenizer\.ggml\.model is "t5"/)
    expect(() => fromGguf(GOLDEN.llama2, undefined, { scores: [1] })).toThrow(/scores has 1 values for \d+ tokens/)
  })
})

describe('the llama2.c tokenizer', () => {
  const { tokenizer } = loadModel(writeLlama2c(tinyModel(1, { vocabSize: 270 })))
  const id = (piece: string): number => 259 + [' ', 'a', 'b', 'ab', ' a', ' ab'].indexOf(piece)

  it('merges by score, not by length or order', () => {
    // ' ' 'a' 'b': 'ab' scores above ' a', then ' ab' joins them.
    expect(tokenizer.encode('ab')).toEqual([1, id(' ab')])
    expect(tokenizer.encode('aab')).toEqual([1, id(' a'), id('ab')])
  })

  it('falls back to bytes, and gives them back', () => {
    expect(tokenizer.encode('é', { bos: false })).toEqual([id(' '), 3 + 0xc3, 3 + 0xa9])
    expect(tokenizer.decode(tokenizer.encode('aé\nb'))).toBe('aé\nb')
  })

  it('merges long texts as a search of all neighbours for each merge would', () => {
    const { vocab, merges } = GOLDEN.llama2.tokenizer.model
    const rank = new Map(merges.map((pair, n) => [pair.join(''), n]))
    const slow = (text: string): number[] => {
      const pieces = Array.from(`▁${text.replaceAll(' ', '▁')}`)
      for (;;) {
        let best = -1
        for (let i = 0; i + 1 < pieces.length; i++) {
          const n = rank.get(pieces[i]! + pieces[i + 1]!)
          if (n !== undefined && (best < 0 || n < rank.get(pieces[best]! + pieces[best + 1]!)!)) best = i
        }
        if (best < 0) return pieces.map((piece) => vocab[piece]!)
        pieces.splice(best, 2, pieces[best]! + pieces[best + 1]!)
      }
    }
    const fast = fromGguf(GOLDEN.llama2, undefined)
    fc.assert(fc.property(fc.array(fc.constantFrom('t', 'h', 'e', 'a', 'n', 'd', ' ', 's', 'o', 'u'),
      { minLength: 1, maxLength: 60 }),
      (characters) => {
        const text = characters.join('')
        expect(fast.encode(text, { bos: false })).toEqual(slow(text))
      }))
  })
})
