import type { Tokenizer } from './types.js'

/**
 * SentencePiece byte-pair encoding by scores, as llama2.c and llama.cpp do it: a space is put before the text, each
 * character is a piece (or its bytes where it is none), and the neighbours whose joint piece scores best merge, the
 * leftmost first, until none is left.
 */
export interface ScoredVocabulary {
  /** By token id, spaces as spaces. */
  readonly pieces: readonly string[]
  readonly scores: Float32Array
  readonly bosId: number
  readonly eosId: number
  /** Ids that stand for no text, and that text never becomes. */
  readonly controlIds: ReadonlySet<number>
  readonly addBos: boolean
  readonly addSpacePrefix: boolean
  /** Whether U+2581 in a text is a space, which SentencePiece writes so; llama2.c takes it as any character. */
  readonly metaspace: boolean
}

const RAW_BYTE = /^<0x([0-9A-F]{2})>$/

/** Two neighbours that can merge: the piece on the left, by the position of its first character. */
interface Candidate { readonly left: number; readonly right: number; readonly id: number; readonly score: number }

function before(a: Candidate, b: Candidate): boolean {
  return a.score > b.score || (a.score === b.score && a.left < b.left)
}

/** A binary heap of candidates, best first. */
class Candidates {
  private readonly heap: Candidate[] = []

  push(candidate: Candidate): void {
    const { heap } = this
    let at = heap.push(candidate) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!before(candidate, heap[parent]!)) break
      heap[at] = heap[parent]!
      at = parent
    }
    heap[at] = candidate
  }

  pop(): Candidate | undefined {
    const { heap } = this
    const best = heap[0]
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return best
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++
      if (!before(heap[child]!, last)) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = last
    return best
  }
}

export class SentencePieceTokenizer implements Tokenizer {
  readonly bosId: number
  readonly eosId: number
  readonly vocabSize: number
  private readonly vocabulary: ScoredVocabulary
  private readonly ids = new Map<string, number>()
  private readonly byteIds = new Map<number, number>()

  constructor(vocabulary: ScoredVocabulary) {
    this.vocabulary = vocabulary
    this.bosId = vocabulary.bosId
    this.eosId = vocabulary.eosId
    this.vocabSize = vocabulary.pieces.length
    vocabulary.pieces.forEach((piece, id) => {
      if (vocabulary.controlIds.has(id)) return
      const raw = RAW_BYTE.exec(piece)
      if (raw !== null) this.byteIds.set(parseInt(raw[1]!, 16), id)
      else if (!this.ids.has(piece)) this.ids.set(piece, id)
    })
  }

  private characterIds(text: string): number[] {
    const ids: number[] = []
    for (const character of text) {
      const id = this.ids.get(character)
      if (id !== undefined) ids.push(id)
      else for (const byte of new TextEncoder().encode(character)) ids.push(this.byteIds.get(byte) ?? 0)
    }
    return ids
  }

  /** Merges in place of a doubly linked list over the first positions of the pieces; -1 is no neighbour. */
  private merge(ids: number[]): number[] {
    const { pieces, scores } = this.vocabulary
    const next = ids.map((_, i) => (i + 1 < ids.length ? i + 1 : -1))
    const previous = ids.map((_, i) => i - 1)
    const candidates = new Candidates()
    const propose = (left: number, right: number): void => {
      if (left < 0 || right < 0) return
      const id = this.ids.get(pieces[ids[left]!]! + pieces[ids[right]!]!)
      if (id !== undefined) candidates.push({ left, right, id, score: scores[id]! })
    }
    for (let i = 0; i + 1 < ids.length; i++) propose(i, i + 1)
    for (let best = candidates.pop(); best !== undefined; best = candidates.pop()) {
      const { left, right, id } = best
      // A candidate is stale when one of its two has merged since: it is gone, or its piece is longer.
      if (ids[left]! < 0 || next[left] !== right) continue
      if (pieces[ids[left]!]!.length + pieces[ids[right]!]!.length !== pieces[id]!.length) continue
      ids[left] = id
      ids[right] = -1
      const after = next[right]!
      next[left] = after
      if (after >= 0) previous[after] = left
      propose(previous[left]!, left)
      propose(left, after)
    }
    return ids.filter((id) => id >= 0)
  }

  encode(text: string, { bos = true }: { bos?: boolean } = {}): number[] {
    const { addBos, addSpacePrefix, metaspace } = this.vocabulary
    const spaced = (addSpacePrefix ? ' ' : '') + (metaspace ? text.replaceAll('▁', ' ') : text)
    const ids = text === '' ? [] : this.merge(this.characterIds(spaced))
    return bos && (addBos || ids.length === 0) ? [this.bosId, ...ids] : ids
  }

  private bytesOf(id: number): Uint8Array {
    const piece = this.vocabulary.controlIds.has(id) ? '' : this.vocabulary.pieces[id] ?? ''
    const raw = RAW_BYTE.exec(piece)
    return raw === null ? new TextEncoder().encode(piece) : Uint8Array.of(parseInt(raw[1]!, 16))
  }

  /** The space that encode put before the text goes away again, at the start and after the begin of sequence. */
  decode(ids: readonly number[]): string {
    const bytes: number[] = []
    ids.forEach((id, i) => {
      const part = this.bytesOf(id)
      const first = i === 0 || ids[i - 1] === this.bosId
      const skip = this.vocabulary.addSpacePrefix && first && part[0] === 32 ? 1 : 0
      for (let k = skip; k < part.length; k++) bytes.push(part[k]!)
    })
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(bytes))
  }

  decodeToken(id: number): string {
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(this.bytesOf(id))
  }
}
