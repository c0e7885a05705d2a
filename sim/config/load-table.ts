import { parse } from 'yaml'
import { InputError } from '../errors.js'
import type { FabricTable } from '../fabric/index.js'
import { tableSchema } from './chip-spec.js'
import { completeTable } from './fabric.js'

/**
 * Reads the links and routes of an irregular network: the keys of `grid.table` in a chip file, by themselves.
 * @param flitBits width of a flit, which links with `bits` are compared with
 * @throws InputError naming the file, the key and what was expected
 */
export function loadTable(text: string, file: string, flitBits: number): FabricTable {
  let content: unknown
  try {
    content = parse(text)
  } catch (error) {
    throw new InputError(`${file}: not valid YAML: ${(error as Error).message}`)
  }
  const result = tableSchema.safeParse(content)
  if (result.success) return completeTable(result.data, flitBits)
  throw new InputError(result.error.issues.slice(0, 10).map(({ path, message }) =>
    `${file}: ${path.length === 0 ? 'the table' : path.join('.')}: ${message}; expected links (from, to, cycles, bits) and routes`).join('\n'))
}
