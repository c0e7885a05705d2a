import type { RunResult } from '../sim/result/schema.js'

/** Sums over what a result says of time: its critical path, its layers, what cores waited for. Largest first. */

export interface Share {
  readonly name: string
  readonly cycles: number
  readonly share: number
}

function shares(rows: Iterable<readonly [string, number]>): Share[] {
  const sums = new Map<string, number>()
  for (const [name, cycles] of rows) sums.set(name, (sums.get(name) ?? 0) + cycles)
  const total = [...sums.values()].reduce((sum, cycles) => sum + cycles, 0)
  return [...sums].map(([name, cycles]) => ({ name, cycles, share: total > 0 ? cycles / total : 0 }))
    .filter(({ cycles }) => cycles > 0).sort((a, b) => b.cycles - a.cycles || (a.name < b.name ? -1 : 1))
}

/** The critical path by the part that was waited for; empty where the result has none. */
export function pathByPart({ latency }: RunResult): Share[] {
  return shares((latency.criticalPath ?? []).map(({ part, cycles }) => [part, cycles]))
}

/** The same of the last token alone. */
export function lastTokenByPart({ latency }: RunResult): Share[] {
  return shares((latency.lastToken?.criticalPath ?? []).map(({ part, cycles }) => [part, cycles]))
}

export function lastTokenByOperator({ latency }: RunResult): Share[] {
  return shares((latency.lastToken?.criticalPath ?? []).map(({ operator, cycles }) => [operator, cycles]))
}

export function pathByOperator({ latency }: RunResult): Share[] {
  return shares((latency.criticalPath ?? []).map(({ operator, cycles }) => [operator, cycles]))
}

/** What all cores waited for, in core-cycles. */
export function waitsByReason({ cores }: RunResult): Share[] {
  return shares(cores.flatMap((core) => (core.waits ?? []).map(({ reason, cycles }) => [reason, cycles] as const)))
}

/** Who let others wait longest: 'core 12, gateUp'. */
export function waitsByCulprit({ cores }: RunResult): Share[] {
  return shares(cores.flatMap((core) => (core.waits ?? []).flatMap(({ culpritCore, culpritOperator, cycles }) => (
    culpritCore === undefined || culpritCore === null || culpritCore < 0 ? []
      : [[`core ${culpritCore}${culpritOperator ? `, ${culpritOperator}` : ''}`, cycles] as const]
  ))))
}

/** Busy cycles of all cores by unit, in core-cycles. */
export function workByUnit({ cores }: RunResult): Share[] {
  return shares(cores.flatMap(({ busyCycles: { waiting: _waiting, ...busy } }) => Object.entries(busy)))
}

/** Cycles by layer, in the order of layers; empty where the result does not say. */
export function cyclesByLayer({ latency }: RunResult): { readonly layer: number; readonly cycles: number }[] {
  const sums = new Map<number, number>()
  for (const { layer, cycles } of latency.byLayer ?? []) sums.set(layer, (sums.get(layer) ?? 0) + cycles)
  return [...sums].map(([layer, cycles]) => ({ layer, cycles }))
    .sort((a, b) => (a.layer < 0 ? Infinity : a.layer) - (b.layer < 0 ? Infinity : b.layer))
}
