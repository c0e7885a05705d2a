import { copyFileSync, cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Tiny models of many families with float64 logits of an independent implementation: ../shared/data/oracle/models. */

const FOLDER = new URL('../../../shared/data/oracle/models/', import.meta.url).pathname

/** Why the tests that need them are skipped; undefined where the files are there. */
export const noOracles = existsSync(FOLDER) ? undefined : 'skipped: ../shared/data/oracle/models is absent'

export interface FamilyOracle {
  readonly name: string
  readonly folder: string
  readonly ids: readonly number[]
  /** Of a token and all before it, [vocabulary]. */
  readonly logits: (position: number) => Float64Array
  /** The GGUF twin, where there is one. */
  readonly gguf: string | undefined
}

/** NumPy's format 1: a header whose length stands at byte 8, then little-endian float64 values in C order. */
function readNpy(file: string): Float64Array {
  const bytes = readFileSync(file)
  const begin = bytes.byteOffset + 10 + bytes.readUInt16LE(8)
  return new Float64Array(bytes.buffer.slice(begin, bytes.byteOffset + bytes.length))
}

export function familyOracle(name: string): FamilyOracle {
  const folder = join(FOLDER, name)
  const { ids } = JSON.parse(readFileSync(join(folder, 'case.json'), 'utf8')) as { ids: number[] }
  const logits = readNpy(join(folder, 'logits.npy'))
  const width = logits.length / ids.length
  const gguf = join(folder, 'model.gguf')
  return {
    name, folder, ids, gguf: existsSync(gguf) ? gguf : undefined,
    logits: (position) => logits.subarray(position * width, (position + 1) * width),
  }
}

export function familyNames(): string[] {
  return readdirSync(FOLDER).filter((name) => existsSync(join(FOLDER, name, 'case.json')))
}

/** Calls `use` with a copy of a family's folder whose config.json has the keys of Transformers 4. */
export function withOldKeys<T>({ folder }: FamilyOracle, use: (folder: string) => T): T {
  const copy = mkdtempSync(join(tmpdir(), 'spikeloom-family-'))
  try {
    cpSync(folder, copy, { recursive: true })
    copyFileSync(join(folder, 'config.v4.json'), join(copy, 'config.json'))
    return use(copy)
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}
