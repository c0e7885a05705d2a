import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { InputError } from '../../sim/errors.js'
import { parseJson } from './json.js'
import { fileSize, readBytes, readText } from './tensor-file.js'
import { TensorStore } from './tensor-store.js'
import type { TensorEntry } from './tensor-store.js'

/** Safetensors: u64 header length, JSON header {name: {dtype, shape, data_offsets}}, then the data. */
const MAX_HEADER_BYTES = 100_000_000

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function isEntry(value: unknown): value is { dtype: string; shape: number[]; data_offsets: [number, number] } {
  const entry = value as { dtype?: unknown; shape?: unknown; data_offsets?: unknown } | null
  return typeof entry?.dtype === 'string' && Array.isArray(entry.shape) && entry.shape.every(isSize)
    && Array.isArray(entry.data_offsets) && entry.data_offsets.length === 2 && entry.data_offsets.every(isSize)
}

/** The tensors one file declares, checked against its size. */
function readHeader(file: string, entries: Map<string, TensorEntry>): void {
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
    entries.set(name, { file, type: value.dtype, shape: value.shape, begin: dataStart + begin, end: dataStart + end })
  }
}

/** Shard of each tensor, as the index says. */
function readIndex(index: string): Map<string, string> {
  const map = parseJson(readText(index), index)['weight_map']
  if (typeof map !== 'object' || map === null || Object.keys(map).length === 0) {
    throw new InputError(`${index}: no weight_map, which names the shard of each tensor`)
  }
  for (const [tensor, shard] of Object.entries(map)) {
    if (typeof shard !== 'string' || /[/\\]/.test(shard)) {
      throw new InputError(`${index}: weight_map gives tensor '${tensor}' the shard ` +
        `${JSON.stringify(shard)}, expected a file name`)
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
 * @throws InputError naming the file, and the tensor or shard at fault
 */
export function openSafetensors(folder: string): TensorStore {
  const entries = new Map<string, TensorEntry>()
  const single = join(folder, 'model.safetensors')
  const index = join(folder, 'model.safetensors.index.json')
  if (existsSync(single)) readHeader(single, entries)
  else if (existsSync(index)) readShards(folder, index, entries)
  else throw new InputError(`${folder}: neither model.safetensors nor model.safetensors.index.json is there`)
  return new TensorStore(folder, entries)
}
