import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { InputError } from '../../sim/errors.js'
import { duplicateKey, parseJson, shown } from './json.js'
import { PackedStore } from './packed.js'
import type { Packing } from './packed.js'
import { decodeText } from './regular-file.js'
import { fileSize, readBytes, readText } from './tensor-file.js'
import { TensorStore } from './tensor-store.js'
import type { TensorEntry } from './tensor-store.js'

/**
 * Safetensors: u64 header length, JSON header {name: {dtype, shape, data_offsets}}, then the data. The rules are
 * the format's own (github.com/huggingface/safetensors, README and `validate` in tensor.rs): no key twice, no hole between
 * tensors, no two over the same bytes, nothing behind the last.
 */

/** The format allows 100 MB. 32 MiB describe 250,000 tensors; the largest published file has 2,000 a shard. */
const MAX_HEADER_BYTES = 32 * 2 ** 20
const MAX_INDEX_BYTES = 64 * 2 ** 20

/** Bits of an element by dtype: all that the format has, whether they can be read here or not. */
const DTYPE_BITS: ReadonlyMap<string, number> = new Map([
  ['F4', 4], ['F6_E2M3', 6], ['F6_E3M2', 6], ['BOOL', 8], ['U8', 8], ['I8', 8], ['F8_E5M2', 8], ['F8_E4M3', 8],
  ['F8_E8M0', 8], ['F8_E4M3FNUZ', 8], ['F8_E5M2FNUZ', 8], ['I16', 16], ['U16', 16], ['F16', 16], ['BF16', 16],
  ['I32', 32], ['U32', 32], ['F32', 32], ['I64', 64], ['U64', 64], ['F64', 64], ['C64', 64],
])

interface Entry { readonly name: string; readonly dtype: string; readonly shape: number[]; readonly begin: number; readonly end: number }

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function entryOf(file: string, name: string, value: unknown): Entry {
  const { dtype, shape, data_offsets: offsets } = (value ?? {}) as Record<string, unknown>
  const fits = typeof dtype === 'string' && Array.isArray(shape) && shape.every(isSize) && shape.length <= 16
    && Array.isArray(offsets) && offsets.length === 2 && offsets.every(isSize)
  if (!fits) throw new InputError(`${file}: tensor '${name}' has no dtype, shape or data_offsets`)
  const [begin, end] = offsets as [number, number]
  const bits = DTYPE_BITS.get(dtype)
  if (bits === undefined) {
    throw new InputError(`${file}: tensor '${name}' has the dtype ${shown(dtype)}; ` +
      `safetensors has ${[...DTYPE_BITS.keys()].join(', ')}`)
  }
  const bytes = shape.reduce<number>((product, n) => product * (n as number), 1) * bits / 8
  if (end - begin !== bytes) {
    throw new InputError(`${file}: tensor '${name}' [${shape.join(', ')}] of ${dtype} takes ${bytes} bytes, ` +
      `the header gives it ${end - begin}`)
  }
  return { name, dtype, shape: shape as number[], begin, end }
}

/** Every byte of the data belongs to one tensor. */
function checkLayout(file: string, entries: readonly Entry[], dataBytes: number): void {
  let end = 0
  let before = 'the header'
  for (const entry of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (entry.begin !== end) {
      const what = entry.begin < end ? 'overlaps' : 'leaves a gap behind'
      throw new InputError(`${file}: tensor '${entry.name}' at byte ${entry.begin} ${what} ${before}, ` +
        `which ends at byte ${end}`)
    }
    end = entry.end
    before = `tensor '${entry.name}'`
    if (end > dataBytes) {
      throw new InputError(`${file}: truncated: ${before} needs bytes up to ${end} of the data, the file has ${dataBytes}`)
    }
  }
  if (end < dataBytes) {
    throw new InputError(`${file}: ${dataBytes - end} bytes behind ${before} belong to no tensor`)
  }
}

function headerText(file: string, size: number): string {
  if (size < 8) throw new InputError(`${file}: truncated: the header length needs 8 bytes, the file has ${size}`)
  const headerBytes = Number(new DataView(readBytes(file, 0, 8, 'the header length').buffer).getBigUint64(0, true))
  if (headerBytes > MAX_HEADER_BYTES) {
    throw new InputError(`${file}: header length is ${headerBytes} bytes, the limit is ${MAX_HEADER_BYTES}: ` +
      'this is no safetensors file')
  }
  return decodeText(readBytes(file, 8, headerBytes, 'the header'), `${file} (header)`)
}

