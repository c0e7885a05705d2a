import { InputError } from '../../sim/errors.js'
import { SentencePieceTokenizer } from './sentencepiece-tokenizer.js'
import { fileSize, readBytes } from './tensor-file.js'
import type { Tokenizer } from './types.js'

const BOS = 1
const EOS = 2
const MAX_BYTES = 64 * 2 ** 20

/** int32 longest piece, then per token: f32 score, int32 length, bytes. */
function readPieces(file: string, vocabSize: number): { pieces: string[]; scores: Float32Array } {
  const size = fileSize(file)
  if (size > MAX_BYTES) throw new InputError(`${file}: has ${size} bytes, a vocabulary has at most ${MAX_BYTES}`)
  const bytes = readBytes(file, 0, size, 'the vocabulary')
  const view = new DataView(bytes.buffer)
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
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
    if (!Number.isFinite(scores[id])) throw new InputError(`${file}: the score of token ${id} is ${scores[id]}`)
    pieces.push(decoder.decode(bytes.subarray(offset + 8, offset + 8 + length)))
    offset += 8 + length
  }
  if (offset !== bytes.length) {
    throw new InputError(`${file}: ${bytes.length - offset} bytes are left over after ${vocabSize} tokens: ` +
      'it belongs to a model with another vocabulary')
  }
  return { pieces, scores }
}

/** Reads a llama2.c tokenizer. @throws InputError for a file that does not hold `vocabSize` tokens */
export function loadLlama2cTokenizer(file: string, vocabSize: number): Tokenizer {
  return new SentencePieceTokenizer({
    ...readPieces(file, vocabSize), bosId: BOS, eosId: EOS, controlIds: new Set([BOS, EOS]),
    addBos: true, addSpacePrefix: true, metaspace: false,
  })
}
