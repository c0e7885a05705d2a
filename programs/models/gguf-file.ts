import { InputError } from '../../sim/errors.js'
import { shown } from './json.js'
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

/**
 * ggml's tensor types by number: name, elements of a block and its bytes. Those without a decoder are here too, so that
 * an error can name them and the layout of a file be checked.
 */
const TENSOR_TYPES: ReadonlyMap<number, readonly [name: string, elements: number, bytes: number]> = new Map([
  [0, ['F32', 1, 4]], [1, ['F16', 1, 2]], [2, ['Q4_0', 32, 18]], [3, ['Q4_1', 32, 20]], [6, ['Q5_0', 32, 22]],
  [7, ['Q5_1', 32, 24]], [8, ['Q8_0', 32, 34]], [9, ['Q8_1', 32, 36]], [10, ['Q2_K', 256, 84]],
  [11, ['Q3_K', 256, 110]], [12, ['Q4_K', 256, 144]], [13, ['Q5_K', 256, 176]], [14, ['Q6_K', 256, 210]],
  [15, ['Q8_K', 256, 292]], [16, ['IQ2_XXS', 256, 66]], [17, ['IQ2_XS', 256, 74]], [18, ['IQ3_XXS', 256, 98]],
  [19, ['IQ1_S', 256, 50]], [20, ['IQ4_NL', 32, 18]], [21, ['IQ3_S', 256, 110]], [22, ['IQ2_S', 256, 82]],
  [23, ['IQ4_XS', 256, 136]], [24, ['I8', 1, 1]], [25, ['I16', 1, 2]], [26, ['I32', 1, 4]], [27, ['I64', 1, 8]],
  [28, ['F64', 1, 8]], [29, ['IQ1_M', 256, 56]], [30, ['BF16', 1, 2]], [34, ['TQ1_0', 256, 54]],
  [35, ['TQ2_0', 256, 66]], [39, ['MXFP4', 32, 17]],
])

const MAGIC = 0x46554747
const SWAPPED = 0x47475546
const WINDOW_BYTES = 1 << 20

/** Far beyond any model's metadata: a vocabulary has 0.3 million pieces, the largest checkpoints 2,000 tensors. */
const LIMITS = { elements: 1 << 22, textBytes: 1 << 27, stringBytes: 1 << 24, keys: 1 << 14, tensors: 1 << 17 }

/** Reads little-endian values one after the other. */
class Cursor {
  readonly file: string
  readonly size: number
  position = 0
  /** Elements of arrays and bytes of strings read so far. */
  private elements = 0
  private textBytes = 0
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

  /** A count that is no more than `limit` and that what follows must have room for, at `bytesEach` or more. */
  count(bytesEach: number, limit: number, what: string): number {
    const count = this.number(8, 'unsigned', what)
    if (count > limit) throw new InputError(`${this.file}: ${what} is ${count}, the limit is ${limit}`)
    if (count * bytesEach > this.size - this.position) {
      throw new InputError(`${this.file}: truncated: ${what} is ${count}, which needs at least ` +
        `${count * bytesEach} bytes more; ` +
        `${this.size - this.position} are left of ${this.size}`)
    }
    return count
  }

  string(what: string): string {
    const length = this.count(1, LIMITS.stringBytes, `the length of ${what}`)
    this.textBytes += length
    if (this.textBytes > LIMITS.textBytes) {
      throw new InputError(`${this.file}: ${what} brings the metadata's texts above ${LIMITS.textBytes} bytes`)
    }
    const at = this.take(length, what)
    return KEEP_BOM.decode(new Uint8Array(this.window.buffer, at, length))
  }

  /** The number of elements of an array, which counts towards those of all arrays. */
  arrayLength(bytesEach: number, what: string): number {
    const count = this.count(bytesEach, LIMITS.elements, `the length of ${what}`)
    this.elements += count
    if (this.elements > LIMITS.elements) {
      throw new InputError(`${this.file}: ${what} brings the metadata's arrays above ${LIMITS.elements} elements`)
    }
    return count
  }
}

