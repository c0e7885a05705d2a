import { InputError, didYouMean } from '../../sim/errors.js'
import { decodeElements, ELEMENT_TYPES, elementType, firstNotFinite, storedBytes } from './element-types.js'
import type { ElementType } from './element-types.js'
import { fileSize, readBytes } from './tensor-file.js'
import type { Shape, StoredTensor } from './tensors.js'

/** Where a tensor lies in a file, as its header says. */
export interface TensorEntry {
  readonly file: string
  /** Name of the element type; it may be one that cannot be read. */
  readonly type: string
  /** Slowest dimension first: [rows, columns] of a matrix. */
  readonly shape: readonly number[]
  /** Byte range in the file; `end` absent means: as long as shape and type make it. */
  readonly begin: number
  readonly end?: number
}

function sameShape(stored: readonly number[], [rows, columns]: Shape): boolean {
  if (columns === 1) return stored.length === 1 && stored[0] === rows
  // Matrices of experts are joined in a tensor of three dimensions.
  return stored.at(-1) === columns && (stored.length === 2 || stored.length === 3) && stored.slice(0, -1).reduce((a, b) => a * b, 1) === rows
}

/**
 * Values as they are, when all of them are finite numbers.
 * @throws InputError naming the tensor and its first element that is none
 */
export function checkFinite(values: Float32Array, file: string, name: string): Float32Array {
  const at = firstNotFinite(values)
  if (at < 0) return values
  throw new InputError(`${file}: tensor '${name}' has ${values[at]} at element ${at}, expected finite numbers`)
}

/** The tensors of a checkpoint, in one file or several. Nothing is read before it is asked for, and nothing kept. */
export class TensorStore {
  protected readonly where: string
  private readonly entries: ReadonlyMap<string, TensorEntry>
  private readonly sizes = new Map<string, number>()

  /** @param where the checkpoint, for errors */
  constructor(where: string, entries: ReadonlyMap<string, TensorEntry>) {
    this.where = where
    this.entries = entries
  }

  /**
   * Refuses tensors that nobody would read: leaving out a bias or a norm would give other numbers without a word.
   * @param used names that are read
   * @param harmless matches names that have no part in the result
   */
  refuseUnread(used: Iterable<string>, harmless: RegExp): void {
    const known = new Set(used)
    const unread = [...this.entries.keys()].filter((name) => !known.has(name) && !harmless.test(name))
    if (unread.length === 0) return
    throw new InputError(`${this.where}: tensor '${unread[0]}' has no place in this family` +
      `${unread.length === 1 ? '' : ` (and ${unread.length - 1} more)`}; to leave it out would give other numbers`)
  }

  has(name: string): boolean {
    return this.entries.has(name)
  }

  /**
   * Refuses a tensor that is missing, of another shape or an unknown type, or that the file does not hold in full.
   * @param shape expected
   * @throws InputError naming the tensor, what is expected and what is there
   */
  check(name: string, shape: Shape, source: string): void {
    const entry = this.entry(name)
    if (!sameShape(entry.shape, shape)) {
      const expected = shape[1] === 1 ? [shape[0]] : shape
      throw new InputError(`${this.where}: tensor '${name}' has the shape [${entry.shape.join(', ')}], ` +
        `${source} makes it [${expected.join(', ')}]`)
    }
    const end = entry.begin + this.byteLength(name, entry)
    let size = this.sizes.get(entry.file)
    if (size === undefined) this.sizes.set(entry.file, size = fileSize(entry.file))
    if (end > size) {
      throw new InputError(`${entry.file}: truncated: tensor '${name}' needs bytes up to ${end}, the file has ${size}`)
    }
  }

  /**
   * @param rows only some of a matrix; a store that cannot read parts gives all
   * @throws InputError naming the tensor for a missing one, an unknown type, missing bytes, or one with NaN or infinity
   */
  read(name: string, rows?: { readonly first: number; readonly count: number }): Float32Array {
    const entry = this.entry(name)
    const length = this.byteLength(name, entry)
    // Rows are whole blocks, which `byteLength` holds.
    const all = entry.shape.slice(0, -1).reduce((product, n) => product * n, 1)
    const { first, count } = rows ?? { first: 0, count: all }
    const bytes = readBytes(entry.file, entry.begin + (length / all) * first, (length / all) * count, `tensor '${name}'`)
    return checkFinite(decodeElements(bytes, this.typeOf(name, entry)), entry.file, name)
  }

  protected shapeOf(name: string): readonly number[] {
    return this.entry(name).shape
  }

  /**
   * A tensor's bytes as they are stored, or nothing but the check that it is of a type and shape.
   * @throws InputError naming the tensor for another type or shape
   */
  protected raw(name: string, type: string, shape: readonly number[], reads = true): Uint8Array<ArrayBuffer> {
    const entry = this.entry(name)
    if (entry.type !== type || entry.shape.join() !== shape.join()) {
      throw new InputError(`${this.where}: tensor '${name}' is ${entry.type} [${entry.shape.join(', ')}], expected ${type} [${shape.join(', ')}]`)
    }
    return reads ? readBytes(entry.file, entry.begin, entry.end! - entry.begin, `tensor '${name}'`) : new Uint8Array(0)
  }

  private entry(name: string): TensorEntry {
    const found = this.entries.get(name)
    if (found === undefined) {
      throw new InputError(`${this.where}: tensor '${name}' is missing.${didYouMean(name, this.entries.keys())}`)
    }
    return found
  }

  private typeOf(name: string, { file, type }: TensorEntry): ElementType {
    const found = elementType(type)
    if (found !== undefined) return found
    const known = Object.keys(ELEMENT_TYPES).join(', ')
    throw new InputError(`${file}: tensor '${name}' has the type ${type}; known types: ${known}`)
  }

  /** Bytes of a tensor by its shape and type, which must be what the header gives it. */
  private byteLength(name: string, entry: TensorEntry): number {
    const { file, type, shape, begin, end } = entry
    const elements = this.typeOf(name, entry)
    const count = shape.reduce((product, n) => product * n, 1)
    const bytes = storedBytes(elements, count)
    const { blockElements } = elements
    if (bytes === undefined || shape.at(-1)! % blockElements !== 0) {
      throw new InputError(`${file}: tensor '${name}' [${shape.join(', ')}] of ${type} has rows that are no multiple ` +
        `of its blocks of ${blockElements}`)
    }
    if (end !== undefined && end - begin !== bytes) {
      throw new InputError(`${file}: tensor '${name}' [${shape.join(', ')}] of ${type} takes ` +
        `${bytes} bytes, the header gives it ${end - begin}`)
    }
    return bytes
  }
}

/** As `check`, for a tensor that may be rows of a larger one. */
export function checkStored(store: TensorStore, { name, rows }: StoredTensor, [height, width]: Shape, source: string): void {
  store.check(name, [rows ?? height, width], source)
}

/** As `read`, for a tensor that may be rows of a larger one. */
export function readStored(store: TensorStore, { name, firstRow = 0 }: StoredTensor, [height, width]: Shape): Float32Array {
  const values = store.read(name, width === 1 ? undefined : { first: firstRow, count: height })
  return values.length === height * width ? values : values.slice(firstRow * width, (firstRow + height) * width)
}
