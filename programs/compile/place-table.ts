import { HOST } from './traffic.js'
import type { Flow } from './traffic.js'

/** Flits are counted in sixteenths, so that sums are integers and a changed cost equals a recomputed one exactly. */
export const PARTS = 16

/** Flows of one kind in rows: entries of row r are those at first[r] .. first[r + 1] - 1. */
export interface Table {
  readonly first: Int32Array
  readonly other: Int32Array
  readonly weight: Int32Array
}

/** The table of entries, each row in the order of the list. */
export function tableOf(rows: number, entries: readonly { row: number; other: number; weight: number }[]): Table {
  const first = new Int32Array(rows + 1)
  for (const { row } of entries) first[row + 1]!++
  for (let row = 0; row < rows; row++) first[row + 1]! += first[row]!
  const fill = first.slice()
  const other = new Int32Array(entries.length)
  const weight = new Int32Array(entries.length)
  for (const entry of entries) {
    const at = fill[entry.row]!++
    other[at] = entry.other
    weight[at] = entry.weight
  }
  return { first, other, weight }
}

/** Pairs in rows by item, each at both ends; the host's row is the last. */
export function bothWays(items: number, pairs: readonly Pair[]): Table {
  return tableOf(items + 1, pairs.flatMap(({ a, b, weight }) => (
    [{ row: a, other: b, weight }, { row: b, other: a, weight }]
  )))
}

export interface Pair { readonly a: number; readonly b: number; readonly weight: number }
interface Tree { readonly from: number; readonly to: readonly number[]; readonly weight: number }

/**
 * Flows by how they travel; pairs that meet several times are added up.
 * @param host index of the host
 */
export function splitFlows(
  flows: readonly Flow[], host: number, multicast: 'tree' | 'unicast',
): { pairs: Pair[]; trees: Tree[] } {
  const index = (end: number): number => (end === HOST ? host : end)
  const pairs = new Map<number, Pair>()
  const trees: Tree[] = []
  for (const flow of flows) {
    const from = index(flow.from)
    const weight = Math.round(flow.flits * PARTS)
    const to = [...new Set(flow.to.map(index))].filter((end) => end !== from)
    if (to.length > 1 && multicast === 'tree') {
      trees.push({ from, to, weight })
      continue
    }
    for (const end of to) {
      const [a, b] = from < end ? [from, end] : [end, from]
      const key = a * (host + 1) + b
      pairs.set(key, { a, b, weight: weight + (pairs.get(key)?.weight ?? 0) })
    }
  }
  return { pairs: [...pairs.values()], trees }
}
