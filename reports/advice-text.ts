import pc from 'picocolors'
import type { RunResult } from '../sim/result/schema.js'
import type { Advice } from './advice.js'
import { duration, energy, percent, printable } from './format.js'
import { headline, tokenLatencyCycles } from './view.js'

/** Several changes at once, over the run without them. */
export interface Together {
  readonly set: readonly string[]
  readonly energyRatio: number
  readonly latencyRatio: number
  readonly areaRatio: number | null
}

/** '-12.3 %': what a ratio adds or saves. */
export function changeText(ratio: number | null): string {
  if (ratio === null) return '–'
  const change = ratio - 1
  if (Math.abs(change) < 5e-4) return '='
  return `${change < 0 ? '−' : '+'}${percent(Math.abs(change))}`
}

function saves({ energyRatio, latencyRatio }: Pick<Advice, 'energyRatio' | 'latencyRatio'>): boolean {
  return energyRatio * latencyRatio < 1 - 1e-9
}

export interface AdviceReport {
  readonly base: RunResult
  readonly advice: readonly Advice[]
  readonly together: Together | null
  readonly refused: readonly { readonly set: string; readonly reason: string }[]
}

/** The advice for the terminal: each change, what it did to J/token, s/token and mm2, and why it was tried. */
export function adviceText({ base, advice, together, refused }: AdviceReport, options: { readonly color: boolean }): string {
  const c = pc.createColors(options.color)
  const view = headline(base)
  const seconds = tokenLatencyCycles(base) / (base.chip.spec.clockMHz * 1e6)
  const width = Math.max(...advice.map(({ line }) => line.length), 10)
  const cells = ({ energyRatio, latencyRatio, areaRatio }: Omit<Together, 'set'>): string =>
    [energyRatio, latencyRatio, areaRatio].map((ratio) => changeText(ratio).padStart(9)).join(' ')
  const rows = advice.map((row) => {
    const text = `  ${printable(row.line).padEnd(width)} ${cells(row)}`
    return `${saves(row) ? c.green(text) : text}\n  ${c.dim(`  ${row.why}`)}`
  })
  return [
    '', `  ${printable(base.model.name)} on ${printable(base.chip.name)}: ${energy(view.chipPj)} and ${duration(seconds)} a token`, '',
    c.bold(`  ${'change'.padEnd(width)} ${['J/token', 's/token', 'mm2'].map((head) => head.padStart(9)).join(' ')}`), ...rows,
    ...(together === null ? [] : ['', `  ${c.bold('the best together')}: ${together.set.join(', ')}`, `  ${''.padEnd(width)} ${cells(together)}`]),
    ...(refused.length === 0 ? [] : ['', c.dim('  not possible:'), ...refused.map(({ set, reason }) => c.dim(`    ${set}: ${printable(reason)}`))]),
  ].join('\n').replaceAll('\u00a0', ' ')
}