/** The tensors one file declares, checked against its size; returns the header. */
function readHeader(file: string, entries: Map<string, TensorEntry>): Record<string, unknown> {
  const size = fileSize(file)
  const text = headerText(file, size)
  const header = parseJson(text, `${file} (header)`)
  const twice = duplicateKey(text)
  if (twice !== undefined) throw new InputError(`${file}: the header has '${twice}' twice`)
  const dataStart = 8 + Buffer.byteLength(text)
  const declared = Object.entries(header).filter(([name]) => name !== '__metadata__')
    .map(([name, value]) => entryOf(file, name, value))
  checkLayout(file, declared, size - dataStart)
  for (const { name, dtype, shape, begin, end } of declared) {
    const other = entries.get(name)
    if (other !== undefined) throw new InputError(`${file}: tensor '${name}' is in ${other.file} too`)
    entries.set(name, { file, type: dtype, shape, begin: dataStart + begin, end: dataStart + end })
  }
  return header
}

/** Shard of each tensor, as the index says. */
function readIndex(index: string): Map<string, string> {
  const text = readText(index, MAX_INDEX_BYTES)
  const map = parseJson(text, index)['weight_map']
  const twice = duplicateKey(text)
  if (twice !== undefined) throw new InputError(`${index}: '${twice}' is there twice`)
  if (typeof map !== 'object' || map === null || Array.isArray(map) || Object.keys(map).length === 0) {
    throw new InputError(`${index}: no weight_map, which names the shard of each tensor`)
  }
  for (const [tensor, shard] of Object.entries(map)) {
    if (typeof shard !== 'string' || !/^[^/\\\0]+\.safetensors$/.test(shard)) {
      throw new InputError(`${index}: weight_map gives tensor '${tensor}' the shard ` +
        `${shown(shard)}, expected the name of a .safetensors file beside it`)
    }
  }
  return new Map(Object.entries(map as Record<string, string>))
}

function readShards(folder: string, index: string, entries: Map<string, TensorEntry>): void {
  const shardOf = readIndex(index)
  for (const shard of [...new Set(shardOf.values())].sort()) {
    const file = join(folder, shard)
    if (!existsSync(file)) {
      const tensor = [...shardOf].find(([, name]) => name === shard)![0]
      throw new InputError(`${index}: shard '${shard}', which holds tensor '${tensor}', is not there`)
    }
    readHeader(file, entries)
  }
  for (const [tensor, shard] of shardOf) {
    if (entries.get(tensor)?.file !== join(folder, shard)) {
      throw new InputError(`${index}: tensor '${tensor}' is not in the shard '${shard}' that the index names`)
    }
  }
}

/**
 * Opens the safetensors of a Hugging Face folder, whole or in shards; only the headers are read.
 * @param packing of weights stored as packed integers
 * @throws InputError naming the file, and the tensor or shard at fault
 */
export function openSafetensors(folder: string, packing?: Packing): TensorStore {
  const entries = new Map<string, TensorEntry>()
  const single = join(folder, 'model.safetensors')
  const index = join(folder, 'model.safetensors.index.json')
  if (existsSync(single)) readHeader(single, entries)
  else if (existsSync(index)) readShards(folder, index, entries)
  else throw new InputError(`${folder}: neither model.safetensors nor model.safetensors.index.json is there`)
  return packing === undefined ? new TensorStore(folder, entries) : new PackedStore(folder, entries, packing)
}

/** A tensor as it is stored. */
export interface StoredTensor {
  readonly dtype: string
  readonly shape: readonly number[]
  /** Its bytes, in a buffer of their own. */
  read(): Uint8Array<ArrayBuffer>
}

/**
 * Opens one safetensors file as it is: every tensor by its stored type, and the file's metadata.
 * @throws InputError as for a checkpoint, and for metadata that are no texts
 */
export function readTensorFile(file: string): { tensors: Map<string, StoredTensor>; metadata: Record<string, string> } {
  const entries = new Map<string, TensorEntry>()
  const header = readHeader(file, entries)
  const metadata = header['__metadata__'] ?? {}
  const areTexts = typeof metadata === 'object' && Object.values(metadata).every((value) => typeof value === 'string')
  if (!areTexts) throw new InputError(`${file}: __metadata__ is ${shown(metadata)}, expected texts by name`)
  const tensors = [...entries].map(([name, { type, shape, begin, end }]) => [name, {
    dtype: type, shape, read: () => readBytes(file, begin, end! - begin, `tensor '${name}'`),
  }] as const)
  return { tensors: new Map(tensors), metadata: metadata as Record<string, string> }
}

/** The bytes of a safetensors file, tensors in the given order. */
export function safetensorsBytes(
  tensors: readonly { readonly name: string; readonly dtype: string; readonly shape: readonly number[]; readonly bytes: Uint8Array }[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  let end = 0
  const header: Record<string, unknown> = { __metadata__: metadata }
  for (const { name, dtype, shape, bytes } of tensors) {
    header[name] = { dtype, shape, data_offsets: [end, end + bytes.length] }
    end += bytes.length
  }
  const text = JSON.stringify(header)
  // Blanks behind the header align the data to 8 bytes, as the format's own writer does.
  const encoded = Buffer.from(text + ' '.repeat((8 - Buffer.byteLength(text) % 8) % 8))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(encoded.length))
  return Buffer.concat([length, encoded, ...tensors.map(({ bytes }) => bytes)])
}
