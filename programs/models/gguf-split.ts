import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { InputError } from '../../sim/errors.js'
import { readGguf } from './gguf-file.js'
import type { GgufFile } from './gguf-file.js'
import { shown } from './json.js'

/** A GGUF in several files: NAME-00001-of-00005.gguf. The first has the metadata, each its own tensors (gguf-py, gguf_writer.py). */
const PART = /^(.*)-(\d{5})-of-(\d{5})\.gguf$/
const MOST_PARTS = 1000

/** The name of a model without the number of its part. */
export function ggufName(file: string): string {
  return PART.exec(basename(file))?.[1] ?? basename(file, '.gguf')
}

/** Whether a file is a part, and not the first, of several. */
export function isLaterPart(file: string): boolean {
  const match = PART.exec(basename(file))
  return match !== null && match[2] !== '00001'
}

/**
 * Reads the header of a GGUF, of all its parts if it has several.
 * @param file the one file, or the first part
 * @throws InputError naming the part that is missing or does not belong
 */
export function readGgufParts(file: string): GgufFile {
  const first = readGguf(file)
  const count = first.metadata.get('split.count') ?? 0
  if (count === 0 || count === 1) return first
  const match = PART.exec(basename(file))
  if (typeof count !== 'number' || count > MOST_PARTS || match === null || Number(match[3]) !== count) {
    throw new InputError(`${file}: split.count is ${shown(count)}: expected a file named NAME-00001-of-${String(count).padStart(5, '0')}.gguf`)
  }
  if (match[2] !== '00001') throw new InputError(`${file}: is part ${Number(match[2])} of ${count}; give the first, ${match[1]}-00001-of-${match[3]}.gguf`)
  const tensors = new Map(first.tensors)
  checkPart(first, file, 0, count)
  for (let n = 1; n < count; n++) {
    const part = join(dirname(file), `${match[1]}-${String(n + 1).padStart(5, '0')}-of-${match[3]}.gguf`)
    if (!existsSync(part)) throw new InputError(`${file}: part ${n + 1} of ${count}, ${basename(part)}, is not there`)
    const header = readGguf(part)
    checkPart(header, part, n, count)
    for (const [name, entry] of header.tensors) {
      const other = tensors.get(name)
      if (other !== undefined) throw new InputError(`${part}: tensor '${name}' is in ${other.file} too`)
      tensors.set(name, entry)
    }
  }
  const declared = first.metadata.get('split.tensors.count')
  if (declared !== undefined && declared !== tensors.size) {
    throw new InputError(`${file}: split.tensors.count is ${shown(declared)}, but its ${count} parts have ${tensors.size} tensors`)
  }
  return { metadata: first.metadata, tensors }
}

function checkPart({ metadata }: GgufFile, file: string, number: number, count: number): void {
  const [no, of] = [metadata.get('split.no'), metadata.get('split.count')]
  if (no === number && of === count) return
  throw new InputError(`${file}: split.no is ${shown(no)} of ${shown(of)}, its name says ${number} (from 0) of ${count}`)
}
