import { InputError } from '../../sim/errors.js'
import { fileSize, readBytes } from './tensor-file.js'
import type { Tokenizer } from './types.js'

/**
 * The tokenizer of llama2.c: a SentencePiece vocabulary with scores. Encoding puts a space before the
 * text, takes each character as a token (or its bytes, ids byte + 3, where it is none), and then merges
 * the neighbours of the best score until none is left.
 */
const BOS = 1
const EOS = 2
const BYTE_OFFSET = 3
const RAW_BYTE = /^<0x([0-9A-F]{2})>$/

interface Vocabulary {
  readonly pieces: readonly string[]
  readonly scores: Float32Array
}

/** int32 longest piece, then per token: f32 score, int32 length, bytes. */
function readVocabulary(file: string, vocabSize: number): Vocabulary {
  const bytes = readBytes(file, 0, fileSize(file), 'the vocabulary')
  const view = new DataView(bytes.buffer)
  const decoder = new TextDecoder()
  const pieces: string[] = []
  const scores = new Float32Array(vocabSize)
  let offset = 4
  for (let id = 0; id < vocabSize; id++) {
    const fits = offset + 8 <= bytes.length
    const length = fits ? view.getInt32(offset + 4, true) : 0
    if (!fits || length < 0 || offset + 8 + length > bytes.length) {
      throw new InputError(`${file}: truncated at token ${id} of ${vocabSize} (byte ${offset} of ${bytes.length})`)
    }
    scores[id] = view.getFloat32(offset, true)
    pieces.push(decoder.decode(bytes.subarray(offset + 8, offset + 8 + length)))
    offset += 8 + length
  }
  if (offset !== bytes.length) {
    throw new InputError(`${file}: ${bytes.length - offset} bytes are left over after ${vocabSize} tokens: ` +
      'it belongs to a model with another vocabulary')
  }
  return { pieces, scores }
}

class Llama2cTokenizer implements Tokenizer {
  readonly bosId = BOS
  readonly eosId = EOS
  readonly vocabSize: number
  private readonly vocabulary: Vocabulary
  private readonly ids = new Map<string, number>()

  constructor(vocabulary: Vocabulary) {
    this.vocabulary = vocabulary
    this.vocabSize = vocabulary.pieces.length
    vocabulary.pieces.forEach((piece, id) => {
      if (!this.ids.has(piece)) this.ids.set(piece, id)
    })
  }

  private characterIds(text: string): number[] {
    const ids: number[] = []
    for (const character of text) {
      const id = this.ids.get(character)
      if (id !== undefined) ids.push(id)
      else for (const byte of new TextEncoder().encode(character)) ids.push(byte + BYTE_OFFSET)
    }
    return ids
  }

  encode(text: string, { bos = true }: { bos?: boolean } = {}): number[] {
    const { pieces, scores } = this.vocabulary
    const ids = text === '' ? [] : this.characterIds(' ' + text)
    for (;;) {
      let bestScore = -Infinity
      let bestAt = -1
      let bestId = -1
      for (let i = 0; i + 1 < ids.length; i++) {
        const id = this.ids.get(pieces[ids[i]!]! + pieces[ids[i + 1]!]!)
        if (id !== undefined && scores[id]! > bestScore) {
          bestScore = scores[id]!
          bestAt = i
          bestId = id
        }
      }
      if (bestAt < 0) break
      ids.splice(bestAt, 2, bestId)
    }
    return bos ? [BOS, ...ids] : ids
  }

  private bytesOf(id: number): Uint8Array {
    const piece = this.vocabulary.pieces[id] ?? ''
    const raw = RAW_BYTE.exec(piece)
    if (raw !== null) return Uint8Array.of(parseInt(raw[1]!, 16))
    return new TextEncoder().encode(id === BOS || id === EOS ? '' : piece)
  }

  /** As llama2.c prints: the space that encode put before the text goes away after the begin of sequence. */
  decode(ids: readonly number[]): string {
    const bytes: number[] = []
    ids.forEach((id, i) => {
      const part = this.bytesOf(id)
      const skip = part[0] === 32 && (i === 0 || ids[i - 1] === BOS) ? 1 : 0
      for (let k = skip; k < part.length; k++) bytes.push(part[k]!)
    })
    return new TextDecoder().decode(Uint8Array.from(bytes))
  }

  decodeToken(id: number): string {
    return new TextDecoder().decode(this.bytesOf(id))
  }
}

/** Reads a llama2.c tokenizer. @throws InputError for a file that does not hold `vocabSize` tokens */
export function loadLlama2cTokenizer(file: string, vocabSize: number): Tokenizer {
  return new Llama2cTokenizer(readVocabulary(file, vocabSize))
}
