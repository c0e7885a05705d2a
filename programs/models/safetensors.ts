import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { InputError, didYouMean } from '../../sim/errors.js'
import { parseJson } from './json.js'
import { DTYPE_BYTES, decodeElements, fileSize, readBytes } from './tensor-file.js'
import type { Dtype } from './tensor-file.js'

/**
 * Safetensors: u64 header length, JSON header {name: {dtype, shape, data_offsets}}, then the data.
 * Only headers are read on opening; a tensor's bytes are read when it is asked for.
 */
export interface TensorStore {
  has(name: string): boolean
  shape(name: string): readonly number[]
  /** @throws InputError naming the tensor for a missing one, an unknown type or missing bytes */
  read(name: string): Float32Array
}

interface Entry {
  readonly file: string
  readonly dtype: string
  readonly shape: readonly number[]
  /** Absolute byte range in the file. */
  readonly begin: number
  readonly end: number
}

const MAX_HEADER_BYTES = 100_000_000

function isEntry(value: unknown): value is { dtype: string; shape: number[]; data_offsets: [number, number] } {
  const entry = value as { dtype?: unknown; shape?: unknown; data_offsets?: unknown } | null
  return typeof entry?.dtype === 'string' && Array.isArray(entry.shape) && Array.isArray(entry.data_offsets)
    && entry.data_offsets.length === 2 && entry.data_offsets.every((offset) => Number.isInteger(offset) && offset >= 0)
}

/** The tensors one file declares, checked against its size. */
function readHeader(file: string, entries: Map<string, Entry>): void {
  const size = fileSize(file)
  const prefix = new DataView(readBytes(file, 0, 8, 'the header length').buffer)
  const headerBytes = Number(prefix.getBigUint64(0, true))
  if (headerBytes > MAX_HEADER_BYTES) {
    throw new InputError(`${file}: header length is ${headerBytes} bytes: this is no safetensors file`)
  }
  const header = parseJson(new TextDecoder().decode(readBytes(file, 8, headerBytes, 'the header')), `${file} (header)`)
  const dataStart = 8 + headerBytes
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') continue
    if (!isEntry(value)) throw new InputError(`${file}: tensor '${name}' has no dtype, shape or data_offsets`)
    const [begin, end] = value.data_offsets
    if (dataStart + end > size) {
      throw new InputError(
        `${file}: truncated: tensor '${name}' needs bytes up to ${dataStart + end}, the file has ${size}`,
      )
    }
    entries.set(name, { file, dtype: value.dtype, shape: value.shape, begin: dataStart + begin, end: dataStart + end })
  }
}

function readEntry(name: string, entry: Entry): Float32Array {
  if (!(entry.dtype in DTYPE_BYTES)) {
    const known = Object.keys(DTYPE_BYTES).join(', ')
    throw new InputError(`${entry.file}: tensor '${name}' has the type ${entry.dtype}; known types: ${known}`)
  }
  const dtype = entry.dtype as Dtype
  const count = entry.shape.reduce((product, n) => product * n, 1)
  if (entry.end - entry.begin !== count * DTYPE_BYTES[dtype]) {
    throw new InputError(`${entry.file}: tensor '${name}' [${entry.shape.join(', ')}] of ${dtype} takes ` +
      `${count * DTYPE_BYTES[dtype]} bytes, the header gives it ${entry.end - entry.begin}`)
  }
  return decodeElements(readBytes(entry.file, entry.begin, entry.end - entry.begin, `tensor '${name}'`), dtype)
}

/** Files of a checkpoint: model.safetensors, or the shards its index names. */
function shardFiles(folder: string): string[] {
  const single = join(folder, 'model.safetensors')
  if (existsSync(single)) return [single]
  const index = join(folder, 'model.safetensors.index.json')
  if (!existsSync(index)) {
    throw new InputError(`${folder}: neither model.safetensors nor model.safetensors.index.json is there`)
  }
  const map = parseJson(readText(index), index)['weight_map']
  if (typeof map !== 'object' || map === null) throw new InputError(`${index}: no weight_map`)
  return [...new Set(Object.values(map as Record<string, string>))].sort().map((name) => join(dirname(index), name))
}

function readText(file: string): string {
  return new TextDecoder().decode(readBytes(file, 0, fileSize(file), 'the text'))
}

/** Opens the safetensors of a Hugging Face folder, whole or in shards. */
export function openSafetensors(folder: string): TensorStore {
  const entries = new Map<string, Entry>()
  for (const file of shardFiles(folder)) readHeader(file, entries)
  const entry = (name: string): Entry => {
    const found = entries.get(name)
    if (found === undefined) {
      throw new InputError(`${folder}: tensor '${name}' is missing.${didYouMean(name, entries.keys())}`)
    }
    return found
  }
  return {
    has: (name) => entries.has(name),
    shape: (name) => entry(name).shape,
    read: (name) => readEntry(name, entry(name)),
  }
}
