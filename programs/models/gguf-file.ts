import { InputError } from '../../sim/errors.js'
import { fileSize, readBytes } from './tensor-file.js'
import type { TensorEntry } from './tensor-store.js'

/**
 * The header of a GGUF file (github.com/ggml-org/ggml, docs/gguf.md): metadata, and where each tensor lies. It is
 * read in windows, because a vocabulary makes it many megabytes and the tensors behind it gigabytes.
 */
export type GgufValue = number | boolean | string | readonly GgufValue[]

export interface GgufFile {
  readonly metadata: ReadonlyMap<string, GgufValue>
  readonly tensors: ReadonlyMap<string, TensorEntry>
}

/** Names of ggml's tensor types by number; those without a decoder are named so that an error can name them. */
const TENSOR_TYPES = [
  'F32', 'F16', 'Q4_0', 'Q4_1', 'Q4_2', 'Q4_3', 'Q5_0', 'Q5_1', 'Q8_0', 'Q8_1', 'Q2_K', 'Q3_K', 'Q4_K', 'Q5_K',
  'Q6_K', 'Q8_K', 'IQ2_XXS', 'IQ2_XS', 'IQ3_XXS', 'IQ1_S', 'IQ4_NL', 'IQ3_S', 'IQ2_S', 'IQ4_XS', 'I8', 'I16', 'I32', 'I64', 'F64',
  'IQ1_M', 'BF16',
]

const MAGIC = 0x46554747
const SWAPPED = 0x47475546
const WINDOW_BYTES = 1 << 20

/** Reads little-endian values one after the other. */
class Cursor {
  readonly file: string
  readonly size: number
  position = 0
  private start = 0
  private window = new DataView(new ArrayBuffer(0))

  constructor(file: string) {
    this.file = file
    this.size = fileSize(file)
  }

  /** Brings `length` bytes into the window and steps over them; returns their offset in it. */
  private take(length: number, what: string): number {
    if (this.position + length > this.size) {
      throw new InputError(`${this.file}: truncated: ${what} needs bytes up to ` +
        `${this.position + length}, the file has ${this.size}`)
    }
    if (this.position < this.start || this.position + length > this.start + this.window.byteLength) {
      this.start = this.position
      const bytes = Math.min(Math.max(length, WINDOW_BYTES), this.size - this.start)
      this.window = new DataView(readBytes(this.file, this.start, bytes, what).buffer)
    }
    const offset = this.position - this.start
    this.position += length
    return offset
  }

  number(bytes: 1 | 2 | 4 | 8, kind: 'unsigned' | 'signed' | 'float', what: string): number {
    const at = this.take(bytes, what)
    const { window } = this
    if (kind === 'float') return bytes === 4 ? window.getFloat32(at, true) : window.getFloat64(at, true)
    const signed = kind === 'signed'
    if (bytes === 1) return signed ? window.getInt8(at) : window.getUint8(at)
    if (bytes === 2) return signed ? window.getInt16(at, true) : window.getUint16(at, true)
    if (bytes === 4) return signed ? window.getInt32(at, true) : window.getUint32(at, true)
    return Number(signed ? window.getBigInt64(at, true) : window.getBigUint64(at, true))
  }

  /** A count that what follows must have room for, at `bytesEach` or more. */
  count(bytesEach: number, what: string): number {
    const count = this.number(8, 'unsigned', what)
    if (count * bytesEach > this.size - this.position) {
      throw new InputError(`${this.file}: truncated: ${what} is ${count}, which needs at least ` +
        `${count * bytesEach} bytes more; ` +
        `${this.size - this.position} are left of ${this.size}`)
    }
    return count
  }

  string(what: string): string {
    const length = this.count(1, `the length of ${what}`)
    const at = this.take(length, what)
    return new TextDecoder().decode(new Uint8Array(this.window.buffer, at, length))
  }
}

