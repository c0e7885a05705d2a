import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { loadModel } from '../../../programs/models/index.js'
import { writeLlama2c } from '../../support/model-files.js'
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
    [35, 65, 70, 128, 103, 221, 159, 223, 243, 293, 65, 128, 108, 317, 221, 159, 247, 226, 221, 161, 117, 256, 163, 245, 230],
  'The LORD\'s people, they\'ve gone, O king Nebuchadnezzar!':
    [449, 342, 499, 468, 12, 336, 7, 317, 306, 508, 12, 561, 413, 636, 712, 85, 67, 289, 68, 791, 90, 90, 333, 1],
}

describe('the shipped byte-level BPE', () => {
  const { tokenizer } = loadModel('models/kjv-1m')

  it('encodes as the Hugging Face tokenizers package does', () => {
    for (const [text, ids] of Object.entries(EXPECTED)) expect(tokenizer.encode(text, { bos: false })).toEqual(ids)
  })

  it('gives any text back', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      expect(tokenizer.decode(tokenizer.encode(text))).toBe(text)
    }))
  })

  it('puts the begin of sequence first unless told not to', () => {
    expect(tokenizer.encode('a')[0]).toBe(tokenizer.bosId)
    expect(tokenizer.encode('a', { bos: false })).toHaveLength(1)
    expect(tokenizer.decodeToken(tokenizer.bosId)).toBe('')
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
})
