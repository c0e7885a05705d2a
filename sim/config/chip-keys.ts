import { z } from 'zod'
import { chipSpecSchema } from './chip-spec.js'

/** One key of the chip file, flattened: what the reference table and the error hints are made from. */
export interface ChipKey {
  /** Dotted: `core.lanes`. */
  readonly path: string
  /** Valid values in words: `1 to 4096`, `mesh, torus`. */
  readonly values: string
  /** The default, as it would stand in the file. */
  readonly fallback: string
  readonly meaning: string
}

interface SchemaNode {
  readonly type?: string
  readonly description?: string
  readonly default?: unknown
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly (SchemaNode & { readonly const?: unknown })[]
  readonly items?: SchemaNode
  readonly minimum?: number
  readonly maximum?: number
}

/** The published JSON Schema of a chip file (draft 2020-12). */
export function chipJsonSchema(): Record<string, unknown> {
  const { $schema, ...rest } = z.toJSONSchema(chipSpecSchema, { io: 'input' })
  return { $schema, title: 'Spikeloom chip', ...rest }
}

function valuesOf(node: SchemaNode): string {
  if (node.enum) return node.enum.join(', ')
  if (node.anyOf) return node.anyOf.map((option) => (option.const === undefined ? valuesOf(option) : String(option.const))).join(', ')
  if (node.type === 'array') return node.items?.properties ? `list of ${Object.keys(node.items.properties).join(', ')}` : 'list'
  if (node.type === 'object') return 'name: number'
  if (node.minimum === undefined) return node.type ?? ''
  const kind = node.type === 'integer' ? '' : ' (real)'
  return node.maximum === undefined ? `at least ${node.minimum}${kind}` : `${node.minimum} to ${node.maximum}${kind}`
}

function flatten(node: SchemaNode, prefix: string): ChipKey[] {
  return Object.entries(node.properties ?? {}).flatMap(([name, child]) => {
    const path = prefix === '' ? name : `${prefix}.${name}`
    if (child.properties) return flatten(child, path)
    const fallback = child.default === undefined ? '' : JSON.stringify(child.default).replaceAll('"', '')
    return [{ path, values: valuesOf(child), fallback, meaning: child.description ?? '' }]
  })
}

let keys: readonly ChipKey[] | undefined

/** Every key a chip file may hold, in the order of the schema. */
export function chipKeys(): readonly ChipKey[] {
  return keys ??= flatten(chipJsonSchema() as SchemaNode, '')
}
