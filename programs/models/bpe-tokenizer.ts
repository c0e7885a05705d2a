import { join } from 'node:path'
import { InputError } from '../../sim/errors.js'
import { parseJson } from './json.js'
import { fileSize, readBytes } from './tensor-file.js'
import type { Tokenizer } from './types.js'

/**
 * Byte-level byte-pair encoding from a Hugging Face tokenizer.json, as GPT-2 defined it: text is cut into
 * pieces by a pattern, each byte of a piece is a printable character, and neighbours merge by rank.
 */

/** GPT-2's splitting pattern, which `ByteLevel` with `use_regex` means. */
const GPT2_PIECES = /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu

/** The printable character that stands for each byte. */
function byteAlphabet(): string[] {
  const printable = (byte: number): boolean =>
    (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174
  let extra = 256
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(printable(byte) ? byte : extra++))
}

/** Merges the neighbours of lowest rank, all their occurrences at once, until none is left. */
function mergePiece(symbols: string[], ranks: ReadonlyMap<string, number>): string[] {
  let current = symbols
  while (current.length > 1) {
    let best = Infinity
    let pair = ''
    for (let i = 0; i + 1 < current.length; i++) {
      const key = `${current[i]} ${current[i + 1]}`
      const rank = ranks.get(key)
      if (rank !== undefined && rank < best) {
        best = rank
        pair = key
      }
    }
    if (best === Infinity) break
    const next: string[] = []
    for (let i = 0; i < current.length; i++) {
      if (i + 1 < current.length && `${current[i]} ${current[i + 1]}` === pair) next.push(current[i]! + current[++i]!)
      else next.push(current[i]!)
    }
    current = next
  }
  return current
}

interface AddedToken { readonly id: number; readonly content: string }

interface TokenizerFile {
  readonly vocab: ReadonlyMap<string, number>
  readonly ranks: ReadonlyMap<string, number>
  readonly added: readonly AddedToken[]
}

/** Whether a pre-tokenizer is the one this file implements. */
function isByteLevel(value: unknown): boolean {
  const step = value as { type?: unknown; use_regex?: unknown; add_prefix_space?: unknown } | null
  return step?.type === 'ByteLevel' && step.use_regex !== false && step.add_prefix_space !== true
}

function readTokenizerFile(file: string): TokenizerFile {
  const json = parseJson(new TextDecoder().decode(readBytes(file, 0, fileSize(file), 'the text')), file)
  const model = json['model'] as { type?: unknown; vocab?: Record<string, number>; merges?: unknown[] } | undefined
  if (model?.type !== 'BPE' || typeof model.vocab !== 'object' || !Array.isArray(model.merges)) {
    throw new InputError(`${file}: the tokenizer is of type ${JSON.stringify(model?.type)}; supported: "BPE" (byte level)`)
  }
  if (!isByteLevel(json['pre_tokenizer'])) {
    throw new InputError(`${file}: pre_tokenizer is not supported; supported: {"type": "ByteLevel", "use_regex": true}`)
  }
  const ranks = new Map<string, number>()
  model.merges.forEach((merge, rank) => {
    ranks.set(Array.isArray(merge) ? `${merge[0]} ${merge[1]}` : String(merge), rank)
  })
  const added = (Array.isArray(json['added_tokens']) ? json['added_tokens'] : []) as AddedToken[]
  return { vocab: new Map(Object.entries(model.vocab)), ranks, added }
}

class BpeTokenizer implements Tokenizer {
  readonly vocabSize: number
  readonly bosId: number
  readonly eosId: number
  private readonly file: TokenizerFile
  private readonly alphabet = byteAlphabet()
  private readonly pieceIds = new Map<string, number[]>()
  private readonly tokenBytes: (Uint8Array | undefined)[] = []

  constructor(file: TokenizerFile, bosId: number, eosId: number) {
    this.file = file
    this.bosId = bosId
    this.eosId = eosId
    const bytes = new Map(this.alphabet.map((character, byte) => [character, byte]))
    for (const [token, id] of file.vocab) {
      this.tokenBytes[id] = Uint8Array.from(Array.from(token, (character) => bytes.get(character) ?? 63))
    }
    for (const { id } of file.added) this.tokenBytes[id] = new Uint8Array(0)
    this.vocabSize = this.tokenBytes.length
  }

  private encodePiece(piece: string): number[] {
    const known = this.pieceIds.get(piece)
    if (known !== undefined) return known
    const symbols = Array.from(new TextEncoder().encode(piece), (byte) => this.alphabet[byte]!)
    const ids = mergePiece(symbols, this.file.ranks).map((symbol) => {
      const id = this.file.vocab.get(symbol)
      if (id === undefined) throw new InputError(`tokenizer: no token for '${symbol}' of the text '${piece}'`)
      return id
    })
    this.pieceIds.set(piece, ids)
    return ids
  }

  encode(text: string, { bos = true }: { bos?: boolean } = {}): number[] {
    const ids = bos ? [this.bosId] : []
    for (const piece of text.match(GPT2_PIECES) ?? []) ids.push(...this.encodePiece(piece))
    return ids
  }

  decode(ids: readonly number[]): string {
    const parts = ids.map((id) => this.tokenBytes[id] ?? new Uint8Array(0))
    const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
    let offset = 0
    for (const part of parts) {
      bytes.set(part, offset)
      offset += part.length
    }
    return new TextDecoder().decode(bytes)
  }

  decodeToken(id: number): string {
    return this.decode([id])
  }
}

/** The id of a special token that config.json names, or of the one that ends a text. */
function specialId(values: Record<string, unknown>, key: string, file: TokenizerFile, where: string): number {
  const value = values[key]
  if (typeof value === 'number') return value
  if (Array.isArray(value) && typeof value[0] === 'number') return value[0]
  const end = file.added.find((token) => token.content === '<|endoftext|>')
  if (end !== undefined) return end.id
  throw new InputError(`${where}: ${key} is ${JSON.stringify(value)}, expected a token id`)
}

/**
 * The tokenizer of a Hugging Face folder: tokenizer.json, with bos_token_id and eos_token_id from config.json.
 * @throws InputError for another kind of tokenizer
 */
export function loadBpeTokenizer(folder: string): Tokenizer {
  const file = readTokenizerFile(join(folder, 'tokenizer.json'))
  const where = join(folder, 'config.json')
  const values = parseJson(new TextDecoder().decode(readBytes(where, 0, fileSize(where), 'the text')), where)
  return new BpeTokenizer(file, specialId(values, 'bos_token_id', file, where),
    specialId(values, 'eos_token_id', file, where))
}