const SCALARS: Record<number, (cursor: Cursor, what: string) => GgufValue> = {
  0: (c, what) => c.number(1, 'unsigned', what), 1: (c, what) => c.number(1, 'signed', what),
  2: (c, what) => c.number(2, 'unsigned', what), 3: (c, what) => c.number(2, 'signed', what),
  4: (c, what) => c.number(4, 'unsigned', what), 5: (c, what) => c.number(4, 'signed', what),
  6: (c, what) => c.number(4, 'float', what), 7: (c, what) => c.number(1, 'unsigned', what) !== 0,
  8: (c, what) => c.string(what),
  10: (c, what) => c.number(8, 'unsigned', what), 11: (c, what) => c.number(8, 'signed', what),
  12: (c, what) => c.number(8, 'float', what),
}
const ARRAY = 9

function readValue(cursor: Cursor, type: number, what: string): GgufValue {
  const scalar = SCALARS[type]
  if (scalar !== undefined) return scalar(cursor, what)
  if (type !== ARRAY) throw new InputError(`${cursor.file}: ${what} has the value type ${type}; known types: 0 to 12`)
  const elementType = cursor.number(4, 'unsigned', what)
  const count = cursor.count(1, `the length of ${what}`)
  return Array.from({ length: count }, () => readValue(cursor, elementType, what))
}

function checkVersion(cursor: Cursor): void {
  const magic = cursor.number(4, 'unsigned', 'the magic number')
  if (magic !== MAGIC) {
    const hint = magic === SWAPPED ? ' (a big-endian file is not supported)' : ''
    throw new InputError(`${cursor.file}: begins with 0x${magic.toString(16)}, not with "GGUF"${hint}`)
  }
  const version = cursor.number(4, 'unsigned', 'the version')
  if (version !== 2 && version !== 3) {
    const hint = version > 0xffff ? ' (a big-endian file is not supported)' : ''
    throw new InputError(`${cursor.file}: GGUF version ${version} is not supported; supported: 2 and 3${hint}`)
  }
}

interface Declared { readonly name: string; readonly shape: number[]; readonly type: string; readonly offset: number }

/** ggml gives the fastest dimension first. */
function readTensorInfo(cursor: Cursor): Declared {
  const name = cursor.string('a tensor name')
  const what = `the entry of tensor '${name}'`
  const dimensions = cursor.number(4, 'unsigned', what)
  if (dimensions > 4) {
    throw new InputError(`${cursor.file}: tensor '${name}' has ${dimensions} dimensions, expected at most 4`)
  }
  const shape = Array.from({ length: dimensions }, () => cursor.number(8, 'unsigned', what)).reverse()
  const type = cursor.number(4, 'unsigned', what)
  return { name, shape, type: TENSOR_TYPES[type] ?? `number ${type}`, offset: cursor.number(8, 'unsigned', what) }
}

/**
 * Reads the header of a GGUF file.
 * @throws InputError naming the key or tensor at which it ends or goes wrong
 */
export function readGguf(file: string): GgufFile {
  const cursor = new Cursor(file)
  checkVersion(cursor)
  const tensorCount = cursor.count(24, 'the number of tensors')
  const keyCount = cursor.count(13, 'the number of metadata keys')
  const metadata = new Map<string, GgufValue>()
  for (let n = 0; n < keyCount; n++) {
    const key = cursor.string(`metadata key ${n} of ${keyCount}`)
    metadata.set(key, readValue(cursor, cursor.number(4, 'unsigned', key), key))
  }
  const declared = Array.from({ length: tensorCount }, () => readTensorInfo(cursor))
  const alignment = Number(metadata.get('general.alignment') ?? 32)
  if (!(Number.isInteger(alignment) && alignment > 0)) {
    throw new InputError(`${file}: general.alignment is ${alignment}, expected a positive integer`)
  }
  const dataStart = Math.ceil(cursor.position / alignment) * alignment
  const tensors = new Map(declared.map(({ name, shape, type, offset }) =>
    [name, { file, type, shape, begin: dataStart + offset }]))
  return { metadata, tensors }
}
