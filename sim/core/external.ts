import { ACTION_INDEX } from '../../isa/actions.js'
import type { ExternalBuffer } from '../image.js'
import type { Core } from './core.js'

const WORD_READ = ACTION_INDEX.dataWordRead
const WORD_WRITE = ACTION_INDEX.dataWordWrite

/** A core's part of external memory: numbered buffers of words. DLD and DST move rows to and from data SRAM. */
export class ExternalMemory {
  private readonly words: readonly number[]
  private readonly contents: (Int32Array | undefined)[]

  /** @param holds false in statistics mode: transfers cost what they cost, but nothing is stored */
  constructor(buffers: readonly ExternalBuffer[], holds: boolean) {
    this.words = buffers.map((buffer) => buffer.words)
    this.contents = buffers.map((buffer) => (holds ? contentsOf(buffer) : undefined))
  }

  /** DLD dst, buffer, words a row, rows, first row. Returns the cycles until all is there. */
  load(core: Core, to: number, buffer: number, width: number, rows: number, first: number): number {
    const length = this.check(core, buffer, width, rows, first)
    core.checkData(to, length, 'what DLD writes')
    const contents = this.contents[buffer]
    if (contents !== undefined) core.data.set(contents.subarray(first * width, first * width + length), to)
    core.count(WORD_WRITE, length)
    return this.transfer(core, buffer, first * width, length, false)
  }

  /** DST buffer, src, words a row, rows, first row. */
  store(core: Core, buffer: number, from: number, width: number, rows: number, first: number): number {
    const length = this.check(core, buffer, width, rows, first)
    core.checkData(from, length, 'what DST reads')
    this.contents[buffer]?.set(core.data.subarray(from, from + length), first * width)
    core.count(WORD_READ, length)
    return this.transfer(core, buffer, first * width, length, true)
  }

  private transfer(core: Core, buffer: number, first: number, words: number, isWrite: boolean): number {
    if (words === 0) return 1
    const done = core.ports.transfer({
      core: core.id, tag: core.tag, region: core.image.axonTable.length + buffer, offset: 4 * first, bytes: 4 * words, isWrite,
    })
    return 1 + done - core.ports.now()
  }

  private check(core: Core, buffer: number, width: number, rows: number, first: number): number {
    const size = this.words[buffer]
    if (size === undefined) throw core.error(`external buffer ${buffer}, but the core has ${this.words.length}`)
    if (rows < 0 || first < 0 || (first + rows) * width > size) {
      throw core.error(`rows ${first}..${first + rows - 1} of ${width} words, but external buffer ${buffer} has ${size} words`)
    }
    return rows * width
  }
}

function contentsOf({ words, initial }: ExternalBuffer): Int32Array {
  const contents = new Int32Array(words)
  if (initial !== undefined) contents.set(new Int32Array(initial.buffer, initial.byteOffset, initial.length))
  return contents
}