/** A piece of a vocabulary may begin with U+FEFF, or be half a character. */
const KEEP_BOM = new TextDecoder('utf-8', { ignoreBOM: true })

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
const VALUE_BYTES: readonly number[] = [1, 1, 2, 2, 4, 4, 4, 1, 8, 12, 8, 8, 8]

/** Arrays of arrays, which the format allows, are in no model, and llama.cpp reads none. */
function readValue(cursor: Cursor, type: number, what: string): GgufValue {
  const scalar = SCALARS[type]
  if (scalar !== undefined) return scalar(cursor, what)
  if (type !== ARRAY) throw new InputError(`${cursor.file}: ${what} has the value type ${type}; known types: 0 to 12`)
  const elementType = cursor.number(4, 'unsigned', what)
  const element = SCALARS[elementType]
  if (element === undefined) {
    const kind = elementType === ARRAY ? 'arrays' : `the value type ${elementType}`
    throw new InputError(`${cursor.file}: ${what} is an array of ${kind}; expected numbers, booleans or strings`)
  }
  const count = cursor.arrayLength(VALUE_BYTES[elementType]!, what)
  return Array.from({ length: count }, () => element(cursor, what))
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

interface Declared { readonly name: string; readonly shape: number[]; readonly type: number; readonly offset: number }

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
  return { name, shape, type, offset: cursor.number(8, 'unsigned', what) }
}

/**
 * Where each tensor lies. They follow each other in the order of the header, each at the next multiple of the
 * alignment, as ggml's own reader demands.
 */
function layOut(file: string, declared: readonly Declared[], dataStart: number, alignment: number): Map<string, TensorEntry> {
  const tensors = new Map<string, TensorEntry>()
  let expected: number | undefined = 0
  for (const { name, shape, type, offset } of declared) {
    if (tensors.has(name)) throw new InputError(`${file}: tensor '${name}' is there twice`)
    if (expected !== undefined && offset !== expected) {
      throw new InputError(`${file}: tensor '${name}' begins at byte ${offset} of the data, expected ${expected}: ` +
        `tensors ${offset < expected ? 'overlap' : 'leave a gap'}`)
    }
    const [typeName, elements, bytes] = TENSOR_TYPES.get(type) ?? [`number ${type}`, 1, Number.NaN]
    const size = shape.reduce((product, n) => product * n, 1) / elements * bytes
    // Behind a tensor of unknown type nothing is known; reading that tensor is refused.
    expected = Number.isFinite(size) ? Math.ceil((offset + size) / alignment) * alignment : undefined
    tensors.set(name, { file, type: typeName, shape, begin: dataStart + offset })
  }
  return tensors
}

function alignmentOf(file: string, metadata: ReadonlyMap<string, GgufValue>): number {
  const alignment = metadata.get('general.alignment') ?? 32
  const isPowerOfTwo = typeof alignment === 'number' && alignment >= 1 && alignment < 2 ** 31 && Number.isInteger(alignment) && (alignment & (alignment - 1)) === 0
  if (!isPowerOfTwo || alignment < 1 || alignment > 1 << 20) {
    throw new InputError(`${file}: general.alignment is ${shown(alignment)}, expected a power of two`)
  }
  return alignment
}

/**
 * Reads the header of a GGUF file.
 * @throws InputError naming the key or tensor at which it ends or goes wrong
 */
export function readGguf(file: string): GgufFile {
  const cursor = new Cursor(file)
  checkVersion(cursor)
  const tensorCount = cursor.count(24, LIMITS.tensors, 'the number of tensors')
  const keyCount = cursor.count(13, LIMITS.keys, 'the number of metadata keys')
  const metadata = new Map<string, GgufValue>()
  for (let n = 0; n < keyCount; n++) {
    const key = cursor.string(`metadata key ${n} of ${keyCount}`)
    if (metadata.has(key)) throw new InputError(`${file}: metadata key '${key}' is there twice`)
    metadata.set(key, readValue(cursor, cursor.number(4, 'unsigned', key), key))
  }
  const declared = Array.from({ length: tensorCount }, () => readTensorInfo(cursor))
  const alignment = alignmentOf(file, metadata)
  const dataStart = Math.ceil(cursor.position / alignment) * alignment
  return { metadata, tensors: layOut(file, declared, dataStart, alignment) }
}
