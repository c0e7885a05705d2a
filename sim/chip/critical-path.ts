import type { PathSource } from '../core/arrival.js'
import type { Tag } from '../image.js'

/** A stretch of the critical path, all such stretches together. */
export interface PathRow extends Tag {
  readonly core: number
  readonly part: string
  readonly cycles: number
}

/**
 * The critical path of a run, or of a part of it, backwards from its last event: who sent what the last event waited for, what
 * that waited for before it was sent, and so on to its beginning. The rows sum to `end - begin` exactly.
 * @param start endpoint of the last event, at cycle `end`
 * @param begin the cycle it is followed back to: 0 for a run, for a token when it entered the chip
 */
export function criticalPath(
  sources: readonly (PathSource | undefined)[], tags: readonly Tag[], start: number, end: number, begin = 0,
): PathRow[] {
  const rows = new Map<string, PathRow>()
  const book = (core: number, tag: number, part: string, cycles: number): void => {
    if (cycles <= 0) return
    const { operator, layer } = tags[tag] ?? { operator: 'host', layer: -1 }
    const key = `${core}/${tag}/${part}`
    rows.set(key, { core, operator, layer, part, cycles: cycles + (rows.get(key)?.cycles ?? 0) })
  }
  const since = (cycle: number): number => Math.max(cycle, begin)
  let at = start
  let cycle = end
  let tag = -1
  while (cycle > begin) {
    const source = sources[at]
    const found = source?.arrivalBefore(cycle)
    const last = found?.last
    if (source === undefined || last === undefined) {
      book(source?.core ?? -1, tag, source?.parts[0] ?? 'host', cycle - begin)
      break
    }
    const share = found!.next.map((done, part) => done - (last.done[part] ?? 0))
    split(cycle - since(last.end), share, (part, cycles) => book(source.core, tag, source.parts[part]!, cycles))
    book(source.core, last.tag, last.part, since(last.end) - since(last.arrivedAt))
    book(-1, last.fromTag, 'network', since(last.arrivedAt) - since(last.sentAt))
    at = last.from
    tag = last.fromTag
    cycle = last.sentAt
  }
  return [...rows.values()].sort((a, b) => b.cycles - a.cycles)
}

/** Splits whole cycles in proportion to shares; all to the first part where there are none. */
function split(cycles: number, shares: readonly number[], book: (part: number, cycles: number) => void): void {
  const total = shares.reduce((sum, share) => sum + share, 0)
  if (total <= 0) {
    book(0, cycles)
    return
  }
  let before = 0
  let given = 0
  shares.forEach((share, part) => {
    before += share
    const until = Math.round((cycles * before) / total)
    book(part, until - given)
    given = until
  })
}
